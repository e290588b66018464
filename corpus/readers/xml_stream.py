"""Splits an XML file of many articles into its items and parses each by itself, so that a broken one harms no other.

Nothing that a document declares reaches the parser: no entities, no external files.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.documents import SourceFile, too_large
from corpus.errors import Unreadable
from corpus.readers.xml_elements import NAMESPACES, declare_unknown_prefixes, parse, parse_leniently, repair_markup
from corpus.text.decoding import Decoder, declared_xml_encoding, read_chunks

if TYPE_CHECKING:
    from lxml.etree import _Element

PROLOGUE = re.compile(
    rb"\s+|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>", re.DOTALL | re.IGNORECASE
)
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z]+)(?=[\s/>])")
ENDS = {b"<!--": re.compile(b"-->"), b"<![CDATA[": re.compile(b"]]>")}
NAMESPACE = re.compile(r"\sxmlns(?::([A-Za-z_][\w.-]*))?\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')")
MAX_TOKEN_BYTES = 200
CUT_OFF = "it is cut off"
# After so many broken items in a row the rest is not read.
MAX_BROKEN_IN_A_ROW = 1000


class XmlItem(NamedTuple):
    """One element of the file with the line that it begins in; `problem` says why there is none."""

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
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    position = 0
    while found := PROLOGUE.match(text, position):
        position = found.end()
    root = ROOT.match(text, position)
    return root[1].decode().lower() if root else None


class XmlStream:
    """Iterates over the elements of the given names in an XML file.

    `preamble`, the elements before the first of them, is set when the first is yielded. At most `max_bytes` of the file
    are read; 0 is no limit. Raises Unreadable for a file that declares entities.
    """

    def __init__(self, file: SourceFile, *names: str, max_bytes: int = 0) -> None:
        either = rb"(?:atom:)?(?:" + "|".join(names).encode() + rb")"
        self._begin = re.compile(rb"<" + either + rb"(?=[\s/>])")
        self._outside = re.compile(rb"<!--|<!\[CDATA\[|" + self._begin.pattern)
        self._ends = re.compile(rb"</" + either + rb"\s*>")
        self._inside = re.compile(rb"<!--|<!\[CDATA\[|" + self._ends.pattern)
        self._root_ends = re.compile(
            rb"</(?:[\w.-]+:)?" + (root_name(file.head) or "").encode() + rb"\s*>", re.IGNORECASE
        )
        self._decoder = Decoder(file.head, declared_xml_encoding(file.head))
        self._most = file.max_bytes
        self._window = _Window(file, max_bytes)
        self._declared = ""
        self._preamble_read = False
        self.preamble: _Element | None = None

    def __iter__(self) -> Iterator[XmlItem]:
        window, number, line, why, in_a_row = self._window, 0, 1, "", 0
        while (begins := self._next_begin()) is not None:
            between = window.take(begins)
            self._read_preamble(between)
            line += between.count(b"\n")
            raw, problem = self._element()
            for start, element, why in self._elements(raw, problem):
                number += 1
                in_a_row = in_a_row + 1 if why else 0
                if in_a_row > MAX_BROKEN_IN_A_ROW:
                    yield XmlItem(
                        number, line, None, f"after {MAX_BROKEN_IN_A_ROW:,} broken ones in a row no more are read"
                    )
                    return
                yield XmlItem(number, line + raw.count(b"\n", 0, start), element, why)
            line += raw.count(b"\n")
        self._read_preamble(bytes(window.text))
        if window.was_cut:
            size = f"{window.max_bytes / 1e6:g} MB"
            yield XmlItem(number + 1, line, None, f"goes on beyond {size}, and is read no further")
        elif why != CUT_OFF and not self._root_ends.search(window.text):
            line += window.text.count(b"\n")
            yield XmlItem(number + 1, line, None, "the file ends here, and not as its format does")

    def _next_begin(self) -> int | None:
        """Return the position in the window of the next element outside comments; None if there is none."""
        window, position = self._window, 0
        while True:
            found = window.search(self._outside, position)
            if found is None:
                return None
            if found[0] not in ENDS:
                return found.start()
            ends = window.search(ENDS[found[0]], found.end())
            if ends is None:
                return None
            position = ends.end()

    def _element(self) -> tuple[bytes, str]:
        """Take the element at the start of the window, and return what is wrong if its end is not found."""
        window = self._window
        position = window.text.find(b">") + 1
        if position and window.text[position - 2 : position - 1] == b"/":
            return window.take(position), ""
        while found := window.search(self._inside, position, self._most):
            if found[0] not in ENDS:
                return window.take(found.end()), ""
            ends = window.search(ENDS[found[0]], found.end(), self._most)
            if ends is None:
                break
            position = ends.end()
        too_long = len(window.text) > self._most
        return window.take(len(window.text)), str(too_large(self._most)) if too_long else CUT_OFF

    def _elements(self, raw: bytes, problem: str) -> Iterator[tuple[int, "_Element | None", str]]:
        """Yield the element with its position; if it is broken, also those that it has swallowed, each by itself."""
        element, why = (None, problem) if problem else self._parsed(raw)
        starts = [found.start() for found in self._begin.finditer(raw)] if why else []
        if len(starts) < 2:
            yield 0, element, why
            return
        plain = set(self._plain_begins(raw))
        for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
            part = raw[start:end]
            element, reason = self._parsed(part) if self._ends.search(part) else (None, why)
            # An article about XML may contain text that looks like an element.
            if element is not None or start in plain:
                yield start, element, reason

    def _plain_begins(self, raw: bytes) -> Iterator[int]:
        """Yield the positions where elements begin outside comments and CDATA."""
        position = 0
        while found := self._outside.search(raw, position):
            position = found.end()
            if found[0] not in ENDS:
                yield found.start()
            elif ends := ENDS[found[0]].search(raw, position):
                position = ends.end()
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
        declared = {found[1]: found[2] for found in reversed(list(NAMESPACE.finditer(text)))}
        known = {name: f'"{uri}"' for name, uri in NAMESPACES.items()}
        self._declared = "".join(
            f" xmlns:{name}={uri}" if name else f" xmlns={uri}" for name, uri in {**known, **declared}.items()
        )
        self.preamble = parse_leniently(text)


class _Window:
    """The part of a file that is in memory: it grows as needed, and what has been parsed is removed from it."""

    def __init__(self, file: SourceFile, max_bytes: int) -> None:
        self.text = bytearray()
        self.was_cut = False
        self.max_bytes = max_bytes
        self._chunks = read_chunks(file)
        self._size = 0

    def search(self, pattern: re.Pattern[bytes], position: int, most: int = 0) -> re.Match[bytes] | None:
        """Find a pattern, reading on until it is found; at most `most` bytes, if that is not 0."""
        while True:
            found = pattern.search(self.text, position)
            if found and found.end() < len(self.text):
                return found
            # A token may be cut off by the end of the window; none is longer than this.
            position = max(position, len(self.text) - MAX_TOKEN_BYTES)
            if (most and len(self.text) > most) or not self._grow():
                return pattern.search(self.text, position)

    def take(self, end: int) -> bytes:
        """Remove and return everything before a position."""
        take = bytes(self.text[:end])
        del self.text[:end]
        return take

    def _grow(self) -> bool:
        if self.max_bytes and self._size >= self.max_bytes:
            self.was_cut = True
            return False
        chunk = next(self._chunks, b"")
        self._size += len(chunk)
        self.text += chunk
        return bool(chunk)
