"""Files to articles: which files, and which reader takes each by what is in it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

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


def read_all(paths: Iterable[Path], most_bytes: int) -> Iterator[Reading | Skipped]:
    """Read every file at or below the paths, in the order of their names; what cannot be read is yielded as Skipped.

    Hidden files are passed over. A file named twice is read once. Raises PathMissing before anything is read.
    """
    roots = list(paths)
    for path in roots:
        if not path.exists():
            raise PathMissing(f"There is nothing at {path}. Give a text file, or a folder of them.")
    seen: set[Path] = set()
    for root in roots:
        for path in _files(root):
            if (real := path.resolve()) not in seen:
                seen.add(real)
                yield from _read_file(path, root, most_bytes)


def count_files(paths: Iterable[Path]) -> int:
    """Count the files that read_all would look at."""
    return sum(1 for root in paths for _ in _files(root))


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _read_file(path: Path, root: Path, most_bytes: int) -> Iterator[Reading | Skipped]:
    try:
        file = SourceFile(path, _place(path, root), _content(path, most_bytes))
        reader = next((reader for reader in READERS if reader.takes(file)), None)
        if reader is None:
            raise Unreadable("a format that is not read yet; save it as plain text")
        yield from reader.read(file)
    except Unreadable as error:
        yield Skipped(path, str(error))


def _place(path: Path, root: Path) -> str:
    return path.name if path == root else path.relative_to(root).as_posix()


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
