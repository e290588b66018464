"""How well each sentence of a passage covers a question: MaxSim over the sentence's tokens."""

import math

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.encode.encoder import Tokens, embedded_text
from retrieval.types import Passage


def best_sentence(
    passage: Passage,
    tokens: Tokens,
    similarity: NDArray[np.float32],
    weights: NDArray[np.float32],
    length_penalty: float = 0,
) -> tuple[Span, float]:
    """Return the span of the sentence that covers the question best, and its coverage.

    `similarity` is (question tokens, passage tokens). The logarithm of a sentence's characters times `length_penalty`
    is subtracted from its coverage.
    """
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T

    def coverage(sentence: Span) -> float:
        inside = (starts >= sentence.start) & (ends <= sentence.end)
        best_tokens = similarity[:, inside].max(axis=1, initial=-1)
        return float(weights @ best_tokens) - length_penalty * math.log(max(sentence.end - sentence.start, 1))

    coverages = [coverage(sentence) for sentence in passage.sentences]
    highest = max(coverages)
    return passage.sentences[coverages.index(highest)], highest
