"""bot.db, the bot's own database: one process has it open. It is not part of the archive or of its backups."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from bot.errors import StateBusy, StateUnusable
from bot.store.schema import connect


class BotDatabase:
    """An open bot.db. Any thread may call; each call is one short transaction, on the disk when the call returns."""

    def __init__(self, file: Path) -> None:
        """Open the file, or create it; raises StateBusy if another process has it open, or StateUnusable."""
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
        """Close the file and release its lock."""
        with self._lock:
            self._db.close()
        self._alone.release()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction; raises StateUnusable, after which nothing is changed."""
        with self.read() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # some errors have rolled it back already
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to statements that change nothing; raises StateUnusable."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise StateUnusable(f"{self._file} cannot be used: {error}.") from error

    def wipe(self) -> None:
        """Empty the write-ahead log, which still holds what has been erased."""
        with self.read() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
