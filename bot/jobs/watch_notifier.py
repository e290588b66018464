"""Notifies chats when a new article answers a question that they watch, or has the words."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Set

from telegram import Bot as Telegram
from telegram.error import BadRequest, Forbidden

from bot.context import BotContext
from bot.i18n.translation import for_code
from bot.jobs.chat_tasks import ChatTasks, end_where_refused
from bot.jobs.new_articles import NewArticles, new_articles
from bot.single_passage_articles import is_whole_article
from bot.store.watches import Watch
from bot.views.answer import View
from bot.views.watch import several_view, watch_view
from retrieval.archive.contract import Archive
from retrieval.errors import ArchiveUnreachable

MAX_HITS = 12  # passages that are searched for a question

log = logging.getLogger(__name__)


class WatchNotifier:
    """Searches the new articles for every watch, once the archive has not changed for a while.

    It leaves out the watches whose articles come in a daily digest (daily_digests.py).
    """

    def __init__(self, telegram: Telegram, bot: BotContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._telegram = telegram
        self._bot = bot
        self._times = bot.config.times
        self._clock = clock
        self._generation: int | None = None
        self._in_digests = frozenset[tuple[int, int | None]]()
        self._last_change = 0.0
        self._first_change: float | None = None
        self._notifying = ChatTasks()

    async def run(self) -> None:
        """Check the archive for ever."""
        try:
            while True:
                try:
                    await self.check()
                except ArchiveUnreachable:  # SearchPool has logged it; new articles are found once it is back
                    pass
                except Exception as error:  # noqa: BLE001 - the next check may succeed
                    log.warning("The watches could not be checked (%s).", type(error).__name__)
                await asyncio.sleep(self._times.watch_check)
        finally:
            self._notifying.cancel()

    async def check(self) -> None:
        """Start notifying, if the archive has changed and is quiet again, or a chat has no digest any more."""
        generation = await self._bot.search.look(lambda archive: archive.generation().number, background=True)
        now = self._clock()
        in_digests = frozenset((digest.chat, digest.topic) for digest in self._bot.digests.all())
        if self._in_digests - in_digests and self._first_change is None:
            self._first_change = self._last_change = now
        self._in_digests = in_digests
        if generation != self._generation:
            self._generation, self._last_change = generation, now
            self._first_change = now if self._first_change is None else self._first_change
        if self._first_change is None:
            return
        if now - self._last_change < self._times.watch_quiet and now - self._first_change < self._times.watch_longest:
            return
        behind = [watch for watch in self._bot.watches.all() if watch.since != generation]
        # After a restored backup, generations count from the older one.
        self._bot.watches.reach(generation, [watch.id for watch in behind if watch.since > generation])
        self._first_change = None
        chats = defaultdict(list)
        for watch in behind:
            if watch.since > generation or (watch.chat, watch.topic) in in_digests:
                continue
            if watch.chat in self._notifying:  # check again afterwards
                self._first_change = now
            else:
                chats[watch.chat].append(watch)
        for chat, watches in chats.items():
            self._notifying.start(chat, self._notify_chat(watches, generation))

    async def _notify_chat(self, watches: list[Watch], generation: int) -> None:
        for watch in watches:
            try:
                await self._notify(watch, generation)
            except (BadRequest, Forbidden) as error:
                if isinstance(error, BadRequest):
                    log.warning("A notification could not be sent (%s).", type(error).__name__)
                end_where_refused(self._bot, watch.chat, watch.topic, error)
            except Exception as error:  # noqa: BLE001 - one watch must not end the others
                if not isinstance(error, ArchiveUnreachable):
                    log.warning("A watch could not be checked (%s).", type(error).__name__)
                self._first_change = self._clock()  # check again, even if the archive does not change

    async def _notify(self, watch: Watch, generation: int) -> None:
        bot = self._bot
        if not bot.access.may_ask(watch.user, watch.chat):
            bot.watches.end(watch.id, watch.chat)
            return
        found = await new_articles(bot, watch, MAX_HITS)
        claimed, whole = set[str](), frozenset[str]()
        if found.hits:
            # Before the claim: if the archive fails now, the articles are found again.
            whole = await bot.search.look(lambda archive: _whole_articles(archive, found), background=True)
            # If the network is down, articles must not be claimed: they might never be sent.
            await bot.sender.call(self._telegram, self._telegram.get_me)
            claimed = bot.watches.claim(watch, found.hits)
        bot.watches.reach(generation, [watch.id])
        if claimed:
            view = _view(watch, found, claimed, whole)
            message = await bot.sender.send(self._telegram, watch.chat, view, watch.topic, repeat=False)
            if message.chat_id != watch.chat:  # the group has become a supergroup
                bot.watches.move(watch.chat, message.chat_id)


def _whole_articles(archive: Archive, found: NewArticles) -> frozenset[str]:
    """Return the ids of the articles that have no other passage than the one that was found."""
    return frozenset(id_ for id_, hit in found.hits.items() if is_whole_article(archive, hit.passage))


def _view(watch: Watch, found: NewArticles, claimed: set[str], whole: Set[str]) -> View:
    language = for_code(watch.language)
    hits = {id_: hit for id_, hit in found.hits.items() if id_ in claimed}
    if len(hits) == 1:
        ((id_, hit),) = hits.items()
        return watch_view(language, watch.question, watch.id, hit, whole=id_ in whole)
    cards = [hit.passage.article for hit in hits.values()]
    return several_view(language, watch.question, watch.id, cards, all_=found.complete)
