"""One index beside the truth: opened if it can be trusted, caught up, saved, and built anew without embedding."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from retrieval.archive.contract import Generation, IndexSpec
from retrieval.archive.local import snapshot
from retrieval.archive.local.snapshot import Snapshot, Unusable
from retrieval.archive.local.store import Changes, Store

log = logging.getLogger(__name__)
# Up to this size a snapshot's checksums are looked at before it is opened, some 10 ms a 100 MB; a larger one is opened
# at once and checked beside the first questions.
MAX_BYTES_CHECKED_FIRST = 256_000_000
# A snapshot is written anew when so many passages, or this share of them, have changed: fewer are caught up in no time.
MIN_STALE_PASSAGES, STALE_SHARE, MAX_STALE_PASSAGES = 1000, 0.02, 5000
# A writer may replace a snapshot while it is being opened: the next try finds the new one.
TRIES = 5
# What happened since a snapshot, a block at a time; everything there is, where there is none.
Since = Callable[[Snapshot | None], Iterator[Changes]]


class SearchIndex(Protocol):
    """What is kept: it follows the truth and can be written down."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open what was saved; raises Unusable."""
        ...

    def apply(self, changes: Changes) -> None:
        """Add what was added, and let go of what was removed."""
        ...

    def save(self, folder: Path, base: Snapshot | None, changes_since: Since) -> None:
        """Write it into an empty folder, perhaps by what changed since its base; raises OSError or Unusable."""
        ...

    def __len__(self) -> int:
        """Count the passages in it, roughly where that is cheaper."""
        ...

    def numbers(self) -> list[int]:
        """Return the numbers of the passages in it, in order."""
        ...


Index = TypeVar("Index", bound=SearchIndex)


class PersistentIndex(Generic[Index]):
    """An index in memory, the state of the truth that it shows, and the snapshot that it grew from."""

    def __init__(
        self,
        name: str,
        description: str,
        store: Store,
        load: Callable[[Path], Index],
        empty: Callable[[], Index],
        *,
        new: bool = False,
    ) -> None:
        """Open the snapshot, or begin with nothing after saying why; either way it still has to catch up."""
        self.name = name
        self.description = description
        self._store = store
        self._load = load
        self._empty = empty
        self.damage: str | None = None
        self._checking: threading.Thread | None = None
        self._reset()
        if not new:
            self._open()

    def _reset(self) -> None:
        self.index = self._empty()
        self.generation: Generation | None = None
        self.spec_id: int | None = None
        self.spec: IndexSpec | None = None
        self.snapshot: Snapshot | None = None
        self.changed = 0

    def _open(self) -> None:
        folder = self._store.database.folder
        for _ in range(TRIES):
            seal = snapshot.seal(folder, self.name)
            try:
                found = snapshot.read(folder, self.name)
                self._check(found)
                self.index = self._load(found.folder)
            except Unusable as reason:
                if snapshot.seal(folder, self.name) == seal:
                    self._log_rebuild(str(reason))
                    return
            else:
                self.generation, self.spec_id, self.snapshot = found.generation, found.spec_id, found
                if found.bytes > MAX_BYTES_CHECKED_FIRST:
                    self._checking = threading.Thread(target=self._check_later, args=(found,), daemon=True)
                    self._checking.start()
                return

    def _check(self, found: Snapshot) -> None:
        if not self._store.had_generation(found.generation):
            raise Unusable("of another archive, or of a state that this one never was in")
        if found.bytes <= MAX_BYTES_CHECKED_FIRST:
            snapshot.verify(found)

    def _check_later(self, found: Snapshot) -> None:
        try:
            snapshot.verify(found)
        except Unusable as reason:
            if self.snapshot == found:
                self.damage = str(reason)

    def wait(self) -> bool:
        """Wait for a check that is going on; tell whether there was one."""
        checking, self._checking = self._checking, None
        if checking:
            checking.join()
        return checking is not None

    def recheck(self) -> bool:
        """Look at the checksums again; tell whether the snapshot can be trusted."""
        try:
            if self.snapshot:
                snapshot.verify(self.snapshot)
        except Unusable as reason:
            self.damage = str(reason)
        return self.damage is None

    def _log_rebuild(self, reason: str) -> None:
        log.warning("The %s is %s: building it anew from archive.db, without embedding.", self.description, reason)

    def is_current(self, now: Generation) -> bool:
        """Tell whether it shows this state of the truth, as far as is known."""
        return not self.damage and self.spec is not None and self.generation == now

    def reopen_if_damaged(self) -> None:
        """Start over from the snapshot, or from nothing, where what there is cannot be trusted."""
        if self.damage:
            reason, self.damage, was = self.damage, None, self.snapshot
            self._reset()
            if was and self._replaced(was):
                self._open()
            else:
                self._log_rebuild(reason)

    def apply(self, changes: Changes) -> None:
        """Take in a block of what happened since the state that it is at; it is there only once it has `arrived`."""
        if changes.whole:
            if self.generation:
                self._log_rebuild("of another model, or too old to catch up")
            self._reset()
        self.index.apply(changes)
        self.changed += len(changes.added.numbers) + len(changes.removed)

    def finish_update(self, last: Changes) -> None:
        """Note that everything up to a state of the truth has been taken in."""
        self.generation, self.spec_id, self.spec = last.generation, last.spec_id, last.spec

    def save(self, lock: AbstractContextManager[object], *, always: bool) -> None:
        """Write a snapshot, if there is none or it has become stale, and with a lock held go on from there.

        The caller holds the archive's lock: the truth stays as it is, so others may search the while. Raises
        ArchiveUnwritable.
        """
        stale = max(MIN_STALE_PASSAGES, min(STALE_SHARE * len(self.index), MAX_STALE_PASSAGES))
        enough = 1 if always else stale
        if self.generation is None or self.spec_id is None or (self.snapshot and self.changed < enough):
            return

        def fill(folder: Path) -> None:
            self.index.save(folder, self.snapshot, self._changes_since)

        folder = self._store.database.folder
        if self.snapshot and not self.snapshot.folder.is_dir():
            self.snapshot = None  # another writer has replaced it since
        written = snapshot.write(folder, self.name, self.generation, self.spec_id, fill, self.snapshot)
        index = self._load(written.folder)
        with lock:
            self.snapshot, self.index, self.changed = written, index, 0

    def _replaced(self, was: Snapshot) -> bool:
        return not snapshot.is_sealed(self._store.database.folder, self.name, was)

    def _changes_since(self, base: Snapshot | None) -> Iterator[Changes]:
        return self._store.changes(base.generation, base.spec_id) if base else self._store.changes(None)

    def check_files(self) -> list[str]:
        """Read the snapshot byte by byte; return what is wrong with it."""
        try:
            if self.snapshot:
                snapshot.verify(self.snapshot)
        except Unusable as reason:
            if self.snapshot and self._replaced(self.snapshot):
                return []
            return [f"The {self.description} is {reason}. It is built anew when the archive is next opened."]
        return []
