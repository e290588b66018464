"""Collects the paragraphs, headings and table rows of a document as they come, and builds its article."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from corpus.build import RawFields, build_article
from corpus.reader_types import Reading, SourceFile, too_large
from corpus.text.authors import byline
from corpus.text.boilerplate import is_date_line
from corpus.text.cleaning import repair_text
from corpus.text.html import Block, join_blocks
from corpus.text.language import detect_language

MAX_TITLE_CHARACTERS = 300
# A first line without a full stop, below which there is more, is a headline, also if no style says so.
MAX_PLAIN_TITLE_CHARACTERS = 120
# Among so many first blocks, a short one may be the byline or the date.
HEADER_LINES, MAX_HEADER_CHARACTERS = 3, 120
SENTENCE_END = re.compile(r"[.!?…:;,。！？][\"'”’»)\]]*$")
# Placeholders that programs write as title and as author.
NO_TITLE = re.compile(
    r"(?i)microsoft (?:word|office)\b.*|untitled\b.*|unbenannt\b.*|sans titre\b.*"
    r"|(?:document|dokument|normal|template|letter)\d*$"
    r"|title$|word document$|powerpoint.*|.*\.(?:docx?|odt|rtf|dotx?|txt|pdf)$"
)
NO_AUTHOR = re.compile(
    r"(?i)(?:user|admin(?:istrator)?|unknown|owner|author|root|default|microsoft.*|windows.*|python-docx|apache poi"
    r"|pandoc|.*\\.*|.*@.*)$"
)
# Dates that programs write where they know none: python-docx's template, and the beginnings of the epochs.
NO_DATE = re.compile(r"(?:2013-12-23T23:15|1970-01-01|1601-01-01|1899-12-3|0001-|1980-01-01)")


class Table:
    """A table that is open: the cells of its open row, each with its paragraphs."""

    def __init__(self) -> None:
        self.cells: list[list[str]] = []
        self.dropped = False


class BlockCollector:
    """Collects blocks in the order of a document; a paragraph may contain others, as text boxes do."""

    def __init__(self, max_characters: int) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._left = max_characters
        self._max_characters = max_characters
        self._paragraphs: list[list[str]] = []
        self._carried: list[str] = []
        self._tables: list[Table] = []

    def begin_paragraph(self) -> None:
        """Begin a paragraph."""
        self._paragraphs.append(self._carried)
        self._carried = []

    def add(self, text: str) -> None:
        """Add text to the open paragraph; raises Unreadable if the document is too large."""
        self._left -= len(text)
        if self._left < 0:
            raise too_large(self._max_characters)
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def end_paragraph(self, *, heading: bool = False, title: bool = False) -> None:
        """End the open paragraph: a block, or a part of the open cell."""
        text = " ".join("".join(self._paragraphs.pop()).split()) if self._paragraphs else ""
        if not text:
            return
        if title and not self.title:
            self.title = text
            return
        if self._tables:
            if not self._tables[-1].cells:
                self._tables[-1].cells.append([])
            self._tables[-1].cells[-1].append(text)
        else:
            self.blocks.append(Block(text, heading or title))

    def finish(self) -> None:
        """End what the document left open."""
        if self._carried:
            self.begin_paragraph()
            self.end_paragraph()
        while self._tables:
            self.end_table()

    def join_next(self) -> None:
        """Continue the open paragraph in the next: the mark between them was deleted."""
        if self._paragraphs:
            self._carried = self._paragraphs.pop()

    def drop_paragraph(self) -> None:
        """End the open paragraph without its text."""
        if self._paragraphs:
            self._paragraphs.pop()

    def drop_row(self) -> None:
        """Leave out the open row, which was deleted."""
        if self._tables:
            self._tables[-1].dropped = True

    def begin_table(self) -> None:
        """Begin a table, perhaps in a cell of another."""
        self._tables.append(Table())

    def begin_cell(self) -> None:
        """Begin a cell of the open row."""
        if self._tables:
            self._tables[-1].cells.append([])

    def end_row(self) -> None:
        """End the open row: a line, if each cell is one; the paragraphs of its cells otherwise."""
        if not self._tables:
            return
        table = self._tables[-1]
        cells = [] if table.dropped else table.cells
        table.cells, table.dropped = [], False
        written = [cell for cell in cells if cell]
        if len(written) > 1 and all(len(cell) == 1 for cell in written):
            lines = [" | ".join(cell[0] if cell else "" for cell in cells).strip(" |")]
        else:
            lines = [line for cell in cells for line in cell]
        if len(self._tables) > 1:
            outer = self._tables[-2].cells
            if not outer:
                outer.append([])
            outer[-1].extend(lines)
        else:
            self.blocks.extend(Block(line) for line in lines)

    def end_table(self) -> None:
        """End the open table."""
        if self._tables:
            self.end_row()
            self._tables.pop()


class Stated(NamedTuple):
    """What the first lines below a headline state, and the blocks without these lines."""

    author: str | None
    published: str | None
    blocks: list[Block]


def stated_below(blocks: Sequence[Block], language: str | None) -> Stated:
    """Find the byline and the date among the first lines of a text."""
    author, published, rest = None, None, list(blocks)
    for block in blocks[:HEADER_LINES]:
        if len(block.text) > MAX_HEADER_CHARACTERS:
            break
        if author is None and (found := byline(block.text, language)):
            author, published = found.author, published or found.published
        elif published is None and is_date_line(block.text):
            published = block.text
        else:
            continue
        rest.remove(block)
    return Stated(author, published, rest)


def document_reading(
    file: SourceFile, title: str, blocks: Sequence[Block], properties: dict[str, str], *, where: str = "properties"
) -> Reading:
    """Build a document's article from its blocks, the paragraph in the style of a title, and what it says of itself."""
    properties = {name: " ".join(repair_text(value).split()) for name, value in properties.items()}
    stated = properties.get("title", "")
    stated = "" if len(stated) < 4 or NO_TITLE.match(stated) else stated
    first = blocks[0] if blocks else Block("")
    fitting = len(first.text) <= MAX_TITLE_CHARACTERS and len(blocks) > 1
    plain = fitting and len(first.text) <= MAX_PLAIN_TITLE_CHARACTERS and not SENTENCE_END.search(first.text)
    if title:
        title, trace = title[:MAX_TITLE_CHARACTERS], "the title in the text"
    elif first.heading and fitting:
        title, trace = first.text, "the first heading"
    elif stated:
        title, trace = stated, f"{where}: title"
    elif plain:
        title, trace = first.text, "the first line"
    else:
        title, trace = PurePosixPath(file.place).stem, "the name of the file"
    repeats = bool(blocks) and _letters(first.text) == _letters(title)
    text = blocks[1:] if repeats else blocks
    stated_in_text = stated_below(text, properties.get("language") or detect_language(join_blocks(text).text))
    author, published = properties.get("creator", ""), properties.get("created", "")
    author = "" if NO_AUTHOR.match(author) else author.replace(";", ", ")
    published = "" if NO_DATE.match(published) else published
    traces = [("title", trace)]
    if stated_in_text.author or author:
        traces.append(("author", "the byline" if stated_in_text.author else f"{where}: creator"))
    if stated_in_text.published or published:
        traces.append(("published", "the line of the date" if stated_in_text.published else f"{where}: created"))
    fields = RawFields(
        title=title,
        author=stated_in_text.author or author or None,
        published=stated_in_text.published or published or None,
        language=properties.get("language") or None,
        traces=tuple(traces),
    )
    return build_article(file, fields, join_blocks(stated_in_text.blocks))


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
