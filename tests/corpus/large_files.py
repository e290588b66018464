"""Files that hold many articles: read from bytes, and made to go on for ever."""

import io
import time
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import BinaryIO

from corpus.errors import Unreadable
from corpus.reader_types import Follow, ReaderOutput, Reading, Skipped, SourceFile
from corpus.reading import READERS, Reader

WORDS = "The harbour wall held through the night, and the boats were safe in the morning. "
LONG = WORDS * 15


def file(data: bytes, name: str = "file", max_bytes: int = 10_000_000, url: str | None = None) -> SourceFile:
    return SourceFile(name, name, f"/archive/{name}", lambda: io.BytesIO(data), max_bytes, url)


def taker(data: bytes, name: str = "file") -> str | None:
    """Name the reader that takes a file."""
    return next((type(reader).__name__ for reader in READERS if reader.takes(file(data, name))), None)


def readings(read: Sequence[ReaderOutput]) -> list[Reading]:
    return [one for one in read if isinstance(one, Reading)]


def skipped(read: Sequence[ReaderOutput]) -> list[tuple[str, str]]:
    return [(one.where, one.reason) for one in read if isinstance(one, Skipped)]


def follows(read: Sequence[ReaderOutput]) -> list[Follow]:
    return [one for one in read if isinstance(one, Follow)]


def withstands(reader: Reader, data: bytes, max_bytes: int = 100_000, seconds: float = 5) -> None:
    """Read whatever this is: nothing but what a reader may yield or raise, and soon."""
    one = file(data, "fuzz", max_bytes)
    began = time.process_time()
    reader.takes(one)
    try:
        for read in reader.read(one):
            assert isinstance(read, Reading | Skipped | Follow)
            if isinstance(read, Reading):
                assert read.article.title
                assert read.article.text
    except Unreadable:
        pass
    assert time.process_time() - began < seconds


class Endless(io.RawIOBase):
    """A file that begins, and then says the same for ever; `read_bytes` is how much of it was taken."""

    def __init__(self, begins: bytes, goes_on: bytes) -> None:
        self._parts: Iterator[bytes] = chain([begins], repeat(goes_on))
        self._kept = b""
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._kept) < len(buffer):
            self._kept += next(self._parts)
        buffer[:] = self._kept[: len(buffer)]
        self._kept = self._kept[len(buffer) :]
        self.read_bytes += len(buffer)
        return len(buffer)


def endless(begins: bytes, goes_on: bytes, max_bytes: int) -> tuple[SourceFile, list[Endless]]:
    """Return a file without an end, and the streams of it that are opened."""
    opened: list[Endless] = []

    def open_() -> BinaryIO:
        opened.append(Endless(begins, goes_on))
        return io.BufferedReader(opened[-1])

    return SourceFile("endless", "endless", "/archive/endless", open_, max_bytes), opened
