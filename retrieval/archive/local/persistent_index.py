"""A search index kept in step with archive.db: opened from a snapshot, updated, saved, and rebuilt if damaged."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from retrieval.archive.contract import Generation
from retrieval.archive.local import index_snapshots
from retrieval.archive.local.index_snapshots import Snapshot, Unusable
from retrieval.archive.local.record_store import Changes, Store

if TYPE_CHECKING:
    from retrieval.archive.index_spec import IndexSpec

log = logging.getLogger(__name__)
# Snapshots up to this size are verified before they are opened, which takes about 10 ms per 100 MB. Larger ones are
# opened at once and verified in the background.
MAX_BYTES_CHECKED_FIRST = 256_000_000
# A snapshot is replaced when so many passages have changed: this share of all, between a minimum and a maximum.
MIN_STALE_PASSAGES, STALE_SHARE, MAX_STALE_PASSAGES = 1000, 0.02, 5000
# A writer may replace a snapshot while it is being opened; the next attempt finds the new one.
MAX_ATTEMPTS = 5
# Returns the changes since a snapshot in blocks, or all passages for None.
Since = Callable[[Snapshot | None], Iterator[Changes]]


class SearchIndex(Protocol):
    """An index that can be updated and saved."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved index; raises Unusable."""
        ...

    def apply(self, changes: Changes) -> None:
        """Add and remove passages."""
        ...

    def save(self, folder: Path, base: Snapshot | None, changes_since: Since) -> None:
        """Save into an empty folder, perhaps as the base with the changes since; raises OSError or Unusable."""
        ...

    def __len__(self) -> int:
        """Count the passages; an approximate number is enough."""
        ...

    def numbers(self) -> list[int]:
        """Return the numbers of the passages in it, in order."""
        ...


Index = TypeVar("Index", bound=SearchIndex)


class PersistentIndex(Generic[Index]):
    """An index, the generation of archive.db that it is at, and the snapshot that it was opened from."""

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
        """Open the snapshot, or start empty and log why; `apply` then brings the index up to date."""
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
        for _ in range(MAX_ATTEMPTS):
            seal = index_snapshots.seal(folder, self.name)
            try:
                opened = index_snapshots.read(folder, self.name)
                self._check(opened)
                self.index = self._load(opened.folder)
            except Unusable as reason:
                if index_snapshots.seal(folder, self.name) == seal:
                    self._log_rebuild(str(reason))
                    return
            else:
                self.generation, self.spec_id, self.snapshot = opened.generation, opened.spec_id, opened
                if opened.bytes > MAX_BYTES_CHECKED_FIRST:
                    self._checking = threading.Thread(target=self._check_later, args=(opened,), daemon=True)
                    self._checking.start()
                return

    def _check(self, opened: Snapshot) -> None:
        if not self._store.had_generation(opened.generation):
            raise Unusable("of another archive, or of a state that this one never was in")
        if opened.bytes <= MAX_BYTES_CHECKED_FIRST:
            index_snapshots.verify(opened)

    def _check_later(self, opened: Snapshot) -> None:
        try:
            index_snapshots.verify(opened)
        except Unusable as reason:
            if self.snapshot == opened:
                self.damage = str(reason)

    def wait(self) -> bool:
        """Wait for a verification in the background; return whether there was one."""
        checking, self._checking = self._checking, None
        if checking:
            checking.join()
        return checking is not None

    def recheck(self) -> bool:
        """Verify the snapshot again; return whether it is undamaged."""
        try:
            if self.snapshot:
                index_snapshots.verify(self.snapshot)
        except Unusable as reason:
            self.damage = str(reason)
        return self.damage is None

    def _log_rebuild(self, reason: str) -> None:
        log.warning("The %s is %s: building it anew from archive.db, without embedding.", self.description, reason)

    def is_current(self, now: Generation) -> bool:
        """Tell whether the index is at this generation, and not known to be damaged."""
        return not self.damage and self.spec is not None and self.generation == now

    def reopen_if_damaged(self) -> None:
        """If the index is damaged, open the snapshot that replaced it, or start empty."""
        if self.damage:
            reason, self.damage, was = self.damage, None, self.snapshot
            self._reset()
            if was and self._replaced(was):
                self._open()
            else:
                self._log_rebuild(reason)

    def apply(self, changes: Changes) -> None:
        """Apply a block of changes; after the last block, call `finish_update`."""
        if changes.whole:
            if self.generation:
                self._log_rebuild("of another model, or too old to catch up")
            self._reset()
        self.index.apply(changes)
        self.changed += len(changes.added.numbers) + len(changes.removed)

    def finish_update(self, last: Changes) -> None:
        """Note the generation that the last block of changes leads to."""
        self.generation, self.spec_id, self.spec = last.generation, last.spec_id, last.spec

    def save(self, lock: AbstractContextManager[object], *, always: bool) -> None:
        """Write a snapshot, if there is none or it is stale, and open it, holding `lock` for the exchange.

        The caller holds the archive's lock, so archive.db does not change, and searches go on meanwhile. Raises
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
        written = index_snapshots.write(folder, self.name, self.generation, self.spec_id, fill, self.snapshot)
        index = self._load(written.folder)
        with lock:
            self.snapshot, self.index, self.changed = written, index, 0

    def _replaced(self, was: Snapshot) -> bool:
        return not index_snapshots.is_sealed(self._store.database.folder, self.name, was)

    def _changes_since(self, base: Snapshot | None) -> Iterator[Changes]:
        return self._store.changes(base.generation, base.spec_id) if base else self._store.changes(None)

    def check_files(self) -> list[str]:
        """Verify every file of the snapshot; return its faults."""
        try:
            if self.snapshot:
                index_snapshots.verify(self.snapshot)
        except Unusable as reason:
            if self.snapshot and self._replaced(self.snapshot):
                return []
            return [f"The {self.description} is {reason}. It is built anew when the archive is next opened."]
        return []
