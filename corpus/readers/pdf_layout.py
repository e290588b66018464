"""Groups the lines of printed pages into paragraphs and headings, by size, distance and indentation."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from corpus.text.html import Block
from corpus.text.line_joining import continued, seen_words

# A larger font and an indent as multiples of the font size; a gap as a multiple of the distance between two lines.
MIN_LARGER_RATIO, MIN_GAP_RATIO, MIN_INDENT_RATIO = 1.15, 1.3, 0.8
MAX_HEADING_CHARACTERS = 200
# The number of lines at the top and at the bottom of a page that may be running headers and footers.
EDGE_LINES = 3
FIGURES = re.compile(r"\d+|\b[ivxlc]+\b")
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")


class Line(NamedTuple):
    """A line of text: its start on the page in points from the lower left corner, and its font size."""

    text: str
    x: float
    y: float
    size: float
    bold: bool = False


Page = Sequence[Line]


def paragraphs_and_headings(pages: Sequence[Page]) -> list[Block]:
    """Return the paragraphs and headings of pages, without running headers, footers and page numbers."""
    pages = _without_running_lines(pages)
    body, leading = _body(pages)
    seen = seen_words("\n".join(line.text for page in pages for line in page))
    blocks = []
    for lines in _blocks(pages, body, leading):
        text = lines[0].text
        for line in lines[1:]:
            text = continued(text, line.text, seen)
        is_prominent = lines[0].size >= MIN_LARGER_RATIO * body or (lines[0].bold and not ENDS_A_SENTENCE.search(text))
        blocks.append(Block(text, is_prominent and len(text) <= MAX_HEADING_CHARACTERS))
    return blocks


def headline(pages: Sequence[Page]) -> str | None:
    """Return the lines of the largest font on the first page; None if it is not larger than the font of the text."""
    body, leading = _body(pages)
    first_page = list(pages[0]) if pages else []
    largest = max((line.size for line in first_page), default=0.0)
    if largest < MIN_LARGER_RATIO * body:
        return None
    for lines in _blocks([first_page], body, leading):
        if lines[0].size >= 0.97 * largest:
            return " ".join(line.text for line in lines)
    return None


def _without_running_lines(pages: Sequence[Page]) -> list[list[Line]]:
    """Remove running headers and page numbers: the same words at the same height on a third of the pages."""
    page_counts = Counter(mark for page in pages for mark in {_mark(line) for line in _edges(page)})
    min_pages = max(2, len(pages) / 3)
    repeated = {mark for mark, count in page_counts.items() if count >= min_pages}
    remaining = []
    for page in pages:
        boilerplate = {id(line) for line in _edges(page) if _mark(line) in repeated}
        remaining.append([line for line in page if id(line) not in boilerplate])
    return remaining


def _edges(page: Page) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.y)
    return by_height[:EDGE_LINES] + by_height[max(EDGE_LINES, len(page) - EDGE_LINES) :]


def _mark(line: Line) -> tuple[str, int]:
    return FIGURES.sub("#", line.text.casefold()), round(line.y / 3)


def _body(pages: Iterable[Page]) -> tuple[float, float]:
    """Return the font size of most of the text, and the distance between two of its lines."""
    sizes: Counter[float] = Counter()
    gaps = []
    for page in pages:
        for before, line in zip([None, *page], page, strict=False):
            sizes[round(line.size, 1)] += len(line.text)
            if before and before.size == line.size and before.y > line.y:
                gaps.append(before.y - line.y)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    return body, median(gaps) if gaps else 1.2 * body


def _blocks(pages: Iterable[Page], body: float, leading: float) -> Iterator[list[Line]]:
    block: list[Line] = []
    for page in pages:
        first_of_page = True
        for line in page:
            if block and _begins(block[-1], line, body, leading, first_of_page=first_of_page):
                yield block
                block = []
            block.append(line)
            first_of_page = False
    if block:
        yield block


def _begins(before: Line, line: Line, body: float, leading: float, *, first_of_page: bool) -> bool:
    """Tell whether a line begins a paragraph."""
    if max(before.size, line.size) > MIN_LARGER_RATIO * min(before.size, line.size) or before.bold != line.bold:
        return True
    gap = before.y - line.y
    if first_of_page or gap < 0:  # on another page, or in the next column
        return bool(ENDS_A_SENTENCE.search(before.text)) or line.size >= MIN_LARGER_RATIO * body
    # The lines of a large font are further apart.
    return (
        gap > MIN_GAP_RATIO * leading * max(1.0, line.size / body) or line.x - before.x > MIN_INDENT_RATIO * line.size
    )
