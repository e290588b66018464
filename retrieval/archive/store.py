"""The truth: one SQLite file with the articles, their passages and the passages' vectors."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.article import Card, Span
from retrieval.archive.archive import Entry, Making, Status
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveMismatch, ArchiveMissing, ArchiveUnwritable, NotAnArchive
from retrieval.types import Passage

FILE = "archive.db"
# "Clip" in ASCII: SQLite keeps it in the file's header, so that no other program's database is taken for an archive.
APPLICATION_ID = 0x436C6970
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE article (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, title TEXT NOT NULL, url TEXT, source TEXT, author TEXT,
    published TEXT, language TEXT, text TEXT NOT NULL, headings TEXT NOT NULL
) WITHOUT ROWID;
-- AUTOINCREMENT, so that the number of a deleted passage never comes to mean another.
CREATE TABLE passage (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passage_article ON passage (article);
"""
CARD_COLUMNS = "article.id, title, url, source, author, published, language"
VECTOR_TYPE = np.dtype("<f4")


class Store:
    """An open archive.db. Every call is its own short transaction, from whatever thread."""

    def __init__(self, folder: Path) -> None:
        """Open the archive in a folder; raises ArchiveMissing or NotAnArchive."""
        self._file = folder / FILE
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            raise ArchiveMissing(f"No archive at {folder}. Build one with: python -m retrieval index corpus/articles")
        if not self._file.is_file():
            raise NotAnArchive(f"{folder} is not an archive: it holds no {FILE}. Mend the setting `archive`.")
        with self._transaction() as db:
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise NotAnArchive(f"{self._file} is not an archive of Clippings. Mend the setting `archive`.")
            if (version := db.execute("PRAGMA user_version").fetchone()[0]) != SCHEMA_VERSION:
                raise ArchiveMismatch(f"{self._file} was written by another version of Clippings (schema {version}).")
            manifest = dict(db.execute("SELECT key, value FROM manifest"))
        self.making = Making(**manifest)

    @classmethod
    def create(cls, folder: Path, making: Making) -> "Store":
        """Make an empty archive in an empty or a new folder; raises NotAnArchive or ArchiveUnwritable."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise NotAnArchive(
                    f"{folder} holds other files. Name an empty or a new folder in the setting `archive`."
                )
            new = folder / f"{FILE}.new"
            with closing(sqlite3.connect(new)) as db, db:
                db.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};")
                db.executescript(SCHEMA)
                values = {name: getattr(making, name) for name in Making.__slots__}
                db.executemany("INSERT INTO manifest VALUES (?, ?)", values.items())
            new.rename(folder / FILE)
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ArchiveUnwritable(
                f"Cannot make an archive at {folder}: {reason}. Mend the setting `archive`."
            ) from error
        return cls(folder)

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._address(write), uri=True, isolation_level=None)) as db:
                db.executescript("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000;")
                db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield db
                db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if write:
                raise ArchiveUnwritable(
                    f"Cannot write to {self._file}: {error}. What was there is unchanged."
                ) from error
            raise NotAnArchive(f"{self._file} cannot be read: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise NotAnArchive(f"{self._file} is not an archive, or is damaged: {error}.") from error

    def _address(self, write: bool) -> str:
        return f"{self._file.absolute().as_uri()}?mode={'rw' if write else 'ro'}"

    def put(self, entries: Sequence[Entry]) -> None:
        """Take in articles in one transaction, each in place of the one with its id; raises ArchiveUnwritable."""
        with self._transaction(write=True) as db:
            for entry in entries:
                db.execute("DELETE FROM article WHERE id = ?", (entry.article.id,))
                db.execute("INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _article_row(entry))
                db.executemany(
                    "INSERT INTO passage VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        (
                            p.id,
                            p.article.id,
                            p.start,
                            p.end,
                            p.text,
                            json.dumps(p.sentences),
                            vector.tobytes(),
                        )
                        for p, vector in zip(entry.passages, entry.vectors.astype(VECTOR_TYPE), strict=True)
                    ),
                )

    def digests(self) -> Mapping[str, str]:
        """Tell the content digest of every article, by its id."""
        with self._transaction() as db:
            return dict(db.execute("SELECT id, digest FROM article"))

    def vectors(self) -> tuple[NDArray[np.int64], Vectors]:
        """Return every passage's number and vector."""
        with self._transaction() as db:
            rows = db.execute("SELECT number, vector FROM passage ORDER BY number").fetchall()
        numbers = np.array([number for number, _ in rows], np.int64)
        vectors = np.frombuffer(b"".join(vector for _, vector in rows), VECTOR_TYPE)
        return numbers, vectors.reshape(len(rows), self.making.dimension)

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """Return the passages with these numbers, those that there are."""
        marks = ", ".join("?" * len(numbers))
        query = (
            f'SELECT number, passage.id, start, "end", passage.text, sentences, {CARD_COLUMNS} '  # noqa: S608 (no input)
            f"FROM passage JOIN article ON article.id = passage.article WHERE number IN ({marks})"
        )
        with self._transaction() as db:
            return {number: _passage(*row) for number, *row in db.execute(query, list(numbers))}

    def status(self) -> Status:
        """Count what is in the archive."""
        with self._transaction() as db:
            articles, first, last = db.execute(
                "SELECT count(*), min(published), max(published) FROM article"
            ).fetchone()
            (passages,) = db.execute("SELECT count(*) FROM passage").fetchone()
        size = sum(file.stat().st_size for file in self._file.parent.iterdir() if file.is_file())
        return Status(articles, passages, _date(first), _date(last), size, self.making)


def _article_row(entry: Entry) -> tuple[str | None, ...]:
    article, card = entry.article, entry.article.card
    published = card.published.isoformat() if card.published else None
    shown = (card.title, card.url, card.source, card.author, published, card.language)
    return (article.id, article.digest, *shown, article.text, json.dumps(article.headings))


def _passage(id_: str, start: int, end: int, text: str, sentences: str, *card: str) -> Passage:
    article, title, url, source, author, published, language = card
    return Passage(
        id=id_,
        article=Card(article, title, url, source, author, _date(published), language),
        text=text,
        start=start,
        end=end,
        sentences=tuple(Span(*span) for span in json.loads(sentences)),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
