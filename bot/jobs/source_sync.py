"""Keeps the sources while the bot answers: each is visited when it is due, beside the threads that search."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from bot.context import BotContext
from bot.search_pool import Answers
from corpus.errors import ClippingsError
from retrieval.archive.lock import sources_lock
from retrieval.errors import ArchiveUnreachable
from retrieval.sources.crawl import Crawler
from retrieval.sources.state import CrawlState, due_at

LATER = 60.0  # seconds until another try, where the archive is being changed, or cannot be
LONGEST = 3600.0  # seconds between two looks: the clock may have been set

log = logging.getLogger(__name__)


class SourceSync:
    """Visits what is due, one source after the other, and sleeps until the next one is."""

    def __init__(self, bot: BotContext, clock: Callable[[], float] = time.time) -> None:
        self._bot = bot
        self._clock = clock
        self._stopped = threading.Event()
        self._told = ""

    async def run(self) -> None:
        """Keep the sources for ever; where there are none, there is nothing to do."""
        try:
            while self._bot.config.sources:
                try:
                    wait = await self._bot.search.change(self._round)
                    self._told = ""
                except ArchiveUnreachable:  # which is logged already
                    wait = LATER
                except ClippingsError as error:
                    if str(error) != self._told:  # once is enough of what may last
                        log.warning("The sources are read later: %s", error)
                    self._told = str(error)
                    wait = LATER
                except Exception as error:  # noqa: BLE001 - the next try may do better, and nobody else tries
                    log.warning("The sources could not be read (%s).", type(error).__name__)
                    wait = LATER
                await asyncio.sleep(wait)
        finally:
            self._stopped.set()  # the visit under way ends where it is

    def _round(self, answers: Answers) -> float:
        """Visit what is due; return the seconds until something is."""
        config = self._bot.config
        with sources_lock(config.folder):
            state = CrawlState(config.folder, answers.archive)
            try:
                keeper = Crawler(
                    answers.archive,
                    lambda: answers.encoder,
                    state,
                    config.article_megabytes * 1_000_000,
                    wait=False,
                    clock=self._clock,
                    stopped=self._stopped.is_set,
                )
                for source in config.sources:
                    if due_at(source, state.last_visit(source.name)) <= self._clock() and not self._stopped.is_set():
                        keeper.visit(source)
                due = min(due_at(source, state.last_visit(source.name)) for source in config.sources)
            finally:
                state.close()
        return min(max(due - self._clock(), 0.0), LONGEST)
