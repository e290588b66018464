"""How confident an answer is: the probability that a passage answers, fitted by training/fit_confidence.py.

It was fitted for each built-in model. Another model's cosines lie elsewhere, so with it the number only orders answers.

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


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression; `weights` has the weight of each signal."""

    bias: float
    weights: Signals


BUNDLED_FIT = Fit(-7.971, Signals(maxsim=14.237, cosine=5.752, bm25=-4.766, idf_coverage=4.471, size=-0.474))
MULTILINGUAL_FIT = Fit(-31.118, Signals(maxsim=107.709, cosine=-62.953, bm25=8.413, idf_coverage=-5.072, size=-0.495))
# By the fingerprint in full precision, with the prompts that the model names.
FITS = {
    "b5c9b60c7a7a67a1c51b7aa526b044c25f8eb0219f85693f147a3b27adf45980": BUNDLED_FIT,
    "1343d1cbe0bda001ee508c0ce631fa31e89efc31fd5b93dcea68a1550670590c": MULTILINGUAL_FIT,
}


def signals(features: QueryFeatures, best: RankedPassage) -> Signals:
    """Return the signals of a question and a passage ranked for it."""
    return Signals(best.maxsim, best.cosine, best.bm25, best.idf_coverage, math.log1p(features.passages))


def is_calibrated(fingerprint: str) -> bool:
    """Tell whether the confidence was fitted for the model of this fingerprint, in whatever precision."""
    return _fit_of(fingerprint) is not None


def confidence(features: QueryFeatures, best: RankedPassage) -> float:
    """Return the probability that a passage answers a question."""
    fit = _fit_of(features.fingerprint) or BUNDLED_FIT
    pairs = zip(astuple(fit.weights), astuple(signals(features, best)), strict=True)
    log_odds = fit.bias + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, log_odds))))


def _fit_of(fingerprint: str) -> Fit | None:
    return next((fit for fitted_for, fit in FITS.items() if same_model(fitted_for, fingerprint)), None)
