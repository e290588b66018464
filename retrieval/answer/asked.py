"""A question as it is searched for: its vector, its tokens' vectors, and how much each of its words tells."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.archive.archive import Archive, Frequencies
from retrieval.archive.lexical import STOP_WORDS, stems
from retrieval.encode.encoder import Encoder, Tokens, Vectors

WORD = re.compile(r"[^\W_]+")
STOP_STEMS = frozenset(stem for word in STOP_WORDS for stem in stems(word))
# What a token of a word that every question has ("who", "did", "the") weighs in MaxSim; any other weighs the square
# root of its word's rarity, which is 2 for a word in one passage of eighty.
STOP_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: where it stands, what it is in the index of words, and how rare it is there (its idf)."""

    span: Span
    stem: str
    rarity: float
    stop: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What ranking needs of a question, worked out once.

    `vector` is (dimension,); `tokens` (tokens, dimension) are those of its words, punctuation left out; `weights`
    (tokens,) add up to 1. `passages` is how many there are in the archive.
    """

    text: str
    vector: Vectors
    tokens: Vectors
    weights: NDArray[np.float32]
    words: tuple[Word, ...]
    passages: int

    @property
    def telling(self) -> tuple[Word, ...]:
        """The words but for those that every question has, once each; all of them where there are no others."""
        once = {word.stem: word for word in self.words}.values()
        return tuple(word for word in once if not word.stop) or tuple(once)


def ask(text: str, archive: Archive, encoder: Encoder) -> Asked:
    """Work out what ranking needs of a question."""
    counted = archive.frequencies(sorted({match[0] for match in WORD.finditer(text)}))
    words = tuple(_words(text, counted))
    encoded = encoder.encode_tokens([text])[0]
    tokens, weights = weighted(encoded, words)
    return Asked(text, encoded.whole, tokens, weights, words, counted.passages)


def weighted(tokens: Tokens, words: Sequence[Word]) -> tuple[Vectors, NDArray[np.float32]]:
    """Return the vectors of the tokens of a question's words, (tokens, dimension), and their weights, (tokens,)."""
    weights = np.array([_weight(start, end, words) for start, end in tokens.spans.tolist()], np.float32)
    if not weights.any():
        weights = np.ones_like(weights)
    there = weights > 0
    return tokens.vectors[there], weights[there] / weights.sum()


def _words(text: str, counted: Frequencies) -> Iterator[Word]:
    for match in WORD.finditer(text):
        for stem in stems(match[0]):
            idf = rarity(counted.of[match[0]], counted.passages)
            yield Word(Span(*match.span()), stem, idf, stem in STOP_STEMS)


def rarity(having: int, passages: int) -> float:
    """Return the inverse document frequency that BM25 uses (Robertson and Zaragoza 2009), made never negative."""
    return math.log(1 + (passages - having + 0.5) / (having + 0.5))


def _weight(start: int, end: int, words: Sequence[Word]) -> float:
    word = next((word for word in words if start < word.span.end and end > word.span.start), None)
    if word is None:
        return 0.0
    return STOP_WEIGHT if word.stop else math.sqrt(word.rarity)
