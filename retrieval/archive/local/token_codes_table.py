"""The table of token codes in archive.db, read and written in the caller's transaction."""

import sqlite3
from collections.abc import Mapping, Sequence

from retrieval.archive.local.archive_state import IN_USE
from retrieval.archive.local.rows import MAX_VALUES, marks, sound_codes
from retrieval.archive.row_digests import vector_digest
from retrieval.batch_and_prefetch import batched


def are_stored(db: sqlite3.Connection) -> bool:
    """Tell whether the archive stores token codes; it does unless that was switched off."""
    row = db.execute("SELECT value FROM manifest WHERE key = 'token_codes'").fetchone()
    return row is None or bool(row[0])


def switch(db: sqlite3.Connection, on: bool) -> None:
    """Store token codes from now on, or remove all and store none."""
    db.execute("INSERT OR REPLACE INTO manifest VALUES ('token_codes', ?)", (int(on),))
    if not on:
        db.execute("DELETE FROM token_codes")


def codes_by_key(db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the codes of the passages in use with these embedding keys; raises ArchiveDamaged."""
    found: dict[bytes, bytes] = {}
    for batch in batched(dict.fromkeys(keys), MAX_VALUES):
        query = (
            "SELECT key, codes, token_codes.digest FROM passage JOIN token_codes USING (number) "
            f"WHERE {IN_USE} AND key IN ({marks(batch)})"
        )
        found |= {key: sound_codes(codes, digest) for key, codes, digest in db.execute(query, batch)}
    return found


def put_codes(db: sqlite3.Connection, number: int, codes: bytes) -> None:
    """Store the codes of the passage with this number."""
    db.execute("INSERT OR REPLACE INTO token_codes VALUES (?, ?, ?)", (number, codes, vector_digest(codes)))


def put_codes_by_key(db: sqlite3.Connection, codes: Mapping[bytes, bytes]) -> None:
    """Store the codes of the passages in use with these embedding keys."""
    for key, of_key in codes.items():
        for (number,) in db.execute(f"SELECT number FROM passage WHERE {IN_USE} AND key = ?", (key,)).fetchall():
            put_codes(db, number, of_key)


def articles_without(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the articles that have passages in use without codes."""
    query = (
        f"SELECT DISTINCT article FROM passage WHERE {IN_USE} "
        "AND number NOT IN (SELECT number FROM token_codes) ORDER BY article"
    )
    return [article for (article,) in db.execute(query)]
