"""What servers write in front of a feed or an export by mistake: PHP's warnings, HTML, comments, a second mark."""

import io
import re
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, cast

from corpus.reader_types import SourceFile

MAX_JUNK_BYTES, MAX_PROLOGUE_BYTES, MAX_BEGINNINGS = 16_384, 4_096, 50
# Words in front that are no message of PHP may be the text of an article about feeds, if there are many.
MAX_STRAY_BYTES = 40
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
PROLOGUE = re.compile(
    rb"\s+|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>", re.DOTALL | re.IGNORECASE
)
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z]+)(?=[\s/>])")
ROOTS = (b"rss", b"rdf", b"feed", b"urlset", b"sitemapindex")
BEGINNING = re.compile(
    rb"<\?xml\s|<(?:[A-Za-z_][\w.-]{0,40}:)?(?:rss|rdf|feed|urlset|sitemapindex)\s[^<>]{0,4000}(?:version|xmlns)[^<>]{0,4000}>",
    re.IGNORECASE,
)
PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b|```", re.IGNORECASE)
PHP_MESSAGE = re.compile(
    rb"(?:PHP )?(?:(?:recoverable |catchable )?fatal error|parse error|warning|notice|deprecated|strict standards)"
    rb"\s*(?:</b>)?\s*:",
    re.IGNORECASE,
)
INVISIBLE = re.compile(rb"<!--(?:(?!-->).)*(?:-->|\Z)|<[^<>]*>|\s+|\xef\xbb\xbf|\xc3\xaf\xc2\xbb\xc2\xbf", re.DOTALL)


def without_mark(head: bytes) -> bytes:
    """Return the first bytes of a file without a byte order mark, and without the zeros of UTF-16."""
    return next((head[len(mark) :] for mark in MARKS if head.startswith(mark)), head).replace(b"\0", b"")


def root_name_at(text: bytes, position: int = 0) -> bytes:
    """Return the name of the root element that begins here, in lower case and without its prefix; b"" without one."""
    while match := PROLOGUE.match(text, position):
        position = match.end()
    root = ROOT.match(text, position)
    return root[1].lower() if root else b""


def junk_length(head: bytes) -> int:
    """Return the number of bytes in front of the XML of a feed, an export or a sitemap; 0 if the file is none."""
    if b"\0" in head or root_name_at(without_mark(head)) in ROOTS:
        return 0
    for beginning in islice(BEGINNING.finditer(head, 0, MAX_JUNK_BYTES), MAX_BEGINNINGS):
        start = beginning.start()
        if start and root_name_at(head[start : start + MAX_PROLOGUE_BYTES]) in ROOTS:
            return start if _is_junk(head[:start]) else 0
    return 0


def _is_junk(text: bytes) -> bool:
    if PAGE.search(text):
        return False
    visible = INVISIBLE.sub(b"", text)
    begins_with_markup = without_mark(text).lstrip().startswith(b"<")
    return len(visible) <= MAX_STRAY_BYTES or begins_with_markup or PHP_MESSAGE.search(text) is not None


def without_junk(file: SourceFile) -> tuple[SourceFile, str]:
    """Return a file without what stands in front of its XML, and that; the lines keep their numbers."""
    length = junk_length(file.head)
    if not length:
        return file, ""
    junk = file.head[:length]

    def open_() -> BinaryIO:
        stream = file.open()
        stream.read(length)
        return cast("BinaryIO", io.BufferedReader(_AfterLines(junk.count(b"\n"), stream)))

    visible = INVISIBLE.sub(b" ", junk).decode(errors="replace")
    return replace(file, open=open_), " ".join(visible.split()) or ("markup" if b"<" in junk else "")


class _AfterLines(io.RawIOBase):
    """A stream with line breaks in front of it."""

    def __init__(self, lines: int, stream: BinaryIO) -> None:
        self._front, self._stream = b"\n" * lines, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._front[: len(buffer)] or self._stream.read(len(buffer))
        self._front = self._front[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
