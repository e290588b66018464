"""Registers the handlers in their order, and handles their errors."""

import logging
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop, BaseHandler, MessageHandler, TypeHandler, filters

from bot.context import BotApplication, BotContext, TelegramContext, UpdateContext, language_of, on_message
from bot.handlers import admin, callbacks, info_commands, inline, questions, watches
from bot.handlers.callbacks import CallbackResult, notify
from bot.handlers.questions import Addressed, from_bot, is_addressed
from bot.views.answer import View, out_of_reach
from corpus.errors import ClippingsError
from retrieval.errors import ArchiveUnreachable, QuestionError

PRIVATE = filters.ChatType.PRIVATE
FIRST_GROUP = -1  # its handlers run before all others

log = logging.getLogger(__name__)


def add_handlers(application: BotApplication, bot: BotContext) -> None:
    """Register all handlers, in the order in which an update is offered to them."""
    application.add_handler(_gate(bot), FIRST_GROUP)
    application.add_handlers(
        [
            *admin.handlers(bot),
            *info_commands.handlers(bot),
            *watches.handlers(bot),
            *questions.handlers(bot),
            inline.handler(bot),
            callbacks.handler(bot, {**watches.CALLBACKS, **info_commands.CALLBACKS, **admin.CALLBACKS}),
            *_other_messages(bot),
        ]
    )
    application.add_error_handler(_error_handler(bot))


def _gate(bot: BotContext) -> BaseHandler:  # type: ignore[type-arg]
    """Return the handler that stops updates of other bots and of users who may not ask."""

    async def gate(update: Update, _: TelegramContext) -> None:
        message, query = update.message or update.edited_message, update.callback_query
        if message and from_bot(message):
            raise ApplicationHandlerStop
        user, chat = update.effective_user, update.effective_chat
        if update.my_chat_member:  # nobody asks anything
            return
        if bot.access.may_ask(user.id if user else None, chat.id if chat else None):
            return
        language = language_of(update)
        text = language.say("This archive is not open to everybody. Whoever runs this bot can let you in.")
        if user:
            text += " " + language.say("Your Telegram id is {id}.", id=user.id)
        if message and is_addressed(message):
            await bot.sender.reply(message, View(text))
        elif query:
            await notify(bot, query, CallbackResult(notice=text, matters=True))
        elif inline_query := update.inline_query:
            await inline.offer(bot, inline_query, [])
        raise ApplicationHandlerStop

    return TypeHandler(Update, gate)


def _other_messages(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of messages that hold no question."""
    albums: deque[str | None] = deque(maxlen=100)

    async def unknown_command(context: UpdateContext, message: Message) -> None:
        text = context.language.say("I do not know that command. Just write me your question, or see /help.")
        await bot.sender.reply(message, View(text))

    async def not_text(context: UpdateContext, message: Message) -> None:
        album = message.media_group_id  # an album comes as several messages, and gets one reply
        if album is None or album not in albums:
            albums.append(album)
            text = context.language.say("I can only read text so far. Please write me your question in words.")
            await bot.sender.reply(message, View(text))

    new = filters.UpdateType.MESSAGE
    return [
        MessageHandler(new & PRIVATE & filters.COMMAND, on_message(bot, unknown_command)),
        MessageHandler(new & Addressed() & ~filters.TEXT & ~filters.StatusUpdate.ALL, on_message(bot, not_text)),
    ]


def _error_handler(bot: BotContext) -> Callable[[object, TelegramContext], Coroutine[Any, Any, None]]:
    async def handle(update: object, context: TelegramContext) -> None:
        """Log an error and apologise; raises ApplicationHandlerStop, so that no update passes a gate that failed."""
        if context.error and not isinstance(context.error, Forbidden):  # users may block the bot
            await _apologise(bot, update, context.error)
        raise ApplicationHandlerStop

    return handle


async def _apologise(bot: BotContext, update: object, error: Exception) -> None:
    """Send the user a sentence, and log the traceback without anything that the user wrote."""
    unreachable = isinstance(error, ArchiveUnreachable)
    if not unreachable:  # SearchPool logs that once
        log.error("An update could not be processed.\n%s", trace(error))
    if not isinstance(update, Update):
        return
    language = language_of(update)
    text = (
        out_of_reach(language)
        if unreachable
        else language.say("Sorry, something went wrong here and I could not answer. Please ask again in a minute.")
    )
    try:
        if message := update.message or update.edited_message:
            await bot.sender.reply(message, View(text))
        elif update.callback_query:
            await notify(bot, update.callback_query, CallbackResult(notice=text, matters=True))
    except TelegramError as failure:
        log.warning("The apology could not be sent either (%s).", type(failure).__name__)


def trace(error: BaseException) -> str:
    """Return a traceback; the exceptions' messages are left out where they may quote what a user wrote."""
    lines: list[str] = []
    while True:
        # Telegram names the kind of a refusal ("message is too long"); of our errors only QuestionError quotes.
        is_safe = isinstance(error, ClippingsError | OSError | BadRequest) and not isinstance(error, QuestionError)
        message = f": {error}" if is_safe else ""
        lines[:0] = [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}{message}\n"]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return "".join(lines).rstrip()
        error = cause
