"""An article out of the truth as it was taken in, with all that `put` takes: each part held against its digest."""

import sqlite3

from retrieval.archive.contract import Entry
from retrieval.archive.local.rows import CARD, as_article, as_traces, as_warnings, stored_vectors
from retrieval.archive.passages import IN_USE, PASSAGE, TABLES, as_passage


def entry(db: sqlite3.Connection, id_: str, dimension: int) -> Entry | None:
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
    return Entry(
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
