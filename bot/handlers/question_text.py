"""Reads the question from a message, and from the message of the bot that answers it."""

import re

from telegram import Message

from bot.views.question_lines import UNDERSTOOD, WITHOUT, Asked, line_in, searched_in


def question_in(message: Message) -> str:
    """Return the question in a message, without the command and the bot's name."""
    text = message.text or ""
    if text.startswith("/"):
        _, *rest = text.split(maxsplit=1)
        text = rest[0] if rest else ""
    name = re.escape(f"@{message.get_bot().username}")
    return re.sub(rf"(?i){name}\b[,:，：]?", "", text).strip()


def question_of(message: Message) -> str | None:
    """Return the question that a message of the bot answers, read from Telegram's copy; None if that was deleted."""
    question = message.reply_to_message
    return searched_in(message) or (question_in(question) if question else None) or None


def asked_in(message: Message) -> Asked:
    """Return the question that a message of the bot answers, and what the message says of it."""
    return Asked(question_of(message), searched_in(message), line_in(message, UNDERSTOOD), line_in(message, WITHOUT))
