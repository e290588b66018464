"""A question as it is searched for: its vector, its tokens' vectors, and how much each of its words tells."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.archive.contract import Archive, DocumentFrequencies
from retrieval.archive.local.lexical import STOP_WORDS, stems
from retrieval.encode.encoder import Encoder, Tokens, Vectors
from retrieval.text.analysis import JOINING, is_small, word_spans

STOP_STEMS = frozenset(stem for word in STOP_WORDS for stem in stems(word))
# What a token of a word that every question has ("who", "did", "the") weighs in MaxSim; any other weighs the square
# root of its word's rarity, which is 2 for a word in one passage of eighty.
STOP_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: where it stands, what it is in the index of words, and how rare it is there (its idf).

    `stop` is for words that every question has, and for signs that stand side by side only as one word ends and another
    begins: they are nowhere in the archive, and what is around them is.
    """

    span: Span
    stem: str
    idf: float
    stop: bool


@dataclass(frozen=True, slots=True)
class QueryFeatures:
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
    def content_terms(self) -> tuple[Word, ...]:
        """The words but for those that every question has, once each; all of them where there are no others."""
        once = {word.stem: word for word in self.words}.values()
        return tuple(word for word in once if not word.stop) or tuple(once)


def query_features(text: str, archive: Archive, encoder: Encoder) -> QueryFeatures:
    """Work out what ranking needs of a question."""
    spans = list(word_spans(text))
    counted = archive.document_frequencies(sorted({text[slice(*span)] for span in spans}))
    words = tuple(_words(text, spans, counted))
    encoded = encoder.encode_tokens([text])[0]
    tokens, weights = weighted(encoded, words)
    return QueryFeatures(text, encoded.whole, tokens, weights, words, counted.passages)


def weighted(tokens: Tokens, words: Sequence[Word]) -> tuple[Vectors, NDArray[np.float32]]:
    """Return the vectors of the tokens of a question's words, (tokens, dimension), and their weights, (tokens,)."""
    weights = np.array([_weight(start, end, words) for start, end in tokens.spans.tolist()], np.float32)
    if not weights.any():
        weights = np.ones_like(weights)
    there = weights > 0
    return tokens.vectors[there], weights[there] / weights.sum()


def _words(text: str, spans: Sequence[Span], counted: DocumentFrequencies) -> Iterator[Word]:
    known = {at for span in spans if counted.by_word[text[slice(*span)]] for at in range(*span)}
    for span in spans:
        word = text[slice(*span)]
        joint = not counted.by_word[word] and all(at in known or text[at] in JOINING for at in range(*span))
        for stem in stems(word):
            stop = joint or stem in STOP_STEMS or is_small(stem)
            yield Word(span, stem, idf(counted.by_word[word], counted.passages), stop)


def idf(having: int, passages: int) -> float:
    """Return the inverse document frequency that BM25 uses (Robertson and Zaragoza 2009), made never negative."""
    return math.log(1 + (passages - having + 0.5) / (having + 0.5))


def _weight(start: int, end: int, words: Sequence[Word]) -> float:
    # Words written without spaces overlap: a sign weighs what the one that tells most does.
    weights = (_word_weight(word) for word in words if start < word.span.end and end > word.span.start)
    return max(weights, default=0.0)


def _word_weight(word: Word) -> float:
    return STOP_WEIGHT if word.stop else math.sqrt(word.idf)
