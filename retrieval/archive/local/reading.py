"""Rows of archive.db into records, each checked against its digest."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.archive.contract import VECTOR_TYPE, FoundPassage, IndexedArticle, Occurrence, StoredVectors
from retrieval.archive.digests import key_of, passage_digest
from retrieval.archive.filters import matching_names
from retrieval.archive.local import clusters
from retrieval.archive.local.database import RESTORE
from retrieval.archive.local.manifest import IN_USE
from retrieval.archive.local.rows import (
    CARD,
    as_article,
    as_card,
    as_spans,
    as_traces,
    as_warnings,
    marks,
    sound_vector,
    stored_vectors,
)
from retrieval.errors import ArchiveDamaged
from retrieval.types import Filters, Passage

PASSAGE = f'passage.id, start, "end", passage.text, sentences, passage.digest, card_digest, {CARD}'
ARTICLES = "JOIN article ON article.id = passage.article"
TABLES = f"passage {ARTICLES}"
# By their numbers alone: the planner would else take an index of the making, and look at every passage there is.
NUMBERED = f"passage NOT INDEXED {ARTICLES}"
# Rows in memory at a time while an index is made from them.
BLOCK = 10_000
LAST_CHARACTER = "\U0010ffff"


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


def passages_by_number(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, FoundPassage]:
    """Return the passages with these numbers, those that there are; raises ArchiveDamaged."""
    rows = db.execute(
        f"SELECT number, vector, vector_digest, story, {PASSAGE} FROM {NUMBERED} "
        f"WHERE number IN ({marks(numbers)}) AND {IN_USE}",
        list(numbers),
    ).fetchall()
    # Once a story and not once a passage: hundreds of papers may have printed it, and all be found.
    told = clusters.members(db, {story for _, _, _, story, *_ in rows})
    others = {story: [as_card(fields, seal) for fields, seal in cards] for story, cards in told.items()}
    shown = {}
    for number, vector, digest, story, *row in rows:
        passage = as_passage(row)
        also = tuple(card for card in others.get(story, ()) if card.id != passage.article.id)
        shown[number] = FoundPassage(passage, np.frombuffer(sound_vector(vector, digest), VECTOR_TYPE), also)
    return shown


def passages_of_article(db: sqlite3.Connection, article: str) -> list[Passage]:
    """Return an article's passages, in order; raises ArchiveDamaged."""
    query = f"SELECT {PASSAGE} FROM {TABLES} WHERE article = ? AND {IN_USE} ORDER BY start"
    return [as_passage(row) for row in db.execute(query, (article,))]


def find_passage(db: sqlite3.Connection, article: str, passage: str) -> FoundPassage | None:
    """Find a passage by how its article's id begins, and how the rest of its own does; raises ArchiveDamaged."""
    query = f"SELECT number, id, article FROM passage WHERE {IN_USE} AND id BETWEEN ? AND ? ORDER BY id"
    for number, id_, of in db.execute(query, (article, article + LAST_CHARACTER)):
        if id_.removeprefix(of).startswith(f"-{passage}"):
            return passages_by_number(db, [number])[number]
    return None


def as_passage(row: Sequence[Any]) -> Passage:
    """Return a passage from its columns, PASSAGE; raises ArchiveDamaged."""
    id_, start, end, text, sentences, digest, sealed, *fields = row
    card = as_card(fields, sealed)
    if passage_digest(id_, card.id, start, end, text, sentences) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: passage {id_} is not what was stored. {RESTORE}")
    return Passage(id_, card, text, start, end, as_spans(sentences))


def indexed_article(db: sqlite3.Connection, id_: str, dimension: int) -> IndexedArticle | None:
    """Return an article as it was taken in, if it is there; raises ArchiveDamaged."""
    query = (
        f"SELECT {CARD}, card_digest, text, headings, digest, origin, origin_key, signature, place, warnings, traces, "
        "added FROM article WHERE id = ?"
    )
    row = db.execute(query, (id_,)).fetchone()
    if row is None:
        return None
    *content, origin, key, signature, place, warnings, traces, added = row
    query = (
        f"SELECT key, vector, vector_digest, {PASSAGE} FROM {TABLES} "
        f'WHERE article = ? AND {IN_USE} ORDER BY start, "end"'
    )
    rows = db.execute(query, (id_,)).fetchall()
    return IndexedArticle(
        as_article(content),
        origin,
        signature,
        tuple(as_passage(passage) for _, _, _, *passage in rows),
        tuple(key for key, *_ in rows),
        stored_vectors([(vector, digest) for _, vector, digest, *_ in rows], dimension),
        key,
        place,
        as_warnings(warnings),
        as_traces(traces),
        added,
    )


def other_occurrences(db: sqlite3.Connection, id_: str | None = None) -> dict[str, tuple[Occurrence, ...]]:
    """Return who tells an article, or any, beside the one that it stands by."""
    others: dict[str, tuple[Occurrence, ...]] = {}
    query = "SELECT article, origin, origin_key, length FROM retold"
    rows = db.execute(f"{query} WHERE article = ?", (id_,)) if id_ else db.execute(query)
    for article, *told in rows:
        others[article] = (*others.get(article, ()), Occurrence(*told))
    return others


def passage_numbers(db: sqlite3.Connection, filters: Filters) -> NDArray[np.int64]:
    """Return the numbers of the passages in use whose articles are in a slice; raises UnknownName."""
    wanted, values = ["TRUE"], list[str | int]()
    for condition, day in (("published >= ?", filters.since), ("published <= ?", filters.until)):
        if day:
            wanted.append(condition)
            values.append(day.isoformat())
    if filters.added_after is not None:
        wanted.append("added > ?")
        values.append(filters.added_after)
    for column, asked in (("source", filters.source), ("author", filters.author)):
        if asked is not None:
            # As JSON, since more authors may be called John than a statement takes values.
            wanted.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(matching_names(column, asked, _names(db, column))))
    # Not a join, of which SQLite's planner makes ten times the work. The articles are gone through without an index:
    # 7 ms for 20,000 of 100,000 passages, and 40 ms where most of them are in the slice.
    query = (
        f"SELECT number FROM passage WHERE {IN_USE} "
        f"AND article IN (SELECT id FROM article WHERE {' AND '.join(wanted)})"
    )
    return np.fromiter((number for (number,) in db.execute(query, values)), np.int64)


def _names(db: sqlite3.Connection, column: str) -> list[str]:
    return [name for (name,) in db.execute(f"SELECT DISTINCT {column} FROM article WHERE {column} IS NOT NULL")]
