"""The blocking search, off the event loop."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from retrieval.answer.conversation import Turn
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMissing, ArchiveRefused, ArchiveUnreachable
from retrieval.types import NO_FILTERS, Answer, Filters

THREADS = 2
# Those that ask a server mostly wait for it.
THREADS_TO_SERVER = 8
PATIENCE = 15.0  # seconds that a reader waits for a server, from when it is asked
REST = 3.0  # seconds for which a server that did not answer is not asked, and all who wait for it are told at once

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Answers(Protocol):
    """What the bot needs of retrieval; called from several threads at a time."""

    @property
    def archive(self) -> Archive:
        """The archive that is asked."""
        ...

    @property
    def encoder(self) -> Encoder:
        """What its passages are embedded with."""
        ...

    def answer(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: Turn | None = None,
    ) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """
        ...

    def close(self) -> None:
        """Let go of the archive and the model."""


class SearchPool:
    """Asks on threads of its own: the event loop stays free, and slow searches wait in line.

    Where the archive is on a server, each call may last so many seconds of `patience`. Every call raises
    ArchiveUnreachable where the archive is away; the log says so once, and once that it is back.
    """

    def __init__(self, answers: Answers, threads: int = THREADS, patience: float | None = None) -> None:
        self._answers = answers
        self._patience = patience
        self._away = ""
        self._rests_until = 0.0
        self._in_line = set[asyncio.Timeout]()  # of those who wait for a thread
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self.closing = False  # who asks many questions in a row stops then

    async def __call__(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: Turn | None = None,
    ) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """
        return await self._run(
            partial(self._answers.answer, question, hits, filters=filters, newest=newest, before=before)
        )

    async def look(self, up: Callable[[Archive], Result]) -> Result:
        """Look something up in the archive."""
        return await self._run(lambda: up(self._answers.archive))

    async def work(self, do: Callable[[Answers], Result]) -> Result:
        """Do something that needs the archive and the model."""
        return await self._run(lambda: do(self._answers))

    async def change(self, do: Callable[[Answers], Result]) -> Result:
        """Do something that changes the archive, beside the threads that search: nobody waits for it."""
        return await asyncio.to_thread(self._asked, lambda: do(self._answers))

    async def _run(self, do: Callable[[], Result]) -> Result:
        self._check_rest()
        loop = asyncio.get_running_loop()
        # Of a server that is away, nobody waits until the threads that ask it are free.
        limit = asyncio.timeout(self._patience if self._away else None)

        def work() -> Result:
            loop.call_soon_threadsafe(self._begin, limit)
            return self._asked(do)

        self._in_line.add(limit)
        try:
            async with limit:
                return await loop.run_in_executor(self._threads, work)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._is_away(self._away or "It takes too long to answer.") from None
        finally:
            self._in_line.discard(limit)
            while self._away and self._in_line:  # they are told together
                if not (one := self._in_line.pop()).expired():
                    one.reschedule(loop.time())

    def _begin(self, limit: asyncio.Timeout) -> None:
        if limit in self._in_line and not limit.expired() and self._patience is not None:
            limit.reschedule(asyncio.get_running_loop().time() + self._patience)
        self._in_line.discard(limit)

    def _asked(self, do: Callable[[], Result]) -> Result:
        self._check_rest()
        try:
            done = do()
        except (ArchiveUnreachable, ArchiveRefused, ArchiveMissing) as error:
            raise self._is_away(str(error)) from error
        if self._away:
            self._away = ""
            log.warning("The archive answers again.")
        return done

    def _check_rest(self) -> None:
        if self._away and time.monotonic() < self._rests_until:
            raise ArchiveUnreachable(self._away)

    def _is_away(self, why: str) -> ArchiveUnreachable:
        if not self._away:
            log.warning("The archive is out of reach, and readers are told so: %s", why)
        self._away, self._rests_until = why, time.monotonic() + REST
        return ArchiveUnreachable(why)

    def close(self) -> None:
        """Wait for the searches under way, then close the answerer."""
        self.closing = True
        self._threads.shutdown(cancel_futures=True)
        self._answers.close()
