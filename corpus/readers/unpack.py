"""What is in an archive file: its members, by name, as far as it is whole.

Nothing is trusted: no link is followed, and no list or name is read that is longer than they are.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from stat import S_ISLNK
from typing import IO, BinaryIO, NamedTuple, cast

from corpus.errors import Unreadable
from corpus.held import Budget

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
