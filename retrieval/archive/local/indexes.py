"""Both indexes together, brought up to date with archive.db before every search."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.archive.contract import DocumentFrequencies, Generation
from retrieval.archive.index_spec_checks import check_unchanged
from retrieval.archive.local.dense import DenseIndex
from retrieval.archive.local.index_snapshots import Unusable
from retrieval.archive.local.lexical import LexicalIndex
from retrieval.archive.local.persistent_index import PersistentIndex
from retrieval.archive.local.record_store import Store
from retrieval.archive.local.sqlite_errors import RESTORE
from retrieval.call_in_parallel import call_in_parallel
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveDamaged
from retrieval.types import NO_FILTERS, Filters

Result = TypeVar("Result")
# A writer may commit between reading archive.db and reading an index.
MAX_ATTEMPTS = 5
# Below, both searches together take a millisecond, and a thread does not pay.
MIN_PASSAGES_FOR_TWO_THREADS = 200_000


class Indexes:
    """The FAISS and the tantivy index of a store."""

    def __init__(self, store: Store, *, new: bool = False) -> None:
        """Open both. A missing or damaged one is rebuilt from archive.db, which is logged unless the archive is `new`.

        Raises ArchiveDamaged.
        """
        self._store = store
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        self._dense = PersistentIndex("dense", "index of meanings", store, DenseIndex.load, self._empty_dense, new=new)
        self._lexical = PersistentIndex("lexical", "index of words", store, LexicalIndex.load, LexicalIndex, new=new)
        self._filters: tuple[Filters, Generation, NDArray[np.int64]] | None = None
        self.refresh()

    def _empty_dense(self) -> DenseIndex:
        return DenseIndex.empty(self._store.spec.dimension)

    @property
    def unsaved(self) -> bool:
        """Tell whether an index is only in memory."""
        return not (self._dense.snapshot and self._lexical.snapshot)

    def search_vectors(self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS) -> list[int]:
        """Return the numbers of the passages nearest to a vector among those that pass the filters, nearest first.

        If the index rounds vectors, there are some more than `count`, because their order is not exact. Raises
        ModelChanged if another model embedded the passages, and UnknownName.
        """
        with self._lock:
            by_vector, _ = self._vector_search(vector, count, fingerprint, filters)
            return by_vector()

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[int]:
        """Return the numbers of the best passages by BM25 that pass the filters, best first; raises UnknownName."""
        with self._lock:
            only = self._refreshed_filter(self._lexical, filters)
            return self._rebuilding(self._lexical, lambda: self._lexical.index.search(question, count, only))

    def search(
        self, question: str, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> tuple[list[int], list[int]]:
        """Return what `search_words` and `search_vectors` return; a large archive is searched by two threads.

        While other questions wait, one thread does both: they need the other processor.
        """
        alone = self._lock.acquire(blocking=False)
        if not alone:
            self._lock.acquire()
        try:
            by_vector, only = self._vector_search(vector, count, fingerprint, filters)
            together = (
                call_in_parallel if alone and len(self._dense.index) >= MIN_PASSAGES_FOR_TWO_THREADS else _in_turn
            )
            return self._rebuilding(
                self._lexical,
                lambda: together(lambda: self._lexical.index.search(question, count, only), by_vector),
            )
        finally:
            self._lock.release()

    def _vector_search(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters
    ) -> tuple[Callable[[], list[int]], NDArray[np.int64] | None]:
        """Bring the indexes up to date; return the search, and the numbers that pass the filters, None for all.

        The caller holds the lock until the search has ended.
        """
        only = self._refreshed_filter(self._dense, filters)
        check_unchanged(self._dense.spec, fingerprint)
        index = self._dense.index
        return lambda: index.search(vector, count + index.extra_candidates, only), only

    def _refreshed_filter(self, persistent: PersistentIndex[Any], filters: Filters) -> NDArray[np.int64] | None:
        """Bring the indexes up to date; return the numbers that pass the filters, None if there are no filters."""
        self.refresh()
        if filters == NO_FILTERS:
            return None
        for _ in range(MAX_ATTEMPTS):
            # The last result is cached: every question is searched by vectors and by words.
            if self._filters is None or self._filters[:2] != (filters, persistent.generation):
                self._filters = filters, *self._store.numbers_passing(filters)
            _, generation, numbers = self._filters
            if generation == persistent.generation:
                break
            self.refresh()
        # If a writer keeps committing, the numbers are newer than the index. Numbers are never used again, so a new
        # passage may be missed, but none that fails the filters is returned.
        return numbers

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each word in any form."""
        with self._lock:
            self.refresh()
            return self._rebuilding(self._lexical, lambda: self._lexical.index.document_frequencies(words))

    def passages_with_similar_words(self, word: str) -> list[int]:
        """Return the numbers of some passages for each word within a small edit distance."""
        with self._lock:
            self.refresh()
            return self._rebuilding(self._lexical, lambda: self._lexical.index.passages_with_similar_words(word))

    def _rebuilding(self, persistent: PersistentIndex[Any], use: Callable[[], Result]) -> Result:
        """Call a function that uses an index; if the index is damaged, rebuild it and call the function again."""
        try:
            return use()
        except Unusable as reason:
            persistent.damage = str(reason)
            self.refresh()
            return use()

    def find_damage(self) -> None:
        """Find what is damaged if an index has passages that archive.db lacks; raises ArchiveDamaged."""
        with self._lock:
            if all([self._dense.recheck(), self._lexical.recheck()]):
                raise ArchiveDamaged(f"archive.db is damaged: passages are missing from it. {RESTORE}")

    def refresh(self) -> None:
        """Bring both indexes up to date; raises ArchiveDamaged."""
        with self._lock:
            now = self._store.generation()
            behind = [persistent for persistent in (self._dense, self._lexical) if not persistent.is_current(now)]
            for persistent in behind:
                persistent.reopen_if_damaged()
            # Changes are read once for indexes at the same generation.
            for since in dict.fromkeys((persistent.generation, persistent.spec_id) for persistent in behind):
                together = [persistent for persistent in behind if (persistent.generation, persistent.spec_id) == since]
                for changes in self._store.changes(*since):
                    for persistent in together:
                        persistent.apply(changes)
                for persistent in together:
                    persistent.finish_update(changes)

    def save(self, *, always: bool = False) -> None:
        """Save the indexes that have changed enough, or `always`; the caller holds the archive's lock.

        Raises ArchiveUnwritable; the earlier snapshots then stay.
        """
        with self._saving:
            self.refresh()
            # A snapshot that is not verified yet must not be saved again with valid checksums.
            while any([self._dense.wait(), self._lexical.wait()]):
                self.refresh()
            for persistent in (self._dense, self._lexical):
                self._rebuilding(persistent, partial(persistent.save, self._lock, always=always))

    def verify(self) -> list[str]:
        """Compare both with archive.db, all numbers and all vectors; return the faults."""
        with self._lock:
            for _ in range(MAX_ATTEMPTS):
                self.refresh()
                numbers, same = list[int](), True
                for now in self._store.changes(None):
                    numbers += now.added.numbers.tolist()
                    same &= self._dense.index.has(now.added)
                if now.generation == self._dense.generation == self._lexical.generation:
                    break
            else:
                return ["archive.db changed all the while. Try again when nothing is written to it."]
            wrong = self._dense.check_files() + self._lexical.check_files()
            for persistent in (self._dense, self._lexical):
                if self._rebuilding(persistent, partial(_numbers, persistent)) != sorted(numbers):
                    wrong.append(f"The {persistent.description} does not have the passages that archive.db has.")
            if not wrong and not same:
                wrong.append(f"The {self._dense.description} has other vectors than archive.db.")
            return wrong


def _numbers(persistent: PersistentIndex[Any]) -> list[int]:
    return persistent.index.numbers()  # type: ignore[no-any-return]


def _in_turn(first: Callable[[], Result], second: Callable[[], Result]) -> tuple[Result, Result]:
    return first(), second()
