"""How well each sentence of a passage covers a question: MaxSim over the sentence's tokens."""

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Tokens, Vectors, embedded_text
from retrieval.types import Passage


def sentence_coverages(
    passage: Passage, tokens: Tokens, question: Vectors, weights: NDArray[np.float32]
) -> tuple[float, ...]:
    """Return the coverage of the question by each sentence of the passage, from -1 to 1.

    `tokens` are those of the headline and the passage. `question` is (question tokens, dimension), `weights` (question
    tokens,).
    """
    similarity = question @ tokens.vectors.T
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T
    return tuple(
        float(weights @ similarity[:, (starts >= start) & (ends <= end)].max(axis=1, initial=-1))
        for start, end in passage.sentences
    )
