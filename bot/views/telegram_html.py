"""Telegram's HTML: text with tags, cut into pages at sentences, with all tags balanced."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from html import escape, unescape
from itertools import accumulate, pairwise, takewhile
from typing import NamedTuple

from corpus.article import Span

LIMIT = 4096  # UTF-16 units of a message's text, tags not counted
MAX_CLUSTER = 32  # characters; no emoji is longer, and a longer cluster may be cut
VIRAMA = 9  # combining class of the sign that joins two Indic letters
TAG = re.compile(r"<[^>]*>")
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # direction marks would change the text after the field


class Run(NamedTuple):
    """A piece of text and the tags around it, outermost first.

    Tags are written only at the end, so that they stay balanced wherever the text is cut.
    """

    text: str
    tags: tuple[str, ...] = ()
    is_heading: bool = False


Block = list[Run]


def units(text: str) -> int:
    """Return a text's length in UTF-16 units, as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def shown_units(markup: str) -> int:
    """Return the length in UTF-16 units of the text that HTML shows."""
    return units(unescape(TAG.sub("", markup)))


def shows(markup: str, text: str) -> bool:
    """Tell whether HTML shows a text, on one line and uncut."""
    return " ".join(text.split()) in unescape(TAG.sub("", markup))


def html(block: Sequence[Run]) -> str:
    """Return runs as HTML."""
    parts: list[str] = []
    open_tags: tuple[str, ...] = ()
    for run in [*block, Run("")]:
        common = takewhile(lambda pair: pair[0] == pair[1], zip(open_tags, run.tags, strict=False))
        shared = len(list(common))
        parts += (f"</{tag.split()[0]}>" for tag in reversed(open_tags[shared:]))
        parts += (f"<{tag}>" for tag in run.tags[shared:])
        parts.append(escape(run.text, quote=False))
        open_tags = run.tags
    return "".join(parts)


def runs(
    text: str,
    starts: Sequence[int],
    bold: Sequence[Span] = (),
    tags: tuple[str, ...] = (),
    headings: Sequence[Span] = (),
) -> Block:
    """Split a text at the offsets where its sentences start; the spans in `bold` are bold.

    `bold` and `headings` are in the order of the text.
    """
    edges = {0, len(text), *starts, *(edge for span in (*bold, *headings) for edge in span)}
    inside = sorted(edge for edge in edges if 0 <= edge <= len(text))
    return [
        Run(text[start:end], (*tags, "b") if _is_in(bold, start) else tags, _is_in(headings, start))
        for start, end in pairwise(inside)
    ]


def _is_in(spans: Sequence[Span], offset: int) -> bool:
    number = bisect_right(spans, offset, key=lambda span: span.end)
    return number < len(spans) and spans[number].start <= offset


def field(text: str, max_units: int) -> str:
    """Return a field of an article, such as its source, as HTML on one line of at most `max_units`."""
    line = shortened(" ".join(DIRECTIONS.sub("", text).split()), max_units)
    return isolated(escape(line, quote=False), line)


def isolated(markup: str, text: str) -> str:
    """Isolate a right-to-left text (`markup` is its HTML), so that it does not reorder the text around it."""
    right_to_left = any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text)
    return f"{ISOLATE}{markup}{END_ISOLATE}" if right_to_left else markup


def shortened(text: str, max_units: int) -> str:
    """Cut a text that is longer than `max_units`, and end it with an ellipsis."""
    if units(text) <= max_units:
        return text
    return f"{text[: _whole_character(text, _characters(text, max_units - 1))].rstrip()}…"


def pages(block: Sequence[Run], room: int) -> list[Block]:
    """Cut runs into pages of at most `room` units: after a paragraph, else after a run, a word or a character.

    No page ends with a heading, unless the heading is nearly as long as a page.
    """
    ends = list(accumulate(len(run.text) for run in block))
    return [list(_runs_between(block, ends, *span)) for span in _page_spans(block, room)] or [[]]


def page_at(block: Sequence[Run], offset: int, room: int) -> int:
    """Return the number, from 0, of the page of `pages` that shows the character at an offset of the runs' text."""
    return max(bisect_right(_page_spans(block, room), offset, key=lambda span: span.start) - 1, 0)


def _page_spans(block: Sequence[Run], room: int) -> list[Span]:
    """Return the pages as spans of the runs' text, without the space around them."""
    text = "".join(run.text for run in block)
    ends = list(accumulate(len(run.text) for run in block))
    # A run is complete without the space at its end.
    trimmed_ends = [end - len(run.text) + len(run.text.rstrip()) for run, end in zip(block, ends, strict=True)]
    kept = _heading_spans(block, ends)
    spans: list[Span] = []
    start = 0
    while rest := text[start : start + room + 1]:
        length = _characters(rest, room)
        if length < len(rest):
            last_run = bisect_right(trimmed_ends, start + length) - 1
            run_end = min(ends[last_run] - start, length) if last_run >= 0 else 0
            cuts = [_before_heading(kept, start + cut) - start for cut in _good_cuts(rest, length, run_end)]
            anywhere = _whole_character(rest, length)
            above = _before_heading(kept, start + anywhere) - start
            # A cut in the first half would leave a nearly empty page, so only headings are worth one.
            length = next((cut for cut in cuts if cut > length // 2), above if above > 0 else anywhere)
        page = rest[:length]
        if page.strip():
            indent = len(page) - len(page.lstrip())
            spans.append(Span(start + indent, start + len(page.rstrip())))
        start += length
    return spans


def _heading_spans(block: Sequence[Run], ends: Sequence[int]) -> list[Span]:
    """Return what must stay on one page: from each heading to the text under it."""
    spans: list[Span] = []
    heading: int | None = None
    for run, end in zip(block, ends, strict=True):
        if run.is_heading:
            heading = end - len(run.text) if heading is None else heading
        elif heading is not None and run.text.strip():
            spans.append(Span(heading, end - len(run.text.lstrip())))
            heading = None
    return spans


def _before_heading(kept: Sequence[Span], cut: int) -> int:
    """Move a cut that would separate a heading from its paragraph back to the start of the heading."""
    number = bisect_left(kept, cut, key=lambda span: span.start) - 1
    return kept[number].start if number >= 0 and cut <= kept[number].end else cut


def _characters(text: str, room: int) -> int:
    """Return the number of characters at the start of a text that fit into `room` units."""
    start = text[: room + 1]
    return len(start.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore"))


def _good_cuts(text: str, length: int, run_end: int) -> tuple[int, int, int]:
    """Return where a text may be cut, best first: after its last paragraph, run and word."""
    paragraph = text.rfind("\n\n", 0, length)
    word = max(text.rfind(space, 0, length + 1) for space in " \n\t\u3000")
    return paragraph, run_end, word


def _whole_character(text: str, offset: int) -> int:
    """Move a cut back to the start of a visible character, such as an accented letter, a flag or a family of emoji."""
    earliest = max(offset - MAX_CLUSTER, 1)
    return next((cut for cut in range(offset, earliest, -1) if not _joined(text, cut)), offset)


def _joined(text: str, offset: int) -> bool:
    before, after = text[offset - 1], text[offset]
    if "\U0001f1e6" <= after <= "\U0001f1ff":  # a flag is two of these letters
        letters = sum(1 for _ in takewhile(lambda c: "\U0001f1e6" <= c <= "\U0001f1ff", reversed(text[:offset])))
        return letters % 2 == 1
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    tag = "\U000e0020" <= after <= "\U000e007f"
    joiner = "\u200d" in (before, after) or unicodedata.combining(before) == VIRAMA
    return skin or tag or joiner or unicodedata.category(after) in {"Mn", "Me", "Mc"}


def _runs_between(block: Sequence[Run], ends: Sequence[int], start: int, end: int) -> Iterator[Run]:
    for number in range(bisect_right(ends, start), len(block)):
        run = block[number]
        run_start = ends[number] - len(run.text)
        if run_start >= end:
            break
        yield run._replace(text=run.text[max(start - run_start, 0) : end - run_start])
