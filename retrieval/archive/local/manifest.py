"""What an archive.db says of itself: the state that it is in, what its passages are made with, and what has gone."""

import sqlite3
from dataclasses import astuple

from retrieval.archive.contract import Generation, IndexSpec
from retrieval.archive.local import schema
from retrieval.archive.local.database import RESTORE
from retrieval.errors import ArchiveDamaged

# Numbers of removed passages kept, so that an index that is behind can catch up; past it, it is built anew.
JOURNAL = 200_000


def generation(db: sqlite3.Connection) -> Generation:
    """Return the state that the archive is in; raises ArchiveDamaged."""
    row = db.execute("SELECT number, token FROM generation ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        raise ArchiveDamaged(f"archive.db is damaged: it does not say in what state it is. {RESTORE}")
    return Generation(*row)


def next_generation(db: sqlite3.Connection, after: int = 0) -> int:
    """Begin a new generation, after one of another archive too, and return its number."""
    number = max(generation(db).number, after) + 1
    db.execute("INSERT INTO generation VALUES (?, ?)", (number, schema.new_token()))
    return number


def current_spec(db: sqlite3.Connection) -> tuple[int, IndexSpec]:
    """Return the making in use, and its id; raises ArchiveDamaged."""
    row = db.execute(
        "SELECT id, model, fingerprint, dimension, passage_tokens, splitter FROM making "
        "WHERE id = (SELECT value FROM manifest WHERE key = 'making')"
    ).fetchone()
    if row is None:
        raise ArchiveDamaged(f"archive.db is damaged: it does not say what it was made with. {RESTORE}")
    return row[0], IndexSpec(*row[1:])


def reaches(db: sqlite3.Connection, since: Generation) -> bool:
    """Tell whether the journal has everything that came after a generation, and the generation was ours."""
    query = (
        "SELECT 1 FROM generation WHERE number = ? AND token = ? "
        "AND number >= (SELECT value FROM manifest WHERE key = 'journal_from')"
    )
    return db.execute(query, astuple(since)).fetchone() is not None


def drop_spec(db: sqlite3.Connection, spec: int) -> None:
    """Remove a making, and all passages of it."""
    db.execute("DELETE FROM passage WHERE making = ?", (spec,))
    db.execute("DELETE FROM split WHERE making = ?", (spec,))
    db.execute("DELETE FROM making WHERE id = ?", (spec,))


def trim_journal(db: sqlite3.Connection) -> None:
    """Forget what has gone so long ago that an index is built anew sooner."""
    row = db.execute("SELECT generation FROM gone ORDER BY generation DESC LIMIT 1 OFFSET ?", (JOURNAL,)).fetchone()
    if row:
        db.execute("DELETE FROM gone WHERE generation <= ?", row)
        db.execute("UPDATE manifest SET value = ? WHERE key = 'journal_from'", row)
