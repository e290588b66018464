"""Encodes what a button asks for into the 64 bytes that Telegram stores with it, so that the bot stores nothing.

The data are six characters (verb, origin, number of the shown hit, three digits of a page) and eleven for each hit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.errors import StaleButton
from corpus.article import Card, Span
from retrieval.types import Hit, Passage

SHOW = "s"  # the hit; the page is that of a passage that takes several
HERE = "h"  # says which of the hits or pages is shown; does nothing
CONTEXT = "c"  # the passages around the hit; the page is the number of the first from 1, or 0 for the neighbours
FULL = "f"  # the whole text of the hit's article; the page is its number from 1, or 0 for that of the hit
ORDER = "o"  # ask again: newest first, or best first if the origin is newest first
LITERAL = "t"  # ask again: words such as "in 2019" are no filters
FILTERED = "p"  # ask again: words such as "in 2019" are filters
GOOD = "+"  # save that the hit is right
BAD = "-"  # save that the hit is wrong
UNDO = "u"  # erase what was just saved of the hit
NO = "n"  # back to the "no answer" message, whose closest hits these are
WATCH = "w"  # watch the question
END = "e"  # end the watch; the page is its id
ASK = "q"  # ask the question on the button; the page only tells buttons apart
LATEST = "l"  # back to the list of the newest articles; of the hit's source, if it is one of a source
LIKE = "m"  # find articles like the post that the message replies to
TIMELINE = "i"  # a page of a timeline, or the timeline of the first name in the question, or of that on the button
ADD = "a"  # by an admin: add what was sent; the "hit" is a digest of its bytes
REMOVE = "r"  # by an admin: ask whether the hit's article is to be removed
TAKE_OUT = "R"  # by an admin: remove the hit's article
LEAVE = "k"  # by an admin: change nothing
OF_HITS = frozenset({SHOW, CONTEXT, FULL, ORDER, LITERAL, GOOD, BAD, UNDO, ADD, REMOVE, TAKE_OUT})
HITLESS = frozenset({HERE, FILTERED, NO, WATCH, END, ASK, LATEST, LIKE, TIMELINE, LEAVE})  # these need no hit
VERBS = OF_HITS | HITLESS

ORIGIN_ANSWER = "a"  # an answer, best hit first
ORIGIN_NEWEST = "d"  # an answer, newest first
ORIGIN_BY_DATE = "t"  # an answer in the order that the question itself asks for: "latest on …"
ORIGIN_ARTICLES = "g"  # the articles that a question asks for, newest first: "what happened in 2019?"
ORIGIN_LITERAL = "e"  # an answer in which no plain words were read as filters, as a tap asked
ORIGIN_NO = "n"  # "no answer", with the closest hits
ORIGIN_WATCH = "w"  # a notification of a watch
ORIGIN_BEGUN = "b"  # the answer to a question that is watched from now on
ORIGIN_LIST = "l"  # a list of watches, articles or questions
ORIGIN_SOURCE = "s"  # a list of one source's articles
ORIGINS = frozenset(
    {
        ORIGIN_ANSWER,
        ORIGIN_NEWEST,
        ORIGIN_BY_DATE,
        ORIGIN_ARTICLES,
        ORIGIN_LITERAL,
        ORIGIN_NO,
        ORIGIN_WATCH,
        ORIGIN_BEGUN,
        ORIGIN_LIST,
        ORIGIN_SOURCE,
    }
)

MAX_HITS = 5
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PAGE_DIGITS = 3
MAX_PAGES = len(DIGITS) ** PAGE_DIGITS
HEADER = 3 + PAGE_DIGITS
REF_HEX = 15  # 60 bits, so ten digits
REF_DIGITS = 10
# What an inline query begins with that shares a passage; users see it while they choose a chat.
SHARED = "passage:"
PASSAGE_ID = re.compile(r"([0-9a-f]{10})[0-9a-f]*-([0-9a-f]{5})[0-9a-f]*(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Ref:
    """Refers to a hit by the first digits of its article's id and its passage's digest, and its sentence's number."""

    article: str
    passage: str
    sentence: int

    def __post_init__(self) -> None:
        ids = re.fullmatch(r"[0-9a-f]{10}", self.article) and re.fullmatch(r"[0-9a-f]{5}", self.passage)
        if not ids or not 0 <= self.sentence < len(DIGITS):
            raise ValueError(f"{self.article!r}, {self.passage!r}, {self.sentence} refer to no hit.")

    @classmethod
    def first(cls, passage: Passage) -> Self:
        """Return a reference to a passage's first sentence; raises ValueError, as `of` does."""
        return cls.of(Hit(passage, 0.0, 1, Span(0, 0)))

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return a reference to a hit; raises ValueError if its passage's id has another form than `split` gives."""
        parts = PASSAGE_ID.fullmatch(hit.passage.id)
        if not parts:
            raise ValueError(f"{hit.passage.id!r} is no passage's id.")
        return cls(parts[1], parts[2], min(_nearest(hit.highlight, hit.passage.sentences), len(DIGITS) - 1))


def _nearest(highlight: Span, sentences: Sequence[Span]) -> int:
    """Return the number of the sentence that overlaps most with a highlight, else of the nearest sentence."""

    def shared(number: int) -> tuple[int, int]:
        start, end = sentences[number]
        return min(end, highlight.end) - max(start, highlight.start), -number

    return max(range(len(sentences)), key=shared, default=0)


def hit_of(ref: Ref, passage: Passage, rank: int, also: tuple[Card, ...] = ()) -> Hit:
    """Return the hit of a reference and its passage; its score is not known any more."""
    sentences = passage.sentences
    highlight = sentences[min(ref.sentence, len(sentences) - 1)] if sentences else Span(0, 0)
    return Hit(passage, 0.0, rank, highlight, also)


@dataclass(frozen=True, slots=True)
class CallbackData:
    """What a button asks for: a verb, the hits of its message, and the index of the hit on display (`shown`)."""

    verb: str
    hits: tuple[Ref, ...] = ()
    shown: int = 0
    page: int = 0
    origin: str = ORIGIN_ANSWER

    def __post_init__(self) -> None:
        known = self.verb in VERBS and self.origin in ORIGINS
        counted = len(self.hits) <= MAX_HITS and 0 <= self.page < MAX_PAGES
        enough = bool(self.hits) or self.verb in HITLESS
        if not (known and counted and enough and 0 <= self.shown < max(len(self.hits), 1)):
            raise ValueError(f"There is no button for {self}.")

    @property
    def hit(self) -> Ref:
        """The hit that is shown; raises IndexError if there is none."""
        return self.hits[self.shown]


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label, and one of three: data that it sends to the bot, an address that it opens, an inline query.

    The inline query is typed in a chat that the user chooses.
    """

    text: str
    data: str | None = None
    url: str | None = None
    inline: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


def encode(data: CallbackData) -> str:
    """Return callback data as text of at most 64 bytes."""
    header = f"{data.verb}{data.origin}{DIGITS[data.shown]}{_digits(data.page, PAGE_DIGITS)}"
    return header + "".join(map(_encode_ref, data.hits))


def decode(encoded: str) -> CallbackData:
    """Read callback data; raises StaleButton for any text that `encode` does not write."""
    try:
        verb, origin, shown, page, refs = (
            encoded[:1],
            encoded[1:2],
            encoded[2:3],
            encoded[3:HEADER],
            encoded[HEADER:],
        )
        if len(page) < PAGE_DIGITS:
            raise ValueError("The data ends inside its header.")
        length = REF_DIGITS + 1
        hits = tuple(_ref(refs[start : start + length]) for start in range(0, len(refs), length))
        return CallbackData(verb, hits, _number(shown), _number(page), origin)
    except ValueError as error:
        raise StaleButton("This button is of another version of the bot. Ask again for new ones.") from error


def share_query(ref: Ref) -> str:
    """Return the inline query that shares a passage."""
    return SHARED + _encode_ref(ref)


def shared_ref(query: str) -> Ref | None:
    """Return the passage that an inline query shares; None if it is a question."""
    try:
        return _ref(query.strip().removeprefix(SHARED)) if query.strip().startswith(SHARED) else None
    except ValueError:
        return None


def _encode_ref(ref: Ref) -> str:
    return f"{_digits(int(ref.article + ref.passage, 16), REF_DIGITS)}{DIGITS[ref.sentence]}"


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
