"""Buttons: all that one has to know, in the 64 bytes that Telegram keeps with it, so that nothing is kept on our side.

A button's data is its verb, what it hangs under, which hit is shown and a step, six characters, and eleven a hit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.errors import StaleButton
from corpus.article import Card, Span
from retrieval.types import Hit, Passage

SHOW = "s"  # the hit; the step is the page, where its passage takes several
HERE = "h"  # says which of the hits is shown; does nothing
CONTEXT = "c"  # the passages around the hit; the step is the first one's number from 1, or 0 for those around it
FULL = "f"  # the whole text of the hit's article; the step is the page
ORDER = "o"  # the question asked again: newest first, or best first where it is newest first now
GOOD = "+"  # the hit is right: ask whether that may be kept
BAD = "-"  # the hit is wrong: ask whether that may be kept
KEEP_GOOD = "G"  # keep that the hit is right
KEEP_BAD = "B"  # keep that the hit is wrong
NO = "n"  # back to the no, whose closest hits these are
WATCH = "w"  # tell the reader when something answers the question
END = "e"  # end the watch; the step is its number
ASK = "q"  # ask what is written on the button
LATEST = "l"  # back to the list of the newest articles
ADD = "a"  # an owner: add what was sent; the "hit" is a seal of its bytes
REMOVE = "r"  # an owner: ask whether the hit's article is to be removed
TAKE_OUT = "R"  # an owner: remove the hit's article
LEAVE = "k"  # an owner: change nothing
OF_HITS = frozenset({SHOW, HERE, CONTEXT, FULL, ORDER, GOOD, BAD, KEEP_GOOD, KEEP_BAD, ADD, REMOVE, TAKE_OUT})
HITLESS = frozenset({NO, WATCH, END, ASK, LATEST, LEAVE})  # these need no hit
VERBS = OF_HITS | HITLESS

ORIGIN_ANSWER = "a"  # an answer, best first
ORIGIN_NEWEST = "d"  # an answer, newest first
ORIGIN_NO = "n"  # a no, and what is closest
ORIGIN_WATCH = "w"  # what a watch told
ORIGIN_LIST = "l"  # a list of watches, articles or questions
ORIGINS = frozenset({ORIGIN_ANSWER, ORIGIN_NEWEST, ORIGIN_NO, ORIGIN_WATCH, ORIGIN_LIST})

MAX_HITS = 5
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PAGE_DIGITS = 3
PAGES = len(DIGITS) ** PAGE_DIGITS
HEADER = 3 + PAGE_DIGITS
REF_HEX = 15  # 60 bits, so ten digits
REF_DIGITS = 10
PARTS = re.compile(r"([0-9a-f]{10})[0-9a-f]*-([0-9a-f]{5})[0-9a-f]*(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Ref:
    """A hit, by the beginnings of its article's id and of its passage's digest, and the number of its sentence."""

    article: str
    passage: str
    sentence: int

    def __post_init__(self) -> None:
        ids = re.fullmatch(r"[0-9a-f]{10}", self.article) and re.fullmatch(r"[0-9a-f]{5}", self.passage)
        if not ids or not 0 <= self.sentence < len(DIGITS):
            raise ValueError(f"{self.article!r}, {self.passage!r}, {self.sentence} refer to no hit.")

    @classmethod
    def first(cls, passage: Passage) -> Self:
        """Refer to a passage by its first sentence; raises ValueError, as `of` does."""
        return cls.of(Hit(passage, 0.0, 1, Span(0, 0)))

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Refer to a hit; raises ValueError where its passage's id is not as `split` makes them."""
        parts = PARTS.fullmatch(hit.passage.id)
        if not parts:
            raise ValueError(f"{hit.passage.id!r} is no passage's id.")
        return cls(parts[1], parts[2], min(_nearest(hit.highlight, hit.passage.sentences), len(DIGITS) - 1))


def _nearest(highlight: Span, sentences: Sequence[Span]) -> int:
    """Return the number of the sentence that shares most with a highlight, else of the one nearest to it."""

    def shared(number: int) -> tuple[int, int]:
        start, end = sentences[number]
        return min(end, highlight.end) - max(start, highlight.start), -number

    return max(range(len(sentences)), key=shared, default=0)


def hit_of(ref: Ref, passage: Passage, rank: int, also: tuple[Card, ...] = ()) -> Hit:
    """Return the hit that was referred to, from what is found of it now; how well it scored is forgotten."""
    sentences = passage.sentences
    highlight = sentences[min(ref.sentence, len(sentences) - 1)] if sentences else Span(0, 0)
    return Hit(passage, 0.0, rank, highlight, also)


@dataclass(frozen=True, slots=True)
class CallbackData:
    """What a button asks for: a verb, of the hit that is shown among those of the message that it hangs under."""

    verb: str
    hits: tuple[Ref, ...] = ()
    shown: int = 0
    page: int = 0
    origin: str = ORIGIN_ANSWER

    def __post_init__(self) -> None:
        known = self.verb in VERBS and self.origin in ORIGINS
        counted = len(self.hits) <= MAX_HITS and 0 <= self.page < PAGES
        enough = bool(self.hits) or self.verb in HITLESS
        if not (known and counted and enough and 0 <= self.shown < max(len(self.hits), 1)):
            raise ValueError(f"There is no button for {self}.")

    @property
    def hit(self) -> Ref:
        """The hit that is shown; raises IndexError where there is none."""
        return self.hits[self.shown]


@dataclass(frozen=True, slots=True)
class Button:
    """A button that is shown: what is written on it, and what it sends back to us or which address it opens."""

    text: str
    data: str | None = None
    url: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


def encode(data: CallbackData) -> str:
    """Write a tap as a button's data, at most 64 bytes."""
    header = f"{data.verb}{data.origin}{DIGITS[data.shown]}{_digits(data.page, PAGE_DIGITS)}"
    refs = (f"{_digits(int(ref.article + ref.passage, 16), REF_DIGITS)}{DIGITS[ref.sentence]}" for ref in data.hits)
    return header + "".join(refs)


def decode(data: str) -> CallbackData:
    """Read a button's data; raises StaleButton for anything that `encode` does not write."""
    try:
        verb, origin, shown, page, refs = data[:1], data[1:2], data[2:3], data[3:HEADER], data[HEADER:]
        if len(page) < PAGE_DIGITS:
            raise ValueError("The data ends inside its header.")
        each = REF_DIGITS + 1
        hits = tuple(_ref(refs[at : at + each]) for at in range(0, len(refs), each))
        return CallbackData(verb, hits, _number(shown), _number(page), origin)
    except ValueError as error:
        raise StaleButton("This button is of another version of the bot. Ask again for new ones.") from error


def _ref(digits: str) -> Ref:
    if len(digits) != REF_DIGITS + 1:
        raise ValueError("The data ends inside a hit.")
    ids = f"{_number(digits[:-1]):0{REF_HEX}x}"
    return Ref(ids[:10], ids[10:], _number(digits[-1]))


def _digits(number: int, count: int) -> str:
    return "".join(DIGITS[number // len(DIGITS) ** place % len(DIGITS)] for place in reversed(range(count)))


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(DIGITS) + DIGITS.index(digit)
    return number
