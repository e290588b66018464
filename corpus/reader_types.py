"""The input of a reader (SourceFile) and its output (Reading, Follow, Skipped)."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from corpus.article import Article
from corpus.errors import Unpublished, Unreadable

# Readers recognise their format by at most this many of the first bytes.
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Facts that apply to all articles of one source.

    `day_first` says that 3/4/2014 is the 3rd of April; None decides by the article. `language` (ISO 639-1) replaces
    the language that an article declares. `source` is the source of the articles that name none. `post_types` are the
    post types that are read of a WordPress export.
    """

    day_first: bool | None = None
    language: str | None = None
    source: str | None = None
    post_types: tuple[str, ...] = ("post", "page")


DEFAULT_OPTIONS = ReadOptions()


@dataclass(frozen=True)
class SourceFile:
    """Something to read: a file, an entry of an archive file, or a fetched page.

    `where` names it in messages. `place` is its path below the indexed root, with forward slashes: it identifies an
    article that has no link. `origin` is the full path or the link that its articles come from.
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
        """The first 64 KB at most; raises Unreadable."""
        with self.stream() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def data(self) -> bytes:
        """The whole content, for formats of one article a file; raises Unreadable if it is larger than max_bytes."""
        with self.stream() as stream:
            data = stream.read(self.max_bytes + 1)
        if len(data) > self.max_bytes:
            raise too_large(self.max_bytes)
        return data

    def stream(self) -> BinaryIO:
        """Open the file, for formats of many articles a file, which may not fit in memory; raises Unreadable."""
        try:
            return self.open()
        except OSError as error:
            raise Unreadable(f"cannot be opened: {error.strerror}") from error

    @classmethod
    def of(cls, data: bytes, where: str, place: str, origin: str, max_bytes: int = 10_000_000) -> "SourceFile":
        """Return a file whose content is in memory."""
        return cls(where, place, origin, lambda: io.BytesIO(data), max_bytes)


def too_large(max_bytes: int) -> Unreadable:
    """Return the error for an article of more than `max_bytes`."""
    return Unreadable(f"larger than {max_bytes / 1e6:g} MB (setting article_megabytes)")


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as it was read, and the file or link that it comes from.

    `key` identifies it in a file of many articles; it is "" if the file is the article. `where` names it in
    messages; "" means the origin itself. `warnings` name the fields that could not be read. `traces` say where each
    field was found, for example ("published", "meta article:published_time"), and what was left out as boilerplate:
    ("left out", "Read more").
    """

    article: Article
    origin: str
    where: str = ""
    warnings: tuple[str, ...] = ()
    key: str = ""
    traces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """An article that a feed or a sitemap lists, to be read at its link.

    `excerpt` is the part of it that the list contains, if any. `changed` is the date of its last change as the list
    writes it: while that stays the same, so does the article.
    """

    url: str
    where: str
    excerpt: Reading | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that gave no article, and the reason.

    `where` names it in messages. `origin` is the file that it is in. `key` is the prefix of the keys of the articles
    that it would have given; "" means the whole file. Articles that were read from it before stay in the archive,
    unless it is `unpublished`: what is not for readers, or is so no longer.
    """

    where: str
    reason: str
    origin: str = ""
    key: str = ""
    unpublished: bool = False

    @classmethod
    def because(cls, error: Unreadable, where: str, origin: str = "") -> "Skipped":
        """Return the skipped part that an error stands for."""
        return cls(where, str(error), origin, unpublished=isinstance(error, Unpublished))


ReaderOutput = Reading | Skipped | Follow
