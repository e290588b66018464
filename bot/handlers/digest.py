"""/digest: the hour at which a chat gets what its watches find, once a day."""

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.context import BotContext, UpdateContext, on_message
from bot.handlers.question_text import question_in
from bot.jobs.digest_hour import DigestHour, parse_hour
from bot.outgoing.sending import topic_of
from bot.store.digests import Digest
from bot.views.answer import View
from bot.views.watch import hour_view, no_hour_view, wrong_hour_view

OFF = "off"


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handler of the command."""
    return [CommandHandler("digest", on_message(bot, _digest), filters.UpdateType.MESSAGE)]


def hour_of_digest(bot: BotContext, chat: int, topic: int | None) -> str | None:
    """Return the hour of a chat's digest with its time zone, such as "08:00 (UTC+3)"; None if it has none."""
    digest = bot.digests.find(chat, topic)
    return _written(bot, DigestHour(digest.minute, digest.utc_offset)) if digest else None


async def _digest(context: UpdateContext, message: Message) -> None:
    await context.bot.sender.reply(message, _view(context, message))


def _view(context: UpdateContext, message: Message) -> View:
    bot, language = context.bot, context.language
    chat, topic = message.chat_id, topic_of(message)
    text = question_in(message)
    if text.lower() == OFF:
        bot.digests.end(chat, topic)
    elif text:
        hour = parse_hour(text)
        if hour is None:
            return wrong_hour_view(language)
        due = round(hour.next_after(bot.now()).timestamp())
        digest = Digest(chat, topic, context.user_id, language.code, hour.minute, hour.utc_offset, due)
        bot.digests.put(digest)
    if written := hour_of_digest(bot, chat, topic):
        return hour_view(language, written)
    return no_hour_view(language, DigestHour(0).zone_name(bot.now()))


def _written(bot: BotContext, hour: DigestHour) -> str:
    return f"{hour.clock} ({hour.zone_name(bot.now())})"
