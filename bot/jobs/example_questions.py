"""Finds example questions for /start, once for each language of the users and each generation of the archive."""

import asyncio
import logging
from functools import partial

from bot.search_pool import Answers, SearchPool
from bot.views.keyboards import MAX_LABEL
from corpus.errors import ClippingsError
from retrieval.answer.suggestions import suggest_questions
from retrieval.encode.languages_read import reads
from retrieval.errors import ArchiveUnreachable
from retrieval.types import Answer

COUNT = 3

log = logging.getLogger(__name__)


class ExampleQuestions:
    """Questions that the archive answers. Callers wait `timeout` seconds at most."""

    def __init__(self, search: SearchPool, timeout: float) -> None:
        self._search = search
        self.timeout = timeout
        self._found: dict[str, tuple[int, list[str]]] = {}  # by language, with the generation
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __call__(self, language: str) -> list[str]:
        """Return questions in a language; if finding them takes too long, those of the last generation, or none."""
        if language not in self._tasks:
            self._tasks[language] = asyncio.create_task(self._find(language))
        await asyncio.wait({self._tasks[language]}, timeout=self.timeout)
        return self._found[language][1] if language in self._found else []

    async def _find(self, language: str) -> None:
        try:
            generation = await self._search.look(lambda archive: archive.generation().number)
            if language not in self._found or generation != self._found[language][0]:
                questions = await self._search.work(partial(self._search_examples, language=language))
                self._found[language] = generation, questions
        except ArchiveUnreachable:  # the greeting comes without questions
            pass
        except ClippingsError as error:
            log.warning("No example questions could be found (%s).", type(error).__name__)
        finally:
            del self._tasks[language]

    def _search_examples(self, answers: Answers, language: str) -> list[str]:
        """Return questions that fit on a button and get an answer, in the language if the model reads it."""

        def answer(question: str) -> Answer:
            if self._search.closing:
                raise ClippingsError("The bot is being stopped.")
            return answers.answer(question)

        read = language if reads(answers.encoder.name, language) else "en"
        return suggest_questions(answers.archive, answer, COUNT, max_characters=MAX_LABEL, language=read)
