"""One member of an archive file, unpacked and held for as long as it is read."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from corpus.errors import Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_MEMBERS = 250_000
MOST_UNPACKED = 20_000_000_000
# Text packs to a tenth, tables of figures to a fiftieth: what packs tighter than this is nothing to read.
MOST_RATIO = 200
UNPACKED_ANYWAY = 100_000_000
HELD_IN_MEMORY = 16_000_000


class Spent(Unreadable):
    """More is in an archive than is unpacked."""


@dataclass
class Budget:
    """What may be unpacked yet, of an archive and of all that are in it: bytes, and members."""

    bytes: int
    members: int

    @classmethod
    def of(cls, packed: int) -> "Budget":
        """Return what may be unpacked of so many bytes."""
        return cls(min(MOST_UNPACKED, max(UNPACKED_ANYWAY, MOST_RATIO * packed)), MOST_MEMBERS)

    def spend(self, number: int) -> None:
        """Count bytes; raises Spent."""
        self.bytes -= number
        if self.bytes < 0:
            raise Spent("unpacks to far more than text of its size does: the rest is not read")

    def count(self) -> None:
        """Count a member; raises Spent."""
        self.members -= 1
        if self.members < 0:
            raise Spent(f"more than {MOST_MEMBERS:,} files in it: the rest is not read")


@contextmanager
def held(pieces: Iterable[bytes], budget: Budget) -> Iterator[IO[bytes]]:
    """Hold what comes in pieces; raises Unreadable, and Spent where it is too much."""
    with SpooledTemporaryFile(HELD_IN_MEMORY) as file:
        for piece in pieces:
            budget.spend(len(piece))
            try:
                file.write(piece)
            except OSError as error:
                raise Unreadable(f"there is no room to unpack it: {error.strerror}") from error
        yield file


def view(file: IO[bytes]) -> BinaryIO:
    """Open what is held, from its beginning."""
    return cast("BinaryIO", io.BufferedReader(_View(file)))


class _View(io.RawIOBase):
    """What is held, from its beginning, however often it is opened."""

    def __init__(self, held: IO[bytes]) -> None:
        self._held = held
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer)
        self._held.seek(self._at)
        data = self._held.read(len(room))
        room[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: 0}[whence]
        if whence == io.SEEK_END:
            base = self._held.seek(0, io.SEEK_END)
        self._at = max(0, base + offset)
        return self._at
