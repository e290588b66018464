"""sources.db: the state of each source, and of each link that a source listed.

The file can be rebuilt by visiting the sources. It is valid only for the archive that it was written for: after a
backup is restored, everything is fetched again.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from retrieval.archive.contract import Archive, Generation
from retrieval.errors import SourcesUnusable
from retrieval.sources.source import Source

FILE = "sources.db"
VERSION = 2
SCHEMA = """
CREATE TABLE generation (number INTEGER NOT NULL, token TEXT NOT NULL);
CREATE TABLE source (
    name TEXT PRIMARY KEY, visited REAL NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,
    reason TEXT, since REAL, failures INTEGER NOT NULL, next REAL NOT NULL
);
-- next: when to fetch it; NULL if only a change in its list makes it due.
CREATE TABLE link (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, depth INTEGER NOT NULL, changed TEXT,
    etag TEXT, modified TEXT, renewed REAL, article TEXT, excerpt INTEGER NOT NULL, lists INTEGER NOT NULL,
    reason TEXT, failures INTEGER NOT NULL, next REAL, UNIQUE (source, url)
);
-- The text of each server's robots.txt, NULL if it has none, and until when it is valid.
CREATE TABLE robots (server TEXT PRIMARY KEY, until REAL NOT NULL, text TEXT);
CREATE INDEX link_due ON link (source, next) WHERE next IS NOT NULL;
"""
COLUMNS = "url, depth, changed, etag, modified, renewed, article, excerpt, lists, reason, failures, next"
ROWS_PER_QUERY = 100


@dataclass(frozen=True, slots=True)
class Link:
    """The state of a link that a source listed, or of the source's own link (depth 0).

    `changed` is the date of its last change as its list writes it. `etag` and `modified` are the headers of its server.
    `renewed` is the time of the last fetch that gave new content. `article` is the id of its article; if `excerpt`, the
    article is the excerpt from the list. `lists` is True for a feed or a sitemap. `reason` says why the last fetch gave
    no article. `next` is when to fetch it again; None to fetch it only after `changed` has changed. Times are in
    seconds since 1970.
    """

    url: str
    depth: int = 0
    changed: str | None = None
    etag: str | None = None
    modified: str | None = None
    renewed: float | None = None
    article: str | None = None
    excerpt: bool = False
    lists: bool = False
    reason: str | None = None
    failures: int = 0
    next: float | None = 0.0


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The last visit of a source: what it changed, or why and since when it fails; and when the next is due."""

    time: float
    added: int = 0
    changed: int = 0
    reason: str | None = None
    since: float | None = None
    failures: int = 0
    next: float = 0.0


def due_at(source: Source, last_visit: LastVisit | None) -> float:
    """Return when to visit a source, in seconds since 1970; a new interval in the settings counts at once."""
    if last_visit is None:
        return 0.0
    return last_visit.next if last_visit.failures else min(last_visit.next, last_visit.time + source.every)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The status of a source: its last visit, the number of links that wait to be read, and the links that failed."""

    last_visit: LastVisit
    waiting: int = 0
    failing: tuple[Link, ...] = ()


def read_statuses(folder: Path, archive: Archive, names: Iterable[str], now: float) -> dict[str, SourceStatus]:
    """Return the status of each source that was visited, by its name; changes nothing. Raises SourcesUnusable.

    `folder` is the folder of sources.db.
    """
    file = folder / FILE
    if not file.exists():
        return {}
    with _unusable(file), closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
        if not _belongs(db, archive):
            return {}
        statuses = {name: _status(db, name, now) for name in names}
    return {name: status for name, status in statuses.items() if status}


class CrawlState:
    """An open sources.db. Every call is one short transaction; any thread may call."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        """Open or create sources.db in a folder, for this archive; raises SourcesUnusable."""
        self._file = folder / FILE
        self._lock = threading.RLock()
        self._archive = archive
        with _unusable(self._file):
            self._db = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False, timeout=10)
        with self._change() as db:
            if not _belongs(db, archive):
                for table in ("generation", "source", "link", "robots"):
                    db.execute(f"DROP TABLE IF EXISTS {table}")
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
        self.mark_generation()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _unusable(self._file):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _unusable(self._file):
            yield self._db

    def mark_generation(self) -> None:
        """Record the archive's generation: it shows that this file belongs to the archive."""
        now = self._archive.generation()
        with self._change() as db:
            db.execute("DELETE FROM generation")
            db.execute("INSERT INTO generation VALUES (?, ?)", (now.number, now.token))

    # ── Sources ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def last_visit(self, name: str) -> LastVisit | None:
        """Return how the last visit of a source went."""
        with self._read() as db:
            return _last_visit(db, name)

    def save_visit(self, name: str, visit: LastVisit) -> None:
        """Record how a visit went."""
        row = (name, visit.time, visit.added, visit.changed, visit.reason, visit.since, visit.failures, visit.next)
        with self._change() as db:
            db.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def robots(self) -> dict[str, tuple[float, str | None]]:
        """Return each server's robots.txt: until when it is valid, in seconds since 1970, and its text, if any."""
        with self._read() as db:
            return {server: (until, text) for server, until, text in db.execute("SELECT * FROM robots")}

    def save_robots(self, robots: Mapping[str, tuple[float, str | None]]) -> None:
        """Replace the stored robots.txt files."""
        with self._change() as db:
            db.execute("DELETE FROM robots")
            rows = ((server, until, text) for server, (until, text) in robots.items())
            db.executemany("INSERT INTO robots VALUES (?, ?, ?)", rows)

    # ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def link(self, source: str, url: str) -> Link | None:
        """Return the state of a link, None if it is unknown."""
        with self._read() as db:
            row = db.execute(f"SELECT {COLUMNS} FROM link WHERE source = ? AND url = ?", (source, url)).fetchone()
        return _link(row) if row else None

    def root_link(self, source: str, root: str) -> Link:
        """Return the state of a source's own link. If the source has a new one, delete the links of the old one."""
        with self._change() as db:
            replaced = "source = ? AND EXISTS (SELECT 1 FROM link WHERE source = ? AND depth = 0 AND url <> ?)"
            db.execute(f"DELETE FROM link WHERE {replaced}", (source, source, root))
        return self.link(source, root) or Link(root)

    def save_links(self, source: str, links: Iterable[Link]) -> None:
        """Record the state of links."""
        columns = COLUMNS.split(", ")
        updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
        upsert = (
            f"INSERT INTO link (source, {COLUMNS}) VALUES (?{', ?' * len(columns)}) "
            f"ON CONFLICT (source, url) DO UPDATE SET {updates}"
        )
        with self._change() as db:
            db.executemany(upsert, ((source, *(getattr(link, column) for column in columns)) for link in links))

    def add_links(self, source: str, links: Iterable[tuple[str, str | None]], depth: int) -> None:
        """Record links that a list names, each with the date of change as the list writes it.

        New and changed links become due; a link that failed stays due at its time.
        """
        with self._change() as db:
            for url, changed in links:
                row = db.execute(f"SELECT {COLUMNS} FROM link WHERE source = ? AND url = ?", (source, url)).fetchone()
                if row is None:
                    db.execute(
                        "INSERT INTO link (source, url, depth, changed, excerpt, lists, failures, next) "
                        "VALUES (?, ?, ?, ?, 0, 0, 0, 0)",
                        (source, url, depth, changed),
                    )
                elif (link := _link(row)).changed != changed:
                    due = link.next if link.failures else 0.0
                    db.execute(
                        "UPDATE link SET changed = ?, next = ? WHERE source = ? AND url = ?",
                        (changed, due, source, url),
                    )

    def due(self, source: str, now: float, *, lists: bool) -> Iterator[Link]:
        """Yield the links that are due, in the order in which they were added, with those that are added meanwhile."""
        last_id = 0
        where = "source = ? AND next <= ? AND lists = ? AND id > ?"
        query = f"SELECT id, {COLUMNS} FROM link WHERE {where} ORDER BY id LIMIT ?"
        while True:
            with self._read() as db:
                rows = db.execute(query, (source, now, lists, last_id, ROWS_PER_QUERY)).fetchall()
            if not rows:
                return
            for id_, *row in rows:
                last_id = id_
                yield _link(row)


def _last_visit(db: sqlite3.Connection, name: str) -> LastVisit | None:
    query = "SELECT visited, added, changed, reason, since, failures, next FROM source WHERE name = ?"
    row = db.execute(query, (name,)).fetchone()
    return LastVisit(*row) if row else None


def _status(db: sqlite3.Connection, name: str, now: float) -> SourceStatus | None:
    last_visit = _last_visit(db, name)
    if last_visit is None:
        return None
    (waiting,) = db.execute(
        "SELECT count(*) FROM link WHERE source = ? AND next <= ? AND depth > 0 AND lists = 0 AND reason IS NULL",
        (name, now),
    ).fetchone()
    query = (
        f"SELECT {COLUMNS} FROM link WHERE source = ? AND depth > 0 AND reason IS NOT NULL ORDER BY failures DESC, id"
    )
    return SourceStatus(last_visit, waiting, tuple(_link(row) for row in db.execute(query, (name,))))


def _link(row: Iterable[object]) -> Link:
    link = Link(*row)  # type: ignore[arg-type]
    return replace(link, excerpt=bool(link.excerpt), lists=bool(link.lists))


def _belongs(db: sqlite3.Connection, archive: Archive) -> bool:
    """Return whether the file was written for this archive."""
    if db.execute("PRAGMA user_version").fetchone() != (VERSION,):
        return False
    row = db.execute("SELECT number, token FROM generation").fetchone()
    return row is not None and archive.had_generation(Generation(*row))


@contextmanager
def _unusable(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SourcesUnusable(
            f"{file} cannot be used ({error}). Make room, or make it writable; or else move it away: it holds no "
            "article, only what is known of the sources, and that is fetched anew."
        ) from error
