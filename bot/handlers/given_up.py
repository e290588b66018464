"""Apologises for an update that is given up. It is read as plain JSON: whatever reads more of it may have failed."""

import logging
from collections.abc import Mapping
from typing import Any

from telegram import Bot as Telegram
from telegram.error import TelegramError

from bot.context import BotContext
from bot.i18n.translation import for_code
from bot.views.answer import View

log = logging.getLogger(__name__)


async def apologise(telegram: Telegram, bot: BotContext, update: Mapping[str, Any]) -> None:
    """Tell the chat of a message or of a tap that it gets no answer. Nobody waits in a chat for other updates."""
    tap = _fields(update, "callback_query")
    message = _fields(tap, "message") if tap else _fields(update, "message") or _fields(update, "edited_message")
    chat, user = _number(_fields(message, "chat"), "id"), _fields(tap or message, "from")
    if chat is None or (user.get("is_bot") is True and not message.get("sender_chat")):  # bots must not talk to bots
        return
    code = user.get("language_code")
    language = for_code(code if isinstance(code, str) else None)
    text = language.say("Sorry, I can't answer that: something goes wrong each time. Please ask in other words.")
    topic = _number(message, "message_thread_id") if message.get("is_topic_message") is True else None
    try:
        await bot.sender.send(telegram, chat, View(text), topic, _number(message, "message_id"))
    except TelegramError as failure:
        log.warning("The apology could not be sent either (%s).", type(failure).__name__)


def _fields(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
