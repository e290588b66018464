"""EPUB: each chapter with a headline is an article; a chapter without one continues the chapter before it."""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile, too_large
from corpus.readers.document_blocks import stated_below
from corpus.readers.zip_document import (
    Parts,
    Properties,
    XmlTarget,
    document_kind,
    local_name,
    local_names,
    open_parts,
    parse_xml,
)
from corpus.text.authors import byline
from corpus.text.boilerplate import is_prose
from corpus.text.decoding import declared_xml_encoding, decode
from corpus.text.html import Block, blocks, join_blocks, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
PAGE_TYPES = ("application/xhtml+xml", "text/html", "application/html", "text/x-oeb1-document")
PAGE_NAME = re.compile(r".*\.x?html?$", re.IGNORECASE)
# Pages that list chapters, or show pictures only.
NO_CHAPTER = re.compile(r"(?:.*/)?(?:nav|toc|contents|cover|titlepage|title-?page|index)\d*\.x?html?$", re.IGNORECASE)
NO_TITLE = re.compile(r"(?i)(?:cover|title page|untitled|unknown|contents|table of contents|copyright)$|.*\.x?html?$")
BYLINE_NAME = re.compile(r"(?:^|[\s_-])(?:byline|author)(?:$|[\s_-])", re.IGNORECASE)
MAX_EXAMINED = 200
# The headline of a list of the chapters.
CONTENTS = re.compile(
    r"(?:table of )?contents|in this issue|inhalt(?:sverzeichnis)?|sommaire|table des matières|índice|sumario|indice"
    r"|inhoud|spis treści|содержание|оглавление|目录|目次",
    re.IGNORECASE,
)
MAX_CHAPTERS = 5_000
MAX_TITLE_CHARACTERS = 300


class _Chapter(NamedTuple):
    """A chapter: the name of the part that it begins in, its headline, and its text below it."""

    name: str
    number: int
    title: str
    trace: str
    blocks: list[Block]


class EpubReader:
    """Reads the chapters of an e-book or of an issue."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a zip file with a book's container in it."""
        return document_kind(file) == "epub"

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield the article of each chapter; raises Unreadable if there is none."""
        any_chapter = False
        with open_parts(file) as parts:
            package = _package(parts)
            locked = _locked(parts)
            names = package.chapters(parts)
            if len(names) > MAX_CHAPTERS:
                raise Unreadable(f"a book of {len(names):,} chapters, which is more than {MAX_CHAPTERS:,}")
            if names and locked.issuperset(names):
                raise Unreadable("locked (DRM): its chapters cannot be read")
            for chapter in _chapters(file, parts, package, [name for name in names if name not in locked]):
                if isinstance(chapter, Skipped):
                    yield chapter
                    continue
                any_chapter = True
                yield _reading(file, chapter, package)
            for name in sorted(locked.intersection(names)):
                yield Skipped(f"{file.where}: {name}", "locked (DRM)")
        if not any_chapter:
            raise Unreadable("a book with no text in it")


def _reading(file: SourceFile, chapter: _Chapter, package: "_Package") -> Reading | Skipped:
    values = package.properties.values
    stated = stated_below(chapter.blocks, values.get("language"))
    fields = RawFields(
        title=chapter.title,
        source=values.get("title"),
        author=stated.author or values.get("creator"),
        published=stated.published or values.get("date"),
        language=values.get("language"),
        traces=(
            ("title", chapter.trace),
            *((name, place or f"the book's {of}") for name, of, place in
              (("source", "title", ""), ("author", "creator", "the byline" if stated.author else ""),
               ("published", "date", "the line of the date" if stated.published else "")) if place or values.get(of)),
        ),
    )  # fmt: skip
    label = f"chapter {chapter.number:,}"
    try:
        return build_article(file, fields, join_blocks(stated.blocks), key=chapter.name, label=label)
    except Unreadable as error:
        return Skipped.because(error, f"{file.where}: {label}")


def _chapters(file: SourceFile, parts: Parts, package: "_Package", names: list[str]) -> Iterator[_Chapter | Skipped]:
    """Yield the chapters; the parts of a book that has no headlines are one article."""
    open_chapter: _Chapter | None = None
    book = package.properties.values.get("title", "")
    size = 0
    for number, name in enumerate(names, start=1):
        try:
            title, trace, content = _page(parts.data(name), book)
        except Unreadable as error:
            yield Skipped.because(error, f"{file.where}: chapter {number:,} ({name})")
            continue
        size = sum(len(block.text) for block in content) + (0 if title else size)
        if size > file.max_bytes:
            yield Skipped(f"{file.where}: chapter {number:,}", str(too_large(file.max_bytes)))
            size = 0
        elif title:
            if open_chapter is not None and open_chapter.blocks:
                yield open_chapter
            open_chapter = _Chapter(name, number, title, trace, content)
        elif open_chapter is not None:
            open_chapter.blocks.extend(content)
        elif content:
            # What comes before the first headline: an article with the book's headline, if there are words enough.
            open_chapter = _Chapter(name, number, book or posixpath.basename(file.place), "the book's title", content)
    if open_chapter is not None and open_chapter.blocks:
        yield open_chapter


def _page(data: bytes, book: str) -> tuple[str, str, list[Block]]:
    """Return a page's headline, where it was found, and the text below it; "" for a page without a headline."""
    root = parse_html(decode(data, declared_xml_encoding(data)) if data else "")
    stated = next((" ".join("".join(title.itertext()).split()) for title in root.iter("title")), "")
    named = _named_author(root)
    content = [Block(" ".join(block.text.split()), block.heading) for block in blocks(root)]
    at = next(
        (at for at, block in enumerate(content[:5]) if block.heading and len(block.text) <= MAX_TITLE_CHARACTERS), None
    )
    if at is not None:
        if CONTENTS.fullmatch(content[at].text) and not any(map(is_prose, (block.text for block in content))):
            return "", "", []
        # Above the headline of many chapters is their number, or their section.
        below = content[:at] + content[at + 1 :]
        is_lost = named is not None and named.text not in {block.text for block in content}
        return content[at].text, "the first heading", [named, *below] if named is not None and is_lost else below
    if (
        stated
        and not NO_TITLE.match(stated)
        and stated.casefold() != book.casefold()
        and len(stated) <= MAX_TITLE_CHARACTERS
    ):
        repeats = bool(content) and content[0].text == stated
        return stated, "title", content[1:] if repeats else content
    return "", "", content


def _named_author(root: "_Element") -> Block | None:
    """Return the byline that a page marks as such: it is dropped from the text, and names the author."""
    for element in islice(root.iter("p", "div", "span"), MAX_EXAMINED):
        if BYLINE_NAME.search(element.get("class", "")):
            text = " ".join("".join(islice(element.itertext(), 50)).split())[: 2 * MAX_TITLE_CHARACTERS]
            for line in (text, f"By {text}"):
                if text and byline(line):
                    return Block(line)
    return None


class _Package(XmlTarget):
    """The package of a book: its properties, its parts, and their order."""

    def __init__(self, folder: str) -> None:
        self.properties = Properties(("title", "creator", "date", "language"))
        self._folder = folder
        self._parts: dict[str, str] = {}
        self._lists: set[str] = set()
        self._order: list[str] = []
        self._in_metadata = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name, values = local_name(tag), local_names(attributes)
        if name == "metadata":
            self._in_metadata = True
        elif name == "item" and values.get("media-type", "").lower() in PAGE_TYPES and len(self._parts) <= MAX_CHAPTERS:
            path = posixpath.normpath(posixpath.join(self._folder, unquote(values.get("href", "").partition("#")[0])))
            self._parts[values.get("id", "")] = path
            if "nav" in values.get("properties", "").split():
                self._lists.add(path)
        elif name == "itemref" and len(self._order) <= MAX_CHAPTERS:
            self._order.append(values.get("idref", ""))
        elif self._in_metadata:
            self.properties.start(tag, attributes)

    def data(self, text: str) -> None:
        if self._in_metadata:
            self.properties.data(text)

    def end(self, tag: str) -> None:
        self.properties.end(tag)
        if local_name(tag) == "metadata":
            self._in_metadata = False

    def chapters(self, parts: Parts) -> list[str]:
        """Return the names of the pages in their order: the book's, else that of its list, else that of the file."""
        names = [self._parts[number] for number in self._order if number in self._parts]
        names = names or list(self._parts.values()) or [name for name in parts.names if PAGE_NAME.fullmatch(name)]
        present = dict.fromkeys(name for name in names if name in parts and name not in self._lists)
        return [name for name in present if not NO_CHAPTER.fullmatch(name)] or list(present)


class _Container(XmlTarget):
    """The path of a book's package."""

    def __init__(self) -> None:
        self.path = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "rootfile" and not self.path:
            self.path = local_names(attributes).get("full-path", "")


class _Locked(XmlTarget):
    """The parts that are encrypted; those of fonts are of no account."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local_name(tag) == "CipherReference":
            self.names.add(unquote(local_names(attributes).get("URI", "")))


def _package(parts: Parts) -> _Package:
    container = _Container()
    if CONTAINER in parts:
        parse_xml(parts.chunks(CONTAINER), container)
    path = (
        container.path if container.path in parts else next((name for name in parts.names if name.endswith(".opf")), "")
    )
    package = _Package(posixpath.dirname(path))
    if path:
        parse_xml(parts.chunks(path), package)
    return package


def _locked(parts: Parts) -> set[str]:
    locked = _Locked()
    if ENCRYPTION in parts:
        parse_xml(parts.chunks(ENCRYPTION), locked)
    return locked.names
