"""Reads the sources while the bot answers: each is visited when it is due."""

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
from retrieval.sources.state import CrawlState, due_at

MAX_SLEEP = 3600.0  # seconds between two checks of what is due: the clock may have been set

log = logging.getLogger(__name__)


class SourceSync:
    """Visits the sources that are due, one after the other, and sleeps until the next one is."""

    def __init__(self, bot: BotContext, clock: Callable[[], float] = time.time) -> None:
        self._bot = bot
        self._clock = clock
        self._stopped = threading.Event()
        self._logged = ""

    async def run(self) -> None:
        """Read the sources for ever; return at once if there are none."""
        retry = self._bot.config.times.sync_retry
        try:
            while self._bot.config.sources:
                try:
                    wait = await self._bot.search.change(self._visit_due)
                    self._logged = ""
                except ArchiveUnreachable:  # SearchPool has logged it
                    wait = retry
                except ClippingsError as error:
                    if str(error) != self._logged:  # a lasting error is logged once
                        log.warning("The sources are read later: %s", error)
                    self._logged = str(error)
                    wait = retry
                except Exception as error:  # noqa: BLE001 - the next try may succeed
                    log.warning("The sources could not be read (%s).", type(error).__name__)
                    wait = retry
                await asyncio.sleep(wait)
        finally:
            self._stopped.set()  # ends the visit in progress

    def _visit_due(self, answers: Answers) -> float:
        """Visit the sources that are due; return the seconds until the next one is."""
        from retrieval.sources.index_source import Crawler  # slow to import: the bot's start must not wait for it

        config = self._bot.config
        with sources_lock(config.folder):
            state = CrawlState(config.folder, answers.archive)
            try:
                crawler = Crawler(
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
                        crawler.visit(source)
                due = min(due_at(source, state.last_visit(source.name)) for source in config.sources)
            finally:
                state.close()
        return min(max(due - self._clock(), 0.0), MAX_SLEEP)
