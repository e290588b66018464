"""HTML to the body of an article: its paragraphs and headings."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Span
from corpus.errors import Unreadable
from corpus.text.boilerplate import has_boilerplate_name, is_boilerplate
from corpus.text.cleaning import repair_text
from corpus.text.shortcodes import without_codes

if TYPE_CHECKING:
    from lxml.etree import _Element

HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 head".split())
CELLS = frozenset("td th cell".split())
# In these elements a blank line is white space. Elsewhere it ends a paragraph, as in the posts that WordPress stores.
PARAGRAPHS = HEADINGS | CELLS | frozenset("p li dt dd caption item".split())
BLOCKS = (PARAGRAPHS - CELLS) | frozenset(
    "html body div section article main header blockquote quote ul ol dl list table thead tbody tfoot tr row hr pre"
    " address details summary fieldset center figure".split()
)
SKIPPED_TAGS = frozenset(
    "script style noscript template iframe object embed svg math canvas audio video picture img figcaption form button"
    " select textarea input nav aside footer dialog title meta link graphic".split()
)
# Characters that lxml parses but cannot serialize, also as character references.
NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    "|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    "|[xX]0*(?:[0-8bceBCEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
# Empty cells at either end of a row are stripped with the white space.
STRIPPED = " |\n\t\r\xa0"
BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


class Body(NamedTuple):
    """The text of an article, paragraphs and headings separated by blank lines, and the positions of the headings."""

    text: str
    headings: tuple[Span, ...] = ()


class Block(NamedTuple):
    """A paragraph or a heading, on one line."""

    text: str
    heading: bool = False


def html_body(html: str) -> Body:
    """Return the body in HTML that is all content, as feeds and exports contain it; raises Unreadable."""
    html = without_codes(html, html=True)
    if "<" not in html and "&" not in html:
        return join_blocks(Block(paragraph) for paragraph in BLANK_LINE.split(html.replace("\r\n", "\n")))
    return join_blocks(blocks(parse_html(f"<div>{html}</div>")))


def join_blocks(blocks: Iterable[Block]) -> Body:
    """Join blocks to a body, without boilerplate and without headings that no paragraph follows."""
    content: list[Block] = []
    for block in blocks:
        text = " ".join(repair_text(without_codes(block.text)).split())
        if text and not is_boilerplate(text):
            content.append(Block(text, block.heading))
    while content and content[-1].heading:
        content.pop()
    headings, position = [], 0
    for block in content:
        if block.heading:
            headings.append(Span(position, position + len(block.text)))
        position += len(block.text) + 2
    return Body("\n\n".join(block.text for block in content), tuple(headings))


def join_bodies(bodies: Iterable[Body]) -> Body:
    """Join bodies to one, in their order; empty ones leave no trace."""
    texts: list[str] = []
    headings: list[Span] = []
    position = 0
    for text, spans in bodies:
        if text:
            headings += [Span(position + start, position + end) for start, end in spans]
            texts.append(text)
            position += len(text) + 2
    return Body("\n\n".join(texts), tuple(headings))


def parse_html(html: str) -> "_Element":
    """Parse a page, or a part of one, and return its root element; raises Unreadable."""
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root: _Element = document_fromstring(NO_XML.sub("", html).encode(errors="replace"), parser=parser)
    except (LxmlError, ValueError) as error:
        raise Unreadable("HTML that cannot be made out") from error
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise Unreadable("HTML nested too deep to be read")
    return root


def blocks(root: "_Element") -> Iterator[Block]:
    """Yield the paragraphs and headings of a tree; it may be of any depth, because there is no recursion."""
    from lxml.etree import iterwalk

    texts: list[str] = []
    paragraphs = headings = 0
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag, starts = element.tag, event == "start"
        if _is_skipped(element):
            if starts:
                walk.skip_subtree()
                continue
        else:
            if tag in BLOCKS:
                yield from _flushed(texts, headings > 0)
            elif starts and tag in ("br", "lb"):
                texts.append("\n")
            elif starts and tag in CELLS:
                texts.append(" | ")
            paragraphs += (tag in PARAGRAPHS) * (1 if starts else -1)
            headings += (tag in HEADINGS) * (1 if starts else -1)
        text = (element.text if starts else element.tail) or ""
        texts.append(text.replace("\n", " ") if paragraphs else text)
    yield from _flushed(texts, False)


def _flushed(texts: list[str], heading: bool) -> Iterator[Block]:
    for text in BLANK_LINE.split("".join(texts)):
        if line := text.strip(STRIPPED):
            yield Block(line, heading)
    texts.clear()


def _is_skipped(element: "_Element") -> bool:
    return (
        element.tag in SKIPPED_TAGS
        or not isinstance(element.tag, str)
        or element.get("hidden") is not None
        or "display:none" in element.get("style", "").replace(" ", "")
        or has_boilerplate_name(f"{element.get('class', '')} {element.get('id', '')}")
    )


TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|h[1-6]|ul|ol|li|blockquote|img|figure|table|tr|td|section|article|pre|font"
    r"|center|hr|iframe|script|style)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
# If all lines end before this column, they were wrapped, as in a text file. Otherwise each line is a paragraph.
WRAP_COLUMN = 100


def field_body(text: str) -> Body:
    """Return the body of a text field, which is HTML if it contains tags, and plain text otherwise."""
    text = without_codes(text, html=True)
    if TAG.search(text):
        return html_body(text)
    blocks = BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return join_blocks(Block(paragraph) for block in blocks for paragraph in _paragraphs(block))


def _paragraphs(block: str) -> list[str]:
    lines = block.split("\n")
    return [block] if max(map(len, lines)) <= WRAP_COLUMN else lines
