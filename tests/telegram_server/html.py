"""Parses the HTML of messages as Telegram does, into plain text and entities; refuses it in Telegram's words."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'>]+)"""
ATTRIBUTE = re.compile(rf"([a-zA-Z-]+)(?:\s*=\s*({VALUE}))?")
TOKEN = re.compile(
    rf"<(?P<end>/?)(?P<tag>[a-zA-Z-]*)(?P<attributes>(?:\s+[a-zA-Z-]+(?:\s*=\s*{VALUE})?)*)\s*>"
    r"|(?P<entity>&(?:lt|gt|amp|quot|\#\d+|\#x[0-9a-fA-F]+);)|(?P<open><)|(?P<text>[^<&]+|&)"
)


class CannotParseError(ValueError):
    """The message is what Telegram says after `Bad Request: can't parse entities: `."""


@dataclass
class Parsed:
    """Plain text, and its entities with offsets and lengths in UTF-16 units."""

    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def fragment(text: str, entity: dict[str, Any]) -> str:
    """Return the text that an entity covers."""
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def parse(html: str) -> Parsed:
    """Parse a message's HTML.

    Raises CannotParseError.
    """
    parsed = Parsed()
    pieces: list[str] = []
    position = 0
    opened: list[tuple[str, int, dict[str, Any]]] = []
    for token in TOKEN.finditer(html):
        if token["tag"] is None and not token["open"]:
            piece = unescape(token[0]) if token["entity"] else token[0]
            pieces.append(piece)
            position += units(piece)
            continue
        at = len(html[: token.start()].encode())
        if token["open"]:
            raise CannotParseError(f"Unclosed start tag at byte offset {at}")
        if token["end"]:
            if not opened:
                raise CannotParseError(f"Unexpected end tag at byte offset {at}")
            tag, start, entity = opened.pop()
            if token["tag"].lower() not in {tag, ""}:
                mismatch = f'expected "</{tag}>", found "</{token["tag"].lower()}>"'
                raise CannotParseError(f"Unmatched end tag at byte offset {at}, {mismatch}")
            if entity and position > start:
                parsed.entities.append({**entity, "offset": start, "length": position - start})
        else:
            tag = token["tag"].lower()
            opened.append((tag, position, _entity(tag, token["attributes"], [name for name, *_ in opened], at)))
    if opened:
        raise CannotParseError(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    parsed.text = "".join(pieces)
    parsed.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return _trimmed(parsed)


def _entity(tag: str, attributes: str, around: list[str], at: int) -> dict[str, Any]:
    if tag not in TAGS:
        raise CannotParseError(f'Unsupported start tag "{tag}" at byte offset {at}')
    if tag == "blockquote" and tag in around:
        raise CannotParseError(f"Blockquotes can't be nested, at byte offset {at}")
    values = {name: unescape(value.strip("\"'")) for name, value in ATTRIBUTE.findall(attributes)}
    if tag == "span" and values.get("class") != "tg-spoiler":
        raise CannotParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    if tag == "a":
        return {"type": "text_link", "url": values["href"]} if "href" in values else {}
    if tag == "blockquote" and "expandable" in values:
        return {"type": "expandable_blockquote"}
    return {"type": TAGS[tag]}


def _trimmed(parsed: Parsed) -> Parsed:
    """Remove the white space around a text, as Telegram does before it counts."""
    before = units(parsed.text) - units(parsed.text.lstrip())
    text = parsed.text.strip()
    entities = []
    for entity in parsed.entities:
        start = max(entity["offset"] - before, 0)
        end = min(entity["offset"] + entity["length"] - before, units(text))
        if end > start:
            entities.append({**entity, "offset": start, "length": end - start})
    return Parsed(text, entities)
