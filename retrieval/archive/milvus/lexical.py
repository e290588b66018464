"""Search by words on Milvus: BM25 on the server or here, and the vocabulary for words of similar spelling.

The words are stems, the same as in the local archive's index. Milvus 2.5 and later, and milvus-lite, rank by BM25
themselves (`ServerBM25`). They get the stems joined by spaces, so that every server splits them alike. An older server
can only filter by a list of stems (`ClientBM25`): the passages with a question's rarest words are ranked here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias

import xxhash

from retrieval.archive.milvus.collection import Collection, Row, all_of, any_of, array_has_any, quoted
from retrieval.archive.milvus.schema import (
    DUMMY_FIELD,
    DUMMY_VECTOR,
    MAX_STEM_BYTES,
    MAX_STEMS,
    MAX_TEXT_BYTES,
)
from retrieval.text.analysis import stems
from retrieval.text.bm25 import K1, B, idf
from retrieval.text.edit_distance import alike, mostly_written, reach
from retrieval.text.folding import fold

# A question's term: its stems in the archive's languages, of which a passage has one.
Term: TypeAlias = tuple[str, ...]
Terms: TypeAlias = Sequence[Term]
# Passages that are fetched and ranked here if the server cannot rank.
MIN_FETCHED = 1000
# Longer words have no words of similar spelling.
MAX_WORD_CHARACTERS = 40


class BM25(Protocol):
    """How a collection of passages is searched by words."""

    limitations: ClassVar[tuple[str, ...]]

    @staticmethod
    def indexed(text: str, language: str | None) -> object:
        """Return the value of a passage's field `words`; `language` is that of its article."""
        ...

    @staticmethod
    def has_term(term: Term) -> str:
        """Return the filter expression: a passage has a term."""
        ...

    def search(self, terms: Terms, limit: int, filter_: str, fields: Sequence[str], *, strong: bool) -> list[Row]:
        """Return the rows of passages that have any of a question's terms, best first."""
        ...


class ServerBM25:
    """The server ranks."""

    limitations: ClassVar[tuple[str, ...]] = ()

    def __init__(self, passages: Collection) -> None:
        self._passages = passages

    @staticmethod
    def indexed(text: str, language: str | None) -> str:
        """Return a text's stems, joined; only the first 65,535 bytes of them."""
        joined = " ".join(map(_ascii_word, stems(text, language)))
        return joined if len(joined) <= MAX_TEXT_BYTES else joined[:MAX_TEXT_BYTES].rpartition(" ")[0]

    @staticmethod
    def has_term(term: Term) -> str:
        """Return the filter expression: a passage has a term."""
        return " or ".join(f"text_match(words, {quoted(_ascii_word(stem))})" for stem in term)

    def search(self, terms: Terms, limit: int, filter_: str, fields: Sequence[str], *, strong: bool) -> list[Row]:
        """Return the rows of passages that have any of a question's terms, best first.

        The server weighs each stem by the passages that have that stem, not by those that have the term.
        """
        words = " ".join(_ascii_word(stem) for alternatives in terms for stem in alternatives)
        if not words:
            return []
        return self._passages.search("sparse", words, limit, filter_, fields, {"metric_type": "BM25"}, strong=strong)


class ClientBM25:
    """The server filters, and this process ranks.

    `frequencies` counts the passages that have each of some terms, and `count` all passages.
    """

    limitations: ClassVar[tuple[str, ...]] = (
        f"Its server has no full text search: {MIN_FETCHED:,} passages with the rarest words of a question are "
        "compared.",
    )

    def __init__(
        self,
        passages: Collection,
        frequencies: Callable[[Terms], Mapping[Term, int]],
        count: Callable[[], int],
    ) -> None:
        self._passages = passages
        self._frequencies = frequencies
        self._count = count

    @staticmethod
    def indexed(text: str, language: str | None) -> list[str]:
        """Return a text's stems; only the first 4,096 of them."""
        return [stem for stem in stems(text, language) if len(stem.encode()) <= MAX_STEM_BYTES][:MAX_STEMS]

    @staticmethod
    def has_term(term: Term) -> str:
        """Return the filter expression: a passage has a term."""
        return array_has_any("words", term)

    def search(self, terms: Terms, limit: int, filter_: str, fields: Sequence[str], *, strong: bool) -> list[Row]:
        """Return the rows of the best passages among those with the question's rarest terms, best first."""
        frequencies = {term: count for term, count in self._frequencies(terms).items() if count}
        max_fetched = max(MIN_FETCHED, 4 * limit)
        rare = [stem for term in _rarest(frequencies, max_fetched) for stem in term]
        if not rare:
            return []
        rows = self._passages.query(
            all_of(array_has_any("words", rare), filter_), ["words"], limit=max_fetched, strong=strong
        )
        best = self._ranked(rows, frequencies)[:limit]
        by_key = self._passages.get(best, fields, strong=strong)
        return [by_key[key] for key in best if key in by_key]

    def _ranked(self, rows: Sequence[Row], frequencies: Mapping[Term, int]) -> list[str]:
        """Return the keys of rows in the order of their BM25 scores."""
        total = max(self._count(), *frequencies.values())
        weights = {term: idf(count, total) for term, count in frequencies.items()}
        mean_length = max(1, sum(len(row["words"]) for row in rows) / max(1, len(rows)))
        scores = {}
        for row in rows:
            stem_counts: Counter[str] = Counter(row["words"])
            norm = K1 * (1 - B + B * len(row["words"]) / mean_length)
            counts = {term: sum(stem_counts[stem] for stem in term) for term in weights}
            scores[row["id"]] = sum(
                weight * counts[term] * (K1 + 1) / (counts[term] + norm) for term, weight in weights.items()
            )
        return sorted(scores, key=lambda key: (-scores[key], key))


def _rarest(frequencies: Mapping[Term, int], max_passages: int) -> list[Term]:
    """Return the rarest terms that together are in at most so many passages, and always at least one term."""
    rare, passages = list[Term](), 0
    for term in sorted(frequencies, key=lambda term: (frequencies[term], term)):
        passages += frequencies[term]
        if rare and passages > max_passages:
            break
        rare.append(term)
    return rare


def _ascii_word(stem: str) -> str:
    """Return a stem in a form that every server keeps as one word: a hash unless it is plain ASCII."""
    return stem if stem.isascii() and stem.isalnum() else f"u{xxhash.xxh3_64_hexdigest(stem.encode())}"


class Vocabulary:
    """All words of an archive, to find words of similar spelling: by first letter and length, then one by one."""

    def __init__(self, words: Collection) -> None:
        self._words = words
        self._written: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Write the words of texts, each in its most frequent spelling."""
        spellings = {lower: form for lower, form in mostly_written(texts).items() if len(lower) <= MAX_WORD_CHARACTERS}
        new = {lower: form for lower, form in spellings.items() if lower not in self._written}
        self._words.upsert(
            [
                {"id": lower, "form": form, "family": _family(lower[0], len(lower)), DUMMY_FIELD: DUMMY_VECTOR}
                for lower, form in new.items()
            ]
        )
        self._written.update(new)

    def similar(self, word: str) -> dict[str, int]:
        """Return the words of similar spelling with their edit distances."""
        lower = fold(word).lower()
        if not lower or len(lower) > MAX_WORD_CHARACTERS:
            return {}
        lengths = range(max(1, len(lower) - reach(lower)), len(lower) + reach(lower) + 1)
        families = [_family(lower[0], length) for length in lengths]
        rows = self._words.iterate(any_of("family", families), ["form"])
        return alike(word, (row["form"] for row in rows))


def _family(letter: str, length: int) -> int:
    """Return a number for all words of this length that begin with this letter."""
    return ord(letter) * 100 + length
