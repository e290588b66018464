"""Threads for blocking jobs: short jobs go first, and jobs in the background wait until no other job waits."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from queue import Empty, PriorityQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


class Priority(IntEnum):
    """Which of the jobs that wait is done first."""

    SHORT = 0
    NORMAL = 1
    BACKGROUND = 2


@dataclass(order=True, frozen=True, slots=True)
class _Job:
    """A job that waits; those that sort first are done first."""

    priority: Priority
    number: int
    do: Callable[[], Any] = field(compare=False)
    future: "Future[Any]" = field(compare=False)


class PriorityThreads:
    """A few threads. Of the jobs that wait, a free thread takes one of the first priority, and the first of these."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting = PriorityQueue[_Job]()
        self._numbers = count()

    def submit(self, do: Callable[[], Result], priority: Priority = Priority.NORMAL) -> "Future[Result]":
        """Queue a job; cancelling its future takes it out of the queue. Raises RuntimeError after `close`."""
        future = Future[Result]()
        self._waiting.put(_Job(priority, next(self._numbers), do, future))
        # The executor is not told which job to do: its queue knows no priorities.
        self._threads.submit(self._do_next)
        return future

    def close(self) -> None:
        """Cancel the jobs that wait, and wait for those in progress."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with suppress(Empty):
            while True:
                self._waiting.get_nowait().future.cancel()
        self._threads.shutdown()

    def _do_next(self) -> None:
        job = self._waiting.get_nowait()  # there is one: each is queued before the call that does it
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            result = job.do()
        except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
