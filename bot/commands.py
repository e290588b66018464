"""What the bot says of itself and of the archive: /start, /help, /latest, /about, /privacy, /forget."""

from collections.abc import Mapping

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.delivery import reply
from bot.desk import Desk, on_message
from bot.language import Language
from bot.taps import React
from bot.views import View


def menu(language: Language, *, owner: bool = False) -> list[tuple[str, str]]:
    """Return the menu of commands."""
    return [("ask", language.say("Ask the archive a question")), *([] if not owner else [("status", "…")])]


def handlers(_: Desk) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what answers the commands."""

    async def start(message: Message, language: Language) -> None:
        await reply(message, View(language.say("Hello! Ask me anything about the news in this archive.")))

    return [CommandHandler("start", on_message(start), filters.UpdateType.MESSAGE)]


REACTIONS: Mapping[str, React] = {}
