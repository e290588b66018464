"""ODT (OpenDocument): the text, its headings, tables and notes; no deleted text, no hidden text, no comments."""

from collections.abc import Iterator

from corpus.reader_types import Reading, SourceFile
from corpus.readers.document_blocks import BlockCollector, document_reading
from corpus.readers.zip_document import (
    Properties,
    XmlTarget,
    document_kind,
    local_name,
    local_names,
    open_parts,
    parse_xml,
)

CONTENT, META = "content.xml", "meta.xml"
# What is in these is not text of the document: what an editor deleted, comments, lists of contents, and reading aids.
SKIPPED = frozenset(
    "tracked-changes annotation annotation-end table-of-content table-index illustration-index alphabetical-index"
    " bibliography object-index user-index note-citation ruby-text sequence-decls variable-decls user-field-decls forms"
    " script binary-data desc title hidden-text event-listeners header footer".split()
)
MAX_NOTE_DEPTH = 5


class OdtReader:
    """Reads the one article of an OpenDocument text."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a zip file with an OpenDocument text in it."""
        return document_kind(file) == "odt"

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        with open_parts(file) as parts:
            content = _Content(file.max_bytes)
            parse_xml(parts.chunks(CONTENT), content)
            content.text.finish()
            properties = Properties(("title", "creator", "initial-creator", "creation-date", "language"))
            if META in parts:
                parse_xml(parts.chunks(META), properties)
        values = {
            "title": properties.values.get("title", ""),
            "creator": properties.values.get("initial-creator") or properties.values.get("creator", ""),
            "created": properties.values.get("creation-date", ""),
            "language": properties.values.get("language", ""),
        }
        yield document_reading(file, content.text.title, [*content.text.blocks, *content.notes.blocks], values)


class _Content(XmlTarget):
    """Collects the text of a document; notes come after it."""

    def __init__(self, max_characters: int) -> None:
        self.text, self.notes = BlockCollector(max_characters), BlockCollector(max_characters)
        self._depth = self._skipped_from = 0
        self._style = ""
        self._hidden: set[str] = set()
        self._titles: set[str] = {"Title"}
        self._in_body = False
        self._note_depths: list[int] = []
        self._styles: list[str] = []

    @property
    def _target(self) -> BlockCollector:
        return self.notes if self._note_depths else self.text

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name, values = local_name(tag), local_names(attributes)
        self._depth += 1
        if self._skipped_from:
            return
        if not self._in_body:
            self._style_element(name, values)
            self._in_body = name == "body"
            return
        if name in SKIPPED or self._is_hidden(name, values):
            self._skipped_from = self._depth
        elif name == "note-body":
            self._note_depths.append(self._depth)
        elif name in ("p", "h"):
            self._styles.append(values.get("style-name", ""))
            self._target.begin_paragraph()
        elif name == "table":
            self._target.begin_table()
        elif name == "table-cell":
            self._target.begin_cell()
        elif name in ("s", "tab", "line-break"):
            self._target.add(" ")

    def _style_element(self, name: str, values: dict[str, str]) -> None:
        if name == "style":
            self._style = values.get("name", "")
            if values.get("parent-style-name") == "Title":
                self._titles.add(self._style)
        elif values.get("display") == "none" and name in (
            "text-properties",
            "paragraph-properties",
            "section-properties",
        ):
            self._hidden.add(self._style)

    def _is_hidden(self, name: str, values: dict[str, str]) -> bool:
        if name == "section":
            return values.get("display") in ("none", "condition") or values.get("is-hidden") == "true"
        if name == "hidden-paragraph":
            return values.get("is-hidden") == "true"
        return name in ("span", "p", "h") and values.get("style-name", "") in self._hidden

    def data(self, text: str) -> None:
        if self._in_body and not self._skipped_from:
            self._target.add(text)

    def end(self, tag: str) -> None:
        name = local_name(tag)
        self._depth -= 1
        if self._skipped_from:
            if self._depth < self._skipped_from:
                self._skipped_from = 0
            return
        if not self._in_body:
            return
        if name == "note-body" and self._note_depths:
            self._note_depths.pop()
        elif name in ("p", "h") and self._styles:
            self._target.end_paragraph(heading=name == "h", title=self._styles.pop() in self._titles)
        elif name == "table-row":
            self._target.end_row()
        elif name == "table":
            self._target.end_table()
