"""Messages: as a reader sees them, and how their text and buttons are read."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.errors import breach
from tests.telegram_server.html import CannotParseError, Parsed, fragment, parse, units

BOT = {"id": 123456, "is_bot": True, "first_name": "Clippings", "username": "clippings_test_bot"}
LONGEST_TEXT = 4096
MOST_ENTITIES = 100  # Telegram drops what comes after them
MOST_BUTTONS, WIDEST_ROW = 100, 8
URL = re.compile(r"(https?|tg)://[^\s/]\S*|[^\s/:]+\.[^\s/:]+(/\S*)?")
LABELS = {"text", "icon_custom_emoji_id", "style"}  # everything else in a button says what it does


@dataclass(frozen=True)
class Message:
    """A message of the bot as a reader sees it, in one of its versions."""

    id: int
    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    reply_to: int | None = None
    topic: int | None = None
    preview: bool = True
    buttons: list[list[dict[str, Any]]] = field(default_factory=list)
    version: int = 0  # how often it has been edited
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def bold(self) -> list[str]:
        return self.marked("bold")

    @property
    def links(self) -> dict[str, str]:
        return {fragment(self.text, e): e["url"] for e in self.entities if e["type"] == "text_link"}

    @property
    def labels(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.buttons]

    def marked(self, kind: str) -> list[str]:
        """List the pieces of text that an entity of this kind covers."""
        return [fragment(self.text, entity) for entity in self.entities if entity["type"] == kind]

    def button(self, label: str) -> dict[str, Any]:
        """Find a button by its whole label, or else the only one that has these words in it.

        Raises AssertionError.
        """
        all_ = [button for row in self.buttons for button in row]
        found = [b for b in all_ if b["text"] == label] or [b for b in all_ if label in b["text"]]
        assert len(found) == 1, f"No single button {label!r} among {self.labels}"
        return found[0]


def text_of(params: Mapping[str, Any], name: str = "text") -> Parsed:
    """Read the text that a call gives, with its entities.

    Raises BreachError.
    """
    mode = params.get("parse_mode")
    if mode not in {None, "HTML"}:
        raise breach(f"unsupported parse_mode {mode}, here at least")
    try:
        parsed = parse(params[name]) if mode else _plain(params[name], params.get("entities", []))
    except CannotParseError as error:
        raise breach(f"can't parse entities: {error}") from error
    if not parsed.text:
        raise breach("message text is empty")
    if units(parsed.text) > LONGEST_TEXT:
        raise breach("message is too long")
    return Parsed(parsed.text, parsed.entities[:MOST_ENTITIES])


def keyboard_of(params: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Read the inline keyboard that a call gives, if any.

    Raises BreachError.
    """
    rows: list[list[dict[str, Any]]] = params.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not button["text"].strip():
            raise breach("inline keyboard button text must be non-empty")
        if len(set(button) - LABELS) != 1:
            raise breach("can't parse inline keyboard button: exactly one thing that it does must be named")
        if "url" in button and not URL.fullmatch(button["url"]):
            raise breach(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > WIDEST_ROW for row in rows):
        raise breach("reply markup is too long")
    return [row for row in rows if row]


def entities_in(text: str) -> list[dict[str, Any]]:
    """Find commands and mentions in what a reader writes, as Telegram does."""
    found = [("bot_command", match) for match in re.finditer(r"(?<!\S)/\w+(@\w+)?", text)]
    found += [("mention", match) for match in re.finditer(r"(?<![\w/])(?<!/\w)@\w+", text) if not _inside(match, found)]
    return [{"type": kind, "offset": units(text[: m.start()]), "length": units(m[0])} for kind, m in found]


def _inside(match: re.Match[str], found: list[tuple[str, re.Match[str]]]) -> bool:
    return any(other.start() <= match.start() < other.end() for _, other in found)


def _plain(text: str, entities: list[dict[str, Any]]) -> Parsed:
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] < 1 or entity["offset"] + entity["length"] > units(text):
            raise breach(f"entity {entity['type']} lies outside of the text")
    return Parsed(text.strip(), entities)
