"""A chat as an HTML page: each message word for word, with its entities and buttons as Telegram shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

STYLE = Path(__file__).with_name("chat_page.css")
# The HTML for each kind of entity. Links are only coloured: nobody can follow one in a picture.
TAGS: Mapping[str, tuple[str, str]] = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "text_link": ('<span class="link">', "</span>"),
    "url": ('<span class="link">', "</span>"),
    "bot_command": ('<span class="link">', "</span>"),
    "mention": ('<span class="link">', "</span>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="folded">', "</blockquote>"),
}


@dataclass(frozen=True)
class ChatMessage:
    """A message: its text and entities, the labels of its buttons, and the text that it replies to.

    The bot's messages are white, on the left; the user's are green, on the right.
    """

    text: str
    entities: Sequence[Mapping[str, Any]] = ()
    buttons: Sequence[Sequence[str]] = ()
    reply_to: str | None = None
    by_user: bool = False


def page(name: str, chat: Sequence[ChatMessage]) -> str:
    """Return the HTML page of a chat with the bot of that name."""
    style = STYLE.read_text(encoding="utf-8")
    header = f'<header><span class="face">{escape(name[:1])}</span><b>{escape(name)}</b><small>bot</small></header>'
    messages = "".join(_message(message) for message in chat)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(name)}</title><style>{style}</style>'
        f"<body>{header}<main>{messages}</main></body></html>"
    )


def entities_html(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """Return a message's text as HTML, with its entities, whose offsets count UTF-16 units.

    Raises ValueError for an unknown kind of entity, or one that overlaps another.
    """
    return "".join(_pieces(text.encode("utf-16-le"), sorted(entities, key=lambda e: (e["offset"], -e["length"]))))


def _pieces(raw: bytes, entities: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    open_entities: list[Mapping[str, Any]] = []
    offset = 0

    def until(unit: int) -> str:
        nonlocal offset
        piece, offset = raw[2 * offset : 2 * unit].decode("utf-16-le"), unit
        return escape(piece, quote=False)

    for entity in [*entities, None]:
        start = entity["offset"] if entity else len(raw) // 2
        while open_entities and _end(open_entities[-1]) <= start:
            yield until(_end(open_entities[-1]))
            yield TAGS[open_entities.pop()["type"]][1]
        yield until(start)
        if entity:
            if entity["type"] not in TAGS:
                raise ValueError(f"There is no drawing of {entity['type']}.")
            if open_entities and _end(entity) > _end(open_entities[-1]):
                raise ValueError(f"{entity['type']} overlaps {open_entities[-1]['type']}.")
            yield TAGS[entity["type"]][0]
            open_entities.append(entity)


def _end(entity: Mapping[str, Any]) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _message(message: ChatMessage) -> str:
    quoted = ""
    if message.reply_to is not None:
        quoted = f'<div class="reply"><b>You</b>{escape(message.reply_to, quote=False)}</div>'
    side = "user" if message.by_user else "bot"
    text = f'<div class="text">{entities_html(message.text, message.entities)}</div>'
    return f'<section class="{side}"><div class="bubble">{quoted}{text}</div>{_keyboard(message.buttons)}</section>'


def _keyboard(rows: Sequence[Sequence[str]]) -> str:
    drawn = ("".join(f"<span>{escape(label, quote=False)}</span>" for label in row) for row in rows)
    return "".join(f'<div class="row">{row}</div>' for row in drawn)
