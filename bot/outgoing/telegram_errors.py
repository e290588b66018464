"""Tells what an error of Telegram means, by its description: Telegram has one code for many reasons."""

from telegram.error import TelegramError


def not_modified(error: TelegramError) -> bool:
    """Tell whether an edit failed because the message already has this content."""
    return _description_has(error, "not modified")


def message_gone(error: TelegramError) -> bool:
    """Tell whether an edit failed because the message was deleted or can no longer be edited."""
    return _description_has(error, "message to edit not found", "can't be edited")


def query_gone(error: TelegramError) -> bool:
    """Tell whether a callback or inline query has expired."""
    return _description_has(error, "query is too old", "query id is invalid")


def chat_gone(error: TelegramError) -> bool:
    """Tell whether the chat does not exist."""
    return _description_has(error, "chat not found")


def topic_gone(error: TelegramError) -> bool:
    """Tell whether the topic of a chat was deleted."""
    return _description_has(error, "thread not found")


def too_big(error: TelegramError) -> bool:
    """Tell whether a file is larger than Telegram lets bots download."""
    return _description_has(error, "too big")


def _description_has(error: TelegramError, *phrases: str) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)
