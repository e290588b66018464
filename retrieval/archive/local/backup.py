"""A copy of the truth, whole while the archive is in use; and the way back."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from retrieval.archive.local.database import APPLICATION_ID, FILE, Database, sync_to_disk
from retrieval.archive.local.store import Store
from retrieval.errors import ArchiveError, ArchiveUnwritable, NotAnArchive


def backup(store: Store, file: Path) -> None:
    """Write a copy of archive.db, as it is at one moment, in place of a file; raises ArchiveUnwritable.

    The indexes are not in it: they are built anew from it.
    """
    _check_apart(store.database.folder, file)
    new = file.with_name(f"{file.name}.new")
    try:
        _clear(new)
        with store.database.read() as db:
            _copy(db, new)
        sync_to_disk(new)
        new.rename(file)
        sync_to_disk(file.absolute().parent)
    except OSError as error:
        with suppress(OSError):
            _clear(new)
        raise ArchiveUnwritable(
            f"The backup could not be written to {file}: {error.strerror}. The archive is as it was. "
            "Make room, or name another place."
        ) from error


def _copy(db: sqlite3.Connection, new: Path) -> None:
    """Copy a database; raises OSError, for which nobody takes the archive itself to be damaged."""
    try:
        with closing(sqlite3.connect(new)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise OSError(0, str(error)) from error


def _clear(new: Path) -> None:
    """Remove what a backup that was interrupted left, SQLite's own file beside it included."""
    for leftover in (new, new.with_name(f"{new.name}-journal")):
        leftover.unlink(missing_ok=True)


def _check_apart(folder: Path, file: Path) -> None:
    """Raise NotAnArchive where a backup would lie in the archive's own folder."""
    if file.resolve().parent == folder.resolve():
        raise NotAnArchive(
            f"{file} lies in the archive's own folder. Name a place outside it, on another disk at best."
        )


def check_backup(file: Path) -> None:
    """Raise NotAnArchive unless the file is a whole archive.db."""
    if not file.is_file():
        raise NotAnArchive(f"There is no backup at {file}.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            ours = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            whole = db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        ours = whole = False
    if not (ours and whole):
        raise NotAnArchive(f"{file} is no backup of an archive, or it is damaged. Nothing was changed.")


def restore(folder: Path, file: Path) -> None:
    """Put a backup in place of the archive in a folder; the caller holds its lock. Raises ArchiveUnwritable.

    Whoever is reading goes on undisturbed: a whole archive.db is overwritten in one transaction of its own. A damaged
    one is kept beside, as archive.db.damaged.
    """
    _check_apart(folder, file)
    target = folder / FILE
    reached = _reached(folder)
    try:
        if not _overwritten(folder, file):
            new = folder / f"{FILE}.new"
            shutil.copyfile(file, new)
            sync_to_disk(new)
            if target.exists():
                target.replace(folder / f"{FILE}.damaged")
            for beside in ("-wal", "-shm"):
                target.with_name(FILE + beside).unlink(missing_ok=True)
            # The old WAL must not come back from a power cut, to be taken for the new file's.
            sync_to_disk(folder)
            new.rename(target)
            sync_to_disk(folder)
        Store(Database(folder)).begin_history(reached)
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ArchiveUnwritable(f"The backup could not be restored to {folder}: {reason}.") from error


def _reached(folder: Path) -> int:
    """Return the number of the last change to the archive that is about to go; 0 where there is none to be read."""
    try:
        return Store(Database(folder)).generation().number
    except ArchiveError:
        return 0


def _overwritten(folder: Path, file: Path) -> bool:
    """Overwrite a whole archive.db in place; say no where there is none."""
    try:
        Database(folder)
        check_backup(folder / FILE)
    except ArchiveError:
        return False
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source,
        closing(sqlite3.connect(folder / FILE)) as target,
    ):
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)
    return True
