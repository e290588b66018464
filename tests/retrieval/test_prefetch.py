"""Prefetching prepares the next items in a thread, while the consumer processes those before."""

import gc
import threading
import weakref
from collections.abc import Generator
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.batch_and_prefetch import prefetch

WAIT = 20.0  # seconds after which something has gone wrong


@given(items=st.lists(st.integers(), max_size=20), max_ready=st.integers(1, 3))
def test_everything_comes_in_order(items: list[int], max_ready: int) -> None:
    assert list(prefetch((item for item in items), max_ready)) == items


def test_the_next_item_is_prepared_while_one_is_processed() -> None:
    prepared = [threading.Event() for _ in range(2)]

    def items() -> Generator[int]:
        for number, event in enumerate(prepared):
            event.set()
            yield number

    for number in prefetch(items()):
        # The second has not been requested yet.
        assert prepared[1].wait(WAIT)
        assert number in {0, 1}


def test_no_more_items_are_prepared_than_may_wait() -> None:
    prepared: list[int] = []
    third = threading.Event()

    def items() -> Generator[int]:
        for number in range(100):
            prepared.append(number)
            if number == 2:
                third.set()
            yield number

    running = prefetch(items(), 1)
    assert next(running) == 0
    assert third.wait(WAIT)
    # The first is consumed, the second waits in the queue, and the third is prepared but has no room in it.
    assert prepared == [0, 1, 2]
    running.close()
    assert prepared == [0, 1, 2]


def test_an_error_is_raised_after_the_items_before_it() -> None:
    def items() -> Generator[int]:
        yield 1
        yield 2
        raise OSError("the disk is full")

    taken = []
    with pytest.raises(OSError, match="the disk is full"):  # noqa: PT012
        for number in prefetch(items()):
            taken.append(number)  # noqa: PERF402
    assert taken == [1, 2]


def test_closing_ends_the_threads_and_closes_the_generators() -> None:
    closed = threading.Event()

    def items() -> Generator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = threading.active_count()
    running = prefetch(first + second for first, second in zip(prefetch(items()), iter(lambda: 1, 0), strict=False))
    assert next(running) == 2
    running.close()
    assert closed.is_set()
    assert threading.active_count() == before


def test_an_abandoned_generator_is_collected_on_any_thread() -> None:
    def abandoned() -> weakref.ref[object]:
        def items() -> Generator[int]:
            yield from range(9)

        running = prefetch(items())
        assert next(running) == 0
        cycle = [running]
        cycle.append(cycle)  # type: ignore[arg-type]
        return weakref.ref(running)

    reference = abandoned()
    with getattr(threading, "_shutdown_locks_lock", nullcontext()):
        gc.collect()  # as the collector may run while a thread starts
    assert reference() is None
