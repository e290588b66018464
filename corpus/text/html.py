"""HTML to the body of an article: its paragraphs and headings."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Span
from corpus.errors import Unreadable
from corpus.text.boilerplate import is_boilerplate, is_prose
from corpus.text.boilerplate_classes import has_boilerplate_name
from corpus.text.cleaning import repair_text
from corpus.text.footnote_marks import drop_footnote_marks
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
INVISIBLE_TAGS = frozenset(
    "script style noscript template iframe object embed svg math canvas audio video picture img button select textarea"
    " input title meta link graphic".split()
)
# These characters, which no text contains, mark where a link starts and ends.
LINK_START, LINK_END = "\ufdd0", "\ufdd1"
LINK_MARK = re.compile("[\ufdd0\ufdd1]")
LINKED = re.compile("\ufdd0[^\ufdd1]*\ufdd1?|^[^\ufdd0\ufdd1]*\ufdd1")
MAX_LEFT_OUT, MAX_LEFT_OUT_CHARACTERS = 100, 300
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
    """The text of an article, paragraphs and headings separated by blank lines, and the positions of the headings.

    `left_out` are the paragraphs that were taken for boilerplate.
    """

    text: str
    headings: tuple[Span, ...] = ()
    left_out: tuple[str, ...] = ()


class Block(NamedTuple):
    """A paragraph or a heading, on one line; `unlinked` is its text outside links, None if that is not known."""

    text: str
    heading: bool = False
    unlinked: str | None = None


class SkippedText(NamedTuple):
    """The text of an element that was skipped as boilerplate."""

    text: str


def html_body(html: str) -> Body:
    """Return the body in HTML that is all content, as feeds and exports contain it; raises Unreadable."""
    html = without_codes(html, html=True)
    if "<" not in html and "&" not in html:
        return join_blocks(Block(paragraph) for paragraph in BLANK_LINE.split(html.replace("\r\n", "\n")))
    root = parse_html(f"<div>{html}</div>")
    body = join_blocks(block for block, _ in placed_blocks(root))
    # All the text may be in an element that usually holds something else, such as <aside>.
    return body if body.text else join_blocks(blocks(root, INVISIBLE_TAGS))


def join_blocks(blocks: "Iterable[Block | SkippedText]", left_out: Iterable[str] = ()) -> Body:
    """Join blocks to a body, without boilerplate and without headings that no paragraph follows."""
    content: list[Block] = []
    left_out = list(left_out)
    for block in blocks:
        text = " ".join(repair_text(without_codes(block.text)).split())
        if isinstance(block, SkippedText) or is_boilerplate(text, block.unlinked):
            left_out.append(text)
        elif text:
            content.append(block._replace(text=text))
    while content and content[-1].heading:
        left_out.append(content.pop().text)
    headings, position = [], 0
    for block in content:
        if block.heading:
            headings.append(Span(position, position + len(block.text)))
        position += len(block.text) + 2
    return Body("\n\n".join(block.text for block in content), tuple(headings), _shortened(left_out))


def _shortened(left_out: list[str]) -> tuple[str, ...]:
    """Return the texts once each, at a length that a trace can hold."""
    texts = dict.fromkeys(
        text if len(text) <= MAX_LEFT_OUT_CHARACTERS else f"{text[: MAX_LEFT_OUT_CHARACTERS - 1]}…"
        for text in left_out
        if text
    )
    return tuple(texts)[:MAX_LEFT_OUT]


def join_bodies(bodies: Iterable[Body]) -> Body:
    """Join bodies to one, in their order; empty ones leave no trace."""
    texts: list[str] = []
    headings: list[Span] = []
    left_out: list[str] = []
    position = 0
    for text, spans, skipped in bodies:
        left_out += skipped
        if text:
            headings += [Span(position + start, position + end) for start, end in spans]
            texts.append(text)
            position += len(text) + 2
    return Body("\n\n".join(texts), tuple(headings), _shortened(left_out))


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
    drop_footnote_marks(root)
    return root


def blocks(root: "_Element", skipped_tags: frozenset[str] = SKIPPED_TAGS) -> Iterator[Block]:
    """Yield the paragraphs and headings of a tree."""
    yield from (block for block, _ in placed_blocks(root, skipped_tags) if isinstance(block, Block))


def placed_blocks(
    root: "_Element", skipped_tags: frozenset[str] = SKIPPED_TAGS
) -> "Iterator[tuple[Block | SkippedText, _Element]]":
    """Yield the paragraphs, the headings, and the prose that is skipped as boilerplate, each with the element it is in.

    The tree may be of any depth, because there is no recursion.
    """
    from lxml.etree import iterwalk

    texts: list[str] = []
    paragraphs = headings = links = 0
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag, starts = element.tag, event == "start"
        if _is_skipped(element, skipped_tags):
            if starts:
                if isinstance(tag, str) and tag not in INVISIBLE_TAGS:
                    text = " ".join(" ".join(element.itertext()).split())
                    if is_prose(text):
                        yield SkippedText(text), element
                walk.skip_subtree()
                continue
        else:
            if tag in BLOCKS:
                parent = element.getparent() if starts else None
                for block in _flushed(texts, headings > 0):
                    yield block, element if parent is None else parent
                texts.extend([LINK_START] * (links > 0))
            elif starts and tag in ("br", "lb"):
                texts.append("\n")
            elif starts and tag in CELLS:
                texts.append(" | ")
            paragraphs += (tag in PARAGRAPHS) * (1 if starts else -1)
            headings += (tag in HEADINGS) * (1 if starts else -1)
            if tag == "a":
                links += 1 if starts else -1
                texts.append(LINK_START if starts else LINK_END)
        text = (element.text if starts else element.tail) or ""
        texts.append(text.replace("\n", " ") if paragraphs else text)
    yield from ((block, root) for block in _flushed(texts, False))


def _flushed(texts: list[str], heading: bool) -> list[Block]:
    found = [
        Block(line, heading, LINKED.sub("", text).strip(STRIPPED))
        for text in BLANK_LINE.split("".join(texts))
        if (line := LINK_MARK.sub("", text).strip(STRIPPED))
    ]
    texts.clear()
    return found


def _is_skipped(element: "_Element", skipped_tags: frozenset[str]) -> bool:
    return (
        element.tag in skipped_tags
        or not isinstance(element.tag, str)
        or element.get("hidden") is not None
        or "display:none" in element.get("style", "").replace(" ", "")
        or has_boilerplate_name(
            element.tag, element.get("class", ""), "" if has_own_heading(element) else element.get("id", "")
        )
    )


def has_own_heading(element: "_Element") -> bool:
    """Tell whether an element begins with a heading of the article that gave the element its id."""
    own_id, heading = element.get("id"), next(element.iterchildren(), None)
    if not own_id or heading is None or heading.tag not in HEADINGS:
        return False
    text = "".join(islice(heading.itertext(), 20))
    return letters(text) == letters(own_id) and not is_boilerplate(text.strip())


def letters(text: str) -> str:
    """Return only the letters and digits of a text, in one case, for comparisons."""
    return "".join(filter(str.isalnum, text)).casefold()


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
