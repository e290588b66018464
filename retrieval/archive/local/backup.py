"""Backs up archive.db while the archive is in use, and restores a backup."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.archive.last_backup import note_backup
from retrieval.archive.local.database import APPLICATION_ID, FILE, Database, sync_to_disk
from retrieval.archive.local.record_store import Store
from retrieval.archive.local.sqlite_errors import unreadable
from retrieval.archive.local.verify import verify_rows
from retrieval.errors import (
    ArchiveDamaged,
    ArchiveMismatch,
    ArchiveMissing,
    ArchiveUnwritable,
    NotAnArchive,
)

APPLICATION_ID_AT = 68  # bytes; see https://www.sqlite.org/fileformat.html
CHECKED = "checked-"  # begins the name of the folder in which a backup is checked
# What is in an archive's place when it is missing or damaged.
REPLACEABLE = (ArchiveMissing, NotAnArchive, ArchiveDamaged, ArchiveMismatch)


def backup(store: Store, file: Path) -> None:
    """Write a consistent copy of archive.db to a file, replacing an older backup.

    Raises ArchiveUnwritable, and NotAnArchive if the file is something else than a backup.

    The indexes are not copied: they are rebuilt from archive.db.
    """
    _check_outside(store.database.folder, file)
    new = file.with_name(f"{file.name}.new")
    try:
        _check_replaceable(file)
        _clear(new)
        with store.database.read() as db:
            _copy(db, new)
        sync_to_disk(new)
        new.rename(file)
        sync_to_disk(file.absolute().parent)
        note_backup(store.database.folder)
    except OSError as error:
        with suppress(OSError):
            _clear(new)
        raise ArchiveUnwritable(
            f"The backup could not be written to {file}: {error.strerror}. The archive is as it was. "
            "Make room, or name another place."
        ) from error


def _copy(db: sqlite3.Connection, new: Path) -> None:
    """Copy a database; raises OSError, since SQLite's own error would be taken for a damaged archive."""
    try:
        with closing(sqlite3.connect(new)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise OSError(0, str(error)) from error


def _clear(new: Path) -> None:
    """Remove the files of an interrupted backup, with SQLite's journal."""
    for leftover in (new, new.with_name(f"{new.name}-journal")):
        leftover.unlink(missing_ok=True)


def _check_outside(folder: Path, file: Path) -> None:
    """Raise NotAnArchive if the backup would be in the archive's own folder."""
    if file.resolve().parent == folder.resolve():
        raise NotAnArchive(
            f"{file} lies in the archive's own folder. Name a place outside it, on another disk at best."
        )


def _check_replaceable(file: Path) -> None:
    """Raise NotAnArchive if the file is there and is something else than a backup."""
    if file.is_file() and file.stat().st_size:
        with file.open("rb") as opened:
            header = opened.read(APPLICATION_ID_AT + 4)
        if header[APPLICATION_ID_AT:] != APPLICATION_ID.to_bytes(4, "big"):
            raise NotAnArchive(f"{file} is there already and is no backup of an archive. Name another file.")


def check_backup(file: Path) -> None:
    """Raise NotAnArchive unless the file is an undamaged archive.db, and ArchiveUnreadable if it may not be read."""
    try:
        if not file.is_file():
            raise NotAnArchive(f"There is no backup at {file}.")
        file.open("rb").close()
    except OSError as error:
        raise unreadable(file, error) from error
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            ours = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            whole = db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        ours = whole = False
    if not (ours and whole):
        raise NotAnArchive(f"{file} is no backup of an archive, or it is damaged. Nothing was changed.")


def check_rows(folder: Path, file: Path) -> None:
    """Check every row of a backup, in a copy in the folder to which it is to be restored.

    Raises NotAnArchive if a row is damaged, and ArchiveUnwritable if there is no room for the copy.
    """
    for leftover in folder.glob(f"{CHECKED}*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        with TemporaryDirectory(prefix=CHECKED, dir=folder) as copied:
            shutil.copyfile(file, Path(copied) / FILE)
            wrong = verify_rows(Store(Database(Path(copied))))
    except ArchiveDamaged as error:
        wrong = [str(error)]
    except OSError as error:
        raise ArchiveUnwritable(
            f"The backup could not be copied to {folder}, to be checked: {error.strerror}. Nothing was changed."
        ) from error
    if wrong:
        raise NotAnArchive(f"{file} is damaged: {wrong[0]}. Nothing was changed. Restore another backup.")


def restore(folder: Path, file: Path) -> None:
    """Replace the archive in a folder by a backup; the caller holds its lock. Raises ArchiveUnwritable.

    An undamaged archive.db is overwritten in one transaction, so other processes can read on. A damaged one is renamed
    to archive.db.damaged. One that is only locked, or that this user may not read, is left alone: raises ArchiveBusy or
    ArchiveUnreadable.
    """
    _check_outside(folder, file)
    target = folder / FILE
    last_generation = _last_generation(folder)
    try:
        if not _overwrite(folder, file):
            new = folder / f"{FILE}.new"
            shutil.copyfile(file, new)
            sync_to_disk(new)
            if target.exists():
                target.replace(folder / f"{FILE}.damaged")
            for suffix in ("-wal", "-shm"):
                target.with_name(FILE + suffix).unlink(missing_ok=True)
            # Otherwise a power cut could bring the old WAL back, and SQLite would apply it to the new file.
            sync_to_disk(folder)
            new.rename(target)
            sync_to_disk(folder)
        Store(Database(folder)).begin_history(last_generation)
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ArchiveUnwritable(f"The backup could not be restored to {folder}: {reason}.") from error


def _last_generation(folder: Path) -> int:
    """Return the generation of the archive that will be replaced; 0 if there is none, or it is damaged."""
    try:
        return Store(Database(folder)).generation().number
    except REPLACEABLE:
        return 0


def _overwrite(folder: Path, file: Path) -> bool:
    """Overwrite archive.db in place; return False if it is missing or damaged."""
    try:
        Database(folder)
        check_backup(folder / FILE)
    except REPLACEABLE:
        return False
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source,
        closing(sqlite3.connect(folder / FILE)) as target,
    ):
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)
    return True
