"""What the archive's owners can do in the chat: add, remove, and see how things stand."""

from collections.abc import Mapping

from telegram.ext import BaseHandler

from bot.desk import Desk
from bot.taps import React


def handlers(_: Desk) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what serves the owners."""
    return []


REACTIONS: Mapping[str, React] = {}
