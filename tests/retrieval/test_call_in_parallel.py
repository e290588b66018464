import threading

import pytest

from retrieval.call_in_parallel import call_in_parallel


def test_both_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=60)

    def meet(name: str) -> str:
        meeting.wait()
        return name

    assert call_in_parallel(lambda: meet("first"), lambda: meet("second")) == ("first", "second")


@pytest.mark.parametrize("failing", ["first", "second"])
def test_an_error_is_raised_after_both_have_ended(failing: str) -> None:
    ended: list[str] = []
    other = threading.Event()

    def run(name: str) -> None:
        if name == failing:
            other.set()
            raise ValueError(name)
        other.wait(60)
        ended.append(name)

    with pytest.raises(ValueError, match=failing):
        call_in_parallel(lambda: run("first"), lambda: run("second"))
    assert len(ended) == 1
