"""What goes into a reader and what comes out."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from corpus.article import Article
from corpus.errors import Unreadable

# A format is told by so many of the first bytes.
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is known of all articles of one source.

    `day_first` says that 3/4/2014 is the 3rd of April; None decides by the article. `language` (ISO 639-1) replaces
    the language that an article declares. `source` is the source of the articles that name none.
    """

    day_first: bool | None = None
    language: str | None = None
    source: str | None = None


DEFAULT_OPTIONS = ReadOptions()


@dataclass(frozen=True)
class SourceFile:
    """Something to read: a file, a member of an archive file, a page that was fetched.

    `where` names it for a person, `place` names an article in it that has no link (its path below the indexed root,
    with forward slashes), and `origin` is the file in full, or the link, that it comes from and may be gone from.
    `url` is the link that it was fetched from. `max_bytes` is the size limit of one article. `charset` is the encoding
    that the server declared.
    """

    where: str
    place: str
    origin: str
    open: Callable[[], BinaryIO] = field(compare=False)
    max_bytes: int = 10_000_000
    url: str | None = None
    charset: str | None = None
    options: ReadOptions = DEFAULT_OPTIONS

    @cached_property
    def head(self) -> bytes:
        """The first bytes, 64 KB at most; raises Unreadable."""
        with self.stream() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def data(self) -> bytes:
        """All of it, for formats of one article a file; raises Unreadable where it is larger than an article may be."""
        with self.stream() as stream:
            data = stream.read(self.max_bytes + 1)
        if len(data) > self.max_bytes:
            raise too_large(self.max_bytes)
        return data

    def stream(self) -> BinaryIO:
        """Open it, for formats of many articles a file, which are never in memory whole; raises Unreadable."""
        try:
            return self.open()
        except OSError as error:
            raise Unreadable(f"cannot be opened: {error.strerror}") from error

    @classmethod
    def of(cls, data: bytes, where: str, place: str, origin: str, max_bytes: int = 10_000_000) -> "SourceFile":
        """Return what has been read already as something to read."""
        return cls(where, place, origin, lambda: io.BytesIO(data), max_bytes)


def too_large(max_bytes: int) -> Unreadable:
    """Return the error for an article that is larger than one may be."""
    return Unreadable(f"larger than {max_bytes / 1e6:g} MB (setting article_megabytes)")


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it was read, the file or link that it comes from, and what about it could not be made out.

    `key` tells it from the others of a file that holds many: it is "" where the file is the article. `traces` tells,
    of its fields, where each was found ("published", "meta article:published_time"), for whoever finds one wrong.
    `where` is where in its origin it stands, for a person; "" is the origin itself.
    """

    article: Article
    origin: str
    where: str = ""
    warnings: tuple[str, ...] = ()
    key: str = ""
    traces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """An article that a feed or a sitemap names: to be read at its link, or else as far as it is told here.

    `excerpt` is what is known without following the link; `changed` is when it changed, in the words of whoever named
    it: as long as they stay the same, so does the article.
    """

    url: str
    where: str
    excerpt: Reading | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What gave no article, named for a person, and why.

    `origin` is the file that it is in, where one was being read, and `key` what the keys of the articles that it would
    have given begin with: "" is the file as a whole. What was read there before is kept.
    """

    where: str
    reason: str
    origin: str = ""
    key: str = ""


ReaderOutput = Reading | Skipped | Follow
