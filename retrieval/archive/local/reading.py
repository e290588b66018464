"""Queries of archive.db that return records, each row compared with its digest."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.article import Card
from retrieval.archive.contract import VECTOR_TYPE, IndexedArticle, Occurrence, StoredVectors
from retrieval.archive.filters import matching_names
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.local.archive_state import IN_USE
from retrieval.archive.local.rows import (
    CARD,
    as_article,
    as_card,
    as_spans,
    as_traces,
    as_warnings,
    sound_codes,
    stored_vectors,
)
from retrieval.archive.local.sqlite_errors import RESTORE
from retrieval.archive.row_digests import key_of, passage_digest
from retrieval.errors import ArchiveDamaged
from retrieval.types import Filters, Passage

PASSAGE = f'passage.id, start, "end", passage.text, sentences, passage.digest, card_digest, {CARD}'
ARTICLES = "JOIN article ON article.id = passage.article"
TABLES = f"passage {ARTICLES}"
# Rows in memory at a time while an index is built from them.
BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A block of passages for the indexes: their numbers, texts, languages and vectors, (passages, dimension)."""

    numbers: NDArray[np.int64]
    texts: list[str]
    languages: list[str | None]
    vectors: StoredVectors


def read_rows(db: sqlite3.Connection, spec: int, dimension: int, born: int) -> Iterator[Rows]:
    """Yield the passages added after the generation `born`, in blocks; there is at least one block.

    Raises ArchiveDamaged for a damaged row, and after the last block if passages are missing.
    """
    # All passages are read in the order of the table: by an index, SQLite would look up each row.
    query = (
        "SELECT number, title, passage.text, language, key, vector, vector_digest FROM passage "
        f"{'INDEXED BY passage_born' if born else 'NOT INDEXED'} JOIN article ON article.id = passage.article "
        f"WHERE making = ? AND born > ?{' ORDER BY number' if born else ''}"
    )
    result, count = db.execute(query, (spec, born)), 0
    while rows := result.fetchmany(BLOCK):
        for _, title, text, _, key, _, _ in rows:
            if key_of(title, text) != key:
                raise ArchiveDamaged(f"archive.db is damaged: a passage of {title!r} is not what was stored. {RESTORE}")
        count += len(rows)
        numbers = np.array([number for number, *_ in rows], np.int64)
        texts = [f"{title}\n{text}" for _, title, text, *_ in rows]
        languages = [language for _, _, _, language, *_ in rows]
        yield Rows(
            numbers, texts, languages, stored_vectors([(vector, digest) for *_, vector, digest in rows], dimension)
        )
    # The count is from another B-tree than the rows; and for all passages, also from the counts stored with articles.
    counting = "SELECT count(*) FROM passage INDEXED BY passage_born WHERE making = ? AND born > ?"
    expected = db.execute(counting, (spec, born)).fetchone()[0]
    if not born:
        expected = max(
            expected, db.execute("SELECT total(passages) FROM split WHERE making = ?", (spec,)).fetchone()[0]
        )
    if expected != count:
        raise ArchiveDamaged(f"archive.db is damaged: passages are missing from it. {RESTORE}")
    if not count:
        yield Rows(np.empty(0, np.int64), [], [], np.empty((0, dimension), VECTOR_TYPE))


def passages_of_article(db: sqlite3.Connection, article: str) -> list[Passage]:
    """Return an article's passages in text order; raises ArchiveDamaged."""
    query = f"SELECT {PASSAGE} FROM {TABLES} WHERE article = ? AND {IN_USE} ORDER BY start"
    return [as_passage(row) for row in db.execute(query, (article,))]


def as_passage(row: Sequence[Any]) -> Passage:
    """Return a passage from the columns of PASSAGE; raises ArchiveDamaged."""
    id_, start, end, text, sentences, digest, card_digest, *fields = row
    card = as_card(fields, card_digest)
    if passage_digest(id_, card.id, start, end, text, sentences) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: passage {id_} is not what was stored. {RESTORE}")
    return Passage(id_, card, text, start, end, as_spans(sentences))


def indexed_article(db: sqlite3.Connection, id_: str, spec: IndexSpec) -> IndexedArticle | None:
    """Return an article with everything that `put` takes, of the index spec in use; None if there is none.

    Raises ArchiveDamaged.
    """
    query = (
        f"SELECT {CARD}, card_digest, text, headings, digest, origin, origin_key, signature, place, warnings, traces, "
        "added FROM article WHERE id = ?"
    )
    row = db.execute(query, (id_,)).fetchone()
    if row is None:
        return None
    *content, origin, key, signature, place, warnings, traces, added = row
    query = (
        f"SELECT key, vector, vector_digest, codes, token_codes.digest, {PASSAGE} FROM {TABLES} "
        f'LEFT JOIN token_codes USING (number) WHERE article = ? AND {IN_USE} ORDER BY start, "end"'
    )
    rows = db.execute(query, (id_,)).fetchall()
    return IndexedArticle(
        as_article(content),
        origin,
        signature,
        tuple(as_passage(passage) for _, _, _, _, _, *passage in rows),
        tuple(key for key, *_ in rows),
        stored_vectors([(vector, digest) for _, vector, digest, *_ in rows], spec.dimension),
        key,
        place,
        as_warnings(warnings),
        as_traces(traces),
        added,
        spec,
        {key: sound_codes(codes, digest) for key, _, _, codes, digest, *_ in rows if codes is not None},
    )


def other_occurrences(db: sqlite3.Connection, id_: str | None = None) -> dict[str, tuple[Occurrence, ...]]:
    """Return the occurrences of an article, or of all articles, except the canonical ones, by article id."""
    others: dict[str, tuple[Occurrence, ...]] = {}
    query = "SELECT article, origin, origin_key, length FROM retold"
    rows = db.execute(f"{query} WHERE article = ?", (id_,)) if id_ else db.execute(query)
    for article, *occurrence in rows:
        others[article] = (*others.get(article, ()), Occurrence(*occurrence))
    return others


def article_condition(db: sqlite3.Connection, filters: Filters) -> tuple[str, list[str | int]]:
    """Return the condition that articles pass the filters, and its values; raises UnknownName."""
    conditions, values = ["TRUE"], list[str | int]()
    for condition, day in (("published >= ?", filters.since), ("published <= ?", filters.until)):
        if day:
            conditions.append(condition)
            values.append(day.isoformat())
    if filters.added_after is not None:
        conditions.append("added > ?")
        values.append(filters.added_after)
    for column, name in (("source", filters.source), ("author", filters.author)):
        if name is not None:
            # As JSON, since more names may match than a statement takes values.
            conditions.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(matching_names(column, name, _names(db, column))))
    return " AND ".join(conditions), values


def newest_cards(db: sqlite3.Connection, count: int, filters: Filters) -> list[Card]:
    """Return the first cards that pass the filters, newest first, those without a date last; all if `count` is -1."""
    condition, values = article_condition(db, filters)
    rows = db.execute(
        f"SELECT {CARD}, card_digest FROM article WHERE {condition} "
        "ORDER BY published IS NULL, published DESC, id LIMIT ?",
        (*values, count),
    )
    return [as_card(fields, sealed) for *fields, sealed in rows]


def passage_numbers(db: sqlite3.Connection, filters: Filters) -> NDArray[np.int64]:
    """Return the numbers of the passages in use whose articles pass the filters; raises UnknownName."""
    condition, values = article_condition(db, filters)
    # A join would take ten times as long. Articles are scanned without an index: 7 ms if 20,000 of 100,000 passages
    # pass, and 40 ms if most do.
    query = f"SELECT number FROM passage WHERE {IN_USE} AND article IN (SELECT id FROM article WHERE {condition})"
    return np.fromiter((number for (number,) in db.execute(query, values)), np.int64)


def _names(db: sqlite3.Connection, column: str) -> list[str]:
    return [name for (name,) in db.execute(f"SELECT DISTINCT {column} FROM article WHERE {column} IS NOT NULL")]
