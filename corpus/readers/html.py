"""HTML pages: extracts the article from what surrounds it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.main_text import main_text
from corpus.page_kind import no_article, page_signs
from corpus.page_metadata import FoundValue, metadata
from corpus.reader_types import Reading, SourceFile
from corpus.text.authors import byline
from corpus.text.boilerplate import drop_link_lists, is_date_line, repeats_fields
from corpus.text.decoding import declared_xml_encoding, decode
from corpus.text.html import Block, Body, join_blocks, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

# A long page has about 5,000 elements, each within 15 others. The time of extraction grows with their number and
# depth: within these limits it takes a few seconds.
MAX_ELEMENTS = 50_000
MAX_ANCESTORS = 1_000_000


class Page(NamedTuple):
    """The article of a page: its body, and the fields that the page states."""

    body: Body
    found_fields: dict[str, FoundValue]


def extract_article(html: str, url: str | None = None) -> Page:
    """Extract the article from a whole page.

    Raises Unreadable if no text is found that could be an article.
    """
    root = parse_html(html)
    _check_size(root)
    found_fields = metadata(root, url)
    signs = page_signs(root)
    drop_link_lists(root)
    title = found_fields["title"].text if "title" in found_fields else ""
    text = main_text(root, title)
    bylines = _take_bylines(text.opening, found_fields)
    fields = {field: " ".join(value.text.split()) for field, value in found_fields.items()}
    kept, left_out = [], list(text.left_out)
    for block in text.blocks:
        if block.heading and " ".join(block.text.split()) == fields.get("title"):
            continue
        if block.text in bylines or repeats_fields(block.text, fields):
            left_out.append(block.text)
        else:
            kept.append(block)
    body = join_blocks(kept, left_out)
    paragraphs = body.text.split("\n\n") if body.text else ()
    if reason := no_article(signs, paragraphs, found_fields["url"].text if "url" in found_fields else url):
        raise Unreadable(reason)
    if not body.text:
        raise Unreadable("a page with no article in it: save the text of the article as plain text")
    return Page(body, found_fields)


def _take_bylines(opening: list[Block], found_fields: dict[str, FoundValue]) -> set[str]:
    """Complete author and date by the lines under the headline; return the lines that are a byline."""
    language = found_fields["language"].text if "language" in found_fields else None
    bylines = set()
    for block in opening:
        if line := byline(block.text, language):
            bylines.add(block.text)
            stated = {"author": line.author, "published": line.published}
        else:
            stated = {"author": None, "published": block.text if is_date_line(block.text) else None}
        for field, value in stated.items():
            if value:
                found_fields.setdefault(field, FoundValue(value, "the lines under the headline"))
    return bylines


def _check_size(root: "_Element") -> None:
    from lxml.etree import iterwalk

    elements = depth = ancestors = 0
    for event, _ in iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        elements, depth, ancestors = elements + 1, depth + 1, ancestors + depth
        if elements > MAX_ELEMENTS or ancestors > MAX_ANCESTORS:
            raise Unreadable(f"a page of more than {MAX_ELEMENTS:,} elements, or of elements nested too deep")


# A byte order mark, an XML declaration and comments may precede the first tag.
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,20000}-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
FRAGMENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[a-z!]", re.IGNORECASE)
CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
EXTENSIONS = (".html", ".htm", ".xhtml")


class HtmlReader:
    """Reads the one article of a page."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the beginning of a page, and markup in a file with the extension of a page."""
        head = file.head.replace(b"\0", b"")
        return bool(PAGE.match(head)) or (file.place.lower().endswith(EXTENSIONS) and bool(FRAGMENT.match(head)))

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        page = extract_article(decode(file.data, file.charset or _charset(file.head)), file.url)
        texts = {field: value.text for field, value in page.found_fields.items()}
        yield build_article(
            file,
            RawFields(
                title=texts.get("title"),
                url=texts.get("url"),
                source=texts.get("source"),
                author=texts.get("author"),
                published=texts.get("published"),
                language=texts.get("language"),
                traces=tuple([(field, value.where) for field, value in page.found_fields.items()]),
            ),
            page.body,
        )


def _charset(head: bytes) -> str | None:
    charset = CHARSET.search(head)
    return declared_xml_encoding(head) or (charset[1].decode("ascii") if charset else None)
