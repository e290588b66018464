"""What goes into a reader and what comes out."""

from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read; `place` is its path below the indexed root, with forward slashes."""

    path: Path
    place: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it was read, where it was read from, and what about it could not be made out."""

    article: Article
    path: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that gave no article, and why."""

    path: Path
    reason: str
