"""What the archive's owners can do in the chat: add, remove, and see how things stand."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from functools import wraps
from html import escape

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, Respond, on_message
from bot.errors import StaleButton
from bot.handlers import add_article, remove_article
from bot.handlers.add_article import proposal
from bot.handlers.callbacks import MAX_NOTICE, Callback, CallbackHandler, CallbackResult
from bot.handlers.documents import holds_article
from bot.handlers.links import link_in
from bot.handlers.questions import question_in
from bot.handlers.remove_article import choices, confirmation, shown_in
from bot.i18n.language import Language
from bot.outgoing.sending import reply, send, topic_of
from bot.views.answer import View, out_of_reach
from bot.views.info import sources_status, version_here
from bot.views.telegram_html import shortened
from corpus.errors import ClippingsError
from retrieval.errors import ArchiveBusy, ArchiveUnreachable, ArchiveUnwritable, QuestionError, SourceError
from retrieval.sources.state import read_statuses

KILOBYTE = 1000

log = logging.getLogger(__name__)


class Captioned(filters.MessageFilter):
    """A file or picture whose caption is a command to the bot: the library looks for commands in texts only."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def filter(self, message: Message) -> bool:
        """Tell whether the command is there."""
        name = re.escape(message.get_bot().username)
        return bool(re.match(rf"(?i)/{self._command}(@{name})?(?!\S)", message.caption or ""))


class Offered(filters.MessageFilter):
    """What an owner sends to be added without saying so: a document or a forwarded post, in private."""

    def __init__(self, bot: BotContext) -> None:
        super().__init__()
        self._bot = bot

    def filter(self, message: Message) -> bool:
        """Tell whether it is."""
        return message.chat.type == message.chat.PRIVATE and holds_article(message) and _is_owner(self._bot, message)


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what serves the owners."""

    async def add(message: Message, language: Language) -> None:
        sent = [one for one in (message, message.reply_to_message) if one]
        held = next((one for one in sent if holds_article(one) or link_in(one)), None)
        if held is None:
            say = language.say(
                "Send me a document with the caption <i>/add</i>, write a link after it, or reply with it to a "
                "document, a forwarded post or a link."
            )
            await reply(message, View(say))
            return
        # The proposal replies to what it is about: from there it is read again when the owner says yes.
        view = await proposal(bot, held, language)
        await send(message.get_bot(), message.chat_id, view, topic_of(message), held.message_id)

    async def remove(message: Message, language: Language) -> None:
        await reply(message, await _to_remove(bot, message, language))

    async def status(message: Message, language: Language) -> None:
        try:
            lines = await _figures(bot, language) if _is_owner(bot, message) else []
        except ArchiveUnreachable:
            lines = [out_of_reach(language)]
        if message.from_user and not message.sender_chat:
            lines.append(language.say("Your Telegram id is <code>{id}</code>.", id=message.from_user.id))
        if message.chat.type != message.chat.PRIVATE or not lines:
            lines.append(language.say("The id of this chat is <code>{id}</code>.", id=message.chat_id))
        await reply(message, View("\n".join(lines)))

    new = filters.UpdateType.MESSAGE
    for_owners = _for_owners(bot)
    return [
        CommandHandler("add", on_message(for_owners(add)), new),
        CommandHandler("remove", on_message(for_owners(remove)), new),
        CommandHandler("status", on_message(status), new),
        MessageHandler(new & Captioned("add"), on_message(for_owners(add))),
        MessageHandler(new & Offered(bot), on_message(add)),
    ]


def _for_owners(bot: BotContext) -> Callable[[Respond], Respond]:
    def only(respond: Respond) -> Respond:
        async def ask(message: Message, language: Language) -> None:
            if _is_owner(bot, message):
                await respond(message, language)
            else:
                await reply(message, View(_owners_only(language)))

        return ask

    return only


def _is_owner(bot: BotContext, message: Message) -> bool:
    # Who speaks for a chat is nobody in particular.
    return bool(message.from_user and not message.sender_chat and bot.access.is_owner(message.from_user.id))


def _owners_only(language: Language) -> str:
    return language.say("Only the owners of this archive can do that.")


async def _to_remove(bot: BotContext, message: Message, language: Language) -> View:
    words, answer = question_in(message), message.reply_to_message
    shown = shown_in(answer) if answer and answer.from_user == message.get_bot().bot else None
    try:
        if words:
            return await choices(bot, words, language)
        if shown:
            return await confirmation(bot, shown, language)
    except QuestionError as error:
        return View(escape(language.of_error(error), quote=False))
    except StaleButton:
        return View(language.say("That article is no longer in the archive."))
    return View(language.say("Write words of a headline after it, or reply with <i>/remove</i> to an answer of mine."))


async def _figures(bot: BotContext, language: Language) -> list[str]:
    there = await bot.search.look(lambda archive: archive.status())
    waiting = len(bot.database.waiting()) - 1  # this very command waits as well
    # A server does not tell how large it is, and its generations are times, not counts.
    size = None if there.size_bytes is None else language.number(there.size_bytes // KILOBYTE)
    counted = {
        language.say("Articles"): language.number(there.articles),
        language.say("Passages"): language.number(there.passages),
        language.say("Stories"): language.number(there.distinct_articles),
        language.say("From"): language.day(there.first_date) if there.first_date else None,
        language.say("To"): language.day(there.last_date) if there.last_date else None,
        language.say("Size"): language.say("{kilobytes} kB", kilobytes=size) if size else None,
        language.say("Changes"): language.number(there.generation) if size else None,
        language.say("Messages waiting"): language.number(max(waiting, 0)),
        language.say("Watches"): language.number(len(bot.watches.all())),
        language.say("Verdicts kept"): language.number(len(bot.feedback)),
        language.say("Version"): version_here(),
    }
    figures = [f"{escape(name)}: {escape(value)}" for name, value in counted.items() if value]
    return figures + await _sources(bot, language)


async def _sources(bot: BotContext, language: Language) -> list[str]:
    config = bot.config
    if not config.sources:
        return []
    names = [source.name for source in config.sources]
    try:
        statuses = await bot.search.look(lambda archive: read_statuses(config.folder, archive, names, time.time()))
    except SourceError as error:
        return [escape(str(error), quote=False)]
    return sources_status(language, config.sources, statuses)


def _for_admins_only(handle: CallbackHandler) -> CallbackHandler:
    @wraps(handle)
    async def guarded(bot: BotContext, callback: Callback) -> CallbackResult:
        language = callback.language
        if not bot.access.is_owner(callback.reader):
            return CallbackResult(notice=_owners_only(language), matters=True)
        try:
            return await handle(bot, callback)
        except (StaleButton, QuestionError):
            raise
        except (ClippingsError, OSError) as error:
            # The message stays, with its buttons: what could not be done now may be later.
            return CallbackResult(notice=shortened(_why_not(error, language), MAX_NOTICE), matters=True)

    return guarded


def _why_not(error: ClippingsError | OSError, language: Language) -> str:
    if isinstance(error, ArchiveBusy):
        return language.say("The archive is being changed just now, perhaps by another process. Please tap again soon.")
    if isinstance(error, ArchiveUnreachable):
        return out_of_reach(language)
    if isinstance(error, OSError | ArchiveUnwritable):
        log.warning("The archive could not be changed: %s", error)
        return language.say("The disk does not take it: it may be full. Nothing was changed.")
    return str(error)


CALLBACKS: Mapping[str, CallbackHandler] = {
    verb: _for_admins_only(handle) for verb, handle in {**add_article.CALLBACKS, **remove_article.CALLBACKS}.items()
}
