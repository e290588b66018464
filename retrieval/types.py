"""The records of retrieval: passages and filters, and the Query, Hits and Answer of a question."""

from collections.abc import Mapping
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
    """A passage that answers a question; `highlight` is its sentence that answers best, as a span of its text.

    `also` are the near duplicates of its article. `confidence`, between 0 and 1, is how likely the passage answers.
    """

    passage: Passage
    score: float
    rank: int
    highlight: Span
    also: tuple[Card, ...] = ()
    confidence: float = 0.0

    @property
    def highlight_text(self) -> str:
        """The sentence that answers best."""
        start, end = self.highlight
        return self.passage.text[start:end]


@dataclass(frozen=True, slots=True)
class ClosestPassage:
    """A passage that comes near to a question but does not answer it, so no sentence of it is highlighted."""

    passage: Passage
    score: float
    rank: int
    also: tuple[Card, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A passage that was ranked for a question, with its best sentence, and what spoke for it.

    `signals` are those that the confidence is computed from, by name, and what the passage is ordered by.
    """

    passage: Passage
    highlight: Span
    confidence: float
    signals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: `hits` are the passages that answer it, best first, and no others.

    If no passage answers, `closest` are those that come nearest to it; otherwise `closest` is empty. `searched` is the
    query that was searched for; None if it is just the question. If not `calibrated`, the confidence was fitted for
    another model: higher is surer, but it is no probability. `unread_language` is the language of a question that was
    not answered, if the model does not read it (ISO 639-1). `considered` is everything that was ranked, best first.
    `understood` has the filters and the order that plain words of the question were read as, such as "in 2019", and the
    words that are left; None if it has no such words. If nothing answers with them, it is `without`: then all articles
    were searched. If it `lists`, no words are left: the hits are the articles themselves, newest first, each with its
    first sentence. `later` is the best passage that answers nearly as well as the first hit, in a later article.
    """

    question: str
    hits: tuple[Hit, ...] = ()
    closest: tuple[ClosestPassage, ...] = ()
    searched: Query | None = None
    calibrated: bool = True
    unread_language: str | None = None
    considered: tuple[RankedSentence, ...] = ()
    understood: Query | None = None
    without: Query | None = None
    lists: bool = False
    later: Hit | None = None

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The names of all signals of the passages considered; a passage that was not read lacks some."""
        return tuple(dict.fromkeys(name for ranked in self.considered for name in ranked.signals))

    @property
    def answered(self) -> bool:
        """Whether a passage answers the question."""
        return bool(self.hits)

    @property
    def confidence(self) -> float:
        """The confidence of the first hit, or of the closest passage if there is no hit; 0 if nothing was found."""
        return next((found.confidence for found in self.hits or self.closest), 0.0)
