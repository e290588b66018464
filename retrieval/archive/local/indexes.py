"""The two indexes together, always at the state that the truth is in when they are asked."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.archive.contract import DocumentFrequencies, Generation
from retrieval.archive.local.database import RESTORE
from retrieval.archive.local.dense import DenseIndex
from retrieval.archive.local.lexical import LexicalIndex
from retrieval.archive.local.persistent_index import PersistentIndex
from retrieval.archive.local.snapshot import Unusable
from retrieval.archive.local.store import Store
from retrieval.encode.encoder import Vectors, same_model
from retrieval.errors import ArchiveDamaged, ModelChanged
from retrieval.types import NO_FILTERS, Filters

Done = TypeVar("Done")
# A writer may commit while everything is being compared, or a slice is being read.
TRIES = 5


class Indexes:
    """FAISS for meaning and tantivy for words, over one store."""

    def __init__(self, store: Store, *, new: bool = False) -> None:
        """Open both; one that cannot be trusted is built anew from the truth, after saying so, unless all is `new`.

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
        """Tell whether an index is nowhere but in memory."""
        return not (self._dense.snapshot and self._lexical.snapshot)

    def search_vectors(self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS) -> list[int]:
        """Return the numbers of the passages in a slice that are nearest to a vector, nearest first.

        As many as are wanted, and some to spare where the index rounds vectors, so that its order is not quite true.
        Raises ModelChanged where they were embedded by another model than the vector was, and UnknownName.
        """
        with self._lock:
            only = self._caught_up(self._dense, filters)
            if self._dense.spec is None or not same_model(self._dense.spec.fingerprint, fingerprint):
                raise ModelChanged("The archive has been embedded with another model. Open it again.")
            return self._dense.index.search(vector, count + self._dense.index.extra_candidates, only)

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[int]:
        """Return the numbers of the passages in a slice that share words with a question, best first.

        Raises UnknownName.
        """
        with self._lock:
            only = self._caught_up(self._lexical, filters)
            return self._sure(self._lexical, lambda: self._lexical.index.search(question, count, only))

    def _caught_up(self, persistent: PersistentIndex[Any], filters: Filters) -> NDArray[np.int64] | None:
        """Catch up with the truth; return the numbers that are in a slice then, None for whatever there is."""
        self.refresh()
        if filters == NO_FILTERS:
            return None
        for _ in range(TRIES):
            # The last one is kept: what is found by meaning is looked for by words too.
            if self._filters is None or self._filters[:2] != (filters, persistent.generation):
                self._filters = filters, *self._store.numbers_passing(filters)
            _, generation, numbers = self._filters
            if generation == persistent.generation:
                break
            self.refresh()
        # Where a writer commits all the while, the slice is newer than the index. No number is ever used again, so a
        # passage that was born since may be missed, and none from outside the slice is taken for one inside.
        return numbers

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words, in whatever form."""
        with self._lock:
            self.refresh()
            return self._sure(self._lexical, lambda: self._lexical.index.document_frequencies(words))

    def passages_with_similar_words(self, word: str) -> list[int]:
        """Return the numbers of some passages for each word that may be spelled like this one."""
        with self._lock:
            self.refresh()
            return self._sure(self._lexical, lambda: self._lexical.index.passages_with_similar_words(word))

    def _sure(self, persistent: PersistentIndex[Any], do: Callable[[], Done]) -> Done:
        """Do something with an index; where it turns out to be damaged, once more with one built anew."""
        try:
            return do()
        except Unusable as reason:
            persistent.damage = str(reason)
            self.refresh()
            return do()

    def find_damage(self) -> None:
        """Find out who is wrong, where an index has passages that the truth has not: raises ArchiveDamaged if it is."""
        with self._lock:
            if all([self._dense.recheck(), self._lexical.recheck()]):
                raise ArchiveDamaged(f"archive.db is damaged: passages are missing from it. {RESTORE}")

    def refresh(self) -> None:
        """Catch up with the truth; raises ArchiveDamaged."""
        with self._lock:
            now = self._store.generation()
            behind = [persistent for persistent in (self._dense, self._lexical) if not persistent.is_current(now)]
            for persistent in behind:
                persistent.reopen_if_damaged()
            # Two that are equally far behind take in what is read once.
            for since in dict.fromkeys((persistent.generation, persistent.spec_id) for persistent in behind):
                together = [persistent for persistent in behind if (persistent.generation, persistent.spec_id) == since]
                for changes in self._store.changes(*since):
                    for persistent in together:
                        persistent.apply(changes)
                for persistent in together:
                    persistent.finish_update(changes)

    def save(self, *, always: bool = False) -> None:
        """Write down what has changed enough to be worth it; the caller holds the archive's lock.

        Raises ArchiveUnwritable; the snapshots from before then stay.
        """
        with self._saving:
            self.refresh()
            # What has not been checked yet is not written down again as if it had been.
            while any([self._dense.wait(), self._lexical.wait()]):
                self.refresh()
            for persistent in (self._dense, self._lexical):
                self._sure(persistent, partial(persistent.save, self._lock, always=always))

    def verify(self) -> list[str]:
        """Compare both with the truth, number by number and vector by vector; return what is wrong."""
        with self._lock:
            for _ in range(TRIES):
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
                if self._sure(persistent, partial(_numbers, persistent)) != sorted(numbers):
                    wrong.append(f"The {persistent.description} does not have the passages that archive.db has.")
            if not wrong and not same:
                wrong.append(f"The {self._dense.description} has other vectors than archive.db.")
            return wrong


def _numbers(persistent: PersistentIndex[Any]) -> list[int]:
    return persistent.index.numbers()  # type: ignore[no-any-return]
