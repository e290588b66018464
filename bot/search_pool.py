"""Runs blocking searches on threads, so that the event loop stays free.

What is only read goes first, and users' questions go before watched ones.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from bot.priority_threads import Priority, PriorityThreads
from retrieval.answer.conversation import Turn
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMissing, ArchiveRefused, ArchiveUnreachable
from retrieval.types import NO_FILTERS, Answer, Filters

THREADS = 2
# Threads that ask a server mostly wait for it.
THREADS_TO_SERVER = 8
SERVER_TIMEOUT = 15.0  # seconds for one call to an archive server
RETRY_AFTER = 3.0  # seconds for which an archive that did not answer is not asked again

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Answers(Protocol):
    """What the bot needs of retrieval (an Answerer has it). Several threads call it at the same time."""

    @property
    def archive(self) -> Archive:
        """The archive that is searched."""
        ...

    @property
    def encoder(self) -> Encoder:
        """The encoder of its passages."""
        ...

    def answer(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: Turn | None = None,
        literal: bool = False,
    ) -> Answer:
        """Answer a question, which may refer to the turn before it.

        Raises QuestionError, whose text is for the user.
        """
        ...

    def close(self) -> None:
        """Close the archive and the model."""


class SearchPool:
    """Searches on a few threads; further calls wait for a free thread, those in the `background` the longest.

    If the archive is on a server, a call may take `timeout` seconds. Calls raise ArchiveUnreachable while the archive
    does not answer, and for `retry_after` seconds it is not asked again. The log reports once that the archive is away,
    and once that it is back.
    """

    def __init__(
        self, answers: Answers, threads: int = THREADS, timeout: float | None = None, retry_after: float = RETRY_AFTER
    ) -> None:
        self._answers = answers
        self._timeout = timeout
        self._retry_after = retry_after
        self._unreachable = ""  # why, or "" if the archive answers
        self._retry_at = 0.0
        self._turning = threading.Lock()  # several threads may notice at once
        self._waiting = set[asyncio.Timeout]()  # of the calls that wait for a thread
        self._threads = PriorityThreads(threads, "search")
        self.closing = False  # a caller with many questions stops then

    async def __call__(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: Turn | None = None,
        literal: bool = False,
        background: bool = False,
    ) -> Answer:
        """Answer a question, which may refer to the turn before it.

        Raises QuestionError, whose text is for the user.
        """
        return await self._run(
            partial(
                self._answers.answer, question, hits, filters=filters, newest=newest, before=before, literal=literal
            ),
            Priority.BACKGROUND if background else Priority.NORMAL,
        )

    async def look(self, read: Callable[[Archive], Result], *, background: bool = False) -> Result:
        """Read something from the archive: with an answer at hand, nobody has to wait for the searches of others."""
        priority = Priority.BACKGROUND if background else Priority.SHORT
        return await self._run(lambda: read(self._answers.archive), priority)

    async def work(self, do: Callable[[Answers], Result]) -> Result:
        """Use the archive and the model."""
        return await self._run(lambda: do(self._answers))

    async def change(self, do: Callable[[Answers], Result]) -> Result:
        """Change the archive, on a thread of its own: searches do not wait for it."""
        return await asyncio.to_thread(self._use, lambda: do(self._answers))

    async def _run(self, do: Callable[[], Result], priority: Priority = Priority.NORMAL) -> Result:
        self._check_reachable()
        loop = asyncio.get_running_loop()
        # While the archive is unreachable, a call also stops waiting for a free thread.
        timeout = asyncio.timeout(self._timeout if self._unreachable else None)

        def work() -> Result:
            loop.call_soon_threadsafe(self._start_timeout, timeout)
            return self._use(do)

        self._waiting.add(timeout)
        try:
            async with timeout:
                return await asyncio.wrap_future(self._threads.submit(work, priority))
        except TimeoutError:
            if not timeout.expired():
                raise
            raise self._now_unreachable(self._unreachable or "It takes too long to answer.") from None
        finally:
            self._waiting.discard(timeout)
            while self._unreachable and self._waiting:  # all waiting calls end together
                if not (waiting := self._waiting.pop()).expired():
                    waiting.reschedule(loop.time())

    def _start_timeout(self, timeout: asyncio.Timeout) -> None:
        if timeout in self._waiting and not timeout.expired() and self._timeout is not None:
            timeout.reschedule(asyncio.get_running_loop().time() + self._timeout)
        self._waiting.discard(timeout)

    def _use(self, do: Callable[[], Result]) -> Result:
        self._check_reachable()
        try:
            result = do()
        except (ArchiveUnreachable, ArchiveRefused, ArchiveMissing) as error:
            raise self._now_unreachable(str(error)) from error
        if self._unreachable:
            with self._turning:
                was_unreachable, self._unreachable = self._unreachable, ""
            if was_unreachable:
                log.warning("The archive answers again.")
        return result

    def _check_reachable(self) -> None:
        if self._unreachable and time.monotonic() < self._retry_at:
            raise ArchiveUnreachable(self._unreachable)

    def _now_unreachable(self, reason: str) -> ArchiveUnreachable:
        with self._turning:
            was_unreachable, self._unreachable = self._unreachable, reason
            self._retry_at = time.monotonic() + self._retry_after
        if not was_unreachable:
            log.warning("The archive is out of reach, and users are told so: %s", reason)
        return ArchiveUnreachable(reason)

    def close(self) -> None:
        """Wait for the searches in progress, then close the answerer."""
        self.closing = True
        self._threads.close()
        self._answers.close()
