"""Bytes to clean text."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

from corpus.documents import SourceFile, too_large
from corpus.errors import Unreadable

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What legacy pages are mostly written in, likeliest first: this settles near ties, which short texts often end in.
USUAL_ENCODINGS = ("cp1252", "cp1251", "gb18030", "big5", "cp932", "cp949")
# How much messier, and how much less like its language, a usual encoding may look than the library's first choice.
NEAR_CHAOS, NEAR_COHERENCE = 0.12, 0.1
# What a page that names the one is in, by the WHATWG's encoding standard.
WEB_ENCODINGS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
}
# Python's names of the encodings that pages are in; what else it can decode (UTF-7, escapes) no page is.
PAGE_ENCODINGS = re.compile(r"cp(?:125\d|874|866|932|949)|iso8859-\d+|koi8-[rut]|gb18030|big5hkscs|euc_jp|iso2022_jp")


def decode(data: bytes, told: str | None = None) -> str:
    """Turn a file's bytes into text, in whatever encoding it was written.

    A byte order mark decides, then UTF-8 if it is valid, then the encoding that the file tells of itself, if it is
    that; then UTF-8 with few errors, and what charset-normalizer finds likely. Raises Unreadable for bytes that are
    not text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(encoding, data)
    if b"\0" in data:
        raise Unreadable("not a text file")
    if told and (text := _decode_told(data, told)) is not None:
        return text
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = _mostly_utf8(data) or _decode_as(likely_encoding(data), data)
    if _share_of_controls(text) > 0.01:
        raise Unreadable("not a text file")
    return text


def _decode_told(data: bytes, told: str) -> str | None:
    """Decode as a page says that it is to be read; None where it is UTF-8 after all, or not what it says."""
    label = told.strip().lower()
    try:
        encoding = codecs.lookup(WEB_ENCODINGS.get(label, label)).name
        # All bytes of ISO-2022-JP are ASCII, so they are UTF-8 as well.
        if PAGE_ENCODINGS.fullmatch(encoding) and (encoding == "iso2022_jp" or not is_utf8(data)):
            return data.decode(encoding)
    except (LookupError, ValueError):
        return None
    return None


def _mostly_utf8(data: bytes) -> str | None:
    """Decode UTF-8 with a few broken characters, each shown as U+FFFD; None where it is another encoding altogether."""
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(character > "\x7f" for character in text)
    return text if broken * 10 <= beyond_ascii else None


def likely_encoding(data: bytes) -> str:
    """Return what bytes that are not UTF-8 are most likely in; raises Unreadable for those that are not text."""
    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise Unreadable("not a text file, or in an encoding that cannot be told")
    near = {
        encoding
        for match in matches
        if match.chaos <= best.chaos + NEAR_CHAOS and match.coherence >= best.coherence - NEAR_COHERENCE
        for encoding in match.could_be_from_charset
    }
    return next((encoding for encoding in USUAL_ENCODINGS if encoding in near), best.encoding)


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"looks like {encoding}, and is not (at byte {error.start:,})") from error


def _share_of_controls(text: str) -> float:
    sample = text[:100_000]
    return sum(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in sample) / len(
        sample
    )


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
            yield Line(number, "", str(too_large(file.max_bytes)))
            continue
        try:
            yield Line(number, reading.text(line.removesuffix(b"\r")).removeprefix("\ufeff"))
        except Unreadable as error:
            yield Line(number, "", str(error))


class Decoding:
    """Decodes a file's pieces alike: as UTF-8, and where that is not what they are, as the first such piece is."""

    def __init__(self, head: bytes, told: str | None = None) -> None:
        self._told = None if told and told.lower() in ("utf-8", "utf8") else told
        if self._told is None and _wide_encoding(head) is None and not is_utf8(head, complete=False):
            self._detect(head)

    def text(self, piece: bytes) -> str:
        """Return a piece's text; raises Unreadable."""
        if self._told is None and not is_utf8(piece, complete=False):
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
            yield None if too_long or len(kept) > file.max_bytes else kept
            kept, too_long = other, False
        too_long = too_long or len(kept) > file.max_bytes
    if kept or too_long:
        yield None if too_long else kept


def _wide_encoding(head: bytes) -> str | None:
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if marked == "utf-8-sig":
        return None
    return marked or next((encoding for mark, encoding in UNMARKED if head.startswith(mark)), None)


def is_utf8(data: bytes, *, complete: bool = True) -> bool:
    """Tell whether bytes are UTF-8; where they are not `complete`, a character may be cut off at their end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=complete)
    except UnicodeDecodeError:
        return False
    return True
