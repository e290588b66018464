"""The tantivy index: search by words.

It has an immutable base on the disk, and a delta in memory with the passages added since.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Self

import numpy as np
import tantivy
from numpy.typing import NDArray

from retrieval.archive.contract import DocumentFrequencies
from retrieval.archive.local.index_snapshots import Snapshot, Unusable
from retrieval.archive.local.persistent_index import Since
from retrieval.archive.local.record_store import Changes
from retrieval.text.analysis import searchable, stems
from retrieval.text.bm25 import idf
from retrieval.text.edit_distance import reach, slips
from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT, STEMMERS, stemmed_as
from retrieval.text.question_terms import content_terms, stems_by_language

HEAP_BYTES = 64_000_000
SMALL_HEAP_BYTES = 16_000_000
# Filters that so few passages pass are part of the query, which takes about 4 ms for as many. Larger sets are
# applied to the results.
MAX_NUMBERS_IN_QUERY = 10_000
# The version of the analysis of texts: an index of another version is rebuilt. An index without the file is of version
# 1, which took text without spaces for one word; version 2 did not fold letters, version 3 stemmed English words only,
# version 4 took all words in Latin letters for English, and traditional Chinese for other words than simplified.
ANALYSIS, ANALYSIS_FILE = 5, "analysis.json"
# Limits of a search for similar words: passages for each word one edit away, such words, passages for a fuzzy query.
PASSAGES_PER_SLIP, MAX_SLIPS, MAX_FUZZY_PASSAGES = 10, 12, 40


def _schema() -> tantivy.Schema:
    # Signed: delete_documents_by_term silently finds no unsigned number (tantivy-py 0.27).
    return (
        tantivy.SchemaBuilder()
        .add_integer_field("number", indexed=True, fast=True)
        .add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        .build()
    )


class LexicalIndex:
    """Headlines and texts by passage number, searched by BM25; not to be changed by two threads at once."""

    def __init__(self, base: tantivy.Index | None = None) -> None:
        self._base = base.searcher() if base else None
        self._delta: tantivy.Index | None = None
        self._delta_searcher: tantivy.Searcher | None = None
        self._removed: set[int] = set()
        self._languages: tuple[str, ...] | None = None

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved index; raises Unusable."""
        if _analysis(folder) != ANALYSIS:
            raise Unusable("of another version, which took words otherwise")
        with _panics_as_unusable():
            return cls(tantivy.Index.open(str(folder)))

    def save(self, folder: Path, base: Snapshot | None, changes_since: Since) -> None:
        """Save the base, if there is one, with all changes since; raises OSError or Unusable."""
        changes = changes_since(base)
        first = next(changes)
        if base and not first.whole:
            for name in base.files:
                # Segments are immutable, so they are linked; the files that name them change, so they are copied.
                link = shutil.copy if name.endswith(".json") else os.link
                link(base.folder / name, folder / name)
            with _panics_as_unusable():
                index = tantivy.Index.open(str(folder))
        else:
            index = None
        try:
            with _panics_as_unusable(errors=False):
                _fill(index or tantivy.Index(_schema(), str(folder)), HEAP_BYTES, chain([first], changes))
        except ValueError as error:  # tantivy's own, for a full disk among others
            raise OSError(0, str(error)) from error
        (folder / ANALYSIS_FILE).write_text(str(ANALYSIS), encoding="utf-8")
        for lock in folder.glob("*.lock"):
            lock.unlink()

    def apply(self, changes: Changes) -> None:
        """Add passages in memory, and exclude removed ones from results."""
        self._removed.update(changes.removed.tolist())
        if not len(changes.added.numbers):
            return
        if self._delta is None:
            self._delta = tantivy.Index(_schema())
        _fill(self._delta, SMALL_HEAP_BYTES, [changes])
        self._delta.reload()
        self._delta_searcher = self._delta.searcher()
        self._languages = None

    def search(self, question: str, count: int, only: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the best passages by BM25, of those in `only` if given, best first. Raises Unusable."""
        # A query of terms: a question is never parsed as query syntax.
        with _panics_as_unusable():
            terms = content_terms(question, self.languages())
            queries = [query for term in terms for query in self._term_queries(term)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
        if only is not None and len(only) <= MAX_NUMBERS_IN_QUERY:
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, _number_query(only.tolist()))]
            )
        return self._top(query, count, only)

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each word in any form; raises Unusable.

        A word of several terms, as "Xu's", counts as its rarest term. Passages removed since the base was written are
        still counted, because excluding them would mean looking up each.
        """
        with _panics_as_unusable():
            passages, languages = len(self), self.languages()
            counts = {word: self._passages_with(word, languages) for word in words}
        return DocumentFrequencies(passages, {word: min(count, passages) for word, count in counts.items()}, languages)

    def _passages_with(self, word: str, languages: Sequence[str]) -> int:
        # A passage has the stem of one language only, so no passage is counted twice.
        terms = stems_by_language(word, languages)
        return min((sum(map(self._frequency, alternatives)) for alternatives in terms), default=0)

    def languages(self) -> tuple[str, ...]:
        """Return the languages whose stemmers the passages went through, English first; raises Unusable."""
        if self._languages is None:
            with _panics_as_unusable():
                counts = {language: self._frequency(stemmer.mark) for language, stemmer in STEMMERS.items()}
                others = tuple(language for language, count in counts.items() if count)
                only_others = 0 < len(self) <= sum(counts.values())
            self._languages = others if only_others else (DEFAULT, *others)
        return self._languages

    def _term_queries(self, alternatives: Sequence[str]) -> list[tantivy.Query]:
        """Return a query for each stem of a term. All weigh as much as one stem that is in all of the passages."""
        if len(alternatives) == 1:
            return [_term_query(alternatives[0])]
        frequencies = {stem: count for stem in alternatives if (count := self._frequency(stem))}
        passages, together = len(self), sum(frequencies.values())
        return [
            tantivy.Query.boost_query(_term_query(stem), idf(together, passages) / idf(count, passages))
            for stem, count in frequencies.items()
        ]

    def passages_with_similar_words(self, word: str) -> list[int]:
        """Return the numbers of some passages for each word within a small edit distance; raises Unusable.

        The index has only stems: a typo in an ending, as in "governmnet", has another stem than "govern". So all words
        one edit away are looked up, and a fuzzy query finds those further away.
        """
        languages = self.languages()
        terms = stems_by_language(word, languages)
        if len(terms) != 1:
            return []
        nearest = " ".join(sorted(slips(fold(word).lower())))
        with _panics_as_unusable():
            near = {term: self._frequency(term) for language in languages for term in stems(nearest, language)}
        known = sorted((term for term in near if near[term]), key=lambda term: -near[term])
        numbers = [number for term in known[:MAX_SLIPS] for number in self._top(_term_query(term), PASSAGES_PER_SLIP)]
        fuzzy = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.fuzzy_term_query(_schema(), "text", term, reach(word)))
                for term in terms[0]
            ]
        )
        others = [(tantivy.Occur.MustNot, _term_query(term)) for term in known]
        numbers += self._top(tantivy.Query.boolean_query([(tantivy.Occur.Must, fuzzy), *others]), MAX_FUZZY_PASSAGES)
        return list(dict.fromkeys(numbers))

    def _frequency(self, term: str) -> int:
        return sum(searcher.doc_freq("text", term) for searcher in self._searchers())

    def __len__(self) -> int:
        """Count the passages, including removed ones that are still in the base."""
        return sum(searcher.num_docs for searcher in self._searchers())

    def numbers(self) -> list[int]:
        """Return the numbers in the index, in order."""
        return sorted(self._top(tantivy.Query.all_query(), sum(searcher.num_docs for searcher in self._searchers())))

    def _top(self, query: tantivy.Query, count: int, only: NDArray[np.int64] | None = None) -> list[int]:
        with _panics_as_unusable():
            hits = [hit for searcher in self._searchers() for hit in self._top_in(searcher, query, count, only)]
        hits.sort(key=lambda hit: (-hit[0], hit[1]))
        return [number for _, number in hits[:count]]

    def _top_in(
        self, searcher: tantivy.Searcher, query: tantivy.Query, count: int, only: NDArray[np.int64] | None
    ) -> list[tuple[float, int]]:
        """Return the best `count` passages of one searcher, the base or the delta."""
        wanted = max(1, count)
        while True:
            hits = _search(searcher, query, wanted)
            passing = np.isin([number for _, number in hits], only) if only is not None else [True] * len(hits)
            rest = [hit for hit, passes in zip(hits, passing, strict=True) if passes and hit[1] not in self._removed]
            if len(rest) >= count or len(hits) < wanted:
                return rest
            wanted *= 4

    def _searchers(self) -> list[tantivy.Searcher]:
        return [searcher for searcher in (self._base, self._delta_searcher) if searcher and searcher.num_docs]


def _analysis(folder: Path) -> int:
    try:
        return int((folder / ANALYSIS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 1


def _term_query(term: str) -> tantivy.Query:
    return tantivy.Query.term_query(_schema(), "text", term, "freq")


def _number_query(numbers: list[int]) -> tantivy.Query:
    """Return a query for passages with these numbers that adds nothing to the score."""
    return tantivy.Query.const_score_query(tantivy.Query.term_set_query(_schema(), "number", numbers), 0.0)


@contextmanager
def _panics_as_unusable(*, errors: bool = True) -> Iterator[None]:
    """Raise Unusable for tantivy's errors and panics, which a damaged file causes; a panic is no Exception."""
    try:
        yield
    except ValueError as error:
        if not errors:
            raise
        raise Unusable("damaged (tantivy cannot read it)") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unusable("damaged (tantivy cannot read it)") from error


def _search(searcher: tantivy.Searcher, query: tantivy.Query, count: int) -> list[tuple[float, int]]:
    hits = searcher.search(query, count, count=False).hits
    numbers = searcher.fast_field_values("number", [address for _, address in hits])
    return [(float(score or 0), int(number or 0)) for (score, _), number in zip(hits, numbers, strict=True)]


def _fill(index: tantivy.Index, heap: int, changes: Iterable[Changes]) -> None:
    writer, searcher = index.writer(heap, 1), index.searcher()
    for block in changes:
        if searcher.num_docs:
            for number in (*block.removed.tolist(), *block.added.numbers.tolist()):
                writer.delete_documents_by_term("number", number)
        added = block.added
        for number, text, language in zip(added.numbers.tolist(), added.texts, added.languages, strict=True):
            document = tantivy.Document()
            document.add_integer("number", number)
            document.add_text("text", searchable(text, language))
            if stemmer := STEMMERS.get(stemmed_as(language)):
                # As a word: `languages` counts the passages that have it.
                document.add_text("text", stemmer.mark)
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
