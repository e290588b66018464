"""The embedded archive: SQLite for the truth, FAISS for meaning and tantivy for words, in one folder."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Article, Card
from retrieval.archive import lock
from retrieval.archive.contract import (
    DocumentFrequencies,
    FoundPassage,
    Generation,
    IndexedArticle,
    IndexSpec,
    KnownArticle,
    Occurrence,
    Provenance,
    Status,
    StoredVectors,
)
from retrieval.archive.filters import matches
from retrieval.archive.local import recall, snapshot
from retrieval.archive.local.database import make_folder
from retrieval.archive.local.store import Store
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveBusy, ArchiveMissing, ArchiveUnwritable
from retrieval.types import NO_FILTERS, Filters, Passage

# Whoever only counts what is there opens no index, and waits for neither library.
if TYPE_CHECKING:
    from retrieval.archive.local.indexes import Indexes


class LocalArchive:
    """An Archive in a folder, without any other service. The indexes are opened when first asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.folder = store.database.folder
        self._opening = threading.Lock()
        self._indexes: Indexes | None = None

    @classmethod
    def open(cls, folder: Path) -> "LocalArchive":
        """Open an archive; raises ArchiveMissing, NotAnArchive, ArchiveDamaged or ArchiveMismatch."""
        return cls(Store.open(folder))

    @classmethod
    def open_or_create(cls, folder: Path, spec: Callable[[], IndexSpec]) -> "LocalArchive":
        """Open an archive, or make an empty one; raises ArchiveUnwritable too."""
        try:
            return cls.open(folder)
        except ArchiveMissing:
            made = spec()
        make_folder(folder)
        with lock.write_lock(folder, "index"):
            # Another process may have made one since.
            with suppress(ArchiveMissing):
                return cls.open(folder)
            archive = cls(Store.create(folder, made))
            from retrieval.archive.local.indexes import Indexes

            archive._indexes = Indexes(archive.store, new=True)
            archive.checkpoint()
        return archive

    def write_lock(self, what: str, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the lock that every change needs; raises ArchiveBusy where another process has it and `wait` is not."""
        return lock.write_lock(self.folder, what, wait=wait)

    @property
    def spec(self) -> IndexSpec:
        """What the passages and vectors in use are made with."""
        return self.store.current_spec()[1]

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the passages nearest to a vector of length 1, nearest first: the first `count` of those in a slice.

        Raises ModelChanged where they were not embedded by the encoder with this fingerprint, and UnknownName for a
        source or an author that no article has.
        """
        found = self._found(filters, lambda: self.indexes.search_vectors(vector, count, fingerprint, filters))
        return sorted(found, key=lambda one: -float(one.vector.astype(np.float32) @ vector))[:count]

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the passages that share the question's words, best by BM25 first: the first `count` in a slice.

        How rare a word is, is counted over the whole archive. Raises UnknownName, as `nearest` does.
        """
        return self._found(filters, lambda: self.indexes.search_words(question, count, filters))

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words, in whatever form."""
        return self.indexes.document_frequencies(words)

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive that are spelled like a word: nearest first, then most frequent.

        What is two letters away is missed where their endings differ too: the index knows words without endings.
        """
        from retrieval.text.edit_distance import alike

        found = self._found(NO_FILTERS, lambda: self.indexes.spelled(word))
        distances = alike(word, (f"{one.passage.article.title}\n{one.passage.text}" for one in found))
        often = self.document_frequencies(list(distances)).by_word
        return sorted(distances, key=lambda one: (distances[one], -often[one], one))[:count]

    def _found(self, filters: Filters, search: Callable[[], list[int]]) -> list[FoundPassage]:
        """Read what was found from the truth; where a passage is gone since, look for what is there instead."""
        numbers = search()
        found = self._there(numbers, filters)
        if len(found) < len(numbers):
            before = self.store.generation()
            numbers = search()
            found = self._there(numbers, filters)
            if len(found) < len(numbers) and self.store.generation() == before:
                self.indexes.doubt()
                numbers = search()
                found = self._there(numbers, filters)
        return [found[number] for number in numbers if number in found]

    def _there(self, numbers: Sequence[int], filters: Filters) -> dict[int, FoundPassage]:
        """Return the passages with these numbers that there are, and whose articles have not left the slice since."""
        found = self.store.found(numbers)
        return {number: one for number, one in found.items() if matches(filters, one.passage.article)}

    @property
    def indexes(self) -> "Indexes":
        """The two indexes, opened and, where they had to be built anew, written down if that can be done at once."""
        with self._opening:
            if self._indexes is None:
                from retrieval.archive.local.indexes import Indexes

                self._indexes = Indexes(self.store)
                if self._indexes.unsaved and self.store.database.writable():
                    with suppress(ArchiveBusy, ArchiveUnwritable), self.write_lock("index", wait=False):
                        self._indexes.save()
            return self._indexes

    def known_articles(self) -> Mapping[str, KnownArticle]:
        """Tell what is there of every article, by its id."""
        return self.store.known_articles()

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys."""
        return self.store.stored_vectors(keys)

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Take in articles, each in place of the one with its id, all of them or none."""
        self.store.put(articles)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles, all of them or none."""
        self.store.remove(ids)

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]]) -> None:
        """Write down who tells articles, by their ids, in place of what is known: first the one that stands."""
        self.store.set_occurrences(told)

    def checkpoint(self) -> None:
        """Write the indexes down, where enough has changed; the caller holds the lock. Raises ArchiveUnwritable."""
        self.indexes.save()

    def article(self, id_: str) -> Article | None:
        """Return an article, whole."""
        return self.store.article(id_)

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read."""
        return self.store.provenance(id_)

    def cards(self) -> list[Card]:
        """Return every article's card, newest first, those without a date last."""
        return self.store.cards()

    def newest_cards(self, count: int) -> list[Card]:
        """Return the first of these cards."""
        return self.store.cards(count)

    def sources(self) -> list[str]:
        """Return the names of all sources, those of most articles first."""
        return self.store.sources()

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; none where there is no such article."""
        return self.store.passages_of(id_)

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins, and how the rest of its own does."""
        return self.store.find_passage(article, passage)

    def generation(self) -> Generation:
        """Return the current generation."""
        return self.store.generation()

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether the archive was in this state once."""
        return self.store.had_generation(generation)

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, after one of another archive too; the caller holds the lock."""
        self.store.begin_generation(after)

    def indexed_articles(self, ids: Sequence[str]) -> list[IndexedArticle]:
        """Return articles as they were taken in, those that there are, with everything that `put` takes."""
        return self.store.indexed_articles(ids)

    def shadow_index(self, spec: IndexSpec) -> "LocalShadowIndex":
        """Begin to embed everything again, or go on where that was interrupted; the caller holds the lock."""
        return LocalShadowIndex(self.store, self.store.begin_spec(spec))

    def verify(self) -> list[str]:
        """Hold everything in it against everything else; return what is wrong, one line each."""
        from retrieval.archive.local.verify import verify

        return verify(self.store, lambda: self.indexes)

    def status(self) -> Status:
        """Count what is in the archive."""
        status = self.store.status()
        try:
            return replace(status, recall=recall.read(snapshot.read(self.folder, "dense").folder))
        except snapshot.Unusable:
            return status

    def close(self) -> None:
        """Let go of the indexes."""
        self._indexes = None


@dataclass(frozen=True, slots=True)
class LocalShadowIndex:
    """Passages of another making, in the same archive.db: nobody sees them before the switch."""

    store: Store
    spec: int

    def pending(self) -> list[str]:
        """Return the ids of the articles that have no passages of this making, or old ones."""
        return self.store.pending(self.spec)

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys with this making."""
        return self.store.stored_vectors(keys, self.spec)

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store passages of this making."""
        self.store.put_spec(self.spec, articles)

    def switch(self) -> None:
        """Put this making in use, in one step, and drop the others."""
        self.store.switch(self.spec)
