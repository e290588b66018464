"""Bytes to text: the encoding of whole files, and of long files that are read in chunks or line by line."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile, too_large
from corpus.text.legacy_encodings import decode_as, decode_by_language, likely_encoding

CHUNK_BYTES = 65_536
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNMARKED = "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"
# The bytes that are examined for UTF-16 and UTF-32; the shares of text, and of ASCII and full stops, that they have.
WIDE_SAMPLE_BYTES, MIN_WIDE_TEXT_SHARE, MIN_USUAL_SHARE = 8_000, 0.97, 0.03
# Encodings of e-mail that write other letters in ASCII between two escape sequences, and how each begins.
ESCAPED = ((re.compile(rb"\x1b\$(?:[@B]|\([@BD])"), "iso2022_jp_ext"), (re.compile(rb"\x1b\$\)C"), "iso2022_kr"))
XML_ENCODING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
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
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "cn-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
}
# The encodings that a page may declare, by Python's names. Python's others (UTF-7, escapes) are not used in pages.
PAGE_ENCODINGS = re.compile(r"cp\d{3,4}|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|big5hkscs|euc_jp")
# Control characters, without tabs, line breaks and page breaks. DOS marks the end of a file by one.
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
MAX_CONTROLS_SHARE = 0.01
MAX_SLIPS, MAX_SLIPS_SHARE = 2, 0.04
# So many zero bytes are a slip also in a short line.
MAX_ZERO_BYTES = 3
# A file whose beginning is ASCII is read up to here to find its encoding.
MAX_EVIDENCE_BYTES, ENOUGH_EVIDENCE_BYTES = 50_000_000, 4_000
CONTROLS_SAMPLE_CHARACTERS = 100_000


class Line(NamedTuple):
    """A line without its line break, counted from 1; `problem` says why it cannot be read, "" if it can."""

    number: int
    text: str
    problem: str = ""


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode a whole file of any encoding; raises Unreadable for bytes that are not text.

    These are tried in order: a byte order mark; UTF-16 and UTF-32 without one; the escapes of ISO-2022; UTF-8; UTF-8
    with a few broken characters; the encoding in which the text makes sense, the declared one first.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(encoding, data)
    if encoding_found := _unmarked_wide_encoding(data):
        return data.decode(encoding_found, "replace")
    text = _decode_narrow(_without_zero_bytes(data), declared)
    if _has_controls(text):
        raise Unreadable("not a text file: save its text as plain text, HTML or PDF")
    return text


def _decode_narrow(data: bytes, declared: str | None) -> str:
    if (text := _decode_escaped(data)) is not None:
        return text
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _mostly_utf8(data) or decode_by_language(data, _known_encoding(declared))


class Decoder:
    """Decodes all pieces of a file as UTF-8, or in the encoding of those pieces that are not UTF-8.

    The file's beginning decides the encoding. If that is ASCII, the lines of `file` do that are not UTF-8.
    """

    def __init__(self, head: bytes, declared: str | None = None, file: SourceFile | None = None) -> None:
        self._declared = _known_encoding(declared)
        self._file = file
        self._encoding: str | None = None
        if _wide_encoding(head) is None and not is_utf8(head, complete=False):
            self._detect(head)

    def decode(self, piece: bytes) -> str:
        """Return a piece's text; raises Unreadable."""
        piece = _without_zero_bytes(piece)
        if is_utf8(piece):
            return decode(piece)
        if self._encoding is None:
            self._detect(_evidence(self._file) if self._file else piece)
        if self._encoding is not None:
            try:
                piece.decode(self._encoding)
            except UnicodeDecodeError:
                pass
            else:
                return decode_as(self._encoding, piece)
        return decode(piece, self._declared)

    def _detect(self, sample: bytes) -> None:
        if _mostly_utf8(sample) is not None:
            return
        try:
            self._encoding = likely_encoding(sample, self._declared)
        except Unreadable:
            return


def _evidence(file: SourceFile) -> bytes:
    """Return lines of a file that are not UTF-8, enough to tell its encoding by."""
    lines, size, beyond, rest = [], 0, 0, b""
    for chunk in read_chunks(file):
        *whole_lines, rest = (rest + chunk).split(b"\n") if len(rest) < CHUNK_BYTES else (rest, chunk)
        for line in whole_lines:
            if not is_utf8(line):
                lines.append(line)
                beyond += sum(byte > 0x7F for byte in line[:CHUNK_BYTES])
        size += len(chunk)
        if beyond > ENOUGH_EVIDENCE_BYTES or size > MAX_EVIDENCE_BYTES:
            break
    return b"\n".join([*lines, *([] if is_utf8(rest, complete=False) else [rest])])


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
    decoder = Decoder(file.head, file=file)
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


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"looks like {encoding}, and is not (at byte {error.start:,})") from error


def _known_encoding(declared: str | None) -> str | None:
    """Return Python's name of a declared encoding; None if it is none of those that pages use."""
    label = (declared or "").strip().lower()
    try:
        encoding = codecs.lookup(WEB_ENCODINGS.get(label, label)).name if label else ""
    except (LookupError, ValueError):
        return None
    return encoding if PAGE_ENCODINGS.fullmatch(encoding) else None


def _decode_escaped(data: bytes) -> str | None:
    """Decode ISO-2022-JP and ISO-2022-KR, whose bytes are ASCII; None if the bytes are in neither."""
    if b"\x1b$" not in data:
        return None
    for beginning, encoding in ESCAPED:
        if beginning.search(data):
            text = data.decode(encoding, "replace")
            return text if text.count("\ufffd") * 100 <= len(text) else None
    return None


def _without_zero_bytes(data: bytes) -> bytes:
    """Drop zero bytes at the end, and a few elsewhere; raises Unreadable if there are more."""
    if b"\0" not in data:
        return data
    data = data.strip(b"\0")
    if data.count(b"\0") > max(MAX_ZERO_BYTES, MAX_CONTROLS_SHARE * len(data)):
        raise Unreadable("not a text file: save its text as plain text, HTML or PDF")
    return data.replace(b"\0", b"")


def _mostly_utf8(data: bytes) -> str | None:
    """Decode UTF-8 with a few broken characters, each as U+FFFD; None if too many are broken."""
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(character > "\x7f" for character in text)
    return text if broken * 10 <= beyond_ascii else None


def _has_controls(text: str) -> bool:
    """Tell whether a text has more control characters than slips; a few are none, as in a line between two pages."""
    sample = text[:CONTROLS_SAMPLE_CHARACTERS].rstrip("\x1a")
    return len(CONTROL.findall(sample)) > max(
        MAX_CONTROLS_SHARE * len(sample), min(MAX_SLIPS, MAX_SLIPS_SHARE * len(sample))
    )


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
    return marked or _unmarked_wide_encoding(head)


def _unmarked_wide_encoding(data: bytes) -> str | None:
    """Return the encoding of text in UTF-16 or UTF-32 without a byte order mark; None for any other bytes.

    In the right one, spaces, line breaks and ASCII letters come out as such; in the other, as rare characters.
    """
    sample = data[:WIDE_SAMPLE_BYTES]
    zero_bytes = sample.count(b"\0")
    if not zero_bytes or (zero_bytes <= MAX_ZERO_BYTES and is_utf8(sample.replace(b"\0", b""), complete=False)):
        return None
    best, most_usual = None, 0
    for encoding in UNMARKED:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        usual = sum("\x20" <= character <= "\x7e" or character in "\t\r\n。，、" for character in text)
        others = sum(unicodedata.category(character)[0] == "C" and character not in "\t\r\n" for character in text)
        if usual > max(most_usual, MIN_USUAL_SHARE * len(text)) and others <= (1 - MIN_WIDE_TEXT_SHARE) * len(text):
            best, most_usual = encoding, usual
    return best
