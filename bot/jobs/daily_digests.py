"""Sends each chat that wants a daily digest, at its hour, what its watches have found since the last one."""

import asyncio
import logging

from telegram import Bot as Telegram
from telegram.error import BadRequest, Forbidden

from bot.context import BotContext
from bot.i18n.translation import for_code
from bot.jobs.chat_tasks import ChatTasks, end_where_refused
from bot.jobs.digest_hour import DigestHour
from bot.jobs.new_articles import NewArticles, new_articles
from bot.store.digests import Digest
from bot.store.watches import Watch
from bot.views.watch import DigestPart, digest_view
from retrieval.errors import ArchiveUnreachable

MAX_HITS = 24  # passages that are searched for a watch

log = logging.getLogger(__name__)


class DailyDigests:
    """Sends the digests that are due; one that was missed while the bot did not run is sent at its next start.

    Nothing is collected during the day: at its hour, each watch searches what has been added since the last digest.
    """

    def __init__(self, telegram: Telegram, bot: BotContext) -> None:
        self._telegram = telegram
        self._bot = bot
        self._sending = ChatTasks()

    async def run(self) -> None:
        """Look for due digests for ever."""
        try:
            while True:
                try:
                    self.check()
                except Exception as error:  # noqa: BLE001 - the next check may succeed
                    log.warning("The digests could not be checked (%s).", type(error).__name__)
                await asyncio.sleep(self._bot.config.times.watch_check)
        finally:
            self._sending.cancel()

    def check(self) -> None:
        """Start sending the digests that are due; those of one chat one after the other."""
        for digest in self._bot.digests.due(self._bot.now().timestamp()):
            if digest.chat not in self._sending:
                self._sending.start(digest.chat, self._send_or_end(digest))

    async def _send_or_end(self, digest: Digest) -> None:
        try:
            await self._send(digest)
        except ArchiveUnreachable:  # SearchPool has logged it; the digest stays due
            pass
        except (BadRequest, Forbidden) as error:
            if isinstance(error, BadRequest):
                log.warning("A digest could not be sent (%s).", type(error).__name__)
            end_where_refused(self._bot, digest.chat, digest.topic, error)
        except Exception as error:  # noqa: BLE001 - one chat must not end the others
            log.warning("A digest could not be sent (%s).", type(error).__name__)

    async def _send(self, digest: Digest) -> None:
        bot = self._bot
        if not bot.access.may_ask(digest.user, digest.chat):
            bot.digests.end(digest.chat, digest.topic)
            return
        generation = await bot.search.look(lambda archive: archive.generation().number, background=True)
        found = [(watch, await self._find(watch)) for watch in self._watches(digest)]
        if any(news and news.hits for _, news in found):
            # If the network is down, articles must not be claimed: they might never be sent.
            await bot.sender.call(self._telegram, self._telegram.get_me)
        searched = [(watch, news) for watch, news in found if news]
        claimed = bot.watches.claim_each([(watch, news.hits) for watch, news in searched])
        bot.watches.reach(generation, [watch.id for watch, _ in searched])
        hour = DigestHour(digest.minute, digest.utc_offset)
        bot.digests.postpone(digest, round(hour.next_after(bot.now()).timestamp()))
        parts = [_part(*each, ids) for each, ids in zip(searched, claimed, strict=True) if ids]
        if parts:
            view = digest_view(for_code(digest.language), parts)
            message = await bot.sender.send(self._telegram, digest.chat, view, digest.topic, repeat=False)
            if message.chat_id != digest.chat:  # the group has become a supergroup
                bot.watches.move(digest.chat, message.chat_id)

    def _watches(self, digest: Digest) -> list[Watch]:
        """Return the watches of a digest; those of users who may no longer ask are ended."""
        bot, watches = self._bot, []
        for watch in bot.watches.in_chat(digest.chat):
            if watch.topic != digest.topic:
                continue
            if bot.access.may_ask(watch.user, watch.chat):
                watches.append(watch)
            else:
                bot.watches.end(watch.id, watch.chat)
        return watches

    async def _find(self, watch: Watch) -> NewArticles | None:
        """Return what a watch has to report; None if that fails: the next digest tries again."""
        try:
            return await new_articles(self._bot, watch, MAX_HITS)
        except ArchiveUnreachable:
            raise
        except Exception as error:  # noqa: BLE001 - one watch must not hold back the others
            log.warning("A watch could not be checked (%s).", type(error).__name__)
            return None


def _part(watch: Watch, news: NewArticles, claimed: set[str]) -> DigestPart:
    cards = tuple(hit.passage.article for id_, hit in news.hits.items() if id_ in claimed)
    return DigestPart(watch.question, cards, complete=news.complete)
