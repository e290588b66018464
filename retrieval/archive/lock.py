"""The lock of an archive: one writer at a time. The kernel releases it when its process dies."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import ArchiveBusy, ArchiveUnwritable

log = logging.getLogger(__name__)
LOCK = "lock"
HOLDER = "writer"
# Visiting sources has its own lock: it takes long, mostly waiting for servers, and writes only now and then.
SOURCES_LOCK = "lock-sources"


@contextmanager
def write_lock(folder: Path, what: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the archive's lock; `what` names the command, for other processes that wait.

    If another process writes, this waits and logs that; without `wait` it raises ArchiveBusy. Raises ArchiveUnwritable
    if the lock file cannot be written.
    """
    from filelock import FileLock, Timeout  # searching does not need it

    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            holder = _holder(folder)
            if not wait:
                raise ArchiveBusy(f"{folder} is being written to by {holder}. Try again when it has ended.") from None
            log.warning("Waiting for %s, which is writing to %s …", holder, folder)
            lock.acquire()
        (folder / HOLDER).write_text(f"process {os.getpid()} ({what})", encoding="utf-8")
    except OSError as error:
        lock.release()
        raise ArchiveUnwritable(
            f"Cannot write to {folder}: {error.strerror}. What was in it is unchanged. Make room, or make it writable."
        ) from error
    try:
        yield
    finally:
        # The lock file is not removed: otherwise two processes could hold locks on two files of the same name.
        lock.release()


@contextmanager
def sources_lock(folder: Path) -> Iterator[None]:
    """Hold the lock that visiting the sources needs; raises ArchiveBusy or ArchiveUnwritable."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / SOURCES_LOCK, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise ArchiveBusy(
            f"The sources of {folder} are being read by another process, the bot perhaps. Try again when it is done."
        ) from None
    except OSError as error:
        raise ArchiveUnwritable(f"Cannot write to {folder}: {error.strerror}. Make it writable.") from error
    try:
        yield
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return (folder / HOLDER).read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"
