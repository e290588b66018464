"""The entries of archive files (zip, tar, gzip): listed, and unpacked one at a time within limits.

Nothing in an archive is trusted: links are not followed, and lists and names that are too long are refused.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from stat import S_ISLNK
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from corpus.errors import Unreadable
from corpus.readers.medium_post_filter import ACCOUNT_REASON, account_files

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A zip file's list of entries is read in one piece, and so is a tar entry's name.
MAX_LIST_BYTES = 32_000_000
MAX_HEADER_BYTES = 1_000_000
CHUNK_BYTES = 65_536
ENCRYPTED_FLAG = 0x1
# The errors by which tarfile says that an archive is over.
END_ERRORS = ("EOFHeaderError", "EmptyHeaderError")
# Names that occur only in the zip files of office programs and e-books.
DOCUMENT_NAMES = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError),
    *(ValueError, OverflowError, RecursionError, NotImplementedError, RuntimeError),
)

OpenEntry = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """How much is unpacked of one archive file and of the archives in it, in bytes and entries.

    The limit in bytes is `max_ratio` times the packed size, but at least `min_bytes` and at most `max_bytes`. Text
    packs to a tenth and tables of figures to a fiftieth; data that packs tighter than `max_ratio` is not text.
    An entry of more than `memory_bytes` is unpacked to a temporary file.
    """

    max_entries: int = 250_000
    max_bytes: int = 20_000_000_000
    min_bytes: int = 100_000_000
    max_ratio: int = 200
    memory_bytes: int = 16_000_000


DEFAULT_LIMITS = UnpackLimits()


class LimitReached(Unreadable):
    """An archive contains more than may be unpacked."""


class Budget:
    """How many bytes and entries of an archive, and of the archives in it, may still be unpacked."""

    def __init__(self, packed_bytes: int, limits: UnpackLimits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._bytes = min(limits.max_bytes, max(limits.min_bytes, limits.max_ratio * packed_bytes))
        self._entries = limits.max_entries

    def spend_bytes(self, count: int) -> None:
        """Count unpacked bytes; raises LimitReached."""
        self._bytes -= count
        if self._bytes < 0:
            raise LimitReached("unpacks to far more than text of its size does: the rest is not read")

    def spend_entry(self) -> None:
        """Count an entry; raises LimitReached."""
        self._entries -= 1
        if self._entries < 0:
            raise LimitReached(f"more than {self.limits.max_entries:,} files in it: the rest is not read")


class Entry(NamedTuple):
    """A file in an archive: its name in the archive, and how to open it, or None and the `reason` if it cannot be read.

    An entry without a name is the archive itself. An entry that is not published may not be read either.
    """

    name: str
    open: OpenEntry | None
    reason: str = ""
    unpublished: bool = False


def zip_entries(stream: BinaryIO) -> Iterator[Entry]:
    """Yield the files in a zip file; raises Unreadable."""
    with open_zip(stream) as archive:
        if DOCUMENT_NAMES.intersection(archive.NameToInfo):
            raise Unreadable(_document_refusal(archive))
        not_posts = account_files(archive.NameToInfo)
        for info in archive.infolist():
            if info.filename.endswith("/") or S_ISLNK(info.external_attr >> 16) or is_system_file(info.filename):
                continue
            if info.filename in not_posts:
                yield Entry(info.filename, None, ACCOUNT_REASON, unpublished=True)
            elif info.flag_bits & ENCRYPTED_FLAG:
                yield Entry(info.filename, None, "locked with a password")
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield Entry(info.filename, None, "compressed by a method that is not read: pack it again as usual")
            else:
                yield Entry(info.filename, lambda info=info: archive.open(info))  # type: ignore[misc]


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip file; raises Unreadable, also if its list of entries is too long."""
    try:
        return zipfile.ZipFile(cast("BinaryIO", _BoundedReads(stream)))
    except BROKEN as error:
        raise Unreadable("a broken zip file: copy it again, or pack it again") from error


def _document_refusal(archive: zipfile.ZipFile) -> str:
    names = archive.NameToInfo
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "a spreadsheet, which is not read: save it as CSV, with columns named as title and text"
    name = (
        "a presentation" if "ppt/presentation.xml" in names else "an office document of another kind than DOCX and ODT"
    )
    return f"{name}, which is not read: save it as PDF or as plain text"


def tar_entries(stream: BinaryIO, budget: Budget) -> Iterator[Entry]:
    """Yield the files in a tar file, each to be read before the next; raises Unreadable and LimitReached."""
    bounded = _BoundedReads(stream, MAX_HEADER_BYTES)
    any_entry = False
    try:
        with tarfile.open(
            fileobj=cast("BinaryIO", bounded), mode="r|", tarinfo=_Header, encoding="utf-8", errors="replace"
        ) as archive:
            while (info := archive.next()) is not None:
                any_entry = True
                archive.members.clear()  # type: ignore[attr-defined] # tarfile would keep all of them in memory
                bounded.until = archive.offset + MAX_HEADER_BYTES
                if not info.isreg() or is_system_file(info.name):
                    budget.spend_bytes(max(0, archive.offset - info.offset))
                elif info.issparse():
                    yield Entry(info.name, None, "a sparse file: pack it again as usual")
                else:
                    yield Entry(info.name, lambda info=info: archive.extractfile(info))  # type: ignore[arg-type,misc]
    except BROKEN as error:
        if not any_entry:
            raise Unreadable("a broken tar file") from error
        yield Entry("", None, "broken: what comes after the last file that was read is lost")


class _Header(tarfile.TarInfo):
    """Raises for a broken header, which tarfile takes for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Header":
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.HeaderError as error:
            if type(error).__name__ in END_ERRORS:
                raise
            raise tarfile.ReadError(str(error)) from error


class _BoundedReads(io.RawIOBase):
    """An archive file that refuses a read of more than MAX_LIST_BYTES, and any read beyond position `until`."""

    def __init__(self, inner: BinaryIO, until: int | None = None) -> None:
        self._inner = inner
        self.until = until

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        position = self._inner.tell()
        data = self._inner.read(size if 0 <= size <= MAX_LIST_BYTES else MAX_LIST_BYTES + 1)
        if len(data) > MAX_LIST_BYTES or (self.until is not None and position > self.until):
            raise ValueError("a list, or a name, that is too long")
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()


def open_gzip(stream: BinaryIO) -> BinaryIO:
    """Open the content of a gzip file, from its beginning."""
    stream.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


def _unpacked_chunks(open_entry: OpenEntry) -> Iterator[bytes]:
    try:
        with open_entry() as packed:
            while chunk := packed.read(CHUNK_BYTES):
                yield chunk
    except BROKEN as error:
        raise Unreadable("broken: it cannot be unpacked whole") from error


@contextmanager
def unpack_to_spool(open_entry: OpenEntry, budget: Budget) -> Iterator[IO[bytes]]:
    """Unpack an entry to memory, or to a temporary file if it is large; raises Unreadable and LimitReached."""
    with SpooledTemporaryFile(budget.limits.memory_bytes) as spool:
        for chunk in _unpacked_chunks(open_entry):
            budget.spend_bytes(len(chunk))
            try:
                spool.write(chunk)
            except OSError as error:
                raise Unreadable(f"there is no room to unpack it: {error.strerror}") from error
        yield spool


def open_spool(spool: IO[bytes]) -> BinaryIO:
    """Open an unpacked entry from its beginning; it may be opened several times."""
    return cast("BinaryIO", io.BufferedReader(_SpoolView(spool)))


class _SpoolView(io.RawIOBase):
    """A view of a spooled file with a position of its own."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer)
        self._spool.seek(self._position)
        data = self._spool.read(len(target))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: 0}[whence]
        if whence == io.SEEK_END:
            base = self._spool.seek(0, io.SEEK_END)
        self._position = max(0, base + offset)
        return self._position


def is_system_file(name: str) -> bool:
    """Tell whether an entry is hidden, or one that an operating system adds (__MACOSX)."""
    return any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in path_parts(name))


def path_parts(name: str) -> list[str]:
    """Split an entry's name at slashes and backslashes."""
    return name.replace("\\", "/").split("/")
