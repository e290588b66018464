"""How sure an answer is: a probability from several signals, fitted by benchmarks/confidence.py.

Logistic regression: the log-odds that the passage answers are a weighted sum of the signals. docs/ranking.md tells what
it was fitted on, how well it holds on what it was not fitted on, and in archives of one article and of thousands.
"""

import math
from dataclasses import astuple, dataclass

from retrieval.answer.features import QueryFeatures
from retrieval.answer.rerank import RankedPassage


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against a passage: as in Read and Candidate; `size` is log(1 + passages)."""

    maxsim: float
    cosine: float
    bm25: float
    idf_coverage: float
    size: float


BIAS = -7.971
WEIGHTS = Signals(maxsim=14.237, cosine=5.752, bm25=-4.766, idf_coverage=4.471, size=-0.474)


def signals(features: QueryFeatures, read: RankedPassage) -> Signals:
    """Gather what is known of how well a passage fits a question."""
    one = read.candidate
    return Signals(read.maxsim, one.cosine, one.bm25, one.idf_coverage, math.log1p(features.passages))


def confidence(features: QueryFeatures, read: RankedPassage) -> float:
    """Return how probable it is that a passage answers, between 0 and 1."""
    pairs = zip(astuple(WEIGHTS), astuple(signals(features, read)), strict=True)
    odds = BIAS + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
