"""What searches of an archive return: passages, or columns of what it takes to score many of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpus.article import Card
from retrieval.encode.encoder import embedded_text
from retrieval.types import Passage


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that a search found, its stored vector, and the cards of its article's near duplicates."""

    passage: Passage
    vector: NDArray[np.float16] = field(compare=False)
    also: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """The passages that both searches found, each once, in columns: only a few of them are ever wanted as records.

    `articles` are the ids of their articles, `texts` their headlines and texts as they are embedded, `languages` those
    of their articles. Articles that are near duplicates have the same of `groups`. `vectors` are (passages, dimension).
    `passages` returns those at some positions.
    """

    articles: Sequence[str]
    texts: Sequence[str]
    languages: Sequence[str | None]
    groups: Sequence[str]
    vectors: NDArray[np.float16]
    passages: Callable[[Sequence[int]], list[FoundPassage]]

    def __len__(self) -> int:
        """Count the passages."""
        return len(self.articles)


def in_columns(hits: Iterable[FoundPassage]) -> FoundColumns:
    """Return passages in columns, each once, where it first comes."""
    unique = list({hit.passage.id: hit for hit in hits}.values())
    cards = [hit.passage.article for hit in unique]
    return FoundColumns(
        [card.id for card in cards],
        [embedded_text(hit.passage.article.title, hit.passage.text) for hit in unique],
        [card.language for card in cards],
        [min([card.id, *(other.id for other in hit.also)]) for card, hit in zip(cards, unique, strict=True)],
        np.stack([hit.vector for hit in unique]) if unique else np.empty((0, 0), np.float16),
        lambda positions: [unique[position] for position in positions],
    )
