"""The parts of BM25 that both kinds of archive and the fusion of hits share.

Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond" (2009).
"""

import math

import numpy as np
from numpy.typing import NDArray

# The values of tantivy and of Lucene.
K1, B = 1.2, 0.75


def idf(document_frequency: int, documents: int) -> float:
    """Return the inverse document frequency of a word, in the variant that is never negative."""
    return math.log(1 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


def saturated(counts: NDArray[np.float64], lengths: NDArray[np.float64], mean_length: float) -> NDArray[np.float64]:
    """Return what each count of a word adds to a score, from 0 to below 1: a repeated word adds less each time.

    `lengths` are those of the texts, in words, in a shape that broadcasts with `counts`.
    """
    return np.asarray(counts / (counts + K1 * (1 - B + B * lengths / mean_length)), np.float64)
