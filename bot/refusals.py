"""What Telegram says no with: it has one code for many reasons, and only its words tell them apart."""

from telegram.error import TelegramError


def not_modified(error: TelegramError) -> bool:
    """Tell whether a message was as it was to become."""
    return _says(error, "not modified")


def message_gone(error: TelegramError) -> bool:
    """Tell whether a message that was to be changed is no longer there, or can be changed no more."""
    return _says(error, "message to edit not found", "can't be edited")


def query_gone(error: TelegramError) -> bool:
    """Tell whether nobody waits for the answer to a tap or to an inline question any longer."""
    return _says(error, "query is too old", "query id is invalid")


def chat_gone(error: TelegramError) -> bool:
    """Tell whether there is no such chat."""
    return _says(error, "chat not found")


def topic_gone(error: TelegramError) -> bool:
    """Tell whether a topic of a chat is no longer there."""
    return _says(error, "thread not found")


def too_big(error: TelegramError) -> bool:
    """Tell whether a file is larger than Telegram gives to bots."""
    return _says(error, "too big")


def webhook_set(error: TelegramError) -> bool:
    """Tell whether updates cannot be fetched because they are brought to somebody."""
    return _says(error, "webhook is active", "setwebhook")


def _says(error: TelegramError, *words: str) -> bool:
    return any(one in error.message.lower() for one in words)
