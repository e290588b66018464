"""DOCX (Word): the text, its headings, tables and footnotes; no deleted text, no hidden text, no comments."""

from collections.abc import Iterator

from corpus.reader_types import Reading, SourceFile
from corpus.readers.document_blocks import BlockCollector, document_reading
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

DOCUMENT, STYLES, CORE = "word/document.xml", "word/styles.xml", "docProps/core.xml"
NOTES = (("footnote", "word/footnotes.xml"), ("endnote", "word/endnotes.xml"))
# The two namespaces of text: the usual one, and that of the strict form.
TEXT_NAMESPACES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
MATH_NAMESPACES = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}",
    "{http://purl.oclc.org/ooxml/officeDocument/math}",
)
# What is in these is not text of the document: what an editor deleted or moved away, instructions of fields, and the
# second form of a drawing. Comments are a part of their own.
SKIPPED = frozenset("del moveFrom delText instrText delInstrText Fallback rt".split())
FALSE = ("0", "false", "off", "none")
SPECIAL = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
TITLE_STYLES = ("title", "titel", "titre", "título", "titolo", "headline")
HEADING_STYLES = ("heading", "überschrift", "titre", "título", "titolo", "kop", "rubrik", "заголовок", "subtitle")
MAX_NOTES = 20_000


class DocxReader:
    """Reads the one article of a Word document."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a zip file with a Word document in it."""
        return document_kind(file) == "docx"

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        with open_parts(file) as parts:
            styles = _Styles()
            if STYLES in parts:
                parse_xml(parts.chunks(STYLES), styles)
            text = BlockCollector(file.max_bytes)
            content = _Content(text, styles)
            parse_xml(parts.chunks(DOCUMENT), content)
            for kind, name in NOTES:
                if content.notes[kind] and name in parts:
                    parse_xml(parts.chunks(name), _Content(text, styles, {kind: set(content.notes[kind])}))
            text.finish()
            properties = _core(parts)
        yield document_reading(file, text.title, text.blocks, properties)


def _core(parts: Parts) -> dict[str, str]:
    properties = Properties(("title", "creator", "created", "language"))
    if CORE in parts:
        parse_xml(parts.chunks(CORE), properties)
    return properties.values


def _is_on(attributes: dict[str, str]) -> bool:
    return local_names(attributes).get("val", "true").lower() not in FALSE


class _Styles(XmlTarget):
    """The styles of a document that are of headings, of titles, and of hidden text, by their ids."""

    def __init__(self) -> None:
        self.headings: set[str] = set()
        self.titles: set[str] = set()
        self.contents: set[str] = set()
        self.hidden: set[str] = set()
        self._id = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name, values = local_name(tag), local_names(attributes)
        if name == "style":
            self._id = values.get("styleId", "")
        elif name == "name" and self._id:
            self._name(values.get("val", "").casefold())
        elif name == "outlineLvl" and self._id and values.get("val", "9").strip() in tuple("012345678"):
            self.headings.add(self._id)
        elif name == "vanish" and self._id and _is_on(attributes):
            self.hidden.add(self._id)

    def _name(self, name: str) -> None:
        if name in TITLE_STYLES:
            self.titles.add(self._id)
        elif name.startswith(HEADING_STYLES):
            self.headings.add(self._id)
        elif name.startswith("toc ") and name[4:].isdecimal():
            self.contents.add(self._id)


class _Run:
    """The properties of the open run and of the open paragraph."""

    def __init__(self) -> None:
        self.hidden = False
        self.style = ""
        self.heading = self.mark_deleted = False


class _Content(XmlTarget):
    """Collects the text of a document; of a part of notes, only those that the text refers to."""

    def __init__(self, text: BlockCollector, styles: _Styles, wanted: dict[str, set[str]] | None = None) -> None:
        self._text, self._styles, self._wanted = text, styles, wanted
        self.notes: dict[str, list[str]] = {"footnote": [], "endnote": []}
        self._path: list[str] = []
        # The depth at which skipping began.
        self._skipped_from = 0
        self._paragraphs: list[_Run] = []
        self._run_hidden = False
        self._in_text = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        self._path.append(name)
        if self._skipped_from:
            return
        parent = self._path[-2] if len(self._path) > 1 else ""
        if name in SKIPPED and parent not in ("rPr", "trPr"):
            self._skipped_from = len(self._path)
        elif not tag.startswith((*TEXT_NAMESPACES, *MATH_NAMESPACES)):
            return
        elif parent in ("pPr", "rPr", "tblPr", "trPr"):
            self._property(name, parent, attributes)
        elif name in ("footnote", "endnote"):
            if self._wanted is not None and local_names(attributes).get("id", "") not in self._wanted.get(name, ()):
                self._skipped_from = len(self._path)
        elif name in ("footnoteReference", "endnoteReference"):
            self._note(name.removesuffix("Reference"), local_names(attributes).get("id", ""))
        elif name == "p":
            self._paragraphs.append(_Run())
            self._text.begin_paragraph()
        elif name == "r":
            self._run_hidden = False
        elif name == "tbl":
            self._text.begin_table()
        elif name == "tc":
            self._text.begin_cell()
        elif name == "t":
            self._in_text = not self._run_hidden
        elif name in SPECIAL and not self._run_hidden:
            self._text.add(SPECIAL[name])

    def _note(self, kind: str, number: str) -> None:
        if not self._run_hidden and len(self.notes[kind]) < MAX_NOTES:
            self.notes[kind].append(number)

    def _property(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        grandparent = self._path[-3] if len(self._path) > 2 else ""
        value = local_names(attributes).get("val", "")
        paragraph = self._paragraphs[-1] if self._paragraphs else None
        if parent == "rPr" and grandparent == "pPr":
            if name in ("del", "moveFrom") and paragraph:
                paragraph.mark_deleted = True
        elif parent == "rPr":
            if (name == "vanish" and _is_on(attributes)) or (name == "rStyle" and value in self._styles.hidden):
                self._run_hidden = True
        elif parent == "pPr" and paragraph:
            if name == "pStyle":
                paragraph.style = value
                paragraph.hidden = value in self._styles.hidden
            elif name == "outlineLvl" and value.strip() in tuple("012345678"):
                paragraph.heading = True
        elif parent == "trPr" and name == "del":
            self._text.drop_row()

    def data(self, text: str) -> None:
        if self._in_text and not self._skipped_from:
            self._text.add(text)

    def end(self, tag: str) -> None:
        name = self._path.pop() if self._path else local_name(tag)
        if self._skipped_from:
            if len(self._path) < self._skipped_from:
                self._skipped_from = 0
            return
        if not tag.startswith((*TEXT_NAMESPACES, *MATH_NAMESPACES)):
            return
        if name == "t":
            self._in_text = False
        elif name == "p" and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == "tr":
            self._text.end_row()
        elif name == "tbl":
            self._text.end_table()

    def _end_paragraph(self, paragraph: _Run) -> None:
        if paragraph.hidden or paragraph.style in self._styles.contents:
            self._text.drop_paragraph()
        elif paragraph.mark_deleted:
            self._text.join_next()
        else:
            is_heading = paragraph.heading or paragraph.style in self._styles.headings
            self._text.end_paragraph(heading=is_heading, title=paragraph.style in self._styles.titles)
