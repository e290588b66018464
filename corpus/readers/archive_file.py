"""Zip, tar and gzip files: each file in them is read as if it lay in a folder.

One entry at a time is unpacked, within limits. An entry's name never becomes a path on disk.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from corpus.errors import Unreadable
from corpus.reader_types import Follow, ReaderOutput, Reading, Skipped, SourceFile
from corpus.readers.archive_entries import (
    BROKEN,
    DEFAULT_LIMITS,
    Budget,
    Entry,
    LimitReached,
    OpenEntry,
    UnpackLimits,
    open_gzip,
    open_spool,
    path_parts,
    tar_entries,
    unpack_to_spool,
    zip_entries,
)
from corpus.readers.zip_document import document_kind

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_MAGIC = b"\x1f\x8b\x08"
# The first bytes of formats that are recognised but not read.
UNREAD_FORMATS = {
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
}
# An archive in an archive is read; an archive in that one is not.
MAX_DEPTH = 2
MAX_NAME_CHARACTERS = 500
TAR_BLOCK_BYTES = 512


class ArchiveFileReader:
    """Reads every file in an archive file; `read` reads a file of any format."""

    def __init__(
        self, read: Callable[[SourceFile], Iterator[ReaderOutput]], limits: UnpackLimits = DEFAULT_LIMITS
    ) -> None:
        self._read_content = read
        self._limits = limits

    def takes(self, file: SourceFile) -> bool:
        """Recognise an archive file by its first bytes; documents that are zip files have readers of their own."""
        is_archive = file.head.startswith((*ZIP_MAGIC, GZIP_MAGIC, *UNREAD_FORMATS)) or _is_tar(file.head)
        return is_archive and document_kind(file) is None

    def read(self, file: SourceFile) -> Iterator[ReaderOutput]:
        """Yield the articles of all entries, in their order; raises Unreadable if the entries cannot be listed."""
        with file.stream() as stream:
            budget = Budget(stream.seek(0, io.SEEK_END), self._limits)
        try:
            yield from self._archive(file, budget, 1)
        except LimitReached as error:
            yield Skipped(file.where, str(error))

    def _archive(self, file: SourceFile, budget: Budget, depth: int) -> Iterator[ReaderOutput]:
        if format_name := next((name for magic, name in UNREAD_FORMATS.items() if file.head.startswith(magic)), None):
            raise Unreadable(f"packed by {format_name}, which is not read: pack it as zip or tar.gz")
        if depth > MAX_DEPTH:
            raise Unreadable("an archive in an archive in an archive: unpack it first")
        if _is_gzipped_file(file):
            yield from self._gzipped_file(file, budget, depth)
            return
        names: set[str] = set()
        with file.stream() as stream:
            for entry in _entries(file.head, stream, budget):
                name = _safe_name(entry.name) or ("nameless" if entry.open else "")
                inner = _inner_file(file, name)
                if entry.open is None:
                    where = inner.where if name else file.where
                    yield Skipped(where, entry.reason, unpublished=entry.unpublished)
                elif name in names:
                    yield Skipped(inner.where, "another file of that name comes before it")
                else:
                    budget.spend_entry()
                    names.add(name)
                    yield from (
                        _with_entry_key(output, name) for output in self._entry(inner, entry.open, budget, depth)
                    )

    def _gzipped_file(self, file: SourceFile, budget: Budget, depth: int) -> Iterator[ReaderOutput]:
        with file.stream() as stream:
            inner = _inner_file(file, PurePosixPath(file.place).stem or "file")
            inner = replace(inner, where=file.where, url=file.url)
            yield from self._entry(inner, lambda: open_gzip(stream), budget, depth)

    def _entry(self, file: SourceFile, open_entry: OpenEntry, budget: Budget, depth: int) -> Iterator[ReaderOutput]:
        try:
            with unpack_to_spool(open_entry, budget) as spool:
                entry = replace(file, open=lambda: open_spool(spool))
                yield from self._archive(entry, budget, depth + 1) if self.takes(entry) else self._read_content(entry)
        except LimitReached:
            raise
        except Unreadable as error:
            yield Skipped.because(error, file.where)


def _entries(head: bytes, stream: BinaryIO, budget: Budget) -> Iterator[Entry]:
    if head.startswith(ZIP_MAGIC):
        return zip_entries(stream)
    return tar_entries(open_gzip(stream) if head.startswith(GZIP_MAGIC) else stream, budget)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _is_gzipped_file(file: SourceFile) -> bool:
    """Tell a single file that is packed with gzip from a tar.gz archive."""
    if not file.head.startswith(GZIP_MAGIC):
        return False
    with file.stream() as stream:
        try:
            return not _is_tar(open_gzip(stream).read(TAR_BLOCK_BYTES))
        except BROKEN:
            return True  # reading it as a single file says that it is broken


def _inner_file(file: SourceFile, name: str) -> SourceFile:
    return replace(file, where=f"{file.where}: {name}", place=f"{file.place}/{name}", url=None, charset=None)


def _safe_name(name: str) -> str:
    """Return an entry's name without "..", empty parts and characters that cannot be printed."""
    parts = [part for part in path_parts(name) if part.strip(". ")]
    printable = "".join(character if character.isprintable() else "?" for character in "/".join(parts))
    return printable[-MAX_NAME_CHARACTERS:]


def _with_entry_key(output: ReaderOutput, name: str) -> ReaderOutput:
    """Prefix the key with the entry's name, so that keys are unique in the archive file."""
    match output:
        case Reading():
            return _with_key(output, name)
        case Follow(excerpt=Reading() as excerpt):
            return replace(output, excerpt=_with_key(excerpt, name))
        case _:
            return output


def _with_key(reading: Reading, name: str) -> Reading:
    return replace(reading, key=f"{name}#{reading.key}" if reading.key else name)
