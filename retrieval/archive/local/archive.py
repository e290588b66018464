"""The archive in a folder: a Store with a FAISS index for search by vectors and a tantivy index for search by words."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from retrieval.archive import lock
from retrieval.archive.contract import VECTOR_TYPE, DocumentFrequencies, Status
from retrieval.archive.filters import matches
from retrieval.archive.found_passages import FoundColumns, FoundPassage
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.index_spec_checks import check_unchanged
from retrieval.archive.local import archive_state, index_snapshots, recall_file, token_codes_table
from retrieval.archive.local.database import Database, make_folder
from retrieval.archive.local.found_rows import FoundRow, in_columns
from retrieval.archive.local.record_store import Store
from retrieval.archive.local.shadow_index import LocalShadowIndex
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveBusy, ArchiveMissing, ArchiveUnwritable
from retrieval.types import NO_FILTERS, Filters

# Commands that need no index load neither FAISS nor tantivy.
if TYPE_CHECKING:
    from retrieval.archive.local.indexes import Indexes


class LocalArchive(Store):
    """An Archive in a folder of this machine. The two search indexes are opened when they are first needed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._opening = threading.Lock()
        self._indexes: Indexes | None = None

    @classmethod
    def open_or_create(cls, folder: Path, spec: Callable[[], IndexSpec]) -> Self:
        """Open an archive, or create an empty one; `spec` is called only if there is none.

        Raises what `open` raises, and ArchiveUnwritable.
        """
        try:
            return cls.open(folder)
        except ArchiveMissing:
            wanted = spec()
        make_folder(folder)
        with lock.write_lock(folder, "index"):
            # Another process may have created one since.
            with suppress(ArchiveMissing):
                return cls.open(folder)
            archive = cls.create(folder, wanted)
            archive.build_indexes()
        return archive

    def build_indexes(self) -> None:
        """Build both indexes from archive.db, and save them; the caller holds the lock."""
        from retrieval.archive.local.indexes import Indexes

        self._indexes = Indexes(Store(self.database), new=True)
        self.checkpoint()

    @property
    def indexes(self) -> "Indexes":
        """The two indexes. If they had to be rebuilt, they are saved, unless another process is writing."""
        with self._opening:
            if self._indexes is None:
                from retrieval.archive.local.indexes import Indexes

                # A Store of their own, since a reference to this archive would be a cycle.
                self._indexes = Indexes(Store(self.database))
                if self._indexes.unsaved and self.database.writable():
                    with suppress(ArchiveBusy, ArchiveUnwritable), self.write_lock("index", wait=False):
                        self._indexes.save()
            return self._indexes

    def write_lock(self, what: str, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the lock that every change needs; raises ArchiveBusy, unless `wait`, if another process holds it."""
        return lock.write_lock(self.folder, what, wait=wait)

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the `count` passages nearest to a vector of length 1 among those that pass the filters, nearest first.

        Raises ModelChanged and UnknownName.
        """
        (rows,) = self._read(filters, lambda: [self.indexes.search_vectors(vector, count, fingerprint, filters)])
        return self.as_passages(_nearest_first(rows, vector)[:count])

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the `count` best passages by BM25 among those that pass the filters; raises UnknownName."""
        (rows,) = self._read(filters, lambda: [self.indexes.search_words(question, count, filters)])
        return self.as_passages(rows)

    def search(
        self, question: str, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> FoundColumns:
        """Return what both searches find, by words first; raises ModelChanged and UnknownName."""
        by_words, by_vector = self._read(
            filters, lambda: self.indexes.search(question, vector, count, fingerprint, filters)
        )
        # A row that both found is the same object.
        found = {id(row): row for row in [*by_words, *_nearest_first(by_vector, vector)[:count]]}
        return in_columns(list(found.values()), self.as_passages)

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each word in any form."""
        return self.indexes.document_frequencies(words)

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive within a small edit distance of a word: nearest first, then most frequent.

        The index knows words only by their stems: a word at distance 2 is missed if its ending differs too.
        """
        from retrieval.text.edit_distance import alike

        (rows,) = self._read(NO_FILTERS, lambda: [self.indexes.passages_with_similar_words(word)])
        passages = self.as_passages(rows)
        distances = alike(word, (f"{hit.passage.article.title}\n{hit.passage.text}" for hit in passages))
        frequencies = self.document_frequencies(list(distances)).by_word
        return sorted(distances, key=lambda similar: (distances[similar], -frequencies[similar], similar))[:count]

    def _read(self, filters: Filters, search: Callable[[], Sequence[list[int]]]) -> list[list[FoundRow]]:
        """Return the rows whose numbers searches of the indexes return; search again if some are gone since.

        If passages are missing although nothing was written meanwhile, the indexes or archive.db are damaged.
        """
        results = search()
        rows = self._passing(results, filters)
        if _any_missing(rows, results):
            before = self.generation()
            results = search()
            rows = self._passing(results, filters)
            if _any_missing(rows, results) and self.generation() == before:
                self.indexes.find_damage()
                results = search()
                rows = self._passing(results, filters)
        return [[rows[number] for number in numbers if number in rows] for numbers in results]

    def _passing(self, results: Sequence[list[int]], filters: Filters) -> dict[int, FoundRow]:
        """Return the rows that still have these numbers, and whose articles still pass the filters."""
        rows = self.rows_by_number(number for numbers in results for number in numbers)
        if filters == NO_FILTERS:
            return rows
        return {number: row for number, row in rows.items() if matches(filters, row.card)}

    @property
    def stores_token_codes(self) -> bool:
        """Whether the archive stores the token codes that are put."""
        with self.database.read() as db:
            return token_codes_table.are_stored(db)

    def store_token_codes(self, on: bool) -> None:
        """Store token codes from now on, or remove all and store none; the caller holds the lock."""
        with self.database.write() as db:
            token_codes_table.switch(db, on)

    def token_codes(self, keys: Sequence[bytes], fingerprint: str) -> dict[bytes, bytes]:
        """Return the token codes stored of passages, by embedding key; raises ModelChanged and ArchiveDamaged."""
        with self.database.read() as db:
            check_unchanged(archive_state.current_spec(db)[1], fingerprint)
            return token_codes_table.codes_by_key(db, keys)

    def put_token_codes(self, codes: Mapping[bytes, bytes]) -> None:
        """Store token codes by embedding key; the caller holds the lock. Searches find what they found."""
        with self.database.write() as db:
            token_codes_table.put_codes_by_key(db, codes)

    def articles_without_token_codes(self) -> list[str]:
        """Return the ids of the articles that have passages without token codes."""
        with self.database.read() as db:
            return token_codes_table.articles_without(db)

    def checkpoint(self) -> None:
        """Save the indexes if enough has changed; the caller holds the lock. Raises ArchiveUnwritable."""
        self.indexes.save()

    def shadow_index(self, spec: IndexSpec) -> LocalShadowIndex:
        """Begin a shadow index, or resume an interrupted one with the same spec; the caller holds the lock."""
        return LocalShadowIndex.begin(self, spec)

    def verify(self) -> list[str]:
        """Check every row of archive.db and both indexes; return one line for each fault."""
        from retrieval.archive.local.verify import verify

        return verify(self, lambda: self.indexes)

    def status(self) -> Status:
        """Return counts of what is in the archive."""
        status = super().status()
        try:
            return replace(status, recall=recall_file.read(index_snapshots.read(self.folder, "dense").folder))
        except index_snapshots.Unusable:
            return status

    def close(self) -> None:
        """Free the indexes."""
        self._indexes = None


def _any_missing(rows: Mapping[int, FoundRow], results: Sequence[list[int]]) -> bool:
    return any(number not in rows for numbers in results for number in numbers)


def _nearest_first(rows: Sequence[FoundRow], vector: Vectors) -> list[FoundRow]:
    """Order rows by their exact similarity to a vector: the index may round vectors."""
    similarities = [float(np.frombuffer(row.vector, VECTOR_TYPE).astype(np.float32) @ vector) for row in rows]
    return [rows[at] for at in np.argsort(-np.array(similarities), kind="stable")]
