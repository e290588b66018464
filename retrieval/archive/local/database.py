"""Opens archive.db to read and to write, also on a disk that is read-only or full, and translates SQLite's errors."""

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from retrieval.archive.local import schema
from retrieval.archive.local.sqlite_errors import RESTORE, is_locked, locked, read_error, unreadable
from retrieval.errors import ArchiveDamaged, ArchiveMismatch, ArchiveMissing, ArchiveUnwritable, NotAnArchive

FILE = "archive.db"
# "Clip" in ASCII: SQLite keeps it in the file's header, so that no other program's database is taken for an archive.
APPLICATION_ID = 0x436C6970
# For SQLite's own short locks. Long writes hold the archive's lock (lock.py).
BUSY_MILLISECONDS = 30_000
# Read connections that stay open between queries: opening one takes longer than most queries, and its cache is empty.
MAX_IDLE, CACHE_KILOBYTES = 4, 8000
# Opening fails while the last writer removes the WAL, which is slow on a busy machine; so it is tried again.
OPEN_ATTEMPTS, OPEN_PAUSE_SECONDS = 20, 0.01
MEND = f"Mend the setting `archive`. Was one here? {RESTORE}"


class ReadConnection(NamedTuple):
    """A connection that reads, and the identity of its files and process; None if it must not be used again."""

    db: sqlite3.Connection
    identity: tuple[int, ...] | None


class Database:
    """archive.db in a folder. Each transaction has its own connection, so any thread may run one."""

    def __init__(self, folder: Path) -> None:
        """Check the file and migrate an older schema; raises ArchiveMissing, NotAnArchive or another ArchiveError."""
        self.folder = folder
        self.file = folder / FILE
        self._idle: list[ReadConnection] = []
        weakref.finalize(self, _close, self._idle)
        try:
            if not folder.exists() or (folder.is_dir() and not self.file.exists() and _is_empty(folder)):
                raise ArchiveMissing(
                    f"No archive at {folder}. Build one with: python -m retrieval index corpus/articles"
                )
            if not self.file.is_file():
                raise NotAnArchive(f"{folder} is not an archive: it holds no {FILE}. {MEND}")
        except OSError as error:
            raise unreadable(self.file, error) from error
        with self.read() as db:
            application, version = _header(db)
        if application != APPLICATION_ID:
            raise NotAnArchive(f"{self.file} is not an archive of Clippings. {MEND}")
        if version > schema.VERSION:
            raise ArchiveMismatch(
                f"{self.file} was written by a newer Clippings (schema {version}, this one knows {schema.VERSION}). "
                f"Upgrade this one. Or else it is damaged: {RESTORE}"
            )
        if version < schema.VERSION:
            self._migrate()

    @classmethod
    def create(cls, folder: Path, *spec: str | int) -> "Database":
        """Create an empty archive in an empty or a new folder; raises NotAnArchive or ArchiveUnwritable."""
        new = folder / f"{FILE}.new"
        make_folder(folder)
        try:
            if not _is_empty(folder):
                raise NotAnArchive(
                    f"{folder} holds other files. Name an empty or a new folder in the setting `archive`."
                )
            for leftover in folder.glob(f"{new.name}*"):
                leftover.unlink()
            with closing(sqlite3.connect(new, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {schema.VERSION}")
                schema.create(db)
                id_ = db.execute("INSERT INTO making VALUES (NULL, ?, ?, ?, ?, ?)", spec).lastrowid
                db.execute("INSERT INTO manifest VALUES ('making', ?)", (id_,))
                db.execute("PRAGMA journal_mode = WAL")
            sync_to_disk(new)
            new.rename(folder / FILE)
            sync_to_disk(folder)
        except (OSError, sqlite3.OperationalError) as error:
            raise _not_made(folder, error) from error
        return cls(folder)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a read transaction: it sees one state of the archive, and no writer waits for it."""
        try:
            try:
                connection = self._read_connection()
            except OSError as error:
                raise unreadable(self.file, error) from error
            try:
                connection.db.execute("BEGIN")
                yield connection.db
                connection.db.execute("COMMIT")
            except BaseException:
                connection.db.close()
                raise
            if connection.identity is None or len(self._idle) >= MAX_IDLE:
                connection.db.close()
            else:
                self._idle.append(connection)
        except sqlite3.OperationalError as error:
            raise read_error(error, self.file) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # UnicodeDecodeError: in SQLite's message
            self._check_header(error)
            raise ArchiveDamaged(f"{self.file} is damaged: {error}. {RESTORE}") from error

    @contextmanager
    def write(self, *, keys: bool = True) -> Iterator[sqlite3.Connection]:
        """Run the block in a write transaction, which is on the disk when the block ends; nothing changes if it raises.

        Without `keys`, foreign keys are not enforced, so that a migration can replace tables.
        """
        try:
            with closing(self._connect("rw")) as db:
                db.execute(f"PRAGMA foreign_keys = {keys:d}")
                db.execute(f"PRAGMA legacy_alter_table = {not keys:d}")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
                # The last connection to close would move the WAL into the file, but idle ones may stay open.
                with suppress(sqlite3.OperationalError):
                    db.execute("PRAGMA busy_timeout = 0")
                    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            if is_locked(error):
                raise locked(self.file) from error
            raise ArchiveUnwritable(
                f"Cannot write to {self.file}: {error}. What was in it is unchanged. Make room, or make it writable."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise ArchiveDamaged(f"{self.file} is damaged: {error}. {RESTORE}") from error

    def writable(self) -> bool:
        """Tell whether the archive and its folder may be written to."""
        return os.access(self.folder, os.W_OK) and os.access(self.file, os.W_OK)

    def _read_connection(self) -> ReadConnection:
        """Return an idle connection, if its files are still those in the folder, or a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                connection = self._idle.pop()
                if connection.identity == self._identity():
                    return connection
                connection.db.close()
        for _ in range(OPEN_ATTEMPTS):
            try:
                return self._open_read_connection()
            except sqlite3.OperationalError as error:  # the last writer may be removing the WAL
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # SQLite has waited already
                    raise
                time.sleep(OPEN_PAUSE_SECONDS)
        return self._open_read_connection()

    def _identity(self) -> tuple[int, ...] | None:
        """Return the process, and device and inode of each file; None if one is missing.

        SQLite's connections must not be used in a forked process.
        """
        try:
            files = [path.stat() for path in (self.file, self.file.with_name(f"{FILE}-wal"))]
        except FileNotFoundError:
            return None
        return (os.getpid(), *(number for file in files for number in (file.st_dev, file.st_ino)))

    def _open_read_connection(self) -> ReadConnection:
        before = self._identity()
        db = self._connect("ro")
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            db.close()
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise
            # SQLite's readers need a shared-memory file, which cannot be created on a read-only or a full disk. If the
            # WAL is empty, the database file alone is complete. Otherwise SQLite can keep the memory in this process.
            return self._open_unwritable()
        except BaseException:
            db.close()
            raise
        db.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
        return ReadConnection(db, before if before == self._identity() else None)

    def _open_unwritable(self) -> ReadConnection:
        db = self._connect("ro&immutable=1" if self._wal_is_empty() else "ro&readonly_shm=1")
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            db.close()
            raise
        return ReadConnection(db, None)

    def _wal_is_empty(self) -> bool:
        try:
            return self.file.with_name(f"{FILE}-wal").stat().st_size == 0
        except FileNotFoundError:
            return True

    def _connect(self, mode: str) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{self.file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        db.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        return db

    def _check_header(self, error: Exception) -> None:
        with self.file.open("rb") as file:
            start = file.read(72)
        if start[:16] != b"SQLite format 3\0" or start[68:72] != APPLICATION_ID.to_bytes(4, "big"):
            raise NotAnArchive(f"{self.file} is not an archive, or its first bytes are damaged. {RESTORE}") from error

    def _migrate(self) -> None:
        try:
            with self.write(keys=False) as db:
                _, version = _header(db)
                if version < schema.VERSION:
                    schema.migrate(db, version)
        except (LookupError, TypeError, ValueError) as error:
            raise ArchiveDamaged(f"{self.file} is damaged: it is not of the schema that it names. {RESTORE}") from error


def _close(idle: list[ReadConnection]) -> None:
    while idle:
        idle.pop().db.close()


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, and sync their names to the disk; raises ArchiveUnwritable."""
    try:
        missing = [path for path in (folder.absolute(), *folder.absolute().parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync_to_disk(path.parent)
    except OSError as error:
        raise _not_made(folder, error) from error


def _not_made(folder: Path, error: Exception) -> ArchiveUnwritable:
    reason = error.strerror if isinstance(error, OSError) else error
    return ArchiveUnwritable(
        f"Cannot make an archive at {folder}: {reason}. Make room there, or mend the setting `archive`."
    )


def _is_empty(folder: Path) -> bool:
    """Tell whether an archive may be created in a folder: it may have an unfinished archive, a lock, or models."""
    return all(file.name.startswith((f"{FILE}.new", "lock", "writer", "models")) for file in folder.iterdir())


def _header(db: sqlite3.Connection) -> tuple[int, int]:
    return (
        db.execute("PRAGMA application_id").fetchone()[0],
        db.execute("PRAGMA user_version").fetchone()[0],
    )


def sync_to_disk(path: Path) -> None:
    """Sync a file's content, or the names in a folder, to the disk, so that they survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
