"""Chats with readers in them, as the tests see them."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.bot_api_html import fragment, units

if TYPE_CHECKING:
    from tests.bot_api_server import BotApiServer


@dataclass(frozen=True)
class Message:
    """A message as a reader sees it."""

    id: int
    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    reply_to: int | None = None
    topic: int | None = None
    preview: bool = True

    @property
    def bold(self) -> list[str]:
        return self.marked("bold")

    @property
    def links(self) -> dict[str, str]:
        return {fragment(self.text, e): e["url"] for e in self.entities if e["type"] == "text_link"}

    def marked(self, kind: str) -> list[str]:
        """List the pieces of text that an entity of this kind covers."""
        return [fragment(self.text, entity) for entity in self.entities if entity["type"] == kind]


class Chat:
    """A chat with one reader in it, and the bot."""

    def __init__(self, server: "BotApiServer", info: dict[str, Any], user: dict[str, Any]) -> None:
        self._server = server
        self.info = info
        self.user = user
        self.received: list[Message] = []
        self.actions: list[dict[str, Any]] = []
        self.known: set[int] = set()  # the messages that are still there

    def says(self, text: str, **more: Any) -> Message:
        """Send a text and wait for the next reply."""
        before = len(self.received)
        self.sends(text=text, **more)
        return self.replies(before + 1)[before]

    def sends(self, kind: str = "message", **content: Any) -> int:
        """Send anything, as fields of the Bot API's Message, without waiting; returns the message's id."""
        with self._server.changed:
            message_id = self._server.next_id()
            self.known.add(message_id)
            message = {"message_id": message_id, "date": 1, "chat": self.info, "from": self.user, **content}
            if "text" in content and "entities" not in content:
                message["entities"] = _entities(content["text"])
            self._server.push({kind: message})
        return message_id

    def replies(self, count: int) -> list[Message]:
        """Wait until the bot has sent so many messages to this chat; returns them all."""
        self._server.wait_for(lambda: len(self.received) >= count, f"{count} messages, not {len(self.received)}")
        return list(self.received)

    def deletes(self, message_id: int) -> None:
        """Take a message away, so that nothing can reply to it."""
        self.known.discard(message_id)


def _entities(text: str) -> list[dict[str, Any]]:
    """Find commands and mentions in what a reader writes, as Telegram does."""
    found = [("bot_command", match) for match in re.finditer(r"(?<!\S)/\w+(@\w+)?", text)]
    found += [("mention", match) for match in re.finditer(r"(?<![\w/])(?<!/\w)@\w+", text) if not _inside(match, found)]
    return [{"type": kind, "offset": units(text[: m.start()]), "length": units(m[0])} for kind, m in found]


def _inside(match: re.Match[str], found: list[tuple[str, re.Match[str]]]) -> bool:
    return any(other.start() <= match.start() < other.end() for _, other in found)
