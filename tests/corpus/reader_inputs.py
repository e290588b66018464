"""Files in memory for the tests of readers: with many articles, malformed, or endless."""

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
    """Return the class name of the reader that takes a file; None if there is none."""
    return next((type(reader).__name__ for reader in READERS if reader.takes(file(data, name))), None)


def readings(outputs: Sequence[ReaderOutput]) -> list[Reading]:
    return [output for output in outputs if isinstance(output, Reading)]


def skipped(outputs: Sequence[ReaderOutput]) -> list[tuple[str, str]]:
    return [(output.where, output.reason) for output in outputs if isinstance(output, Skipped)]


def fields(reading: Reading) -> tuple[object, ...]:
    """Return title, text, date, author, source and link."""
    card = reading.article.card
    return card.title, reading.article.text, card.published, card.author, card.source, card.url


def follows(outputs: Sequence[ReaderOutput]) -> list[Follow]:
    return [output for output in outputs if isinstance(output, Follow)]


def withstands(reader: Reader, data: bytes, max_bytes: int = 100_000, seconds: float = 5) -> None:
    """Check that a reader yields and raises only what it may, within `seconds` of processor time."""
    malformed = file(data, "fuzz", max_bytes)
    start = time.process_time()
    reader.takes(malformed)
    try:
        for output in reader.read(malformed):
            assert isinstance(output, Reading | Skipped | Follow)
            if isinstance(output, Reading):
                assert output.article.title
                assert output.article.text
    except Unreadable:
        pass
    assert time.process_time() - start < seconds


class Endless(io.RawIOBase):
    """A stream that repeats `repeated` for ever after `beginning`; `read_bytes` counts the bytes that were read."""

    def __init__(self, beginning: bytes, repeated: bytes) -> None:
        self._parts: Iterator[bytes] = chain([beginning], repeat(repeated))
        self._buffered = b""
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._buffered) < len(buffer):
            self._buffered += next(self._parts)
        buffer[:] = self._buffered[: len(buffer)]
        self._buffered = self._buffered[len(buffer) :]
        self.read_bytes += len(buffer)
        return len(buffer)


def endless(beginning: bytes, repeated: bytes, max_bytes: int) -> tuple[SourceFile, list[Endless]]:
    """Return a file without an end, and the list to which each opened stream of it is added."""
    opened: list[Endless] = []

    def open_() -> BinaryIO:
        opened.append(Endless(beginning, repeated))
        return io.BufferedReader(opened[-1])

    return SourceFile("endless", "endless", "/archive/endless", open_, max_bytes), opened
