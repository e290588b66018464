"""Everything the bot does, in the order in which an update is offered, and what it does with an error."""

import logging
import traceback
from collections import deque

from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop, BaseHandler, MessageHandler, TypeHandler, filters

from bot.context import BotApplication, BotContext, TelegramContext, language_of, on_message
from bot.handlers import admin, callbacks, commands, inline, questions, watches
from bot.handlers.callbacks import CallbackResult, notify
from bot.handlers.questions import Addressed, from_bot, is_addressed
from bot.i18n.language import Language
from bot.outgoing.sending import reply
from bot.views.answer import View, out_of_reach
from corpus.errors import ClippingsError
from retrieval.errors import ArchiveUnreachable, QuestionError

PRIVATE = filters.ChatType.PRIVATE
FIRST = -1  # the group of handlers that is asked before all others

log = logging.getLogger(__name__)


def add_handlers(application: BotApplication, bot: BotContext) -> None:
    """Teach the application everything the bot does."""
    every_callback = {**watches.CALLBACKS, **commands.CALLBACKS, **admin.CALLBACKS}
    application.add_handler(_gate(bot), FIRST)
    application.add_handlers(
        [
            *admin.handlers(bot),
            *commands.handlers(bot),
            *watches.handlers(bot),
            *questions.handlers(bot),
            inline.handler(bot),
            callbacks.handler(bot, every_callback),
            *_others(),
        ]
    )
    application.add_error_handler(apologise)


def _gate(bot: BotContext) -> BaseHandler:  # type: ignore[type-arg]
    """Return what lets nobody pass who may not ask: who speaks to the bot is told so, politely."""

    async def gate(update: Update, _: TelegramContext) -> None:
        message, data = update.message or update.edited_message, update.callback_query
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
            await reply(message, View(text))
        elif data:
            await notify(data, CallbackResult(notice=text, matters=True))
        elif query := update.inline_query:
            await inline.offer(query, [])
        raise ApplicationHandlerStop

    return TypeHandler(Update, gate)


def _others() -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what answers messages that hold no question."""
    albums: deque[str | None] = deque(maxlen=100)

    async def unknown(message: Message, language: Language) -> None:
        say = language.say("I do not know that command. Just write me your question, or see /help.")
        await reply(message, View(say))

    async def other(message: Message, language: Language) -> None:
        album = message.media_group_id  # an album is many messages, and wants one reply
        if album is None or album not in albums:
            albums.append(album)
            say = language.say("I can only read text so far. Please write me your question in words.")
            await reply(message, View(say))

    new = filters.UpdateType.MESSAGE
    return [
        MessageHandler(new & PRIVATE & filters.COMMAND, on_message(unknown)),
        MessageHandler(new & Addressed() & ~filters.TEXT & ~filters.StatusUpdate.ALL, on_message(other)),
    ]


async def apologise(update: object, context: TelegramContext) -> None:
    """Give the reader a sentence and the log the traceback, without anything that the reader wrote.

    Raises ApplicationHandlerStop: what fails at the gate must not pass it.
    """
    if context.error and not isinstance(context.error, Forbidden):  # a reader may block the bot
        await _apologise(update, context.error)
    raise ApplicationHandlerStop


async def _apologise(update: object, error: Exception) -> None:
    away = isinstance(error, ArchiveUnreachable)
    if not away:  # that is logged where the archive is asked, once for all who ask
        log.error("An update could not be dealt with.\n%s", trace(error))
    if not isinstance(update, Update):
        return
    language = language_of(update)
    say = (
        out_of_reach(language)
        if away
        else language.say("Sorry, something went wrong here and I could not answer. Please ask again in a minute.")
    )
    try:
        await _tell(update.message or update.edited_message, update.callback_query, say)
    except TelegramError as again:
        log.warning("Nor could the apology be sent (%s).", type(again).__name__)


async def _tell(message: Message | None, data: CallbackQuery | None, say: str) -> None:
    if message:
        await reply(message, View(say))
    elif data:
        await notify(data, CallbackResult(notice=say, matters=True))


def trace(error: BaseException) -> str:
    """Write a traceback with an exception's own words only where they cannot hold what a reader wrote."""
    lines: list[str] = []
    while True:
        # What Telegram refuses, it names by kind, such as "message is too long"; only a refusal of ours quotes.
        ours = isinstance(error, ClippingsError | OSError | BadRequest) and not isinstance(error, QuestionError)
        said = f": {error}" if ours else ""
        lines[:0] = [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}{said}\n"]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return "".join(lines).rstrip()
        error = cause
