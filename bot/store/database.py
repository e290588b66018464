"""bot.db: updates that wait to be dealt with, watches and feedback. It is no part of the archive or of its backups.

An update is written down before Telegram is told that it arrived, and its words are erased once it is dealt with. Its
bare number is kept a while longer: Telegram delivers an update again until it knows that it arrived.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import filelock

from bot.errors import StateBusy, StateUnusable

VERSION = 1
SCHEMA = """
-- body: the update as it came, NULL once it is dealt with. lane: the chat whose updates are dealt with in order.
CREATE TABLE waiting (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, reader INTEGER, kind TEXT NOT NULL, body TEXT);
CREATE INDEX waiting_lane ON waiting (lane) WHERE body IS NOT NULL;
-- since: the archive's generation from which on an article is new to this watch.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, topic INTEGER, reader INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE INDEX watch_chat ON watch (chat);
-- What a watch has told, or was about to tell when the process died: never again.
CREATE TABLE told (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE, article TEXT NOT NULL, PRIMARY KEY (watch, article)
) WITHOUT ROWID;
-- passages: a JSON list, the one that the verdict is about first. Nothing here says who, or when.
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY, question TEXT NOT NULL, passages TEXT NOT NULL, verdict INTEGER NOT NULL
);
"""
# Numbers of updates kept after they are dealt with: far more than Telegram ever delivers again.
REMEMBERED = 10_000
# What is left of an update that was dealt with: its number, without whose it was.
ERASE = "UPDATE waiting SET body = NULL, reader = NULL, lane = 0, kind = ''"


class Arrival(NamedTuple):
    """An update as it came: its number, the chat it belongs to, who sent it, what kind it is, and all of it as JSON."""

    id: int
    lane: int
    reader: int | None
    kind: str
    body: str


class Forgotten(NamedTuple):
    """How much of a reader's was erased: updates that waited, and watches."""

    waiting: int
    watches: int


class BotDatabase:
    """An open bot.db. Every call is one short transaction, on the disk when it returns; any thread may call."""

    def __init__(self, file: Path) -> None:
        """Open it, or make it; raises StateBusy where another process has it, or StateUnusable."""
        self._file = file
        self._lock = threading.RLock()
        self._alone = filelock.FileLock(f"{file}.lock", timeout=0)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._alone.acquire()
        except filelock.Timeout:
            raise StateBusy(
                f"Another bot is running on {file}. Stop that one, or set bot.state to another file."
            ) from None
        except OSError as error:
            raise StateUnusable(
                f"{file} cannot be written ({error.strerror}). Set bot.state to a file in a folder that can."
            ) from error
        try:
            self._db = connect(file)
        except BaseException:
            self._alone.release()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()
        self._alone.release()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; raises StateUnusable, and then nothing was changed."""
        with self._usable() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # some errors have rolled it back already
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def _usable(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise StateUnusable(f"{self._file} cannot be used: {error}.") from error

    # ── Updates ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def arrive(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Write updates down; return those that had not arrived before.

        Somebody who types an inline question sends every state of it: one that another one follows is not answered.
        """
        with self.change() as db:
            new = [one for one in arrivals if self._put(db, one)]
            for one in new:
                if one.kind == "inline_query":
                    db.execute(
                        f"{ERASE} WHERE body IS NOT NULL AND kind = ? AND lane = ? AND id < ?",
                        (one.kind, one.lane, one.id),
                    )
            db.execute(
                "DELETE FROM waiting WHERE body IS NULL AND id < "
                "(SELECT id FROM waiting ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (REMEMBERED,),
            )
        return new

    @staticmethod
    def _put(db: sqlite3.Connection, arrival: Arrival) -> bool:
        return db.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?)", arrival).rowcount == 1

    def waiting(self) -> list[tuple[int, int]]:
        """Return the numbers of the updates that wait, and their lanes, in the order in which they came."""
        with self._usable() as db:
            return db.execute("SELECT id, lane FROM waiting WHERE body IS NOT NULL ORDER BY rowid").fetchall()

    def body(self, id_: int) -> str | None:
        """Return an update that waits; None where it has been erased."""
        with self._usable() as db:
            row = db.execute("SELECT body FROM waiting WHERE id = ?", (id_,)).fetchone()
        return row[0] if row else None

    def dealt_with(self, id_: int) -> None:
        """Erase an update."""
        with self.change() as db:
            db.execute(f"{ERASE} WHERE id = ?", (id_,))

    def wipe(self) -> None:
        """Take what has been erased out of the journal, too: it holds what was written lately."""
        with self._usable() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget(self, reader: int, but: int) -> Forgotten:
        """Erase everything that a reader has sent or set, their watches in groups among it.

        The update that asks for it is left, until it is dealt with as every other.
        """
        with self.change() as db:
            waiting = db.execute(f"{ERASE} WHERE reader = ? AND id <> ?", (reader, but)).rowcount
            watches = db.execute("DELETE FROM watch WHERE reader = ?", (reader,)).rowcount
        self.wipe()
        return Forgotten(waiting, watches)


def connect(file: Path) -> sqlite3.Connection:
    """Open bot.db, and make its tables where it is new; raises StateUnusable."""
    try:
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        file.chmod(0o600)  # it holds what readers ask
        # FULL: on the disk before Telegram is told. secure_delete: what is erased is overwritten, not only let go.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StateUnusable(f"{file} was made by a newer Clippings. Update Clippings, or set bot.state elsewhere.")
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a process that was killed left in it what it had erased
    except (sqlite3.Error, OSError) as error:
        raise StateUnusable(
            f"{file} cannot be used ({error}). Set bot.state to another file, or move this one away: it holds the "
            "questions that wait, watches and feedback, and no article."
        ) from error
    return db
