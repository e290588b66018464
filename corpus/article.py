"""What an article is."""

import hashlib
import json
import os
from dataclasses import astuple, dataclass
from datetime import date
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters, [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Card:
    """An article without its text: what a user sees of the article that a passage is from."""

    id: str
    title: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One news article: its card, its text, and the positions of the subheadings in the text.

    Paragraphs and headings are separated by a blank line, and `headings` are character spans of `text`.
    """

    card: Card
    text: str
    headings: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """The article's id, which stays the same when its text is edited."""
        return self.card.id

    @property
    def title(self) -> str:
        """The headline."""
        return self.card.title

    @property
    def digest(self) -> str:
        """A digest (SHA-256, hex) of the article's card and text; it changes with every visible change."""
        content = json.dumps([*astuple(self.card), self.text, self.headings], default=date.isoformat)
        return hashlib.sha256(content.encode()).hexdigest()


def article_id(address: str) -> str:
    """Return the id of the article at an address: its canonical link, or else its path below the indexed root.

    The id is the first 16 hex digits (64 bits) of SHA-256: among a million articles, two share an id by chance in one
    of 37 million archives.
    """
    return hashlib.sha256(os.fsencode(address)).hexdigest()[:16]
