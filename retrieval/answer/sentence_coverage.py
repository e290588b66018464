"""How well each sentence of a passage covers a question: MaxSim over the sentence's tokens."""

import math

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.encode.encoder import Tokens, embedded_text
from retrieval.types import Passage

# A sentence that leads the others of its passage by this is almost always the reader's choice too (docs/ranking.md).
CLEAR_LEAD = 0.15


def best_sentence(
    passage: Passage,
    tokens: Tokens,
    similarity: NDArray[np.float32],
    weights: NDArray[np.float32],
    length_penalty: float = 0,
) -> tuple[Span, float, float]:
    """Return the span of the sentence that covers the question best, its coverage, and its lead over the next sentence.

    `similarity` is (question tokens, passage tokens). The logarithm of a sentence's characters times `length_penalty`
    is subtracted from its coverage. The lead is infinite if the passage has one sentence.
    """
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T

    def coverage(sentence: Span) -> float:
        inside = (starts >= sentence.start) & (ends <= sentence.end)
        best_tokens = similarity[:, inside].max(axis=1, initial=-1)
        return float(weights @ best_tokens) - length_penalty * math.log(max(sentence.end - sentence.start, 1))

    covered = sorted(((coverage(sentence), sentence) for sentence in passage.sentences), key=lambda pair: -pair[0])
    (highest, best), *others = covered
    return best, highest, highest - others[0][0] if others else math.inf
