"""Creates archives of older schemas."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from retrieval.archive.local.database import FILE

V1 = Path(__file__).with_name("archive-v1.db")


def first_schema_at(folder: Path) -> None:
    """Replace a folder by an archive of schema 1, which the Clippings of that time wrote with FakeEncoder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(V1, folder / FILE)


SCHEMA_3_ARTICLE = """
CREATE TABLE article (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, card_digest BLOB NOT NULL, title TEXT NOT NULL, url TEXT, source TEXT,
    author TEXT, published TEXT, language TEXT, text TEXT NOT NULL, headings TEXT NOT NULL,
    origin TEXT, story TEXT NOT NULL, signature BLOB NOT NULL,
    added INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""


def as_third_schema(folder: Path) -> None:
    """Turn an archive into one of schema 3, also while it is open."""
    _downgrade(folder, 3)


def as_fourth_schema(folder: Path) -> None:
    """Turn an archive into one of schema 4, also while it is open."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DROP TABLE token_codes")
        db.execute("DROP TABLE retold")
        for column in ("origin_key", "length", "place", "warnings", "traces"):
            db.execute(f"ALTER TABLE article DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 4")
        db.execute("COMMIT")


def as_fifth_schema(folder: Path) -> None:
    """Turn an archive into one of schema 5, also while it is open."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DROP TABLE token_codes")
        db.execute("PRAGMA user_version = 5")
        db.execute("COMMIT")


def as_second_schema(folder: Path) -> None:
    """Turn an archive into one of schema 2, also while it is open."""
    _downgrade(folder, 2, "ALTER TABLE article DROP COLUMN added")


def _downgrade(folder: Path, version: int, *statements: str) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        db.execute("PRAGMA legacy_alter_table = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("DROP TABLE token_codes")
        db.execute("DROP TABLE retold")
        db.execute("ALTER TABLE article RENAME TO now")
        db.execute(SCHEMA_3_ARTICLE)
        columns = ", ".join(name for _, name, *_ in db.execute("PRAGMA table_info (article)").fetchall())
        db.execute(f"INSERT INTO article ({columns}) SELECT {columns} FROM now")
        db.execute("DROP TABLE now")
        db.execute("CREATE INDEX article_origin ON article (origin)")
        db.execute("CREATE INDEX article_story ON article (story)")
        for statement in statements:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("COMMIT")
