"""Bytes to text: the encoding of whole files, and of long files that are read in chunks or line by line."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile, too_large

CHUNK_BYTES = 65_536
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# UTF-16 without a byte order mark is recognised by the first character of our formats: < or {.
UNMARKED_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"))
XML_ENCODING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
# The usual encodings of old pages, likeliest first. charset-normalizer often finds several equally likely in a short
# text: then the first of these is taken.
USUAL_ENCODINGS = ("cp1252", "cp1251", "gb18030", "big5", "cp932", "cp949")
# A usual encoding may be worse than the library's first choice by these margins in chaos and in coherence.
CHAOS_MARGIN, COHERENCE_MARGIN = 0.12, 0.1
# The encoding that browsers use for a declared label, by WHATWG's Encoding Standard.
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
# The encodings that a page may declare, by Python's names. Python's others (UTF-7, escapes) are not used in pages.
PAGE_ENCODINGS = re.compile(r"cp(?:125\d|874|866|932|949)|iso8859-\d+|koi8-[rut]|gb18030|big5hkscs|euc_jp|iso2022_jp")
MAX_CONTROLS_SHARE = 0.01
CONTROLS_SAMPLE_CHARACTERS = 100_000


class Line(NamedTuple):
    """A line without its line break, counted from 1; `problem` says why it cannot be read, "" if it can."""

    number: int
    text: str
    problem: str = ""


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode a whole file of any encoding; raises Unreadable for bytes that are not text.

    These are tried in order: a byte order mark; the declared encoding, if the bytes are not UTF-8; UTF-8; UTF-8 with a
    few broken characters; the encoding that charset-normalizer finds most likely.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(encoding, data)
    if b"\0" in data:
        raise Unreadable("not a text file")
    if declared and (text := _decode_as_declared(data, declared)) is not None:
        return text
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = _mostly_utf8(data) or _decode_as(likely_encoding(data), data)
    if _controls_share(text) > MAX_CONTROLS_SHARE:
        raise Unreadable("not a text file")
    return text


class Decoder:
    """Decodes all pieces of a file as UTF-8, or in the encoding of the first piece that is not UTF-8."""

    def __init__(self, head: bytes, declared: str | None = None) -> None:
        self._encoding = None if declared and declared.lower() in ("utf-8", "utf8") else declared
        if self._encoding is None and _wide_encoding(head) is None and not is_utf8(head, complete=False):
            self._detect(head)

    def decode(self, piece: bytes) -> str:
        """Return a piece's text; raises Unreadable."""
        if self._encoding is None and not is_utf8(piece, complete=False):
            self._detect(piece)
        return decode(piece, self._encoding)

    def _detect(self, piece: bytes) -> None:
        try:
            self._encoding = likely_encoding(piece)
        except Unreadable:
            return


def read_chunks(file: SourceFile) -> Iterator[bytes]:
    """Yield a file's bytes, 64 KB at a time; UTF-16 and UTF-32 become UTF-8. Raises Unreadable."""
    encoding = _wide_encoding(file.head)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
    with file.stream() as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                yield decoder.decode(chunk).encode(errors="replace") if decoder else chunk
        except OSError as error:
            raise Unreadable(f"cannot be read to its end: {error.strerror or error}") from error


def read_lines(file: SourceFile) -> Iterator[Line]:
    """Yield a file's lines, decoded; a line that is longer than an article may be has a problem instead of text."""
    decoder = Decoder(file.head)
    for number, data in enumerate(_split_lines(file), start=1):
        if data is None:
            yield Line(number, "", str(too_large(file.max_bytes)))
            continue
        try:
            yield Line(number, decoder.decode(data.removesuffix(b"\r")).removeprefix("\ufeff"))
        except Unreadable as error:
            yield Line(number, "", str(error))


def head_text(file: SourceFile) -> str | None:
    """Return the text of a file's first 64 KB, by which readers recognise formats; None if the file is not text."""
    head = file.head
    if encoding := _wide_encoding(head):
        return head.decode(encoding, errors="replace").removeprefix("\ufeff")
    try:
        return Decoder(head).decode(head[: head.rfind(b"\n") + 1] or head).removeprefix("\ufeff")
    except Unreadable:
        return None


def declared_xml_encoding(head: bytes) -> str | None:
    """Return the encoding that an XML declaration names; None without a declaration."""
    declaration = XML_ENCODING.match(head)
    return declaration[1].decode() if declaration else None


def is_utf8(data: bytes, *, complete: bool = True) -> bool:
    """Tell whether bytes are UTF-8; unless `complete`, their last character may be cut off."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=complete)
    except UnicodeDecodeError:
        return False
    return True


def likely_encoding(data: bytes) -> str:
    """Return the most likely encoding of bytes that are not UTF-8; raises Unreadable if they are not text."""
    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise Unreadable("not a text file, or in an unknown encoding")
    close = {
        encoding
        for match in matches
        if match.chaos <= best.chaos + CHAOS_MARGIN and match.coherence >= best.coherence - COHERENCE_MARGIN
        for encoding in match.could_be_from_charset
    }
    return next((encoding for encoding in USUAL_ENCODINGS if encoding in close), best.encoding)


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"looks like {encoding}, and is not (at byte {error.start:,})") from error


def _decode_as_declared(data: bytes, declared: str) -> str | None:
    """Decode in the declared encoding; None if the bytes are UTF-8, or not in that encoding."""
    label = declared.strip().lower()
    try:
        encoding = codecs.lookup(WEB_ENCODINGS.get(label, label)).name
        # ISO-2022-JP consists of ASCII bytes, so its bytes are valid UTF-8 too.
        if PAGE_ENCODINGS.fullmatch(encoding) and (encoding == "iso2022_jp" or not is_utf8(data)):
            return data.decode(encoding)
    except (LookupError, ValueError):
        return None
    return None


def _mostly_utf8(data: bytes) -> str | None:
    """Decode UTF-8 with a few broken characters, each as U+FFFD; None if too many are broken."""
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(character > "\x7f" for character in text)
    return text if broken * 10 <= beyond_ascii else None


def _controls_share(text: str) -> float:
    sample = text[:CONTROLS_SAMPLE_CHARACTERS]
    controls = sum(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in sample)
    return controls / len(sample)


def _split_lines(file: SourceFile) -> Iterator[bytes | None]:
    """Yield each line, or None for a line that is too long to keep in memory."""
    line, too_long = b"", False
    for chunk in read_chunks(file):
        first, *later_lines = chunk.split(b"\n")
        line = line + first if not too_long else b""
        for later_line in later_lines:
            yield None if too_long or len(line) > file.max_bytes else line
            line, too_long = later_line, False
        too_long = too_long or len(line) > file.max_bytes
    if line or too_long:
        yield None if too_long else line


def _wide_encoding(head: bytes) -> str | None:
    """Return the encoding of a file in UTF-16 or UTF-32; None for any other."""
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if marked == "utf-8-sig":
        return None
    return marked or next((encoding for mark, encoding in UNMARKED_UTF16 if head.startswith(mark)), None)
