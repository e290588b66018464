"""The blocking search, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from retrieval.answer.followup import Turn
from retrieval.archive.archive import Archive
from retrieval.encode.encoder import Encoder
from retrieval.types import EVERYTHING, Answer, Slice

Result = TypeVar("Result")


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
        slice: Slice = EVERYTHING,
        newest: bool = False,
        before: Turn | None = None,
    ) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """
        ...

    def close(self) -> None:
        """Let go of the archive and the model."""


class Search:
    """Asks on threads of its own: the event loop stays free, and slow searches wait in line."""

    def __init__(self, answers: Answers, threads: int = 2) -> None:
        self._answers = answers
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self.closing = False  # who asks many questions in a row stops then

    async def __call__(
        self,
        question: str,
        hits: int | None = None,
        *,
        slice: Slice = EVERYTHING,
        newest: bool = False,
        before: Turn | None = None,
    ) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """
        return await self._run(partial(self._answers.answer, question, hits, slice=slice, newest=newest, before=before))

    async def look(self, up: Callable[[Archive], Result]) -> Result:
        """Look something up in the archive."""
        return await self._run(lambda: up(self._answers.archive))

    async def work(self, do: Callable[[Answers], Result]) -> Result:
        """Do something that needs the archive and the model."""
        return await self._run(lambda: do(self._answers))

    async def change(self, do: Callable[[Answers], Result]) -> Result:
        """Do something that changes the archive, beside the threads that search: nobody waits for it."""
        return await asyncio.to_thread(do, self._answers)

    async def _run(self, do: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do)

    def close(self) -> None:
        """Wait for the searches under way, then close the answerer."""
        self.closing = True
        self._threads.shutdown(cancel_futures=True)
        self._answers.close()
