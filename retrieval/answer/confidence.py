"""How confident an answer is: the probability that a passage answers, fitted by training/fit_confidence.py.

It was fitted for the bundled model. Another model's cosines lie elsewhere, so with it the number only orders answers.

Logistic regression: the log-odds are a weighted sum of several signals. docs/ranking.md says what it was fitted on, and
how well it holds on other archives, of one article and of thousands.
"""

import math
from dataclasses import astuple, dataclass

from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures
from retrieval.encode.encoder import same_model


@dataclass(frozen=True, slots=True)
class Signals:
    """The inputs of the regression: those of RankedPassage, and `size`, which is log(1 + passages in the archive)."""

    maxsim: float
    cosine: float
    bm25: float
    idf_coverage: float
    size: float


# The fingerprint of the bundled model, without prompts, in full precision.
FITTED_FOR = "b5c9b60c7a7a67a1c51b7aa526b044c25f8eb0219f85693f147a3b27adf45980"
BIAS = -7.971
WEIGHTS = Signals(maxsim=14.237, cosine=5.752, bm25=-4.766, idf_coverage=4.471, size=-0.474)


def signals(features: QueryFeatures, best: RankedPassage) -> Signals:
    """Return the signals of a question and a passage ranked for it."""
    return Signals(best.maxsim, best.cosine, best.bm25, best.idf_coverage, math.log1p(features.passages))


def is_calibrated(fingerprint: str) -> bool:
    """Tell whether the confidence was fitted for the model of this fingerprint, in whatever precision."""
    return same_model(fingerprint, FITTED_FOR)


def confidence(features: QueryFeatures, best: RankedPassage) -> float:
    """Return the probability that a passage answers a question."""
    pairs = zip(astuple(WEIGHTS), astuple(signals(features, best)), strict=True)
    log_odds = BIAS + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, log_odds))))
