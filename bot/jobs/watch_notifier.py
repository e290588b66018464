"""Tells readers when an article that came into the archive answers a question they watch."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from telegram import Bot as Telegram
from telegram.error import BadRequest, Forbidden

from bot.context import BotContext
from bot.i18n.language import for_code
from bot.outgoing.sending import chat_gone, patiently, send, topic_gone
from bot.store.watches import Watch
from bot.views.answer import View, digest_view, watch_view
from retrieval.errors import ArchiveUnreachable, QuestionError
from retrieval.types import Answer, Filters, Hit

LOOK_EVERY = 2.0  # seconds between two looks at what the archive's generation is
QUIET = 10.0  # seconds without a change after which what came is told together, so that an import is told at once
LONGEST = 600.0  # seconds that a watch waits for an archive that never is quiet
MOST = 12  # articles that one message tells of; no more passages are read for a question

log = logging.getLogger(__name__)


class WatchNotifier:
    """Asks every watched question of what is new, once the archive has been quiet for a moment."""

    def __init__(self, telegram: Telegram, bot: BotContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._telegram = telegram
        self._bot = bot
        self._clock = clock
        self._seen: int | None = None
        self._changed = 0.0
        self._first_change: float | None = None
        self._occurrence: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look again and again, for ever."""
        try:
            while True:
                try:
                    await self.look()
                except ArchiveUnreachable:  # which is logged already; what came meanwhile is told once it is back
                    pass
                except Exception as error:  # noqa: BLE001 - the next look may do better, and nobody else looks
                    log.warning("The watches could not be looked after (%s).", type(error).__name__)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            for task in self._occurrence.values():
                task.cancel()

    async def look(self) -> None:
        """Tell what is new, if the archive has changed and is quiet again."""
        generation = await self._bot.search.look(lambda archive: archive.generation().number)
        now = self._clock()
        if generation != self._seen:
            self._seen, self._changed = generation, now
            self._first_change = now if self._first_change is None else self._first_change
        if self._first_change is None or (now - self._changed < QUIET and now - self._first_change < LONGEST):
            return
        behind = [watch for watch in self._bot.watches.all() if watch.since != generation]
        # Where an older archive has been put back, its generations count from then on.
        self._bot.watches.reach(generation, [watch.id for watch in behind if watch.since > generation])
        self._first_change = None
        chats = defaultdict(list)
        for watch in behind:
            if watch.since < generation and watch.chat not in self._occurrence:
                chats[watch.chat].append(watch)
            elif watch.since < generation:  # the chat is being told of what came before; look again then
                self._first_change = now
        for chat, watches in chats.items():
            # Each on its own: a chat that has to wait must not hold up the others.
            task = asyncio.create_task(self._tell_all(watches, generation))
            self._occurrence[chat] = task
            task.add_done_callback(partial(self._told, chat))

    def _told(self, chat: int, _: "asyncio.Task[None]") -> None:
        del self._occurrence[chat]

    async def _tell_all(self, watches: list[Watch], generation: int) -> None:
        for watch in watches:
            try:
                await self._tell(watch, generation)
            except Forbidden:
                self._bot.watches.end_all(watch.chat)
            except BadRequest as error:
                log.warning("What a watch found could not be sent (%s).", type(error).__name__)
                if chat_gone(error):
                    self._bot.watches.end_all(watch.chat)
                elif topic_gone(error):  # the topic is no more
                    self._bot.watches.end(watch.id, watch.chat)
            except Exception as error:  # noqa: BLE001 - nor must one watch end the others
                if not isinstance(error, ArchiveUnreachable):
                    log.warning("A watch could not be looked after (%s).", type(error).__name__)
                self._first_change = self._clock()  # look again, though nothing new comes

    async def _tell(self, watch: Watch, generation: int) -> None:
        bot = self._bot
        if not bot.access.may_ask(watch.reader, watch.chat):
            bot.watches.end(watch.id, watch.chat)
            return
        try:
            new = Filters(added_after=watch.since)
            answer = await bot.search(watch.question, MOST, filters=new, newest=True)
        except QuestionError:  # nothing is from that source yet, say
            answer = None
        told = set[str]()
        if answer and answer.answered:
            await patiently(self._telegram.get_me)  # what is claimed while the network is gone may be lost
            told = bot.watches.claim(watch, [hit.passage.article.id for hit in answer.hits])
        bot.watches.reach(generation, [watch.id])
        if answer and told:
            sent = await send(self._telegram, watch.chat, _view(watch, answer, told), watch.topic, twice=False)
            if sent.chat_id != watch.chat:  # the group has become another one since
                bot.watches.move(watch.chat, sent.chat_id)


def _view(watch: Watch, answer: Answer, told: set[str]) -> View:
    language = for_code(watch.language)
    hits = dict[str, Hit]()
    for hit in answer.hits:
        if hit.passage.article.id in told:
            hits.setdefault(hit.passage.article.id, hit)
    if len(hits) == 1:
        return watch_view(language, watch.question, watch.id, *hits.values())
    cards = [hit.passage.article for hit in hits.values()]
    return digest_view(language, watch.question, watch.id, cards, all_=len(answer.hits) < MOST)
