from itertools import islice

import pytest

from corpus.backoff import Backoff


def test_waits_double_up_to_the_maximum() -> None:
    assert list(islice(Backoff(1, max_seconds=30).waits(), 7)) == [1, 2, 4, 8, 16, 30, 30]


def test_a_factor_of_one_waits_always_as_long() -> None:
    assert list(islice(Backoff(0.25, max_seconds=60, factor=1).waits(), 3)) == [0.25] * 3


def test_each_call_of_waits_begins_anew() -> None:
    backoff = Backoff(1, max_seconds=30)
    next(backoff.waits())
    assert next(backoff.waits()) == 1


@pytest.mark.parametrize("failures", [1_022, 1_023, 1_024, 10**6, 10**18, 10**400])
@pytest.mark.parametrize("factor", [1.5, 2, 1e300])
def test_any_number_of_failures_has_a_wait(failures: int, factor: float) -> None:
    assert Backoff(3600.0, max_seconds=86_400.0, factor=factor).seconds(failures) == 86_400.0


def test_a_small_factor_reaches_the_maximum_too() -> None:
    waits = Backoff(1, max_seconds=1000, factor=1.01)
    assert waits.seconds(100) == pytest.approx(2.70, abs=0.01)
    assert waits.seconds(700) == 1000
