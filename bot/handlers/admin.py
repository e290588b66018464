"""The admins' commands: /add and /remove articles, and /status."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from functools import wraps
from html import escape

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, Respond, UpdateContext, on_message
from bot.errors import StaleButton
from bot.handlers import add_article, remove_article
from bot.handlers.add_article import proposal
from bot.handlers.callbacks import MAX_NOTICE, Callback, CallbackHandler, CallbackResult
from bot.handlers.question_text import question_in
from bot.handlers.remove_article import choices, confirmation
from bot.handlers.shown_hits import shown_in
from bot.i18n.translation import Language
from bot.linked_page import link_in
from bot.outgoing.sending import topic_of
from bot.submitted_articles import holds_article, no_text_in_picture
from bot.views.answer import View, out_of_reach
from bot.views.info import language_counts, sources_status, unread_articles, version_here
from bot.views.telegram_html import shortened
from corpus.errors import ClippingsError
from retrieval.archive.last_backup import last_backup
from retrieval.errors import ArchiveBusy, ArchiveUnreachable, ArchiveUnwritable, QuestionError, SourceError
from retrieval.sources.state import read_statuses

KILOBYTE = 1000
OLD_BACKUP = 7 * 86_400  # seconds

log = logging.getLogger(__name__)


class CommandInCaption(filters.MessageFilter):
    """A file or picture whose caption is a command to the bot: the library finds commands only in texts."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def filter(self, message: Message) -> bool:
        """Tell whether the caption is the command."""
        name = re.escape(message.get_bot().username)
        return bool(re.match(rf"(?i)/{self._command}(@{name})?(?!\S)", message.caption or ""))


class ArticleFromAdmin(filters.MessageFilter):
    """A document or forwarded post that an admin sends in private, without a command."""

    def __init__(self, bot: BotContext) -> None:
        super().__init__()
        self._bot = bot

    def filter(self, message: Message) -> bool:
        """Tell whether an admin sent such a message."""
        return message.chat.type == message.chat.PRIVATE and holds_article(message) and _is_admin(self._bot, message)


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of the admins' commands."""
    new = filters.UpdateType.MESSAGE
    add, remove = on_message(bot, _for_admins(_add)), on_message(bot, _for_admins(_remove))
    return [
        CommandHandler("add", add, new),
        CommandHandler("remove", remove, new),
        CommandHandler("status", on_message(bot, _status), new),
        MessageHandler(new & CommandInCaption("add"), add),
        MessageHandler(new & ArticleFromAdmin(bot), add),
    ]


def _for_admins(respond: Respond) -> Respond:
    async def guarded(context: UpdateContext, message: Message) -> None:
        if _is_admin(context.bot, message):
            await respond(context, message)
        else:
            await context.bot.sender.reply(message, View(_admins_only(context.language)))

    return guarded


def _is_admin(bot: BotContext, message: Message) -> bool:
    # A message in the name of a chat may be anybody's.
    return bool(message.from_user and not message.sender_chat and bot.access.is_admin(message.from_user.id))


def _admins_only(language: Language) -> str:
    return language.say("Only this archive's owners can do that.")


async def _add(context: UpdateContext, message: Message) -> None:
    messages = [message, message.reply_to_message] if message.reply_to_message else [message]
    source = next((candidate for candidate in messages if holds_article(candidate) or link_in(candidate)), None)
    if source is None:
        text = (
            no_text_in_picture(context.language)
            if any(candidate.photo for candidate in messages)
            else context.language.say(
                "Send me a document with the caption <i>/add</i>, write a link after it, or reply with it to a "
                "document, a forwarded post or a link."
            )
        )
        await context.bot.sender.reply(message, View(text))
        return
    # The proposal replies to the source: it is read from there again when the admin confirms.
    view = await proposal(context, source)
    await context.bot.sender.send(message.get_bot(), message.chat_id, view, topic_of(message), source.message_id)


async def _remove(context: UpdateContext, message: Message) -> None:
    await context.bot.sender.reply(message, await _removal_view(context, message))


async def _removal_view(context: UpdateContext, message: Message) -> View:
    language = context.language
    words, answer = question_in(message), message.reply_to_message
    ref = shown_in(answer) if answer and answer.from_user == message.get_bot().bot else None
    try:
        if words:
            return await choices(context, words)
        if ref:
            return await confirmation(context, ref)
    except QuestionError as error:
        return View(escape(language.of_error(error), quote=False))
    except StaleButton:
        return View(language.say("That article is no longer in the archive."))
    return View(
        language.say("Please write words of the headline after it, or reply with <i>/remove</i> to one of my answers.")
    )


async def _status(context: UpdateContext, message: Message) -> None:
    language = context.language
    try:
        lines = await _figures(context) if _is_admin(context.bot, message) else []
    except ArchiveUnreachable:
        lines = [out_of_reach(language)]
    if message.from_user and not message.sender_chat:
        lines.append(language.say("Your Telegram id is <code>{id}</code>.", id=message.from_user.id))
    if message.chat.type != message.chat.PRIVATE or not lines:
        lines.append(language.say("The id of this chat is <code>{id}</code>.", id=message.chat_id))
    await context.bot.sender.reply(message, View("\n".join(lines)))


async def _figures(context: UpdateContext) -> list[str]:
    bot, language = context.bot, context.language
    status = await bot.search.look(lambda archive: archive.status())
    pending = len(bot.pending_updates.pending()) - 1  # without this command
    # A server does not tell its size, and its generations are times, not counts.
    size = None if status.size_bytes is None else language.number(status.size_bytes // KILOBYTE)
    figures = {
        language.say("Articles"): language.number(status.articles),
        language.say("Passages"): language.number(status.passages),
        language.say("Different stories"): language.number(status.distinct_articles),
        language.say("Languages"): language_counts(language, status.languages),
        language.say("From"): language.day(status.first_date) if status.first_date else None,
        language.say("To"): language.day(status.last_date) if status.last_date else None,
        language.say("Size"): language.say("{kilobytes} kB", kilobytes=size) if size else None,
        language.say("Changes"): language.number(status.generation) if size else None,
        language.say("Messages waiting"): language.number(max(pending, 0)),
        language.say("Watches"): language.number(len(bot.watches.all())),
        language.say("Feedback"): language.number(len(bot.feedback)),
        language.say("Version"): version_here(),
    }
    lines = [f"{escape(name)}: {escape(value)}" for name, value in figures.items() if value]
    unread = unread_articles(language, status)
    warnings = [escape(unread) if unread else None, await _old_backup(context)]
    return [*lines, *filter(None, warnings), *await _sources(context)]


async def _old_backup(context: UpdateContext) -> str | None:
    """Warn, as HTML, if backups of the archive are made, and the last one is too old."""
    last = await asyncio.to_thread(last_backup, context.bot.config.folder)
    age = time.time() - last if last else 0
    if age < OLD_BACKUP:
        return None
    return context.language.say(
        "⚠ The last backup was made {when}. The command <code>clippings backup</code> makes a new one.",
        when=context.language.moment(-age),
    )


async def _sources(context: UpdateContext) -> list[str]:
    config = context.bot.config
    if not config.sources:
        return []
    names = [source.name for source in config.sources]
    try:
        statuses = await context.bot.search.look(
            lambda archive: read_statuses(config.folder, archive, names, time.time())
        )
    except SourceError as error:
        return [escape(str(error), quote=False)]
    return sources_status(context.language, config.sources, statuses)


def _callback_for_admins(handle: CallbackHandler) -> CallbackHandler:
    @wraps(handle)
    async def guarded(context: UpdateContext, callback: Callback) -> CallbackResult:
        language = context.language
        if not context.bot.access.is_admin(context.user_id):
            return CallbackResult(notice=_admins_only(language), matters=True)
        try:
            return await handle(context, callback)
        except (StaleButton, QuestionError):
            raise
        except (ClippingsError, OSError) as error:
            # The message keeps its buttons: a later tap may succeed.
            return CallbackResult(notice=shortened(_why_not(error, language), MAX_NOTICE), matters=True)

    return guarded


def _why_not(error: ClippingsError | OSError, language: Language) -> str:
    if isinstance(error, ArchiveBusy):
        return language.say("The archive is being changed right now. Please tap again in a moment.")
    if isinstance(error, ArchiveUnreachable):
        return out_of_reach(language)
    if isinstance(error, OSError | ArchiveUnwritable):
        log.warning("The archive could not be changed: %s", error)
        return language.say("I couldn't write to the disk; it may be full. Nothing was changed.")
    return str(error)


CALLBACKS: Mapping[str, CallbackHandler] = {
    verb: _callback_for_admins(handle) for verb, handle in {**add_article.CALLBACKS, **remove_article.CALLBACKS}.items()
}
