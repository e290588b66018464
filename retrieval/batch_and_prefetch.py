"""Collects items in batches, and prepares items in a thread before they are needed."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextvars import copy_context
from itertools import islice
from queue import Full, Queue
from typing import TypeVar

Item = TypeVar("Item")
# How often the preparing thread, while its queue is full, checks whether the consumer has stopped.
CHECK_SECONDS = 0.1
END = object()


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in order in lists of `size`; the last list may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def prefetch(items: Generator[Item], max_ready: int = 1) -> Generator[Item]:
    """Yield items in order while a thread prepares the next: up to `max_ready` of them wait, and one more is in work.

    An exception in `items` is raised here, after the items before it. A consumer that stops early must close this
    generator; closing waits until the thread has finished the item that it is working on.
    """
    ready: Queue[object] = Queue(max_ready)
    stopped = threading.Event()
    ended = threading.Event()
    failures: list[BaseException] = []

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=CHECK_SECONDS)
            except Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            while not stopped.is_set() and put(next(items)):
                pass
        except StopIteration:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer
            failures.append(error)
        finally:
            items.close()
            put(END)
            ended.set()

    # In the caller's context, so that a deadline of the caller also holds in this thread.
    thread = threading.Thread(target=copy_context().run, args=(produce,), name="prefetch")
    thread.start()
    try:
        while (item := ready.get()) is not END:
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        # Not join(): the garbage collector may close this generator in the middle of another thread's start, while a
        # lock is held that join() needs; or in this very thread.
        if threading.current_thread() is not thread:
            ended.wait()
    if failures:
        raise failures[0]
