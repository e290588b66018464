"""The records of retrieval: passages and filters, and the Query, Hits and Answer of a question."""

from dataclasses import dataclass
from datetime import date

from corpus.article import Card, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: consecutive sentences of one article.

    `start` and `end` are offsets in the article's text. `sentences` are spans of `text`, in order; subheadings are part
    of `text` but no sentences, since they answer nothing.
    """

    id: str
    article: Card
    text: str
    start: int
    end: int
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """The part of an archive to search: dates from `since` to `until` inclusive, a source, an author; None for all.

    `added_after` selects the articles added after that generation of the archive. It is internal: users neither set nor
    see it.
    """

    since: date | None = None
    until: date | None = None
    source: str | None = None
    author: str | None = None
    added_after: int | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed question: the words to search for, the filters, and whether to order the hits by date, newest first."""

    text: str
    filters: Filters = NO_FILTERS
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; `highlight` is its sentence that answers best, as a span of the passage's text.

    `also` are the near duplicates of its article.
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
    """The answer to a question: the hits, best first, and whether they answer it.

    If `answered` is False, nothing in the archive answers the question, and the hits are only the closest passages.
    `confidence` is between 0 and 1. `searched` is the query that was searched for; None if it is just the question. If
    not `calibrated`, the confidence was fitted for another model: higher is surer, but it is no probability.
    `unread_language` is the language of a question that was not answered, if the model does not read it (ISO 639-1).
    """

    question: str
    hits: tuple[Hit, ...]
    confidence: float
    answered: bool
    searched: Query | None = None
    calibrated: bool = True
    unread_language: str | None = None
