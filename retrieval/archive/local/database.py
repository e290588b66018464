"""SQLite: opening archive.db to read, to write and where nothing can be written, and what its errors mean."""

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from retrieval.archive.local import schema
from retrieval.errors import ArchiveDamaged, ArchiveMismatch, ArchiveMissing, ArchiveUnwritable, NotAnArchive

FILE = "archive.db"
# "Clip" in ASCII: SQLite keeps it in the file's header, so that no other program's database is taken for an archive.
APPLICATION_ID = 0x436C6970
# Waiting for SQLite's own short locks; who writes for long holds the archive's lock (lock.py), not this.
BUSY_MILLISECONDS = 30_000
# Connections kept open by who reads: opening one takes longer than most of what is read, and it starts without a cache.
IDLE, CACHE_KILOBYTES = 4, 8000
# Opening is tried so often, so many seconds apart: on a busy machine the last writer puts the WAL away slowly.
TRIES, PAUSE = 20, 0.01
RESTORE = "Restore a backup: python -m retrieval restore FILE"
MEND = f"Mend the setting `archive`. Was one here? {RESTORE}"


class Reader(NamedTuple):
    """A connection that reads, and which files and process it belongs to; None where it is not to be kept."""

    db: sqlite3.Connection
    belongs: tuple[int, ...] | None


class Database:
    """archive.db in a folder. Every transaction has a connection to itself, so any thread may run one."""

    def __init__(self, folder: Path) -> None:
        """Look at the file, and bring an older schema up to date; raises ArchiveMissing, NotAnArchive, …"""
        self.folder = folder
        self.file = folder / FILE
        self._idle: list[Reader] = []
        weakref.finalize(self, _close, self._idle)
        if not folder.exists() or (folder.is_dir() and _is_empty(folder)):
            raise ArchiveMissing(f"No archive at {folder}. Build one with: python -m retrieval index corpus/articles")
        if not self.file.is_file():
            raise NotAnArchive(f"{folder} is not an archive: it holds no {FILE}. {MEND}")
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
        """Make an empty archive in an empty or a new folder; raises NotAnArchive or ArchiveUnwritable."""
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
        """Give a consistent view for as long as the block lasts; no writer waits for it, nor it for one."""
        try:
            reader = self._reader()
            try:
                reader.db.execute("BEGIN")
                yield reader.db
                reader.db.execute("COMMIT")
            except BaseException:
                reader.db.close()
                raise
            if reader.belongs is None or len(self._idle) >= IDLE:
                reader.db.close()
            else:
                self._idle.append(reader)
        except sqlite3.OperationalError as error:
            raise ArchiveDamaged(f"{self.file} cannot be read: {error}. {RESTORE}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter for SQLite's own message
            self._check_header(error)
            raise ArchiveDamaged(f"{self.file} is damaged: {error}. {RESTORE}") from error

    @contextmanager
    def write(self, *, keys: bool = True) -> Iterator[sqlite3.Connection]:
        """Make one change: on the disk when the block has ended, and not made at all if it raises.

        Foreign keys hold, unless `keys` is off: then tables can be put in place of one another.
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
                # Who closes last puts the change into the file and the WAL away, but somebody may be keeping it open.
                with suppress(sqlite3.OperationalError):
                    db.execute("PRAGMA busy_timeout = 0")
                    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise ArchiveUnwritable(
                f"Cannot write to {self.file}: {error}. What was in it is unchanged. Make room, or make it writable."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise ArchiveDamaged(f"{self.file} is damaged: {error}. {RESTORE}") from error

    def writable(self) -> bool:
        """Tell whether files may be made in the folder."""
        return os.access(self.folder, os.W_OK) and os.access(self.file, os.W_OK)

    def _reader(self) -> Reader:
        """Return an open connection, unless other files have come in the place of what it reads, or a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                reader = self._idle.pop()
                if reader.belongs == self._belonging():
                    return reader
                reader.db.close()
        for _ in range(TRIES):
            try:
                return self._open_to_read()
            except sqlite3.OperationalError as error:  # the last writer may be putting the WAL away this very moment
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # who has waited long has waited enough
                    raise
                time.sleep(PAUSE)
        return self._open_to_read()

    def _belonging(self) -> tuple[int, ...] | None:
        """Tell the files that are there now, and the process: SQLite's connections must not be taken into a fork."""
        try:
            there = [path.stat() for path in (self.file, self.file.with_name(f"{FILE}-wal"))]
        except FileNotFoundError:
            return None
        return (os.getpid(), *(number for one in there for number in (one.st_dev, one.st_ino)))

    def _open_to_read(self) -> Reader:
        before = self._belonging()
        db = self._connect("ro")
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            db.close()
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise
            # Readers of a WAL database share memory by a file beside it. Where that cannot be made (a read-only or a
            # full disk) and no change waits in the WAL, the file alone is the whole truth. Where a change does, but the
            # memory found no room in the file, SQLite keeps it to itself.
            return self._open_where_nothing_can_be_written()
        except BaseException:
            db.close()
            raise
        db.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
        return Reader(db, before if before == self._belonging() else None)

    def _open_where_nothing_can_be_written(self) -> Reader:
        db = self._connect("ro&immutable=1" if self._wal_is_empty() else "ro&readonly_shm=1")
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            db.close()
            raise
        return Reader(db, None)

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


def _close(idle: list[Reader]) -> None:
    while idle:
        idle.pop().db.close()


def make_folder(folder: Path) -> None:
    """Make a folder, with its name on the disk; raises ArchiveUnwritable."""
    try:
        missing = [one for one in (folder.absolute(), *folder.absolute().parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for one in missing:
            sync_to_disk(one.parent)
    except OSError as error:
        raise _not_made(folder, error) from error


def _not_made(folder: Path, error: Exception) -> ArchiveUnwritable:
    reason = error.strerror if isinstance(error, OSError) else error
    return ArchiveUnwritable(
        f"Cannot make an archive at {folder}: {reason}. Make room there, or mend the setting `archive`."
    )


def _is_empty(folder: Path) -> bool:
    """Tell whether a folder is free to become an archive: an unfinished one, a lock and a model are nobody's."""
    return all(file.name.startswith((f"{FILE}.new", "lock", "writer", "models")) for file in folder.iterdir())


def _header(db: sqlite3.Connection) -> tuple[int, int]:
    return (
        db.execute("PRAGMA application_id").fetchone()[0],
        db.execute("PRAGMA user_version").fetchone()[0],
    )


def sync_to_disk(path: Path) -> None:
    """Have what was written to a file, or the names in a folder, outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
