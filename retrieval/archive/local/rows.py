"""Converts columns of archive.db to records, compared with their digests, and records to columns."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from corpus.article import Article, Card, Span
from retrieval.archive.contract import VECTOR_TYPE, StoredVectors
from retrieval.archive.local.sqlite_errors import RESTORE
from retrieval.archive.row_digests import card_digest, vector_digest
from retrieval.errors import ArchiveDamaged

CACHED_CARDS = 256
# Values in one statement; SQLite takes at most 32,766.
MAX_VALUES = 10_000
CARD = "article.id, title, url, source, author, published, language"


def stored_vectors(rows: Sequence[tuple[bytes, bytes]], dimension: int) -> StoredVectors:
    """Return stored vectors, (rows, dimension); raises ArchiveDamaged."""
    joined = np.frombuffer(b"".join(sound_vector(vector, digest) for vector, digest in rows), VECTOR_TYPE)
    if joined.size != len(rows) * dimension:
        raise ArchiveDamaged(f"archive.db is damaged: it has vectors of another length. {RESTORE}")
    return joined.reshape(len(rows), dimension)


def sound_vector(vector: bytes, digest: bytes) -> bytes:
    """Return a stored vector's bytes if its digest is right; raises ArchiveDamaged."""
    if not isinstance(vector, bytes) or vector_digest(vector) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: a vector is not what was stored. {RESTORE}")
    return vector


def sound_codes(codes: bytes, digest: bytes) -> bytes:
    """Return the bytes of token codes if their digest is right; raises ArchiveDamaged."""
    if not isinstance(codes, bytes) or vector_digest(codes) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: token codes are not what was stored. {RESTORE}")
    return codes


def fields_of(card: Card) -> tuple[str | None, ...]:
    """Return a card's columns."""
    published = card.published.isoformat() if card.published else None
    return (card.id, card.title, card.url, card.source, card.author, published, card.language)


def as_card(fields: Sequence[str], digest: bytes) -> Card:
    """Return an article's card from its columns; raises ArchiveDamaged."""
    return _as_card(digest, *fields)


# Every passage of an article comes with the columns of its card.
@lru_cache(CACHED_CARDS)
def _as_card(digest: bytes, *fields: str) -> Card:
    if card_digest(*fields) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: article {fields[0]} is not what was stored. {RESTORE}")
    id_, title, url, source, author, published, language = fields
    return Card(id_, title, url, source, author, as_date(published), language)


def as_article(columns: Sequence[Any]) -> Article:
    """Return an article from its columns: those of the card and its digest, text, headings, and the digest of all.

    Raises ArchiveDamaged.
    """
    *fields, stored_card_digest, text, headings, digest = columns
    article = Article(as_card(fields, stored_card_digest), text, as_spans(headings)) if isinstance(text, str) else None
    if article is None or article.digest != digest:
        raise ArchiveDamaged(f"archive.db is damaged: article {fields[0]} is not what was stored. {RESTORE}")
    return article


def as_spans(text: str) -> tuple[Span, ...]:
    """Return spans from their column; raises ArchiveDamaged."""
    try:
        return tuple(Span(*span) for span in json.loads(text))
    except (TypeError, ValueError) as error:
        raise ArchiveDamaged(f"archive.db is damaged: it has spans that are none. {RESTORE}") from error


def as_warnings(text: str) -> tuple[str, ...]:
    """Return warnings from their column; raises ArchiveDamaged."""
    return tuple(map(str, _list(text)))


def as_traces(text: str) -> tuple[tuple[str, str], ...]:
    """Return traces, each a field and where it was found, from their column; raises ArchiveDamaged."""
    try:
        return tuple((str(field), str(place)) for field, place in _list(text))
    except (TypeError, ValueError) as error:
        raise ArchiveDamaged(f"archive.db is damaged: it has traces that are none. {RESTORE}") from error


def _list(text: str) -> list[Any]:
    try:
        values = json.loads(text)
    except (TypeError, ValueError) as error:
        raise ArchiveDamaged(f"archive.db is damaged: it has a list that is none. {RESTORE}") from error
    if not isinstance(values, list):
        raise ArchiveDamaged(f"archive.db is damaged: it has a list that is none. {RESTORE}")
    return values


def as_json(values: Sequence[object]) -> str:
    """Return a list's column."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def as_date(text: str | None) -> date | None:
    """Return a date from its column."""
    return date.fromisoformat(text) if text else None


def marks(values: Sequence[object]) -> str:
    """Return as many question marks as there are values."""
    return ", ".join("?" * len(values))
