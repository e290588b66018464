"""Notifies chats when a new article answers a question that they watch."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from functools import partial

from telegram import Bot as Telegram
from telegram.error import BadRequest, Forbidden

from bot.context import BotContext
from bot.i18n.translation import for_code
from bot.outgoing.sending import chat_gone, topic_gone
from bot.store.watches import Watch
from bot.views.answer import View, digest_view, watch_view
from bot.whole_article import is_whole_article
from retrieval.archive.contract import Archive
from retrieval.errors import ArchiveUnreachable, QuestionError
from retrieval.types import Answer, Filters, Hit, Passage

MAX_HITS = 12  # passages that are searched for a question

log = logging.getLogger(__name__)


class WatchNotifier:
    """Searches the new articles for every watched question, once the archive has not changed for a while."""

    def __init__(self, telegram: Telegram, bot: BotContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._telegram = telegram
        self._bot = bot
        self._times = bot.config.times
        self._clock = clock
        self._generation: int | None = None
        self._last_change = 0.0
        self._first_change: float | None = None
        self._notifying: dict[int, asyncio.Task[None]] = {}

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
            for task in self._notifying.values():
                task.cancel()

    async def check(self) -> None:
        """Start notifying, if the archive has changed and is quiet again."""
        generation = await self._bot.search.look(lambda archive: archive.generation().number, background=True)
        now = self._clock()
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
            if watch.since < generation and watch.chat not in self._notifying:
                chats[watch.chat].append(watch)
            elif watch.since < generation:  # the chat is still being notified; check again afterwards
                self._first_change = now
        for chat, watches in chats.items():
            # A task a chat: a chat that has to wait must not delay the others.
            task = asyncio.create_task(self._notify_chat(watches, generation))
            self._notifying[chat] = task
            task.add_done_callback(partial(self._notified, chat))

    def _notified(self, chat: int, _: "asyncio.Task[None]") -> None:
        del self._notifying[chat]

    async def _notify_chat(self, watches: list[Watch], generation: int) -> None:
        for watch in watches:
            try:
                await self._notify(watch, generation)
            except Forbidden:
                self._bot.watches.end_all(watch.chat)
            except BadRequest as error:
                log.warning("A notification could not be sent (%s).", type(error).__name__)
                if chat_gone(error):
                    self._bot.watches.end_all(watch.chat)
                elif topic_gone(error):
                    self._bot.watches.end(watch.id, watch.chat)
            except Exception as error:  # noqa: BLE001 - one watch must not end the others
                if not isinstance(error, ArchiveUnreachable):
                    log.warning("A watch could not be checked (%s).", type(error).__name__)
                self._first_change = self._clock()  # check again, even if the archive does not change

    async def _notify(self, watch: Watch, generation: int) -> None:
        bot = self._bot
        if not bot.access.may_ask(watch.user, watch.chat):
            bot.watches.end(watch.id, watch.chat)
            return
        try:
            filters = Filters(added_after=watch.since)
            # Users wait for their answers; nobody waits for this one.
            answer = await bot.search(watch.question, MAX_HITS, filters=filters, newest=True, background=True)
        except QuestionError:  # such as a filter by a source without articles
            answer = None
        claimed = set[str]()
        whole = frozenset[str]()
        if answer and answer.hits:
            passages = [hit.passage for hit in answer.hits]
            whole = await bot.search.look(lambda archive: _whole_articles(archive, passages), background=True)
            # If the network is down, articles must not be claimed: they might never be sent.
            await bot.sender.call(self._telegram, self._telegram.get_me)
            claimed = bot.watches.claim(watch, [hit.passage.article.id for hit in answer.hits])
        bot.watches.reach(generation, [watch.id])
        if answer and claimed:
            view = _view(watch, answer, claimed, whole)
            message = await bot.sender.send(self._telegram, watch.chat, view, watch.topic, repeat=False)
            if message.chat_id != watch.chat:  # the group has become a supergroup
                bot.watches.move(watch.chat, message.chat_id)


def _whole_articles(archive: Archive, passages: Sequence[Passage]) -> frozenset[str]:
    """Return the ids of the articles that have no other passage than these."""
    return frozenset(passage.article.id for passage in passages if is_whole_article(archive, passage))


def _view(watch: Watch, answer: Answer, articles: set[str], whole: Set[str]) -> View:
    language = for_code(watch.language)
    hits = dict[str, Hit]()
    for hit in answer.hits:
        if hit.passage.article.id in articles:
            hits.setdefault(hit.passage.article.id, hit)
    if len(hits) == 1:
        ((article, hit),) = hits.items()
        return watch_view(language, watch.question, watch.id, hit, whole=article in whole)
    cards = [hit.passage.article for hit in hits.values()]
    return digest_view(language, watch.question, watch.id, cards, all_=len(answer.hits) < MAX_HITS)
