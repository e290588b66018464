"""Finds files, and reads each with the reader that recognises its content."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Protocol

from corpus.errors import PathMissing, Unreadable
from corpus.publication_status import check_place
from corpus.reader_types import DEFAULT_OPTIONS, Follow, ReaderOutput, Reading, ReadOptions, Skipped, SourceFile
from corpus.readers.archive_file import ArchiveFileReader
from corpus.readers.binary import BinaryReader
from corpus.readers.csv_table import CsvReader
from corpus.readers.docx import DocxReader
from corpus.readers.epub import EpubReader
from corpus.readers.factiva import FactivaReader
from corpus.readers.feed import FeedReader
from corpus.readers.html import HtmlReader
from corpus.readers.json_records import JsonRecordsReader
from corpus.readers.mail import MailReader, MboxReader
from corpus.readers.markdown import MarkdownReader
from corpus.readers.medium_post_filter import check_medium
from corpus.readers.mhtml import MhtmlReader
from corpus.readers.movable_type import MovableTypeReader
from corpus.readers.nexis import NexisReader
from corpus.readers.not_prose import NotProseReader
from corpus.readers.odt import OdtReader
from corpus.readers.pdf import PdfReader
from corpus.readers.rtf import RtfReader
from corpus.readers.sitemap import SitemapReader
from corpus.readers.substack import SubstackReader
from corpus.readers.text import TextReader
from corpus.readers.warc import WarcReader
from corpus.readers.wxr import WordPressReader


class Reader(Protocol):
    """Reads one format."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the format by the file's content."""
        ...

    def read(self, file: SourceFile) -> Iterator[ReaderOutput]:
        """Yield the articles in the file, and its skipped parts; raises Unreadable for the whole file."""
        ...


# In the order in which they are tried: formats with a signature come before formats that are guessed from content.
READERS: tuple[Reader, ...] = (
    WarcReader(),
    DocxReader(),
    OdtReader(),
    EpubReader(),
    SubstackReader(),
    ArchiveFileReader(lambda file: read_content(file)),
    PdfReader(),
    RtfReader(),
    BinaryReader(),
    WordPressReader(),
    FeedReader(),
    SitemapReader(),
    HtmlReader(),
    MboxReader(),
    MhtmlReader(),
    MailReader(),
    NexisReader(),
    FactivaReader(),
    MovableTypeReader(),
    MarkdownReader(),
    JsonRecordsReader(),
    CsvReader(),
    NotProseReader(),
    TextReader(),
)


class Place(NamedTuple):
    """A file, the root below which it was found, and its resolved path."""

    path: Path
    root: Path
    origin: Path


def find_files(roots: Iterable[Path], below: Path | None = None) -> list[Place]:
    """Find every file at or below the roots once, sorted by name, without hidden files.

    `below` replaces the roots in the Places that are returned. Raises PathMissing.
    """
    places: dict[Path, Place] = {}
    for root in roots:
        if not root.exists() and not root.is_symlink():
            raise PathMissing(f"There is nothing at {root}. Give a text file, or a folder of them.")
        for path in _files(root):
            origin = path.resolve()
            places.setdefault(origin, Place(path, below or (root if root.is_dir() else root.parent), origin))
    return list(places.values())


def read_files(
    files: Iterable[Place], max_bytes: int, options: ReadOptions = DEFAULT_OPTIONS
) -> Iterator[Reading | Skipped]:
    """Yield the articles in files, and Skipped for each part that cannot be read."""
    for place in files:
        yield from read_file(place, max_bytes, options)


def read_content(file: SourceFile) -> Iterator[ReaderOutput]:
    """Yield the articles in a file, the links to follow, and the skipped parts; raises Unreadable."""
    if file.url is None:
        check_place(file.place)
        check_medium(file)
    reader = next((reader for reader in READERS if reader.takes(file)), None)
    if reader is None:
        raise Unreadable("a format that is not read yet; save it as plain text")
    yield from reader.read(file)


def read_all(roots: Iterable[Path], max_bytes: int) -> Iterator[Reading | Skipped]:
    """Read every file at or below the roots; raises PathMissing before anything is read."""
    return read_files(find_files(roots), max_bytes)


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def read_file(place: Place, max_bytes: int, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Reading | Skipped]:
    """Yield the articles in a file, and Skipped for each part that cannot be read; links are not followed."""
    where, origin = str(place.path), str(place.origin)
    try:
        for output in read_alone(_source(place, max_bytes, options)):
            yield _placed(output, where, origin) if isinstance(output, Skipped) else output
    except Unreadable as error:
        yield Skipped.because(error, where, origin)


def _placed(skipped: Skipped, where: str, origin: str) -> Skipped:
    """Add the file and the key to a skipped part, so that its articles can be identified."""
    inside = skipped.where.removeprefix(where).removeprefix(": ").replace(": ", "#")
    return replace(skipped, origin=origin, key=skipped.key or inside)


def read_alone(file: SourceFile) -> Iterator[Reading | Skipped]:
    """Yield the articles in a file, and its skipped parts; links are not followed. Raises Unreadable."""
    for output in read_content(file):
        yield unfollowed(output) if isinstance(output, Follow) else output


def unfollowed(named: Follow) -> Reading | Skipped:
    """Return the excerpt of an article whose link is not followed; Skipped if it has none."""
    return named.excerpt or Skipped(named.where, f"only a link: {named.url}")


def _source(place: Place, max_bytes: int, options: ReadOptions) -> SourceFile:
    path = place.path
    if not path.is_file():
        raise Unreadable("not a file that can be read")
    below = path.relative_to(place.root).as_posix()
    return SourceFile(str(path), below, str(place.origin), lambda: path.open("rb"), max_bytes, options=options)
