"""Questions to begin with, found once for each state of the archive: nobody waits long for them."""

import asyncio
import logging

from bot.search_pool import Answers, SearchPool
from bot.views.keyboards import MAX_LABEL
from corpus.errors import ClippingsError
from retrieval.answer.suggestions import suggest_questions
from retrieval.errors import ArchiveUnreachable
from retrieval.types import Answer

COUNT = 3
MOMENT = 3.0  # seconds

log = logging.getLogger(__name__)


class ExampleQuestions:
    """What was found for the archive as it is, or as it was a moment ago."""

    def __init__(self, search: SearchPool) -> None:
        self._search = search
        self._found: list[str] = []
        self._generation: int | None = None
        self._finding: asyncio.Task[None] | None = None

    async def __call__(self) -> list[str]:
        """Return them; where they take longer than a moment to find, those of the archive as it was, if any."""
        if self._finding is None:
            self._finding = asyncio.create_task(self._find())
        await asyncio.wait({self._finding}, timeout=MOMENT)
        return self._found

    async def _find(self) -> None:
        try:
            generation = await self._search.look(lambda archive: archive.generation().number)
            if generation != self._generation:
                self._found = await self._search.work(self._asked)
                self._generation = generation
        except ArchiveUnreachable:  # a greeting goes without
            pass
        except ClippingsError as error:
            log.warning("No questions to begin with could be found (%s).", type(error).__name__)
        finally:
            self._finding = None

    def _asked(self, answers: Answers) -> list[str]:
        """Find questions that fit on a button, as they are asked from there."""

        def answer(question: str) -> Answer:
            if self._search.closing:
                raise ClippingsError("The bot is being stopped.")
            return answers.answer(question)

        return suggest_questions(answers.archive, answer, COUNT, max_characters=MAX_LABEL)
