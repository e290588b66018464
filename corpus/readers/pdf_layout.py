"""Lines on printed pages to paragraphs and headings, by size, distance and indentation."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from corpus.text.html import Block

# As a share of the size of the letters, or of the distance between two lines.
LARGER_RATIO, APART, INDENTED = 1.15, 1.3, 0.8
MAX_HEADING_CHARACTERS = 200
# So many lines at the top and at the bottom of a page may be running headers and footers.
EDGE_LINES = 3
FIGURES = re.compile(r"\d+|\b[ivxlc]+\b")
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
HYPHEN = re.compile(r"(\w+)[-\u2010\u00ad]$")
WORD_GOES_ON = re.compile(r"[^\W\d_]+")
WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")


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
    hyphenated = set(re.findall(r"\w+-\w+", "\n".join(line.text for page in pages for line in page)))
    found = []
    for block in _blocks(pages, body, leading):
        text = block[0].text
        for line in block[1:]:
            text = _continued(text, line.text, hyphenated)
        stands_out = block[0].size >= LARGER_RATIO * body or (block[0].bold and not ENDS_A_SENTENCE.search(text))
        found.append(Block(text, stands_out and len(text) <= MAX_HEADING_CHARACTERS))
    return found


def headline(pages: Sequence[Page]) -> str | None:
    """Return the lines of the largest font on the first page, if it is larger than that of the text."""
    body, leading = _body(pages)
    first = list(pages[0]) if pages else []
    largest = max((line.size for line in first), default=0.0)
    if largest < LARGER_RATIO * body:
        return None
    for block in _blocks([first], body, leading):
        if block[0].size >= 0.97 * largest:
            return " ".join(line.text for line in block)
    return None


def _without_running_lines(pages: Sequence[Page]) -> list[list[Line]]:
    """Leave out running headers and page numbers: the same words at the same height on a third of the pages."""
    page_counts = Counter(mark for page in pages for mark in {_mark(line) for line in _edges(page)})
    min_pages = max(2, len(pages) / 3)
    repeated = {mark for mark, number in page_counts.items() if number >= min_pages}
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
        top = True
        for line in page:
            if block and _begins(block[-1], line, body, leading, turned=top):
                yield block
                block = []
            block.append(line)
            top = False
    if block:
        yield block


def _begins(before: Line, line: Line, body: float, leading: float, *, turned: bool) -> bool:
    """Tell whether a line begins a paragraph; `turned` means that it is the first of a page."""
    if max(before.size, line.size) > LARGER_RATIO * min(before.size, line.size) or before.bold != line.bold:
        return True
    gap = before.y - line.y
    if turned or gap < 0:  # a page, or a column, further on
        return bool(ENDS_A_SENTENCE.search(before.text)) or line.size >= LARGER_RATIO * body
    # Large letters stand further apart.
    return gap > APART * leading * max(1.0, line.size / body) or line.x - before.x > INDENTED * line.size


def _continued(text: str, line: str, hyphenated: set[str]) -> str:
    """Append a line to a paragraph, and join a hyphenated word."""
    divided, rest = HYPHEN.search(text), WORD_GOES_ON.match(line)
    if divided and rest and rest[0].islower() and not divided[1][-1].isdigit():
        whole = f"{divided[1]}-{rest[0]}" in hyphenated
        return f"{text[:-1]}{'-' if whole else ''}{line}"
    if WIDE.fullmatch(text[-1:]) and WIDE.match(line):
        return text + line
    return f"{text} {line}"
