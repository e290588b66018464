"""PDF files: their text, with lines joined to paragraphs; scans without a text layer have none."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from corpus.build import RawFields, build_article
from corpus.errors import NoText, Unreadable
from corpus.reader_types import Reading, SourceFile, too_large
from corpus.readers.document_blocks import stated_below
from corpus.readers.pdf_columns import in_reading_order
from corpus.readers.pdf_layout import Line, Page, headline, paragraphs_and_headings
from corpus.text.cleaning import repair_text
from corpus.text.html import join_blocks

if TYPE_CHECKING:
    from pypdf import PageObject
    from pypdf import PdfReader as PdfDocument

SIGNATURE = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}%PDF-\d")
MAX_FILE_BYTES = 200_000_000
MAX_PAGES = 5_000
# Limits of pypdf: the decompressed size of one stream, and the work for one page.
PYPDF_LIMITS = {
    "zlib_maximum_output_length": 20_000_000,
    "lzw_maximum_output_length": 20_000_000,
    "run_length_maximum_output_length": 20_000_000,
    "brotli_maximum_output_length": 20_000_000,
    "array_based_stream_maximum_output_length": 20_000_000,
    "stream_decoding_work_maximum_length": 60_000_000,
    "stream_parsing_work_maximum_count": 1_000_000,
}
# After every so many pages, the objects that pypdf keeps in memory are released.
PAGES_IN_MEMORY = 10
MAX_TITLE_CHARACTERS = 300
DATE = re.compile(r"\s*(?:D:)?(\d{4})(\d{2})(\d{2})")
# Placeholders that programs write as title and as author.
NO_TITLE = re.compile(
    r"(?i)microsoft (?:word|powerpoint)|untitled|unbenannt|sans titre|document\d*$|title$|layout \d|.*\.\w{2,5}$"
)
NO_AUTHOR = re.compile(r"(?i)(?:user|admin(?:istrator)?|unknown|owner|author|root|default|.*\\.*|.*@.*)$")


class PdfReader:
    """Reads the one article of a PDF file, in at most `max_seconds`."""

    def __init__(self, max_seconds: float = 60.0) -> None:
        self._max_seconds = max_seconds

    def takes(self, file: SourceFile) -> bool:
        """Recognise a PDF file by its first bytes."""
        return bool(SIGNATURE.match(file.head))

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        from pypdf import Configuration, apply_configuration

        logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every flaw that it can work around
        with file.stream() as stream, apply_configuration(Configuration().with_overwrites(**PYPDF_LIMITS)):
            size = stream.seek(0, 2)
            if size > MAX_FILE_BYTES:
                raise Unreadable(f"larger than {MAX_FILE_BYTES / 1e6:g} MB")
            stream.seek(0)
            document = _opened(stream)
            pages, unread = _pages(document, file.max_bytes, self._max_seconds)
            information = _information(document)
        yield _reading(file, pages, unread, information)


def _reading(file: SourceFile, pages: list[Page], unread: list[int], information: dict[str, str]) -> Reading:
    if not any(line.text.strip() for page in pages for line in page):
        if unread:
            raise Unreadable("a broken PDF file: none of its pages can be read")
        raise NoText("a scan without text: make it searchable first (OCR)", is_scan=True)
    blocks = paragraphs_and_headings(pages)
    title, where = information.get("title"), "information: Title"
    if title is None:
        title, where = headline(pages), "the largest line of the first page"
    if title is None and len(blocks) > 1 and len(blocks[0].text) <= MAX_TITLE_CHARACTERS:
        title, where = blocks[0].text, "the first line"
    if title is None:
        title, where = PurePosixPath(file.place).stem, "the name of the file"
    text = [block for block in blocks if not _same(block.text, title)]
    stated = stated_below(text, information.get("language"))
    traces = [("title", where)]
    if stated.author or "author" in information:
        traces.append(("author", "the byline" if stated.author else "information: Author"))
    if stated.published or "published" in information:
        traces.append(("published", "the line of the date" if stated.published else "information: CreationDate"))
    reading = build_article(
        file,
        RawFields(
            title=title,
            author=stated.author or information.get("author"),
            published=stated.published or information.get("published"),
            language=information.get("language"),
            traces=tuple(traces),
        ),
        join_blocks(stated.blocks),
    )
    lost_pages = tuple(f"page {number} cannot be read" for number in unread)
    return replace(reading, warnings=(*reading.warnings, *lost_pages))


def _opened(stream: Any) -> "PdfDocument":
    from pypdf import PdfReader as PdfDocument

    try:
        document = PdfDocument(stream)  # it tries the empty password by itself
        len(document.pages)
    except Exception as error:
        _check_encryption(error)
        raise Unreadable("a broken PDF file: copy it again, or save it anew") from error
    return document


def _check_encryption(error: Exception) -> None:
    from pypdf.errors import DependencyError, FileNotDecryptedError

    if isinstance(error, FileNotDecryptedError | DependencyError):
        raise Unreadable("encrypted: save it without a password") from None


def _pages(document: "PdfDocument", max_bytes: int, max_seconds: float) -> tuple[list[Page], list[int]]:
    """Return the lines of every page, and the numbers of the pages that cannot be read."""
    page_count = len(document.pages)
    if page_count > MAX_PAGES:
        raise Unreadable(f"{page_count:,} pages, which is more than {MAX_PAGES:,}")
    pages: list[Page] = []
    unread, size = [], 0
    deadline = _Deadline(max_seconds)
    for index in range(page_count):
        if index % PAGES_IN_MEMORY == 0:
            document.resolved_objects.clear()
        try:
            lines = _lines(document.pages[index], deadline)
        except Unreadable:
            raise
        except Exception as error:  # noqa: BLE001 - as pypdf says, a broken file may raise anything
            _check_encryption(error)
            unread.append(index + 1)
            continue
        size += sum(len(line.text) for line in lines)
        if size > max_bytes:
            raise too_large(max_bytes)
        pages.append(lines)
    return pages, unread


class _Deadline:
    """The time by which a file must be read."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._end = time.monotonic() + max_seconds

    def check(self) -> None:
        """Raise Unreadable if the time is over."""
        if time.monotonic() > self._end:
            raise Unreadable(f"took longer than {self._max_seconds:g} s")


def _lines(page: "PageObject", deadline: _Deadline) -> list[Line]:
    rows: list[list[Line]] = []
    pieces: list[Line] = []

    def end_line() -> None:
        visible: list[Line] = []
        for piece in pieces:
            if piece.text.strip():
                visible.append(piece)
            elif visible:  # the space between two words
                visible[-1] = visible[-1]._replace(text=visible[-1].text + piece.text)
        if visible:
            rows.append(visible)
        pieces.clear()

    def add_text(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        a, b = tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3]
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        height = round(abs(size) * (a * a + b * b) ** 0.5, 1)
        bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
        for part in re.split("(\n)", text):
            if part == "\n":
                end_line()
            elif part:
                pieces.append(Line(part, x, y, height, bold))

    def check_deadline(*_: object) -> None:
        deadline.check()

    page.extract_text(visitor_text=add_text, visitor_operand_before=check_deadline)
    end_line()
    return in_reading_order(rows)


def _information(document: "PdfDocument") -> dict[str, str]:
    """Return the fields that the file states (title, author, published, language), without placeholders."""
    fields: dict[str, str | None] = {}
    try:
        information = document.metadata
        if information:
            fields["title"], fields["author"] = information.title, information.author
            fields["published"] = _day(str(information.creation_date_raw or ""))
        fields["language"] = str(document.root_object.get("/Lang", ""))
    except Exception:  # noqa: BLE001, S110 - as pypdf says, a broken file may raise anything; the text is what counts
        pass
    lines = {name: " ".join(repair_text(str(text or "")).split()) for name, text in fields.items()}
    if NO_TITLE.match(lines.get("title", "")) or len(lines.get("title", "")) < 4:
        lines.pop("title", None)
    if NO_AUTHOR.match(lines.get("author", "")):
        lines.pop("author")
    return {name: text for name, text in lines.items() if text}


def _day(written: str) -> str:
    """Return a date in PDF's form as YYYY-MM-DD; any other text unchanged."""
    match = DATE.match(written)
    return "-".join(match.groups()) if match else written


def _same(text: str, title: str) -> bool:
    return re.sub(r"\W+", "", text).casefold() == re.sub(r"\W+", "", title).casefold()
