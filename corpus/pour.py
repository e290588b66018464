"""Long files in pieces: as they come, or line by line, never whole."""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from corpus.documents import SourceFile, too_large
from corpus.errors import Unreadable
from corpus.text.decoding import BYTE_ORDER_MARKS, decode, likely_encoding

CHUNK_BYTES = 65_536
# UTF-16 without a mark, told by a first letter that any of our formats may begin with.
UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"))


class Line(NamedTuple):
    """A line without its end, counted from 1; `fault` says why it cannot be read, and is "" where it can."""

    number: int
    text: str
    fault: str = ""


def chunks(file: SourceFile) -> Iterator[bytes]:
    """Yield a file's bytes, 64 KB at a time, UTF-16 and UTF-32 as UTF-8; raises Unreadable."""
    encoding = _wide_encoding(file.head)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
    with file.stream() as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                yield decoder.decode(chunk).encode(errors="replace") if decoder else chunk
        except OSError as error:
            raise Unreadable(f"cannot be read to its end: {error.strerror or error}") from error


def lines(file: SourceFile) -> Iterator[Line]:
    """Yield a file's lines, in whatever encoding; one that is longer than an article may be has a fault."""
    reading = Decoding(file.head)
    for number, line in enumerate(_raw_lines(file), start=1):
        if line is None:
            yield Line(number, "", str(too_large(file.most_bytes)))
            continue
        try:
            yield Line(number, reading.text(line.removesuffix(b"\r")).removeprefix("\ufeff"))
        except Unreadable as error:
            yield Line(number, "", str(error))


class Decoding:
    """Decodes a file's pieces alike: as UTF-8, and where that is not what they are, as the first such piece is."""

    def __init__(self, head: bytes, told: str | None = None) -> None:
        self._told = None if told and told.lower() in ("utf-8", "utf8") else told
        if self._told is None and _wide_encoding(head) is None and not is_utf8(head):
            self._detect(head)

    def text(self, piece: bytes) -> str:
        """Return a piece's text; raises Unreadable."""
        if self._told is None and not is_utf8(piece):
            self._detect(piece)
        return decode(piece, self._told)

    def _detect(self, piece: bytes) -> None:
        try:
            self._told = likely_encoding(piece)
        except Unreadable:
            return


def _raw_lines(file: SourceFile) -> Iterator[bytes | None]:
    kept, too_long = b"", False
    for chunk in chunks(file):
        first, *others = chunk.split(b"\n")
        kept = kept + first if not too_long else b""
        for other in others:
            yield None if too_long or len(kept) > file.most_bytes else kept
            kept, too_long = other, False
        too_long = too_long or len(kept) > file.most_bytes
    if kept or too_long:
        yield None if too_long else kept


def _wide_encoding(head: bytes) -> str | None:
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if marked == "utf-8-sig":
        return None
    return marked or next((encoding for mark, encoding in UNMARKED if head.startswith(mark)), None)


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are UTF-8, a character that is cut off at their end aside."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True
