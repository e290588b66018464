"""What an archive promises, whatever it is kept in, and the records that go in and out."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.encode.encoder import Vectors
from retrieval.types import NO_FILTERS, Filters, Passage

# Vectors are kept in half precision: half the bytes, and the same neighbours (docs/architecture.md has the figures).
StoredVectors = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """What passages and vectors are made with: two that differ cannot share an archive.

    `model` is the setting that names the model, and `splitter` the version of the rules in split.py.
    """

    model: str
    fingerprint: str
    dimension: int
    passage_tokens: int
    splitter: int


@dataclass(frozen=True, slots=True)
class Generation:
    """The state after one change. The token is random: a copy that went another way has another."""

    number: int
    token: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An article to take in, with its passages, what each is embedded under, and their vectors, in the same order.

    `origin` is the file it was read from; `signature` its MinHash, which tells the same story when it comes again.
    `key`, `where`, `warnings` and `traces` are what the reading of it was (corpus/documents.py). `added` is the
    generation that first had it, where that is known from another archive.
    """

    article: Article
    origin: str | None
    signature: bytes
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]
    vectors: StoredVectors
    key: str = ""
    where: str = ""
    warnings: tuple[str, ...] = ()
    traces: tuple[tuple[str, str], ...] = ()
    added: int | None = None


class Occurrence(NamedTuple):
    """That an article is told in a file or at a link, under a key where that tells many, in so many characters."""

    origin: str
    key: str
    length: int

    @property
    def place(self) -> tuple[str, str]:
        """Who tells it."""
        return self.origin, self.key


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """What a sync has to know of an article that is in the archive: whoever tells it, first the one that stands."""

    digest: str
    occurrences: tuple[Occurrence, ...] = ()

    @property
    def origin(self) -> str | None:
        """The file or link that the article stands by; None where nobody knows."""
        return self.occurrences[0].origin if self.occurrences else None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an article was read, and how its fields were found: of the telling that stands, then who else tells it."""

    occurrences: tuple[Occurrence, ...]
    where: str
    warnings: tuple[str, ...]
    traces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that was found, its vector as it is stored, and the other articles that tell the same story."""

    passage: Passage
    vector: StoredVectors = field(compare=False)
    also: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentFrequencies:
    """How many passages there are, and in how many of them each word occurs, in whatever form, by the word as given.

    A word is in no more passages than there are. Passages removed a little while ago may still be counted.
    """

    passages: int
    of: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """What is in an archive; `first` and `last` are the earliest and the latest date of an article.

    `recall` is the share of the ten nearest passages that are found by meaning: 1 where all are looked at. `languages`
    has each language, None where it could not be told, with its number of articles, most first. A server does not tell
    the `bytes`, nor the `recall` where it does not look at all; `lacks` are what it cannot do, a sentence each.
    """

    articles: int
    passages: int
    stories: int
    first: date | None
    last: date | None
    bytes: int | None
    generation: int
    spec: IndexSpec
    recall: float | None = 1.0
    languages: tuple[tuple[str | None, int], ...] = ()
    lacks: tuple[str, ...] = ()


class ShadowIndex(Protocol):
    """Passages of another making, beside those in use: nobody sees them before the switch."""

    def pending(self) -> list[str]:
        """Return the ids of the articles that have no passages of this making, or old ones, or not all."""
        ...

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys with this making."""
        ...

    def put(self, entries: Sequence[Entry]) -> None:
        """Store passages of this making."""
        ...

    def switch(self) -> None:
        """Put this making in use, in one step, and drop the others."""
        ...


class Archive(Protocol):
    """Articles, found by meaning and by words. Any thread may call anything."""

    @property
    def spec(self) -> IndexSpec:
        """What the passages and vectors in use are made with; another one after a re-embedding."""
        ...

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the passages nearest to a vector of length 1, nearest first: the first `count` of those in a slice.

        Raises ModelChanged where they were not embedded by the encoder with this fingerprint, and UnknownName for a
        source or an author that no article has.
        """
        ...

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the passages that share the question's words, best by BM25 first: the first `count` in a slice.

        How rare a word is, is counted over the whole archive. Raises UnknownName, as `nearest` does.
        """
        ...

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words, in whatever form: "jails" counts "jailed" too."""
        ...

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive that are spelled like a word: nearest first, then most frequent.

        Capitals make no difference, and each has those that it mostly has. They begin with the same letter; a letter
        left out, put in, taken for another or swapped with the next one makes a difference of 1, and a difference of 2
        is too much for a word of less than eight letters.
        """
        ...

    def known_articles(self) -> Mapping[str, KnownArticle]:
        """Tell what is there of every article, by its id."""
        ...

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys."""
        ...

    def write_lock(self, what: str, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the lock that every change needs; raises ArchiveBusy where another process has it and `wait` is not."""
        ...

    def put(self, entries: Sequence[Entry]) -> None:
        """Take in articles, each whole, in place of the one with its id; in a file, all of them or none."""
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles; in a file, all of them or none."""
        ...

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]]) -> None:
        """Write down who tells articles, by their ids, in place of what is known: first the one that stands."""
        ...

    def checkpoint(self) -> None:
        """Write down what makes opening fast, where enough has changed; whoever writes calls it now and then."""
        ...

    def article(self, id_: str) -> Article | None:
        """Return an article, whole."""
        ...

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read."""
        ...

    def cards(self) -> list[Card]:
        """Return every article's card, newest first, those without a date last."""
        ...

    def newest_cards(self, count: int) -> list[Card]:
        """Return the first of these cards."""
        ...

    def sources(self) -> list[str]:
        """Return the names of all sources, those of most articles first."""
        ...

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; none where there is no such article."""
        ...

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins, and how the rest of its own does."""
        ...

    def generation(self) -> int:
        """Return the number of the last change: it only grows, and costs next to nothing to ask."""
        ...

    def state(self) -> Generation:
        """Return the state that the archive is in."""
        ...

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether the archive was in this state once."""
        ...

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, after one of another archive too; the caller holds the lock."""
        ...

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """Return articles as they were taken in, those that there are, with everything that `put` takes."""
        ...

    def shadow_index(self, spec: IndexSpec) -> ShadowIndex:
        """Begin to embed everything again, or go on where that was interrupted; the caller holds the lock."""
        ...

    def verify(self) -> list[str]:
        """Hold everything in it against everything else; return what is wrong, one line each."""
        ...

    def status(self) -> Status:
        """Count what is in the archive."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...
