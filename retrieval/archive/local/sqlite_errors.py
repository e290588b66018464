"""Why archive.db cannot be read: it is damaged, another program has locked it, or it cannot be opened.

Only for damage is a backup the mend.
"""

import sqlite3
from pathlib import Path

from retrieval.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveUnreadable

RESTORE = "Restore a backup: python -m retrieval restore FILE"
# SQLite's codes, without their extensions. PROTOCOL: the locks of the WAL were taken for too long.
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
# What the operating system refuses. READONLY: the WAL must be recovered, and may not be written.
CLOSED = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}
# The file or its disk has other content than SQLite wrote, or none. With its extension.
LOST = {
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_DATA,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
}


def read_error(error: sqlite3.OperationalError, file: Path) -> ArchiveError:
    """Return our error for one of SQLite's while it reads archive.db."""
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if is_locked(error):
        return locked(file)
    if extended & 0xFF in CLOSED and extended not in LOST:
        return unreadable(file, _refusal(file) or str(error))
    return ArchiveDamaged(f"{file} cannot be read: {error}. {RESTORE}")


def is_locked(error: sqlite3.OperationalError) -> bool:
    """Tell whether another program has locked the file."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in LOCKED


def locked(file: Path) -> ArchiveBusy:
    """Return the error for a file that another program has locked for longer than we wait."""
    return ArchiveBusy(
        f"{file} is locked by another program, such as a database browser or a backup. It is not damaged. Close that "
        "program, or wait until it has ended, and try again."
    )


def unreadable(file: Path, reason: object) -> ArchiveUnreadable:
    """Return the error for a file that the operating system does not let us read."""
    if isinstance(reason, OSError):
        reason = reason.strerror
    return ArchiveUnreadable(
        f"{file} cannot be read ({reason}); that does not mean that it is damaged. See that its disk is there, and "
        f"that the user who runs this may read {file.parent} and every file in it, and try again."
    )


def _refusal(file: Path) -> str | None:
    """Return the operating system's own words for what it refuses; None if it refuses nothing."""
    for part in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        try:
            with part.open("rb") as opened:
                opened.read(1)
        except FileNotFoundError:
            continue
        except OSError as refused:
            return f"{part.name}: {refused.strerror}"
    return None
