"""What comes next is made ready while what came before is dealt with."""

import gc
import threading
import weakref
from collections.abc import Generator
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.batching import prefetch

WAIT = 20.0  # seconds after which something has gone wrong


@given(items=st.lists(st.integers(), max_size=20), most=st.integers(1, 3))
def test_everything_comes_in_order(items: list[int], most: int) -> None:
    assert list(prefetch((item for item in items), most)) == items


def test_the_next_is_made_while_one_is_dealt_with() -> None:
    made = [threading.Event() for _ in range(2)]

    def items() -> Generator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in prefetch(items()):
        # Nobody has asked for the second yet.
        assert made[1].wait(WAIT)
        assert number in {0, 1}


def test_no_more_are_made_than_may_wait() -> None:
    made: list[int] = []
    third = threading.Event()

    def items() -> Generator[int]:
        for number in range(100):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    running = prefetch(items(), 1)
    assert next(running) == 0
    assert third.wait(WAIT)
    # One is taken, one waits, and one has been made for which there is no room.
    assert made == [0, 1, 2]
    running.close()
    assert made == [0, 1, 2]


def test_what_goes_wrong_comes_after_what_went_well() -> None:
    def items() -> Generator[int]:
        yield 1
        yield 2
        raise OSError("the disk is full")

    taken = []
    with pytest.raises(OSError, match="the disk is full"):  # noqa: PT012
        for number in prefetch(items()):
            taken.append(number)  # noqa: PERF402
    assert taken == [1, 2]


def test_closing_ends_the_threads_and_closes_what_they_read_from() -> None:
    closed = threading.Event()

    def items() -> Generator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = threading.active_count()
    running = prefetch(one + other for one, other in zip(prefetch(items()), iter(lambda: 1, 0), strict=False))
    assert next(running) == 2
    running.close()
    assert closed.is_set()
    assert threading.active_count() == before


def test_one_that_is_left_lies_until_memory_is_cleared_up_on_whatever_thread() -> None:
    def one_left() -> weakref.ref[object]:
        def items() -> Generator[int]:
            yield from range(9)

        left = prefetch(items())
        assert next(left) == 0
        kept = [left]
        kept.append(kept)  # type: ignore[arg-type]
        return weakref.ref(left)

    left = one_left()
    with getattr(threading, "_shutdown_locks_lock", nullcontext()):
        gc.collect()  # as it may be in the middle of the start of a thread
    assert left() is None
