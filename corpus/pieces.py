"""An XML file of many articles, cut into them, so that each is parsed by itself and one that is broken is one.

Nothing that a document declares reaches the parser: no entities, no external files.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import TYPE_CHECKING, NamedTuple

from corpus.errors import Unreadable
from corpus.pour import Decoding, chunks
from corpus.source import SourceFile, too_large

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
PROLOGUE = re.compile(
    rb"\s+|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>", re.DOTALL | re.IGNORECASE
)
ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z]+)(?=[\s/>])")
ENDS = {b"<!--": re.compile(b"-->"), b"<![CDATA[": re.compile(b"]]>")}
NAMESPACE = re.compile(r"\sxmlns(?::([A-Za-z_][\w.-]*))?\s*=\s*(\"[^\"<>]*\"|'[^'<>]*')")
# What files forget to declare, and the names that we know the spaces by.
SPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "wp": "http://wordpress.org/export/1.2/",
    "atom": "http://www.w3.org/2005/Atom",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
}
SHORT_NAMES = {uri: name for name, uri in SPACES.items() if name != "wp"} | {"http://purl.org/atom/ns#": "atom"}
WORDPRESS = re.compile(r"http://wordpress\.org/export/[\d.]+/(excerpt/)?")
BARE_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)([A-Za-z][A-Za-z0-9]{1,31};)?"
)
PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,40}):[A-Za-z_]")
# Of RSS 1.0, RSS 0.90, RSS 2.0 as some write it, and sitemaps: their elements are called as they are without a space.
PLAIN_SPACES = frozenset(
    (
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://www.sitemaps.org/schemas/sitemap/0.9",
        "https://www.sitemaps.org/schemas/sitemap/0.9",
        "http://www.google.com/schemas/sitemap/0.84",
        "http://www.google.com/schemas/sitemap/0.9",
    )
)
LONGEST_MARK = 200
# A parser's lines are those of the piece that it was given.
OWN_LINE = re.compile(r",? line \d+(?:, column \d+)?(?: \(<string>, line \d+\))?")
CUT_OFF = "it is cut off"
# So many broken ones in a row, and no more are looked for.
MOST_IN_A_ROW = 1000
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Piece(NamedTuple):
    """One element of the file with the line that it begins in; `fault` says why there is none."""

    number: int
    line: int
    element: "_Element | None"
    fault: str = ""

    @property
    def which(self) -> str:
        """Names it for a person."""
        return f"item {self.number:,} (line {self.line:,})"


def root_of(head: bytes) -> str | None:
    """Return the name of the outermost element of what begins as XML does, in lower case and without its prefix."""
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    position = 0
    while found := PROLOGUE.match(text, position):
        position = found.end()
    root = ROOT.match(text, position)
    return root[1].decode().lower() if root else None


class Pieces:
    """The elements of some names in an XML file; `front`, what stands before them, is there once the first is.

    `most_bytes` is how much of the file is read; 0 is all of it. Raises Unreadable for a file that declares entities.
    """

    def __init__(self, file: SourceFile, *names: str, most_bytes: int = 0) -> None:
        either = rb"(?:atom:)?(?:" + "|".join(names).encode() + rb")"
        self._begin = re.compile(rb"<" + either + rb"(?=[\s/>])")
        self._outside = re.compile(rb"<!--|<!\[CDATA\[|" + self._begin.pattern)
        self._inside = re.compile(rb"<!--|<!\[CDATA\[|</" + either + rb"\s*>")
        self._root_ends = re.compile(
            rb"</(?:[\w.-]+:)?" + (root_of(file.head) or "").encode() + rb"\s*>", re.IGNORECASE
        )
        told = DECLARED.match(file.head.removeprefix(b"\xef\xbb\xbf"))
        self._decoding = Decoding(file.head, told[1].decode() if told else None)
        self._most = file.most_bytes
        self._window = _Window(file, most_bytes)
        self._declared = ""
        self._begun = False
        self.front: _Element | None = None

    def __iter__(self) -> Iterator[Piece]:
        window, number, line, why, in_a_row = self._window, 0, 1, "", 0
        while (begins := self._next_begin()) is not None:
            between = window.taken(begins)
            self._begin_with(between)
            line += between.count(b"\n")
            raw, fault = self._element()
            for start, element, why in self._elements(raw, fault):
                number += 1
                in_a_row = in_a_row + 1 if why else 0
                if in_a_row > MOST_IN_A_ROW:
                    yield Piece(number, line, None, f"after {MOST_IN_A_ROW:,} broken ones in a row no more are read")
                    return
                yield Piece(number, line + raw.count(b"\n", 0, start), element, why)
            line += raw.count(b"\n")
        self._begin_with(bytes(window.text))
        if window.was_cut:
            size = f"{window.most_bytes / 1e6:g} MB"
            yield Piece(number + 1, line, None, f"goes on beyond {size}, and is read no further")
        elif why != CUT_OFF and not self._root_ends.search(window.text):
            line += window.text.count(b"\n")
            yield Piece(number + 1, line, None, "the file ends here, and not as its format does")

    def _next_begin(self) -> int | None:
        """Return where in the window the next element begins, comments passed over; None where there is none."""
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
        """Take the element that begins the window, and say what is wrong where its end is not found."""
        window = self._window
        position = window.text.find(b">") + 1
        if position and window.text[position - 2 : position - 1] == b"/":
            return window.taken(position), ""
        while found := window.search(self._inside, position, self._most):
            if found[0] not in ENDS:
                return window.taken(found.end()), ""
            ends = window.search(ENDS[found[0]], found.end(), self._most)
            if ends is None:
                break
            position = ends.end()
        too_long = len(window.text) > self._most
        return window.taken(len(window.text)), str(too_large(self._most)) if too_long else CUT_OFF

    def _elements(self, raw: bytes, fault: str) -> Iterator[tuple[int, "_Element | None", str]]:
        """Yield the element with its place; those that it has swallowed where it is broken, each by itself."""
        element, why = (None, fault) if fault else self._parsed(raw)
        starts = [found.start() for found in self._begin.finditer(raw)] if why else []
        if len(starts) < 2:
            yield 0, element, why
            return
        plain = set(self._plain_begins(raw))
        for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
            element, why = self._parsed(raw[start:end])
            # In a text that writes about XML, what looks like an element and is none is that text.
            if element is not None or start in plain:
                yield start, element, why

    def _plain_begins(self, raw: bytes) -> Iterator[int]:
        """Yield where elements begin that stand in no comment and no text."""
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
            text = self._decoding.text(raw)
        except Unreadable as error:
            return None, str(error)
        try:
            return _parse(text, self._declared), ""
        except ValueError:
            pass
        try:
            return _parse(_mended(text), self._declared + _undeclared(text, self._declared)), ""
        except ValueError as error:
            return None, f"broken XML: {error}"

    def _begin_with(self, raw: bytes) -> None:
        if self._begun:
            return
        self._begun = True
        text = self._decoding.text(raw)
        if "<!ENTITY" in text:
            raise Unreadable("it declares entities of its own, which are not read")
        declared = {found[1]: found[2] for found in reversed(list(NAMESPACE.finditer(text)))}
        known = {name: f'"{uri}"' for name, uri in SPACES.items()}
        self._declared = "".join(
            f" xmlns:{name}={uri}" if name else f" xmlns={uri}" for name, uri in {**known, **declared}.items()
        )
        self.front = _recovered(text)


class _Window:
    """The part of a file that is looked at: it grows as far as it must, and what is done with is taken out of it."""

    def __init__(self, file: SourceFile, most_bytes: int) -> None:
        self.text = bytearray()
        self.was_cut = False
        self.most_bytes = most_bytes
        self._chunks = chunks(file)
        self._size = 0

    def search(self, pattern: re.Pattern[bytes], position: int, most: int = 0) -> re.Match[bytes] | None:
        """Find a pattern, reading on until it is found; no further than `most` bytes, where that is not 0."""
        while True:
            found = pattern.search(self.text, position)
            if found and found.end() < len(self.text):
                return found
            # A mark may be cut by the end of what is there; none is longer than this.
            position = max(position, len(self.text) - LONGEST_MARK)
            if (most and len(self.text) > most) or not self._grow():
                return pattern.search(self.text, position)

    def taken(self, end: int) -> bytes:
        """Take out what stands before a place."""
        taken = bytes(self.text[:end])
        del self.text[:end]
        return taken

    def _grow(self) -> bool:
        if self.most_bytes and self._size >= self.most_bytes:
            self.was_cut = True
            return False
        chunk = next(self._chunks, b"")
        self._size += len(chunk)
        self.text += chunk
        return bool(chunk)


def _parser(recover: bool = False) -> "XMLParser":
    from lxml.etree import XMLParser

    return XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _parse(text: str, declared: str) -> "_Element":
    """Parse one element among what its file declares; raises ValueError."""
    from lxml.etree import LxmlError, fromstring

    try:
        root = fromstring(f"<file{declared}>{text}</file>".encode(errors="replace"), _parser())
    except LxmlError as error:
        raise ValueError(OWN_LINE.sub("", str(error))) from error
    return root[0]


def _recovered(text: str) -> "_Element | None":
    from lxml.etree import LxmlError, fromstring

    try:
        root: _Element | None = fromstring(text.strip().encode(errors="replace"), _parser(recover=True))
    except LxmlError:
        return None
    return root


def _mended(text: str) -> str:
    """Mend what XML does not know: characters by their HTML names, bare ampersands, control characters."""
    return BARE_AMPERSAND.sub(_ampersand, NO_XML.sub("", text))


def _ampersand(found: re.Match[str]) -> str:
    character = html5.get(found[1] or "")
    return character if character and character not in "&<>\"'" else f"&amp;{found[1] or ''}"


def _undeclared(text: str, declared: str) -> str:
    prefixes = dict.fromkeys(PREFIX.findall(text))
    return "".join(f' xmlns:{one}="urn:{one}"' for one in prefixes if one != "xml" and f" xmlns:{one}=" not in declared)


def children(element: "_Element | None") -> dict[str, list["_Element"]]:
    """Return an element's children under their names: "title", "dc:creator", "wp:status", "atom:link"."""
    found: dict[str, list[_Element]] = {}
    for child in element if element is not None else ():
        if isinstance(child.tag, str):
            found.setdefault(short_name(child.tag), []).append(child)
    return found


def short_name(tag: str) -> str:
    """Return an element's name with the short name of its space, and without that of a space that we know none of."""
    space, _, name = tag.rpartition("}")
    space = space.removeprefix("{")
    if wordpress := WORDPRESS.fullmatch(space):
        return f"{'excerpt' if wordpress[1] else 'wp'}:{name}"
    if space in SHORT_NAMES:
        return f"{SHORT_NAMES[space]}:{name}"
    return name if not space or space in PLAIN_SPACES else f"other:{name}"


def words(elements: list["_Element"] | None) -> str:
    """Return what is written in the first of some elements that has anything in it; "" where none has."""
    for element in elements or ():
        if text := "".join(element.itertext()).strip():
            return text
    return ""


def markup(element: "_Element") -> str:
    """Return what is in an element as HTML, whether it is written as its text or as elements."""
    from lxml.etree import tostring

    if not len(element):
        return element.text or ""
    for one in element.iter():
        if isinstance(one.tag, str):
            one.tag = one.tag.rpartition("}")[2]
    return (element.text or "") + "".join(tostring(one, method="html", encoding="unicode") for one in element)
