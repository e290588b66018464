"""The state of archive.db: its generations, the index spec in use, and the journal of removed passages."""

import sqlite3
from dataclasses import astuple

from retrieval.archive.contract import Generation
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.local import schema
from retrieval.archive.local.sqlite_errors import RESTORE
from retrieval.errors import ArchiveDamaged

# Numbers of removed passages in the journal. An index that is further behind than the journal is rebuilt.
MAX_JOURNAL = 200_000
# The condition for rows of `passage` or `split` that belong to the index spec in use.
IN_USE = "making = (SELECT value FROM manifest WHERE key = 'making')"


def generation(db: sqlite3.Connection) -> Generation:
    """Return the current generation; raises ArchiveDamaged."""
    row = db.execute("SELECT number, token FROM generation ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        raise ArchiveDamaged(f"archive.db is damaged: it does not say in what state it is. {RESTORE}")
    return Generation(*row)


def next_generation(db: sqlite3.Connection, after: int = 0) -> int:
    """Begin a generation with a number above `after` and above the current one; return the number."""
    number = max(generation(db).number, after) + 1
    db.execute("INSERT INTO generation VALUES (?, ?)", (number, schema.new_token()))
    return number


def current_spec(db: sqlite3.Connection) -> tuple[int, IndexSpec]:
    """Return the id of the index spec in use, and the spec; raises ArchiveDamaged."""
    row = db.execute("SELECT value FROM manifest WHERE key = 'making'").fetchone()
    spec_id = row[0] if row else 0
    return spec_id, spec_of(db, spec_id)


def spec_of(db: sqlite3.Connection, spec_id: int) -> IndexSpec:
    """Return the index spec of an id; raises ArchiveDamaged."""
    query = "SELECT model, fingerprint, dimension, passage_tokens, splitter FROM making WHERE id = ?"
    row = db.execute(query, (spec_id,)).fetchone()
    if row is None:
        raise ArchiveDamaged(f"archive.db is damaged: it does not say what it was made with. {RESTORE}")
    return IndexSpec(*row)


def journal_reaches(db: sqlite3.Connection, since: Generation) -> bool:
    """Tell whether a generation is in the archive's history, and the journal has every removal after it."""
    query = (
        "SELECT 1 FROM generation WHERE number = ? AND token = ? "
        "AND number >= (SELECT value FROM manifest WHERE key = 'journal_from')"
    )
    return db.execute(query, astuple(since)).fetchone() is not None


def drop_spec(db: sqlite3.Connection, spec_id: int) -> None:
    """Remove an index spec and all its passages."""
    db.execute("DELETE FROM passage WHERE making = ?", (spec_id,))
    db.execute("DELETE FROM split WHERE making = ?", (spec_id,))
    db.execute("DELETE FROM making WHERE id = ?", (spec_id,))


def drop_shadow_spec(db: sqlite3.Connection, spec_id: int) -> None:
    """Remove an index spec that is not in use; its passages are in no index, so the journal does not need them."""
    numbers = db.execute("SELECT number FROM passage WHERE making = ?", (spec_id,)).fetchall()
    drop_spec(db, spec_id)
    db.executemany("DELETE FROM gone WHERE number = ?", numbers)


def trim_journal(db: sqlite3.Connection) -> None:
    """Shorten the journal to MAX_JOURNAL entries; every change that removes passages calls it."""
    row = db.execute("SELECT generation FROM gone ORDER BY generation DESC LIMIT 1 OFFSET ?", (MAX_JOURNAL,)).fetchone()
    if row:
        db.execute("DELETE FROM gone WHERE generation <= ?", row)
        db.execute("UPDATE manifest SET value = ? WHERE key = 'journal_from'", row)
