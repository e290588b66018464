"""Zip files, tar files and what gzip packed: each file in them is read as if it lay in a folder.

A member's name is only a name. One member at a time is unpacked, within bounds, and held: in memory, or from 16 MB on
in a temporary file that has no name.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from corpus.documents import Follow, Reading, Skipped, SourceFile
from corpus.errors import Unreadable
from corpus.readers.unpack import (
    BROKEN,
    Budget,
    Member,
    Opened,
    Spent,
    gunzipped,
    held,
    parts_of,
    tarred,
    unpacked,
    view,
    zipped,
)

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP = b"\x1f\x8b\x08"
# Packed as only some programs can.
OTHERS = {
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
}
# An archive in an archive is read, one in that is not.
DEEPEST = 2
LONGEST_NAME = 500
A_BLOCK = 512

Read = Reading | Skipped | Follow


class BundleReader:
    """Reads every file in an archive file, by `read`, which reads a file of any format."""

    def __init__(self, read: Callable[[SourceFile], Iterator[Read]]) -> None:
        self._read = read

    def takes(self, file: SourceFile) -> bool:
        """Tell an archive file by its first bytes."""
        return file.head.startswith((*ZIP, GZIP, *OTHERS)) or _is_tar(file.head)

    def read(self, file: SourceFile) -> Iterator[Read]:
        """Yield what is in the members, in their order; raises Unreadable where the list of them cannot be read."""
        with file.stream() as stream:
            budget = Budget.of(stream.seek(0, io.SEEK_END))
        try:
            yield from self._bundle(file, budget, 1)
        except Spent as spent:
            yield Skipped(file.where, str(spent))

    def _bundle(self, file: SourceFile, budget: Budget, depth: int) -> Iterator[Read]:
        if other := next((name for mark, name in OTHERS.items() if file.head.startswith(mark)), None):
            raise Unreadable(f"packed by {other}, which is not read: pack it as zip or tar.gz")
        if depth > DEEPEST:
            raise Unreadable("an archive in an archive in an archive: unpack it first")
        if _is_one(file):
            yield from self._one(file, budget, depth)
            return
        names: set[str] = set()
        with file.stream() as stream:
            for member in _members(file.head, stream, budget):
                name = _plain(member.name) or ("nameless" if member.open else "")
                inside = _inside(file, name)
                if member.open is None:
                    yield Skipped(inside.where if name else file.where, member.reason)
                elif name in names:
                    yield Skipped(inside.where, "another file of that name comes before it")
                else:
                    budget.count()
                    names.add(name)
                    yield from (_keyed(read, name) for read in self._member(inside, member.open, budget, depth))

    def _one(self, file: SourceFile, budget: Budget, depth: int) -> Iterator[Read]:
        """Yield what is in a single file that gzip packed."""
        with file.stream() as stream:
            inside = replace(_inside(file, PurePosixPath(file.place).stem or "file"), where=file.where, url=file.url)
            yield from self._member(inside, lambda: gunzipped(stream), budget, depth)

    def _member(self, file: SourceFile, opened: Opened, budget: Budget, depth: int) -> Iterator[Read]:
        try:
            with held(unpacked(opened), budget) as content:
                member = replace(file, open=lambda: view(content))
                yield from self._bundle(member, budget, depth + 1) if self.takes(member) else self._read(member)
        except Spent:
            raise
        except Unreadable as error:
            yield Skipped(file.where, str(error))


def _members(head: bytes, stream: BinaryIO, budget: Budget) -> Iterator[Member]:
    if head.startswith(ZIP):
        return zipped(stream)
    return tarred(gunzipped(stream) if head.startswith(GZIP) else stream, budget)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _is_one(file: SourceFile) -> bool:
    """Tell a file that gzip packed from a tar file that it packed."""
    if not file.head.startswith(GZIP):
        return False
    with file.stream() as stream:
        try:
            return not _is_tar(gunzipped(stream).read(A_BLOCK))
        except BROKEN:
            return True  # it is named where it is read


def _inside(file: SourceFile, name: str) -> SourceFile:
    return replace(file, where=f"{file.where}: {name}", place=f"{file.place}/{name}", url=None, charset=None)


def _plain(name: str) -> str:
    """Return a member's name as one that leads nowhere else."""
    parts = [part for part in parts_of(name) if part.strip(". ")]
    return "".join(sign if sign.isprintable() else "?" for sign in "/".join(parts))[-LONGEST_NAME:]


def _keyed(read: Read, name: str) -> Read:
    """Tell an article from the others of the archive file."""
    match read:
        case Reading():
            return _with_key(read, name)
        case Follow(excerpt=Reading() as excerpt):
            return replace(read, excerpt=_with_key(excerpt, name))
        case _:
            return read


def _with_key(reading: Reading, name: str) -> Reading:
    return replace(reading, key=f"{name}#{reading.key}" if reading.key else name)
