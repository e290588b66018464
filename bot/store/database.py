"""bot.db: pending updates, watches and feedback. It is not part of the archive or of its backups.

Updates are durable: each is committed before it is acknowledged to Telegram, and its content is erased once it is
processed. Its number is kept for longer: Telegram delivers an update again until it is acknowledged.
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
-- body: the update as JSON, NULL once it is processed. lane: the chat, whose updates are processed in order.
CREATE TABLE waiting (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, reader INTEGER, kind TEXT NOT NULL, body TEXT);
CREATE INDEX waiting_lane ON waiting (lane) WHERE body IS NOT NULL;
-- since: the archive generation up to which this watch has been notified.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, topic INTEGER, reader INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE INDEX watch_chat ON watch (chat);
-- The articles that a watch has been notified of, or was about to be when the process died.
CREATE TABLE told (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE, article TEXT NOT NULL, PRIMARY KEY (watch, article)
) WITHOUT ROWID;
-- passages: a JSON list of ids; the verdict is on the first. Neither the user nor the time is stored.
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY, question TEXT NOT NULL, passages TEXT NOT NULL, verdict INTEGER NOT NULL
);
"""
# Numbers of processed updates to keep: far more than Telegram ever delivers again.
KEPT_NUMBERS = 10_000
# Only its number is left of a processed update.
ERASE = "UPDATE waiting SET body = NULL, reader = NULL, lane = 0, kind = ''"


class Arrival(NamedTuple):
    """An update as it arrived: its number, chat (0 for none), sender and kind, and all of it as JSON."""

    id: int
    chat: int
    user: int | None
    kind: str
    body: str


class BotDatabase:
    """An open bot.db, which owns the table `waiting`. Any thread may call.

    Each call is one short transaction, which is on the disk when the call returns.
    """

    def __init__(self, file: Path, kept_numbers: int = KEPT_NUMBERS) -> None:
        """Open the file, or create it; raises StateBusy if another process has it open, or StateUnusable."""
        self._file = file
        self._kept_numbers = kept_numbers
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
        """Close the file and release its lock."""
        with self._lock:
            self._db.close()
        self._alone.release()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; raises StateUnusable, after which nothing is changed."""
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
        """Store updates; return those that had not arrived before.

        While a user types an inline question, Telegram sends each state of it: only the last one is left pending.
        """
        with self.change() as db:
            new = [arrival for arrival in arrivals if self._insert(db, arrival)]
            for arrival in new:
                if arrival.kind == "inline_query":
                    db.execute(
                        f"{ERASE} WHERE body IS NOT NULL AND kind = ? AND lane = ? AND id < ?",
                        (arrival.kind, arrival.chat, arrival.id),
                    )
            db.execute(
                "DELETE FROM waiting WHERE body IS NULL AND id < "
                "(SELECT id FROM waiting ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (self._kept_numbers,),
            )
        return new

    @staticmethod
    def _insert(db: sqlite3.Connection, arrival: Arrival) -> bool:
        return db.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?)", arrival).rowcount == 1

    def pending(self) -> list[tuple[int, int]]:
        """Return (number, chat) of each pending update, in the order in which they arrived."""
        with self._usable() as db:
            return db.execute("SELECT id, lane FROM waiting WHERE body IS NOT NULL ORDER BY rowid").fetchall()

    def body(self, id_: int) -> str | None:
        """Return a pending update as JSON; None if it is erased."""
        with self._usable() as db:
            row = db.execute("SELECT body FROM waiting WHERE id = ?", (id_,)).fetchone()
        return row[0] if row else None

    def mark_processed(self, id_: int) -> None:
        """Erase an update that has been processed."""
        with self.change() as db:
            self.erase_update(db, id_)

    @staticmethod
    def erase_update(db: sqlite3.Connection, id_: int) -> bool:
        """Erase an update within a transaction; return whether it was pending."""
        return db.execute(f"{ERASE} WHERE id = ? AND body IS NOT NULL", (id_,)).rowcount == 1

    def wipe(self) -> None:
        """Empty the write-ahead log, which still holds what has been erased."""
        with self._usable() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_user(self, user: int, current_update: int) -> int:
        """Erase a user's pending updates, except the one that is being processed; return how many there were."""
        with self.change() as db:
            count = db.execute(f"{ERASE} WHERE reader = ? AND id <> ?", (user, current_update)).rowcount
        self.wipe()
        return count


def connect(file: Path) -> sqlite3.Connection:
    """Open bot.db, and create its tables if it is new; raises StateUnusable."""
    try:
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        file.chmod(0o600)  # it holds what users ask
        # FULL: a commit is on the disk. secure_delete: erased content is overwritten.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StateUnusable(f"{file} was made by a newer Clippings. Update Clippings, or set bot.state elsewhere.")
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a killed process may have left erased content in it
    except (sqlite3.Error, OSError) as error:
        raise StateUnusable(
            f"{file} cannot be used ({error}). Set bot.state to another file, or move this one away: it holds the "
            "questions that wait, watches and feedback, and no article."
        ) from error
    return db
