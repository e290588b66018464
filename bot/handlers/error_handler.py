"""What the bot does about an error in a handler: it logs it without a word of the users, and apologises."""

import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.context import BotContext, TelegramContext, language_of
from bot.handlers.callbacks import CallbackResult, notify
from bot.views.answer import View, out_of_reach
from corpus.errors import ClippingsError
from retrieval.errors import ArchiveUnreachable, QuestionError

log = logging.getLogger(__name__)


def error_handler(bot: BotContext) -> Callable[[object, TelegramContext], Coroutine[Any, Any, None]]:
    """Return the function that python-telegram-bot calls with each error of a handler."""

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
        else language.say("Sorry, something went wrong and I couldn't answer. Please ask again in a minute.")
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
