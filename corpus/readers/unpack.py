"""What is in an archive file: its members, by name, as far as it is whole.

Nothing is trusted: no link is followed, and no list or name is read that is longer than they are.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from stat import S_ISLNK
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

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


# A zip file's list of members comes in one piece, and a tar member's name in another.
MOST_LIST_BYTES = 32_000_000
MOST_HEADER_BYTES = 1_000_000
A_PIECE = 65_536
LOCKED = 0x1
# How tarfile says that an archive is over.
ENDS = ("EOFHeaderError", "EmptyHeaderError")
# What office programs and e-books are zip files of.
DOCUMENTS = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(ValueError, OverflowError, RecursionError, NotImplementedError, RuntimeError),
)

Opened = Callable[[], IO[bytes]]


class Member(NamedTuple):
    """A file in an archive, as it is named there: how to open it, or why not. Nameless, it is the archive itself."""

    name: str
    open: Opened | None
    reason: str = ""


def zipped(stream: BinaryIO) -> Iterator[Member]:
    """Yield the files in a zip file; raises Unreadable."""
    try:
        archive = zipfile.ZipFile(cast("BinaryIO", _InPieces(stream)))
    except BROKEN as error:
        raise Unreadable("a broken zip file") from error
    with archive:
        if DOCUMENTS.intersection(archive.NameToInfo):
            raise Unreadable("an office document or an e-book, which is not read yet; save it as PDF or as plain text")
        for info in archive.infolist():
            if info.filename.endswith("/") or S_ISLNK(info.external_attr >> 16) or passed_over(info.filename):
                continue
            if info.flag_bits & LOCKED:
                yield Member(info.filename, None, "locked with a password")
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield Member(info.filename, None, "packed in a way that is not read: pack it anew, as usual")
            else:
                yield Member(info.filename, lambda info=info: archive.open(info))  # type: ignore[misc]


def tarred(stream: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Yield the files in a tar file, each to be read before the next; raises Unreadable, and Spent."""
    pieces = _InPieces(stream, MOST_HEADER_BYTES)
    met = False
    try:
        with tarfile.open(
            fileobj=cast("BinaryIO", pieces), mode="r|", tarinfo=_Header, encoding="utf-8", errors="replace"
        ) as archive:
            while (info := archive.next()) is not None:
                met = True
                archive.members.clear()  # type: ignore[attr-defined] # it would keep them all
                pieces.until = archive.offset + MOST_HEADER_BYTES
                if not info.isreg() or passed_over(info.name):
                    budget.spend(max(0, archive.offset - info.offset))
                elif info.issparse():
                    yield Member(info.name, None, "a file with holes: pack it anew, as usual")
                else:
                    yield Member(info.name, lambda info=info: archive.extractfile(info))  # type: ignore[arg-type,misc]
    except BROKEN as error:
        if not met:
            raise Unreadable("a broken tar file") from error
        yield Member("", None, "broken: what comes after the last file that was read is lost")


class _Header(tarfile.TarInfo):
    """Tells a broken header from the end, which tarfile takes it for."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Header":
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.HeaderError as error:
            if type(error).__name__ in ENDS:
                raise
            raise tarfile.ReadError(str(error)) from error


class _InPieces(io.RawIOBase):
    """An archive file of which no more is read at once than a list of members is long, and no more than `until`."""

    def __init__(self, inner: BinaryIO, until: int | None = None) -> None:
        self._inner = inner
        self.until = until

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        at = self._inner.tell()
        data = self._inner.read(size if 0 <= size <= MOST_LIST_BYTES else MOST_LIST_BYTES + 1)
        if len(data) > MOST_LIST_BYTES or (self.until is not None and at > self.until):
            raise ValueError("a list, or a name, that is too long")
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()


def gunzipped(stream: BinaryIO) -> BinaryIO:
    """Open what gzip packed, from its beginning."""
    stream.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


def unpacked(opened: Opened) -> Iterator[bytes]:
    """Yield a member in pieces; raises Unreadable where it breaks off."""
    try:
        with opened() as packed:
            while piece := packed.read(A_PIECE):
                yield piece
    except BROKEN as error:
        raise Unreadable("broken: it cannot be unpacked whole") from error


def passed_over(name: str) -> bool:
    """Tell what systems put beside people's files."""
    return any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts_of(name))


def parts_of(name: str) -> list[str]:
    """Return a member's name, part by part, from whichever system it comes."""
    return name.replace("\\", "/").split("/")
