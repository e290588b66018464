"""The records that flow from the archive to whoever asked: one a stage, frozen, each holding what the next needs."""

from dataclasses import dataclass

from corpus.article import Card, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of one article: the unit that is retrieved.

    `start` and `end` count characters in the article's text; `sentences` are spans of `text` here, in order, and leave
    out the subheadings, which are shown but answer nothing.
    """

    id: str
    article: Card
    text: str
    start: int
    end: int
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; `highlight` is the sentence that answers best, as a span of its text.

    `also` are the other articles that tell the same story.
    """

    passage: Passage
    score: float
    rank: int
    highlight: Span
    also: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive says to a question: the hits, best first, and whether they answer it.

    `answered` False is an answer too: nothing in the archive answers, and the hits are only the closest there is.
    `confidence` is between 0 and 1.
    """

    question: str
    hits: tuple[Hit, ...]
    confidence: float
    answered: bool
