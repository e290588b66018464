"""How well each sentence of a passage covers a question: MaxSim over the sentence's tokens."""

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import embedded_text
from retrieval.types import Passage

Spans = NDArray[np.int64]


def sentence_coverages(
    passage: Passage, spans: Spans, similarity: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[float, ...]:
    """Return the coverage of the question by each sentence of the passage, from -1 to 1.

    `spans` are those of the tokens in the passage. `similarity` is (question tokens, passage tokens), `weights`
    (question tokens,).
    """
    return tuple(
        float(weights @ similarity[:, inside].max(axis=1, initial=-1)) for inside in tokens_of_sentences(passage, spans)
    )


def tokens_of_sentences(passage: Passage, spans: Spans) -> list[NDArray[np.bool_]]:
    """Return for each sentence of the passage which tokens are in it, (tokens,), from their spans in the passage."""
    starts, ends = spans.T
    return [(starts >= start) & (ends <= end) for start, end in passage.sentences]


def passage_start(passage: Passage) -> int:
    """Return where the passage begins in the text that is embedded, behind the headline."""
    return len(embedded_text(passage.article.title, ""))
