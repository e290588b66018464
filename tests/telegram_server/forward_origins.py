"""The origins of forwarded messages: Telegram's `forward_origin`."""

from typing import Any

DATE = 1_392_600_000  # in February 2014


def from_channel(
    title: str = "The Wire", *, username: str | None = None, message_id: int = 7, signature: str | None = None
) -> dict[str, Any]:
    """A post of a channel; the channel is public if it has a username."""
    chat = {"id": -1_001_234_567_890, "type": "channel", "title": title} | ({"username": username} if username else {})
    origin = {"type": "channel", "date": DATE, "chat": chat, "message_id": message_id}
    return origin | ({"author_signature": signature} if signature else {})


def from_chat(title: str = "Newsroom", *, signature: str | None = None) -> dict[str, Any]:
    """A message of a group, or of an administrator who writes in its name."""
    chat = {"id": -1_001_234_567_891, "type": "supergroup", "title": title}
    origin = {"type": "chat", "date": DATE, "sender_chat": chat}
    return origin | ({"author_signature": signature} if signature else {})


def from_user(name: str = "Bob", *, is_bot: bool = False) -> dict[str, Any]:
    """A message of a user whose account is shown."""
    return {"type": "user", "date": DATE, "sender_user": {"id": 5_999_999_999, "is_bot": is_bot, "first_name": name}}


def hidden(name: str = "Somebody") -> dict[str, Any]:
    """A message of a user whose account is hidden: only the name is shown."""
    return {"type": "hidden_user", "date": DATE, "sender_user_name": name}
