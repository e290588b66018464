"""Finds example questions for /start, once for each generation of the archive."""

import asyncio
import logging

from bot.search_pool import Answers, SearchPool
from bot.views.keyboards import MAX_LABEL
from corpus.errors import ClippingsError
from retrieval.answer.suggestions import suggest_questions
from retrieval.errors import ArchiveUnreachable
from retrieval.types import Answer

COUNT = 3

log = logging.getLogger(__name__)


class ExampleQuestions:
    """Questions that the archive answers. Callers wait `timeout` seconds at most."""

    def __init__(self, search: SearchPool, timeout: float) -> None:
        self._search = search
        self.timeout = timeout
        self._questions: list[str] = []
        self._generation: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> list[str]:
        """Return the questions; if finding them takes too long, those of the last generation, or none."""
        if self._task is None:
            self._task = asyncio.create_task(self._find())
        await asyncio.wait({self._task}, timeout=self.timeout)
        return self._questions

    async def _find(self) -> None:
        try:
            generation = await self._search.look(lambda archive: archive.generation().number)
            if generation != self._generation:
                self._questions = await self._search.work(self._search_examples)
                self._generation = generation
        except ArchiveUnreachable:  # the greeting comes without questions
            pass
        except ClippingsError as error:
            log.warning("No example questions could be found (%s).", type(error).__name__)
        finally:
            self._task = None

    def _search_examples(self, answers: Answers) -> list[str]:
        """Return questions that fit on a button and get an answer."""

        def answer(question: str) -> Answer:
            if self._search.closing:
                raise ClippingsError("The bot is being stopped.")
            return answers.answer(question)

        return suggest_questions(answers.archive, answer, COUNT, max_characters=MAX_LABEL)
