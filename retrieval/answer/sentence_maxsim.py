"""How well each sentence of a passage covers a question: MaxSim over the sentence's tokens."""

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Tokens, embedded_text
from retrieval.types import Passage


def sentence_coverages(
    passage: Passage, tokens: Tokens, similarity: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[float, ...]:
    """Return the coverage of the question by each sentence of the passage, from -1 to 1.

    `tokens` are those of the headline and the passage. `similarity` is (question tokens, passage tokens), `weights`
    (question tokens,).
    """
    return tuple(
        float(weights @ similarity[:, inside].max(axis=1, initial=-1))
        for inside in tokens_of_sentences(passage, tokens)
    )


def tokens_of_sentences(passage: Passage, tokens: Tokens) -> list[NDArray[np.bool_]]:
    """Return for each sentence of the passage which tokens are in it, (tokens,)."""
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T
    return [(starts >= start) & (ends <= end) for start, end in passage.sentences]
