"""What an archive promises, whatever it is kept in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from corpus.article import Article
from retrieval.encode.encoder import Vectors
from retrieval.types import Passage


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with its passages and their vectors, (passages, dimension), in the same order."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and the cosine between its vector and the query's."""

    passage: Passage
    cosine: float


@dataclass(frozen=True, slots=True)
class Making:
    """What the vectors in an archive were made with: two that differ cannot share an archive."""

    model: str
    fingerprint: str
    dimension: int
    passage_tokens: int


@dataclass(frozen=True, slots=True)
class Status:
    """What is in an archive; `first` and `last` are the earliest and the latest date of an article."""

    articles: int
    passages: int
    first: date | None
    last: date | None
    bytes: int
    making: Making


class Archive(Protocol):
    """Articles, found by meaning."""

    def search(self, vector: Vectors, count: int) -> list[Found]:
        """Return the passages nearest to a vector of length 1, nearest first, at most `count`."""
        ...

    def digests(self) -> Mapping[str, str]:
        """Tell the content digest of every article, by its id."""
        ...

    def put(self, entries: Sequence[Entry]) -> None:
        """Take in articles, each in place of the one with its id, all of them or none."""
        ...

    def status(self) -> Status:
        """Count what is in the archive."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...
