"""When the last backup of an archive was made: a file beside it, which holds the time."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from retrieval.archive.local.database import sync_to_disk

FILE = "last-backup"


def note_backup(folder: Path) -> None:
    """Write that a backup is made now. Whoever may only read the archive cannot, and may make backups all the same."""
    new = folder / f"{FILE}.new"
    with suppress(OSError):
        new.write_text(datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds") + "\n", encoding="ascii")
        sync_to_disk(new)
        new.replace(folder / FILE)
        sync_to_disk(folder)


def last_backup(folder: Path) -> float | None:
    """Return the time of the last backup, in seconds since 1970; None if none is known."""
    try:
        return datetime.fromisoformat((folder / FILE).read_text(encoding="ascii").strip()).timestamp()
    except (OSError, ValueError):
        return None
