"""Splits an XML file of many articles into its items and parses each by itself, so that a broken one harms no other.

Nothing that a document declares reaches the parser: no entities, no external files.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile, too_large
from corpus.readers.junk_before_xml import junk_length, root_name_at, without_junk, without_mark
from corpus.readers.xml_elements import (
    NAMESPACES,
    declare_unknown_prefixes,
    is_item_namespace,
    parse,
    parse_leniently,
    repair_markup,
)
from corpus.text.decoding import Decoder, declared_xml_encoding, read_chunks

if TYPE_CHECKING:
    from lxml.etree import _Element

ENDS = {b"<!--": re.compile(b"-->"), b"<![CDATA[": re.compile(b"]]>")}
NAMESPACE = re.compile(r"\sxmlns(?::([A-Za-z_][\w.-]*))?\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')")
ROOT_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,40}):(?:rss|rdf|feed|urlset|sitemapindex)[\s>]", re.IGNORECASE)
MAX_PREFIXES = 20
MAX_TOKEN_BYTES = 200
CUT_OFF = "it is cut off"
# After so many broken items in a row, the rest of the file is not read.
MAX_BROKEN_IN_A_ROW = 1000


class XmlItem(NamedTuple):
    """One element of the file, and the line in which it begins; without an element, `problem` says why."""

    number: int
    line: int
    element: "_Element | None"
    problem: str = ""

    @property
    def label(self) -> str:
        """The item's name in messages."""
        return f"item {self.number:,} (line {self.line:,})"


def root_name(head: bytes) -> str | None:
    """Return the name of the root element, in lower case and without its prefix; None if this is not XML."""
    length = junk_length(head)
    return root_name_at(head[length:] if length else without_mark(head)).decode() or None


class XmlStream:
    """Iterates over the elements of the given names in an XML file.

    The names may have any prefix that stands for a namespace of feeds. `preamble`, the elements before the first item,
    is set when the first item is yielded. `junk` is what stands in front of the XML. At most `max_bytes` of the file
    are read; 0 is no limit. Raises Unreadable for a file that declares entities.
    """

    def __init__(self, file: SourceFile, *names: str, max_bytes: int = 0) -> None:
        file, self.junk = without_junk(file)
        prefixes = b"|".join(map(re.escape, _item_prefixes(file.head)))
        either_name = rb"(?:(?:" + prefixes + rb"):)?(?:" + "|".join(names).encode() + rb")"
        self._begin = re.compile(rb"<" + either_name + rb"(?=[\s/>])")
        self._outside = re.compile(rb"<!--|<!\[CDATA\[|" + self._begin.pattern)
        self._ends = re.compile(rb"</" + either_name + rb"\s*>")
        self._inside = re.compile(rb"<!--|<!\[CDATA\[|" + self._ends.pattern)
        self._root_ends = re.compile(
            rb"</(?:[\w.-]+:)?" + (root_name(file.head) or "").encode() + rb"\s*>", re.IGNORECASE
        )
        self._decoder = Decoder(file.head, declared_xml_encoding(file.head), file)
        self._max_bytes = file.max_bytes
        self._window = _Window(file, max_bytes)
        self._declared = ""
        self._preamble_read = False
        self.preamble: _Element | None = None

    def __iter__(self) -> Iterator[XmlItem]:
        window, number, line, problem, broken_in_a_row = self._window, 0, 1, "", 0
        while (begin := self._next_begin()) is not None:
            between = window.take(begin)
            self._read_preamble(between)
            line += between.count(b"\n")
            raw, end_problem = self._element()
            for start, element, problem in self._elements(raw, end_problem):
                number += 1
                broken_in_a_row = broken_in_a_row + 1 if problem else 0
                if broken_in_a_row > MAX_BROKEN_IN_A_ROW:
                    yield XmlItem(
                        number, line, None, f"after {MAX_BROKEN_IN_A_ROW:,} broken ones in a row no more are read"
                    )
                    return
                yield XmlItem(number, line + raw.count(b"\n", 0, start), element, problem)
            line += raw.count(b"\n")
        self._read_preamble(bytes(window.text))
        if window.was_cut:
            size = f"{window.max_bytes / 1e6:g} MB"
            yield XmlItem(number + 1, line, None, f"goes on beyond {size}, and is read no further")
        elif problem != CUT_OFF and not self._root_ends.search(window.text):
            line += window.text.count(b"\n")
            yield XmlItem(number + 1, line, None, "the file ends here, and not as its format does")

    def _next_begin(self) -> int | None:
        """Return the position of the next element outside comments in the window; None if the file has no more."""
        window, position = self._window, 0
        while True:
            token = window.search(self._outside, position)
            if token is None:
                return None
            if token[0] not in ENDS:
                return token.start()
            end = window.search(ENDS[token[0]], token.end())
            if end is None:
                return None
            position = end.end()

    def _element(self) -> tuple[bytes, str]:
        """Remove the element at the start of the window; return its bytes, and a problem if its end is not found."""
        window = self._window
        position = window.text.find(b">") + 1
        if position and window.text[position - 2 : position - 1] == b"/":
            return window.take(position), ""
        while token := window.search(self._inside, position, self._max_bytes):
            if token[0] not in ENDS:
                return window.take(token.end()), ""
            end = window.search(ENDS[token[0]], token.end(), self._max_bytes)
            if end is None:
                break
            position = end.end()
        too_long = len(window.text) > self._max_bytes
        return window.take(len(window.text)), str(too_large(self._max_bytes)) if too_long else CUT_OFF

    def _elements(self, raw: bytes, problem: str) -> Iterator[tuple[int, "_Element | None", str]]:
        """Yield the element with its position; if it is broken, also each element that it has swallowed."""
        element, problem = (None, problem) if problem else self._parsed(raw)
        starts = [begin.start() for begin in self._begin.finditer(raw)] if problem else []
        if len(starts) < 2:
            yield 0, element, problem
            return
        plain = set(self._plain_begins(raw))
        for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
            part = raw[start:end]
            element, reason = self._parsed(part) if self._ends.search(part) else (None, problem)
            # An article about XML may contain text that looks like an element.
            if element is not None or start in plain:
                yield start, element, reason

    def _plain_begins(self, raw: bytes) -> Iterator[int]:
        """Yield the positions where elements begin outside comments and CDATA."""
        position = 0
        while token := self._outside.search(raw, position):
            position = token.end()
            if token[0] not in ENDS:
                yield token.start()
            elif end := ENDS[token[0]].search(raw, position):
                position = end.end()
            else:
                return

    def _parsed(self, raw: bytes) -> tuple["_Element | None", str]:
        try:
            text = self._decoder.decode(raw)
        except Unreadable as error:
            return None, str(error)
        try:
            return parse(text, self._declared), ""
        except ValueError:
            pass
        try:
            return parse(repair_markup(text), self._declared + declare_unknown_prefixes(text, self._declared)), ""
        except ValueError as error:
            return None, f"broken XML: {error}"

    def _read_preamble(self, raw: bytes) -> None:
        if self._preamble_read:
            return
        self._preamble_read = True
        text = self._decoder.decode(raw)
        if "<!ENTITY" in text:
            raise Unreadable("it declares entities of its own, which are not read")
        declared = {match[1]: match[2] for match in reversed(list(NAMESPACE.finditer(text)))}
        known = {name: f'"{uri}"' for name, uri in NAMESPACES.items()}
        self._declared = "".join(
            f" xmlns:{name}={uri}" if name else f" xmlns={uri}" for name, uri in {**known, **declared}.items()
        )
        self.preamble = parse_leniently(repair_markup(text))


def _item_prefixes(head: bytes) -> list[bytes]:
    """Return the prefixes that items may have: those that the root element declares for a feed, and its own."""
    text = without_mark(head).decode(errors="replace")
    declared = (match[1] for match in NAMESPACE.finditer(text) if match[1] and is_item_namespace(match[2][1:-1]))
    root = ROOT_PREFIX.search(text)
    own = root[1] if root and root[1].lower() != "rdf" else "atom"
    return [prefix.encode() for prefix in dict.fromkeys(["atom", own, *declared])][:MAX_PREFIXES]


class _Window:
    """The part of a file that is in memory. It grows as needed; parsed bytes are removed from it."""

    def __init__(self, file: SourceFile, max_bytes: int) -> None:
        self.text = bytearray()
        self.was_cut = False
        self.max_bytes = max_bytes
        self._chunks = read_chunks(file)
        self._size = 0

    def search(self, pattern: re.Pattern[bytes], position: int, max_bytes: int = 0) -> re.Match[bytes] | None:
        """Find a pattern, and read on until it is found; read at most `max_bytes`, 0 is no limit."""
        while True:
            match = pattern.search(self.text, position)
            if match and match.end() < len(self.text):
                return match
            # A token may be cut off by the end of the window; none is longer than this.
            position = max(position, len(self.text) - MAX_TOKEN_BYTES)
            if (max_bytes and len(self.text) > max_bytes) or not self._grow():
                return pattern.search(self.text, position)

    def take(self, end: int) -> bytes:
        """Remove and return everything before a position."""
        data = bytes(self.text[:end])
        del self.text[:end]
        return data

    def _grow(self) -> bool:
        if self.max_bytes and self._size >= self.max_bytes:
            self.was_cut = True
            return False
        chunk = next(self._chunks, b"")
        self._size += len(chunk)
        self.text += chunk
        return bool(chunk)
