from itertools import islice

from corpus.backoff import Backoff


def test_waits_double_up_to_the_maximum() -> None:
    assert list(islice(Backoff(1, max_seconds=30).waits(), 7)) == [1, 2, 4, 8, 16, 30, 30]


def test_a_factor_of_one_waits_always_as_long() -> None:
    assert list(islice(Backoff(0.25, max_seconds=60, factor=1).waits(), 3)) == [0.25] * 3


def test_each_call_of_waits_begins_anew() -> None:
    backoff = Backoff(1, max_seconds=30)
    next(backoff.waits())
    assert next(backoff.waits()) == 1


def test_any_number_of_failures_has_a_wait() -> None:
    assert Backoff(3600.0, max_seconds=86_400.0).seconds(1_000_000) == 86_400.0
