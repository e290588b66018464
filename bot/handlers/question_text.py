"""Reads the question from a message, and from the message of the bot that answers it."""

import re

from telegram import Message

from bot.views.question_lines import UNDERSTOOD, WITHOUT, Asked, line_in, searched_in

TAG = re.compile(
    r"(?i)</?(?:a|b|blockquote|br|code|div|em|h[1-6]|i|img|li|p|pre|q|s|script|small|span|strong|sub|sup|table|td|tr|u|ul)"
    r"(?:\s[^<>]*|/)?>"
)
SCRIPT = re.compile(r"(?is)<(script|style)\b[^<>]*>[^<]*</\1\s*>")


def question_in(message: Message) -> str:
    """Return the question in a message, without the command and the bot's name."""
    text = message.text or ""
    if text.startswith("/"):
        _, *rest = text.split(maxsplit=1)
        text = rest[0] if rest else ""
    name = re.escape(f"@{message.get_bot().username}")
    return without_tags(re.sub(rf"(?i){name}\b[,:，：]?", "", text)).strip()


def without_tags(text: str) -> str:
    """Return a text that was copied from a page's source without its tags and scripts, unless nothing is left."""
    return plain if (plain := TAG.sub(" ", SCRIPT.sub(" ", text))).strip() else text


def question_of(message: Message) -> str | None:
    """Return the question that a message of the bot answers, read from Telegram's copy; None if that was deleted."""
    question = message.reply_to_message
    return searched_in(message) or (question_in(question) if question else None) or None


def asked_in(message: Message) -> Asked:
    """Return the question that a message of the bot answers, and what the message says of it."""
    return Asked(question_of(message), searched_in(message), line_in(message, UNDERSTOOD), line_in(message, WITHOUT))
