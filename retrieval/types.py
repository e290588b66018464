"""The records that flow from the archive to whoever asked: one a stage, frozen, each holding what the next needs."""

from dataclasses import dataclass
from datetime import date

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
class Filters:
    """The part of an archive that is asked: from the first day to the last, both included, of a source, by an author.

    What is None is not asked for. `added_after` leaves only the articles taken in after that generation of the archive;
    no reader asks for it, or is told of it.
    """

    since: date | None = None
    until: date | None = None
    source: str | None = None
    author: str | None = None
    added_after: int | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: words, in a part of the archive; `newest` orders what answers by date, newest first."""

    text: str
    filters: Filters = NO_FILTERS
    newest: bool = False


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

    @property
    def highlight_text(self) -> str:
        """The sentence that answers best."""
        start, end = self.highlight
        return self.passage.text[start:end]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive says to a question: the hits, best first, and whether they answer it.

    `answered` False is an answer too: nothing in the archive answers, and the hits are only the closest there is.
    `confidence` is between 0 and 1. `searched` is what was searched for, where that is not the question as written.
    """

    question: str
    hits: tuple[Hit, ...]
    confidence: float
    answered: bool
    searched: Query | None = None
