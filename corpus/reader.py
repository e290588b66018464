"""Files to articles: which files, and which reader takes each by what is in it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from corpus.errors import PathMissing, Unreadable
from corpus.readers.text import TextReader
from corpus.source import Reading, Skipped, SourceFile


class Reader(Protocol):
    """One format."""

    def takes(self, file: SourceFile) -> bool:
        """Tell by the content whether the file is in this format."""
        ...

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the articles in the file; raises Unreadable."""
        ...


READERS: tuple[Reader, ...] = (TextReader(),)


class Place(NamedTuple):
    """A file, the root that it was found below, and its path in full, links followed."""

    path: Path
    root: Path
    origin: Path


def find_files(roots: Iterable[Path], below: Path | None = None) -> list[Place]:
    """Find every file at or below the roots, in the order of their names, hidden ones passed over, each once.

    `below` is the root that they count as found below, where it is not themselves. Raises PathMissing.
    """
    found: dict[Path, Place] = {}
    for root in roots:
        if not root.exists() and not root.is_symlink():
            raise PathMissing(f"There is nothing at {root}. Give a text file, or a folder of them.")
        for path in _files(root):
            origin = path.resolve()
            found.setdefault(origin, Place(path, below or (root if root.is_dir() else root.parent), origin))
    return list(found.values())


def read_files(files: Iterable[Place], most_bytes: int) -> Iterator[Reading | Skipped]:
    """Read files; what cannot be read is yielded as Skipped."""
    for place in files:
        yield from _read_file(place, most_bytes)


def read_content(file: SourceFile) -> Iterator[Reading]:
    """Yield the articles in a file; raises Unreadable."""
    reader = next((reader for reader in READERS if reader.takes(file)), None)
    if reader is None:
        raise Unreadable("a format that is not read yet; save it as plain text")
    yield from reader.read(file)


def read_all(roots: Iterable[Path], most_bytes: int) -> Iterator[Reading | Skipped]:
    """Read every file at or below the roots; raises PathMissing before anything is read."""
    return read_files(find_files(roots), most_bytes)


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _read_file(place: Place, most_bytes: int) -> Iterator[Reading | Skipped]:
    path = place.path
    try:
        yield from read_content(SourceFile(path, path.relative_to(place.root).as_posix(), _content(path, most_bytes)))
    except Unreadable as error:
        yield Skipped(path, str(error))


def _content(path: Path, most_bytes: int) -> bytes:
    if not path.is_file():
        raise Unreadable("not a file that can be read")
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror}") from error
    if len(data) > most_bytes:
        raise Unreadable(f"larger than {most_bytes / 1e6:g} MB (setting article_megabytes)")
    return data
