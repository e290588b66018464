"""The blocking search, off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from retrieval.answer.followup import Turn
from retrieval.types import Answer


class Answers(Protocol):
    """What the bot needs of retrieval; `answer` is called from several threads at a time."""

    def answer(self, question: str, *, before: Turn | None = None) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """

    def close(self) -> None:
        """Let go of the archive and the model."""


class Search:
    """Asks on threads of its own: the event loop stays free, and slow searches wait in line."""

    def __init__(self, answerer: Answers, threads: int = 2) -> None:
        self._answerer = answerer
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")

    async def __call__(self, question: str, before: Turn | None = None) -> Answer:
        """Answer a question, which may lean on the one before it.

        Raises QuestionError, whose text is for the reader.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(self._answerer.answer, question, before=before))

    def close(self) -> None:
        """Wait for the searches under way, then close the answerer."""
        self._threads.shutdown(cancel_futures=True)
        self._answerer.close()
