"""Passages found by words, the words being stems as the embedded archive's index has them.

Milvus from 2.5 on, and milvus-lite, search words themselves (`Told`): they are given the stems, joined, so that every
server takes the same for a word. An older one can only tell which rows have a word in a list (`Listed`): the passages
with the rarest words of a question are fetched, so many at most, and put in order here.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import xxhash

from retrieval.archive.local.lexical import occurrence, stems
from retrieval.archive.milvus.filters import both, having, one_of, quoted
from retrieval.archive.milvus.schema import LONGEST, LONGEST_STEM, MOST_STEMS, NO_VECTOR, NONE
from retrieval.archive.milvus.server import Row, Server
from retrieval.text.edit_distance import alike, mostly_written, reach

# Passages that are fetched to be put in order, where the server cannot do that.
LOOKED_AT = 1000
# Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond" (2009); the values are tantivy's.
K1, B = 1.2, 0.75


class Words(Protocol):
    """How a server finds passages by their words."""

    lacks: tuple[str, ...]

    def indexed(self, text: str) -> object:
        """Return what a passage is found by."""
        ...

    def search_words(
        self, collection: str, question: str, limit: int, filter_: str, fields: Sequence[str], *, strong: bool
    ) -> list[Row]:
        """Return the passages that share words with a question, best by BM25 first."""
        ...

    def condition(self, stem: str) -> str:
        """Return the condition that a passage has a word."""
        ...


class Told:
    """The server searches words itself."""

    lacks: tuple[str, ...] = ()

    def __init__(self, server: Server) -> None:
        self._server = server

    def indexed(self, text: str) -> str:
        """Return a text's stems, joined; of a passage of more than 65,535 bytes of them, the first."""
        joined = " ".join(map(coded, stems(text)))
        return joined if len(joined) <= LONGEST else joined[:LONGEST].rpartition(" ")[0]

    def search_words(
        self, collection: str, question: str, limit: int, filter_: str, fields: Sequence[str], *, strong: bool
    ) -> list[Row]:
        """Return the passages that share words with a question, best by BM25 first."""
        words = " ".join(map(coded, occurrence(question)))
        if not words:
            return []
        params = {"metric_type": "BM25"}
        return self._server.search(collection, "sparse", words, limit, filter_, fields, params, strong=strong)

    def condition(self, stem: str) -> str:
        """Return the condition that a passage has a word."""
        return f"text_match(words, {quoted(coded(stem))})"


class Listed:
    """The server tells which passages have a word, and they are put in order here."""

    lacks: tuple[str, ...] = (
        f"Its server has no full text search: {LOOKED_AT:,} passages with the rarest words of a question are compared.",
    )

    def __init__(self, server: Server, often: Callable[[Sequence[str]], dict[str, int]], passages: Callable[[], int]):
        """Take the server, and what counts the passages that have each of some stems, and all."""
        self._server = server
        self._often = often
        self._passages = passages

    def indexed(self, text: str) -> list[str]:
        """Return a text's stems; of a passage of more than 4,096 of them, the first."""
        return [stem for stem in stems(text) if len(stem.encode()) <= LONGEST_STEM][:MOST_STEMS]

    def search_words(
        self, collection: str, question: str, limit: int, filter_: str, fields: Sequence[str], *, strong: bool
    ) -> list[Row]:
        """Return the passages that share words with a question, best by BM25 first: of those with its rarest words."""
        often = {stem: count for stem, count in self._often(occurrence(question)).items() if count}
        rare, so_far = list[str](), 0
        for stem in sorted(often, key=lambda one: (often[one], one)):
            if rare and so_far + often[stem] > max(LOOKED_AT, 4 * limit):
                break
            rare, so_far = [*rare, stem], so_far + often[stem]
        if not rare:
            return []
        found = self._server.rows(
            collection, both(having("words", rare), filter_), ["words"], limit=max(LOOKED_AT, 4 * limit), strong=strong
        )
        best = self._in_order(found, often)[:limit]
        rows = self._server.by_key(collection, best, fields, strong=strong)
        return [rows[key] for key in best if key in rows]

    def _in_order(self, rows: Sequence[Row], often: dict[str, int]) -> list[str]:
        everywhere = max(self._passages(), *often.values())
        weights = {stem: math.log(1 + (everywhere - count + 0.5) / (count + 0.5)) for stem, count in often.items()}
        mean = sum(len(row["words"]) for row in rows) / max(1, len(rows))
        scores = {}
        for row in rows:
            there: Counter[str] = Counter(row["words"])
            long = K1 * (1 - B + B * len(row["words"]) / max(1, mean))
            scores[row["id"]] = sum(weights[stem] * there[stem] * (K1 + 1) / (there[stem] + long) for stem in weights)
        return sorted(scores, key=lambda key: (-scores[key], key))

    def condition(self, stem: str) -> str:
        """Return the condition that a passage has a word."""
        return having("words", [stem])


def coded(stem: str) -> str:
    """Return a stem as every server takes it for one word: what is not plain ASCII is named by its hash."""
    return stem if stem.isascii() and stem.isalnum() else f"u{xxhash.xxh3_64_hexdigest(stem.encode())}"


# Longer ones are spelled like nothing; and so many that the rest of a family has are looked at.
LONGEST_WORD = 40


class Spelling:
    """The words of an archive on Milvus."""

    def __init__(self, server: Server, collection: str) -> None:
        self._server = server
        self._collection = collection
        self._known: set[str] = set()

    def learn(self, texts: Iterable[str]) -> None:
        """Write down the words of texts, each as it is mostly written in them."""
        mostly = {lower: form for lower, form in mostly_written(texts).items() if len(lower) <= LONGEST_WORD}
        new = {lower: form for lower, form in mostly.items() if lower not in self._known}
        rows = [{"id": lower, "form": form, "family": _family(lower), NONE: NO_VECTOR} for lower, form in new.items()]
        self._server.write(self._collection, rows)
        self._known.update(new)

    def alike(self, word: str) -> dict[str, int]:
        """Return the words that are within a word's reach, with how far away they are, as they were written once."""
        lower = word.lower()
        if not lower or len(lower) > LONGEST_WORD:
            return {}
        families = [_family(lower[0] * length) for length in _lengths(lower)]
        rows = self._server.every(self._collection, one_of("family", families), ["form"])
        return alike(word, (row["form"] for row in rows))


def _lengths(word: str) -> Sequence[int]:
    return range(max(1, len(word) - reach(word)), len(word) + reach(word) + 1)


def _family(word: str) -> int:
    """Number the words that begin with the same letter and are as long."""
    return ord(word[0]) * 100 + len(word)
