"""The rows of archive.db: records into them, and out of them only what is as it was stored."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card, Span
from retrieval.archive.contract import Entry, Occurrence, StoredVectors
from retrieval.archive.digests import card_digest, key_of, passage_digest, vector_digest
from retrieval.archive.local.database import RESTORE
from retrieval.errors import ArchiveDamaged
from retrieval.text import near_duplicates

VECTOR_TYPE = np.dtype("<f2")
# Rows in memory at a time while an index is made from them.
BLOCK = 10_000
CARD = "article.id, title, url, source, author, published, language"
TOLD = ("origin", "origin_key", "length")
READ = ("text", "headings", "place", "warnings", "traces")
WRITTEN = (*CARD.removeprefix("article.").split(", "), "card_digest", "digest", *TOLD, *READ)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the indexes are made from: passages by number, with what is searched, (passages, dimension) for vectors."""

    numbers: NDArray[np.int64]
    texts: list[str]
    vectors: StoredVectors


def read_rows(db: sqlite3.Connection, spec: int, dimension: int, born: int) -> Iterator[Rows]:
    """Yield passages born after a generation, a block at a time, one at least: no damage may pass unseen into an index.

    Raises ArchiveDamaged; that passages are missing only at the end.
    """
    # Everything is read as it lies: by the index, each row would be looked for.
    query = (
        "SELECT number, title, passage.text, key, vector, vector_digest FROM passage "
        f"{'INDEXED BY passage_born' if born else 'NOT INDEXED'} JOIN article ON article.id = passage.article "
        f"WHERE making = ? AND born > ?{' ORDER BY number' if born else ''}"
    )
    found, count = db.execute(query, (spec, born)), 0
    while rows := found.fetchmany(BLOCK):
        for _, title, text, key, _, _ in rows:
            if key_of(title, text) != key:
                raise ArchiveDamaged(f"archive.db is damaged: a passage of {title!r} is not what was stored. {RESTORE}")
        count += len(rows)
        numbers = np.array([number for number, *_ in rows], np.int64)
        texts = [f"{title}\n{text}" for _, title, text, *_ in rows]
        yield Rows(numbers, texts, stored_vectors([(vector, digest) for *_, vector, digest in rows], dimension))
    # Counted in another B-tree than the rows were read from; and all of them, as what was put in was counted.
    counting = "SELECT count(*) FROM passage INDEXED BY passage_born WHERE making = ? AND born > ?"
    there = db.execute(counting, (spec, born)).fetchone()[0]
    if not born:
        there = max(there, db.execute("SELECT total(passages) FROM split WHERE making = ?", (spec,)).fetchone()[0])
    if there != count:
        raise ArchiveDamaged(f"archive.db is damaged: passages are missing from it. {RESTORE}")
    if not count:
        yield Rows(np.empty(0, np.int64), [], np.empty((0, dimension), VECTOR_TYPE))


def stored_vectors(rows: Sequence[tuple[bytes, bytes]], dimension: int) -> StoredVectors:
    """Return stored vectors, (rows, dimension); raises ArchiveDamaged."""
    joined = np.frombuffer(b"".join(sound_vector(vector, digest) for vector, digest in rows), VECTOR_TYPE)
    if joined.size != len(rows) * dimension:
        raise ArchiveDamaged(f"archive.db is damaged: it has vectors of another length. {RESTORE}")
    return joined.reshape(len(rows), dimension)


def sound_vector(vector: bytes, digest: bytes) -> bytes:
    """Return a stored vector's bytes; raises ArchiveDamaged."""
    if not isinstance(vector, bytes) or vector_digest(vector) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: a vector is not what was stored. {RESTORE}")
    return vector


def put_article(db: sqlite3.Connection, entry: Entry, generation: int) -> None:
    """Write an article in place of the one with its id, and link it to its story.

    It was added when that one was, unless the entry says when.
    """
    article = entry.article
    card = _fields(article.card)
    told = (entry.origin, entry.key, len(article.text))
    found = (article.text, _json(article.headings), entry.where, _json(entry.warnings), _json(entry.traces))
    added = generation if entry.added is None else entry.added
    columns = WRITTEN[1:] if entry.added is None else (*WRITTEN[1:], "added")
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    db.execute(
        f"INSERT INTO article ({', '.join(WRITTEN)}, story, signature, added) VALUES ({marks(range(20))}) "
        f"ON CONFLICT (id) DO UPDATE SET {changed}",
        (*card, card_digest(*card), article.digest, *told, *found, article.id, b"", added),
    )
    db.execute("DELETE FROM retold WHERE article = ? AND origin = ? AND origin_key = ?", (article.id, *told[:2]))
    near_duplicates.join(db, article.id, entry.signature)


def put_passages(db: sqlite3.Connection, entry: Entry, spec: int, generation: int) -> None:
    """Bring an article's passages to what they are now; one whose key stays keeps its number and its vector."""
    article = entry.article.id
    rows = db.execute("SELECT id, number, key FROM passage WHERE article = ? AND making = ?", (article, spec))
    there = {id_: (number, key) for id_, number, key in rows}
    wanted = dict(zip((passage.id for passage in entry.passages), entry.keys, strict=True))
    stale = [(number,) for id_, (number, key) in there.items() if wanted.get(id_) != key]
    db.executemany("DELETE FROM passage WHERE number = ?", stale)
    for passage, key, vector in zip(entry.passages, entry.keys, entry.vectors, strict=True):
        place = (passage.start, passage.end, sentences := _json(passage.sentences))
        digest = passage_digest(passage.id, article, passage.start, passage.end, passage.text, sentences)
        if there.get(passage.id, (0, b""))[1] == key:
            number = there[passage.id][0]
            db.execute(
                'UPDATE passage SET start = ?, "end" = ?, sentences = ?, digest = ? WHERE number = ? AND digest != ?',
                (*place, digest, number, digest),
            )
            continue
        stored = vector.astype(VECTOR_TYPE).tobytes()
        db.execute(
            'INSERT INTO passage (making, id, article, start, "end", sentences, text, digest, key, vector, '
            f"vector_digest, born) VALUES ({marks(range(12))})",
            (spec, passage.id, article, *place, passage.text, digest, key, stored, vector_digest(stored), generation),
        )
    made = (article, spec, entry.article.digest, len(entry.passages))
    db.execute("INSERT OR REPLACE INTO split VALUES (?, ?, ?, ?)", made)


def retold(db: sqlite3.Connection, id_: str | None = None) -> dict[str, tuple[Occurrence, ...]]:
    """Return who tells an article, or any, beside the one that it stands by."""
    others: dict[str, tuple[Occurrence, ...]] = {}
    query = "SELECT article, origin, origin_key, length FROM retold"
    rows = db.execute(f"{query} WHERE article = ?", (id_,)) if id_ else db.execute(query)
    for article, *told in rows:
        others[article] = (*others.get(article, ()), Occurrence(*told))
    return others


def _fields(card: Card) -> tuple[str | None, ...]:
    published = card.published.isoformat() if card.published else None
    return (card.id, card.title, card.url, card.source, card.author, published, card.language)


def as_card(fields: Sequence[str], sealed: bytes) -> Card:
    """Return an article's card from its columns; raises ArchiveDamaged."""
    if card_digest(*fields) != sealed:
        raise ArchiveDamaged(f"archive.db is damaged: article {fields[0]} is not what was stored. {RESTORE}")
    id_, title, url, source, author, published, language = fields
    return Card(id_, title, url, source, author, as_date(published), language)


def as_article(columns: Sequence[Any]) -> Article:
    """Return an article from its columns: the card's, its digest, text, headings, digest; raises ArchiveDamaged."""
    *fields, sealed, text, headings, digest = columns
    article = Article(as_card(fields, sealed), text, as_spans(headings)) if isinstance(text, str) else None
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
    return tuple(str(one) for one in _list(text))


def as_traces(text: str) -> tuple[tuple[str, str], ...]:
    """Return traces, a field and where it was found, from their column; raises ArchiveDamaged."""
    try:
        return tuple((str(field), str(found)) for field, found in _list(text))
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


def _json(values: Sequence[object]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def as_date(text: str | None) -> date | None:
    """Return a date from its column."""
    return date.fromisoformat(text) if text else None


def marks(values: Sequence[object]) -> str:
    """Return as many question marks as there are values."""
    return ", ".join("?" * len(values))
