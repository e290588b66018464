"""The two indexes together, always at the state that the truth is in when they are asked."""

import threading
from functools import lru_cache

from retrieval.archive.archive import Generation
from retrieval.archive.dense import DenseIndex
from retrieval.archive.kept import Kept
from retrieval.archive.lexical import LexicalIndex
from retrieval.archive.snapshot import Unusable
from retrieval.archive.store import Changes, Store
from retrieval.encode.encoder import Vectors
from retrieval.errors import ModelChanged


class Indexes:
    """FAISS for meaning and tantivy for words, over one store."""

    def __init__(self, store: Store, *, new: bool = False) -> None:
        """Open both; one that cannot be trusted is built anew from the truth, after saying so, unless all is `new`.

        Raises ArchiveDamaged.
        """
        self._store = store
        self._lock = threading.RLock()
        self._dense = Kept("dense", "index of meanings", store, DenseIndex.load, self._empty_dense, new=new)
        self._lexical = Kept("lexical", "index of words", store, LexicalIndex.load, LexicalIndex, new=new)
        self.refresh()

    def _empty_dense(self) -> DenseIndex:
        return DenseIndex.empty(self._store.making()[1].dimension)

    @property
    def unsaved(self) -> bool:
        """Tell whether an index is nowhere but in memory."""
        return not (self._dense.snapshot and self._lexical.snapshot)

    def nearest(self, vector: Vectors, count: int, fingerprint: str) -> list[int]:
        """Return the numbers of the passages nearest to a vector, nearest first.

        Raises ModelChanged where they were embedded by another model than the vector was.
        """
        with self._lock:
            self.refresh()
            if self._dense.made is None or self._dense.made.fingerprint != fingerprint:
                raise ModelChanged("The archive has been embedded with another model. Open it again.")
            return self._dense.index.search(vector, count)

    def matching(self, question: str, count: int) -> list[int]:
        """Return the numbers of the passages that share words with a question, best first."""
        with self._lock:
            self.refresh()
            try:
                return self._lexical.index.search(question, count)
            except Unusable as reason:
                self._lexical.suspect = str(reason)
                self.refresh()
                return self._lexical.index.search(question, count)

    def refresh(self) -> None:
        """Catch up with the truth; raises ArchiveDamaged."""
        with self._lock:
            now = self._store.generation()

            @lru_cache(maxsize=1)
            def changes_since(generation: Generation | None, making: int | None) -> Changes:
                return self._store.changes(generation, making)

            for kept in (self._dense, self._lexical):
                if kept.suspect or kept.made is None or kept.generation != now:
                    kept.catch_up(changes_since)

    def save(self, *, always: bool = False) -> None:
        """Write down what has changed enough to be worth it; the caller holds the archive's lock.

        Raises ArchiveUnwritable; the snapshots from before then stay.
        """
        with self._lock:
            self.refresh()
            self._dense.save(always=always)
            self._lexical.save(always=always)

    def verify(self) -> list[str]:
        """Compare both with the truth, number by number and vector by vector; return what is wrong."""
        with self._lock:
            self.refresh()
            truth = self._store.changes(None).added
            numbers = truth.numbers.tolist()
            wrong = self._dense.damages() + self._lexical.damages()
            for kept in (self._dense, self._lexical):
                if kept.index.numbers() != numbers:
                    wrong.append(f"The {kept.called} does not have the passages that archive.db has.")
            if not wrong and (self._dense.index.vectors(truth.numbers) != truth.vectors).any():
                wrong.append(f"The {self._dense.called} has other vectors than archive.db.")
            return wrong
