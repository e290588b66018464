"""Messages as a user sees them, and the checks of their text and buttons."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.errors import breach
from tests.telegram_server.html import CannotParseError, Parsed, fragment, parse, units

BOT = {"id": 123456, "is_bot": True, "first_name": "Clippings", "username": "clippings_test_bot"}
MAX_TEXT_UNITS = 4096
MAX_ENTITIES = 100  # Telegram drops the others
MAX_BUTTONS, MAX_ROW_BUTTONS = 100, 8
URL = re.compile(r"(https?|tg)://[^\s/]\S*|[^\s/:]+\.[^\s/:]+(/\S*)?")
BUTTON_LOOKS = {"text", "icon_custom_emoji_id", "style"}  # every other field says what the button does


@dataclass(frozen=True)
class Message:
    """One version of a message of the bot, as a user sees it."""

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
        return {fragment(self.text, link): link["url"] for link in self.entities if link["type"] == "text_link"}

    @property
    def labels(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.buttons]

    def marked(self, kind: str) -> list[str]:
        """List the texts that entities of this kind cover."""
        return [fragment(self.text, entity) for entity in self.entities if entity["type"] == kind]

    def button(self, label: str) -> dict[str, Any]:
        """Find a button by its whole label, or else the only button whose label contains these words.

        Raises AssertionError if there is none, or more than one.
        """
        buttons = [button for row in self.buttons for button in row]
        exact = [button for button in buttons if button["text"] == label]
        matches = exact or [button for button in buttons if label in button["text"]]
        assert len(matches) == 1, f"No single button {label!r} among {self.labels}"
        return matches[0]


def text_of(params: Mapping[str, Any], name: str = "text") -> Parsed:
    """Return the text of a call, with its entities.

    Raises BreachError.
    """
    mode = params.get("parse_mode")
    if mode not in {None, "HTML"}:
        raise breach(f"parse_mode {mode} is not supported by the tests' server")
    try:
        parsed = parse(params[name]) if mode else _plain(params[name], params.get("entities", []))
    except CannotParseError as error:
        raise breach(f"can't parse entities: {error}") from error
    if not parsed.text:
        raise breach("message text is empty")
    if units(parsed.text) > MAX_TEXT_UNITS:
        raise breach("message is too long")
    return Parsed(parsed.text, parsed.entities[:MAX_ENTITIES])


def keyboard_of(params: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the rows of a call's inline keyboard, without empty ones.

    Raises BreachError.
    """
    rows: list[list[dict[str, Any]]] = params.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not button["text"].strip():
            raise breach("inline keyboard button text must be non-empty")
        if len(set(button) - BUTTON_LOOKS) != 1:
            raise breach("can't parse inline keyboard button: exactly one action is needed")
        if "url" in button and not URL.fullmatch(button["url"]):
            raise breach(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_ROW_BUTTONS for row in rows):
        raise breach("reply markup is too long")
    return [row for row in rows if row]


def entities_in(text: str) -> list[dict[str, Any]]:
    """Find commands and mentions in a user's text, as Telegram does."""
    commands = list(re.finditer(r"(?<!\S)/\w+(@\w+)?", text))
    mentions = [match for match in re.finditer(r"(?<![\w/])(?<!/\w)@\w+", text) if not _inside(match, commands)]
    matches = [*(("bot_command", match) for match in commands), *(("mention", match) for match in mentions)]
    return [{"type": kind, "offset": units(text[: m.start()]), "length": units(m[0])} for kind, m in matches]


def _inside(match: re.Match[str], commands: list[re.Match[str]]) -> bool:
    return any(command.start() <= match.start() < command.end() for command in commands)


def _plain(text: str, entities: list[dict[str, Any]]) -> Parsed:
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] < 1 or entity["offset"] + entity["length"] > units(text):
            raise breach(f"entity {entity['type']} lies outside of the text")
    return Parsed(text.strip(), entities)
