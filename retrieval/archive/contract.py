"""The protocol that every archive implements, and the records that go into an archive and come out of it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.archive.found_passages import FoundColumns, FoundPassage
from retrieval.archive.index_spec import IndexSpec
from retrieval.encode.encoder import Vectors
from retrieval.types import NO_FILTERS, Filters, Passage

# Half precision takes half the bytes and finds the same neighbours (docs/architecture.md has the figures).
StoredVectors = NDArray[np.float16]
VECTOR_TYPE = np.dtype("<f2")
# How far the length of a stored vector may be from 1: each of 384 numbers is rounded to 11 bits.
MAX_LENGTH_ERROR = 2e-3


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of an archive. Every change begins a new generation.

    The token is random, so that generation 7 of an archive differs from generation 7 of a copy that was changed apart
    from it.
    """

    number: int
    token: str


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """An article, its passages, and for each passage its embedding key and its vector, in the same order.

    `origin` is the file or link that the article was read from; `key`, `where`, `warnings` and `traces` come from the
    Reading (corpus/reader_types.py). `signature` is the MinHash that finds near duplicates. `added` is the number of
    the generation that first had the article, if an archive that it is copied from knows that. `spec` is the index spec
    of the passages: an archive refuses passages without one, or of another than its own. `token_codes` are those of the
    passages that have some (retrieval/encode/token_codes.py), by embedding key.
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
    spec: IndexSpec | None = None
    token_codes: Mapping[bytes, bytes] = field(default_factory=dict)


class Occurrence(NamedTuple):
    """A place where an article was found: a file or link, its key in there, and its length in characters.

    The key is empty if the file has a single article.
    """

    origin: str
    key: str
    length: int

    @property
    def place(self) -> tuple[str, str]:
        """The occurrence without its length."""
        return self.origin, self.key


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """The digest of an article in the archive, and its occurrences, the canonical first."""

    digest: str
    occurrences: tuple[Occurrence, ...] = ()

    @property
    def origin(self) -> str | None:
        """The file or link of the canonical occurrence; None if no occurrence is known."""
        return self.occurrences[0].origin if self.occurrences else None


@dataclass(frozen=True, slots=True)
class Provenance:
    """All occurrences of an article, the canonical first; and for that one, how its fields were found."""

    occurrences: tuple[Occurrence, ...]
    where: str
    warnings: tuple[str, ...]
    traces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentFrequencies:
    """The number of passages, and for each word, as given, the number of passages that have any form of it.

    Passages that were removed recently may still be counted. No count by word exceeds `passages`. `languages` are those
    whose stemmers the words of the passages went through, "en" first: a question's words have to go through each.
    """

    passages: int
    by_word: Mapping[str, int]
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of what is in an archive.

    `distinct_articles` counts near duplicates once. `languages` has each language with its number of articles, the
    largest first; None is an unknown language. `recall` is the share of the ten nearest passages that a search by
    vectors finds: 1 if it compares all vectors, None if unknown. `size_bytes` is None if the server does not report it.
    `limitations` are sentences about what the archive cannot do.
    """

    articles: int
    passages: int
    distinct_articles: int
    first_date: date | None
    last_date: date | None
    size_bytes: int | None
    generation: int
    spec: IndexSpec
    recall: float | None = 1.0
    languages: tuple[tuple[str | None, int], ...] = ()
    limitations: tuple[str, ...] = ()


class ShadowIndex(Protocol):
    """Passages with another index spec, in the same archive. No search sees them before the switch."""

    def pending(self) -> list[str]:
        """Return the ids of the articles whose passages are missing here, outdated or incomplete."""
        ...

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors stored here, by embedding key; keys without one are left out."""
        ...

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store the passages of articles; raises ArchiveMismatch if they have another index spec than this index."""
        ...

    def switch(self) -> None:
        """Put this index in use and drop all others, in one step."""
        ...


class Archive(Protocol):
    """Articles and their passages, searched by vectors and by words. Every method may be called from any thread."""

    @property
    def spec(self) -> IndexSpec:
        """The index spec in use; embedding the archive again changes it."""
        ...

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the `count` passages nearest to a vector of length 1 among those that pass the filters, nearest first.

        `fingerprint` is that of the vector's encoder. Raises ModelChanged if the passages were embedded by another
        one, and UnknownName for a source or an author that no article has.
        """
        ...

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the `count` best passages by BM25 among those that pass the filters and share a word, best first.

        Document frequencies are those of the whole archive. Raises UnknownName as `search_vectors` does.
        """
        ...

    def search(
        self, question: str, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> FoundColumns:
        """Return what `search_words` finds, then what `search_vectors` finds beyond it; raises as these do."""
        ...

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each word in any form: "jails" counts "jailed" too."""
        ...

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive within a small edit distance of a word: nearest first, then most frequent.

        Case is ignored; each result has its most frequent case. Results begin with the same letter. The distance is
        Damerau-Levenshtein: at most 2, and at most 1 for a word of less than eight letters.
        """
        ...

    def known_articles(self) -> Mapping[str, KnownArticle]:
        """Return the digest and the occurrences of every article, by id."""
        ...

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the stored vectors by embedding key; keys without one are left out."""
        ...

    @property
    def stores_token_codes(self) -> bool:
        """Whether the archive stores the token codes that are put."""
        ...

    def token_codes(self, keys: Sequence[bytes], fingerprint: str) -> Mapping[bytes, bytes]:
        """Return the token codes stored of passages, by embedding key; keys without are left out.

        Raises ModelChanged if the archive is now embedded with another model than this one.
        """
        ...

    def write_lock(self, what: str, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the lock that every change needs. `what` names the command, for other processes that wait.

        Raises ArchiveBusy if another process holds the lock and `wait` is False.
        """
        ...

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store articles, each replacing the one with its id; a local archive stores all of them or none.

        Raises ArchiveMismatch, and stores none, if passages have another index spec than the archive has now.
        """
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles; a local archive removes all of them or none."""
        ...

    def set_occurrences(self, occurrences: Mapping[str, Sequence[Occurrence]]) -> None:
        """Replace the occurrences of articles, by article id, the canonical occurrence first."""
        ...

    def checkpoint(self) -> None:
        """Save the indexes if enough has changed, so that the archive opens fast. Writers call it now and then."""
        ...

    def article(self, id_: str) -> Article | None:
        """Return an article with its text; None if there is none with this id."""
        ...

    def provenance(self, id_: str) -> Provenance | None:
        """Return where an article was found; None if there is none with this id."""
        ...

    def cards(self) -> list[Card]:
        """Return the cards of all articles, newest first; those without a date come last."""
        ...

    def newest_cards(self, count: int, filters: Filters = NO_FILTERS) -> list[Card]:
        """Return the first `count` of those cards of `cards()` that pass the filters; raises UnknownName."""
        ...

    def sources(self) -> list[str]:
        """Return the names of all sources; the one with most articles comes first."""
        ...

    def passages_of(self, id_: str) -> list[Passage]:
        """Return the passages of an article in text order; none if there is no such article."""
        ...

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Return the passage whose id begins so; None if there is none.

        A passage's id is its article's id, a hyphen and its own part. `article` is the beginning of the first part,
        `passage` the beginning of the last.
        """
        ...

    def generation(self) -> Generation:
        """Return the current generation. Its number only grows; the call is cheap enough to poll."""
        ...

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether this generation is in the archive's history."""
        ...

    def begin_generation(self, after: int) -> None:
        """Begin a generation with a number above `after` and above the current one; the caller holds the lock."""
        ...

    def indexed_articles(self, ids: Sequence[str]) -> list[IndexedArticle]:
        """Return articles with everything that `put` takes; ids that are not in the archive are left out."""
        ...

    def shadow_index(self, spec: IndexSpec) -> ShadowIndex:
        """Begin a shadow index, or resume an interrupted one with the same spec; the caller holds the lock."""
        ...

    def verify(self) -> list[str]:
        """Compare everything stored with its digests and with each other; return one line for each fault."""
        ...

    def status(self) -> Status:
        """Return counts of what is in the archive."""
        ...

    def close(self) -> None:
        """Close files and connections, and free memory."""
        ...
