"""Archives as older versions of Clippings left them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from retrieval.archive.database import FILE

V1 = Path(__file__).parent / "data" / "archive-v1.db"


def first_schema_at(folder: Path) -> None:
    """Put an archive of schema 1, written by Clippings as it was then with FakeEncoder, in place of a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(V1, folder / FILE)


def as_second_schema(folder: Path) -> None:
    """Make of an archive, whoever has it open, what it would have been in schema 2."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ALTER TABLE article DROP COLUMN added")
        db.execute("PRAGMA user_version = 2")
        db.execute("COMMIT")
