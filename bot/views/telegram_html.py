"""Telegram's HTML: text with tags, cut into pages at sentences, with all tags balanced."""

import re
import unicodedata
from bisect import bisect_right
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

    Tags are kept apart from the text until the end, so that tags stay balanced wherever the text is cut.
    """

    text: str
    tags: tuple[str, ...] = ()


Block = list[Run]


def units(text: str) -> int:
    """Return a text's length in UTF-16 units, as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def shown_units(markup: str) -> int:
    """Return the length in UTF-16 units of what is shown of some HTML."""
    return units(unescape(TAG.sub("", markup)))


def html(block: Sequence[Run]) -> str:
    """Return runs as HTML."""
    written: list[str] = []
    opened: tuple[str, ...] = ()
    for run in [*block, Run("")]:
        common = takewhile(lambda pair: pair[0] == pair[1], zip(opened, run.tags, strict=False))
        shared = len(list(common))
        written += (f"</{tag.split()[0]}>" for tag in reversed(opened[shared:]))
        written += (f"<{tag}>" for tag in run.tags[shared:])
        written.append(escape(run.text, quote=False))
        opened = run.tags
    return "".join(written)


def runs(text: str, starts: Sequence[int], bold: Sequence[Span] = (), tags: tuple[str, ...] = ()) -> Block:
    """Split a text at the offsets where its sentences start; the spans in `bold` are bold."""
    edges = {0, len(text), *starts, *(edge for span in bold for edge in span)}
    inside = sorted(edge for edge in edges if 0 <= edge <= len(text))
    ends = [span.end for span in bold]

    def is_bold(at: int) -> bool:
        number = bisect_right(ends, at)
        return number < len(bold) and bold[number].start <= at

    return [Run(text[start:end], (*tags, "b") if is_bold(start) else tags) for start, end in pairwise(inside)]


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
    """Cut runs into pages of at most `room` units: after a paragraph, else after a run, a word or a character."""
    text = "".join(run.text for run in block)
    ends = list(accumulate(len(run.text) for run in block))
    # A run is complete without the space at its end.
    whole = [end - len(run.text) + len(run.text.rstrip()) for run, end in zip(block, ends, strict=True)]
    cut_pages: list[Block] = []
    start = 0
    while rest := text[start : start + room + 1]:
        most = _characters(rest, room)
        if most < len(rest):
            last = bisect_right(whole, start + most) - 1
            most = _cut(rest, most, min(ends[last] - start, most) if last >= 0 else 0)
        page = rest[:most]
        if page.strip():
            before = len(page) - len(page.lstrip())
            cut_pages.append(list(_slice(block, ends, start + before, start + len(page.rstrip()))))
        start += most
    return cut_pages or [[]]


def _characters(text: str, room: int) -> int:
    """Return the number of characters at the start of a text that fit into `room` units."""
    start = text[: room + 1]
    return len(start.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore"))


def _cut(text: str, most: int, run_end: int) -> int:
    paragraph = text.rfind("\n\n", 0, most)
    word = max(text.rfind(space, 0, most + 1) for space in " \n\t\u3000")
    for cut in (paragraph, run_end, word):
        if cut > most // 2:  # a cut in the first half would leave a nearly empty page
            return cut
    return _whole_character(text, most)


def _whole_character(text: str, at: int) -> int:
    """Move a cut back to the start of a visible character, such as an accented letter, a flag or a family of emoji."""
    earliest = max(at - MAX_CLUSTER, 1)
    return next((cut for cut in range(at, earliest, -1) if not _joined(text, cut)), at)


def _joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if "\U0001f1e6" <= after <= "\U0001f1ff":  # a flag is two of these letters
        letters = sum(1 for _ in takewhile(lambda c: "\U0001f1e6" <= c <= "\U0001f1ff", reversed(text[:at])))
        return letters % 2 == 1
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    tag = "\U000e0020" <= after <= "\U000e007f"
    joiner = "\u200d" in (before, after) or unicodedata.combining(before) == VIRAMA
    return skin or tag or joiner or unicodedata.category(after) in {"Mn", "Me", "Mc"}


def _slice(block: Sequence[Run], ends: Sequence[int], start: int, end: int) -> Iterator[Run]:
    for number in range(bisect_right(ends, start), len(block)):
        run = block[number]
        before = ends[number] - len(run.text)
        if before >= end:
            break
        yield Run(run.text[max(start - before, 0) : end - before], run.tags)
