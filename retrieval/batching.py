"""Items by the batch, and items made ready ahead on a thread of their own."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextvars import copy_context
from itertools import islice
from queue import Full, Queue
from typing import TypeVar

Item = TypeVar("Item")
LOOK_UP = 0.1  # seconds after which a thread that waits looks whether anybody still wants what it has made
END = object()


def in_turns(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in order, so many together, and fewer at the end."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some


def ahead(items: Generator[Item], most: int = 1) -> Generator[Item]:
    """Yield items in order; at most so many are ready before they are taken, and one more is being made.

    What making one raises is raised here, after those before it. Whoever wants no more closes this: it ends once the
    thread has made the one that it is at.
    """
    ready: Queue[object] = Queue(most)
    unwanted = threading.Event()
    ended = threading.Event()
    failed: list[BaseException] = []

    def put(item: object) -> bool:
        while not unwanted.is_set():
            try:
                ready.put(item, timeout=LOOK_UP)
            except Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            while not unwanted.is_set() and put(next(items)):
                pass
        except StopIteration:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again for whoever takes
            failed.append(error)
        finally:
            items.close()
            put(END)
            ended.set()

    # What the caller waits for, this thread waits for too.
    thread = threading.Thread(target=copy_context().run, args=(make,), name="ahead")
    thread.start()
    try:
        while (item := ready.get()) is not END:
            yield item  # type: ignore[misc]
    finally:
        unwanted.set()
        # Not by join(): what nobody closes is closed when memory is cleared up, which may be in the middle of another
        # thread's start, with a lock held that join() asks for; or in this very thread.
        if threading.current_thread() is not thread:
            ended.wait()
    if failed:
        raise failed[0]
