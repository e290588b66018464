"""How confident an answer is: the probability that a passage answers, by a regression fitted for the model.

Logistic regression: the log-odds are a weighted sum of several signals. A model has two sets of weights, because the
words of a question in another language are not expected in a passage. docs/ranking.md says what the built-in models
were fitted on, and how well it holds; `eval --fit` fits another model. Without a fit the number only orders answers.
"""

import math
from dataclasses import asdict, fields
from operator import attrgetter

from retrieval.answer.confidence_file import ModelFit, Signals, built_in_fits
from retrieval.answer.fusion import in_another_language
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures
from retrieval.encode.encoder import same_model

# Not astuple, which copies: it took a millisecond of an answer.
_values = attrgetter(*(field.name for field in fields(Signals)))


def signals(features: QueryFeatures, best: RankedPassage) -> Signals:
    """Return the signals of a question and a passage ranked for it."""
    size = math.log1p(features.passages)
    return Signals(best.maxsim, best.cosine, best.bm25, best.idf_coverage, size, best.reader, best.reranker)


def explained(features: QueryFeatures, ranked: RankedPassage) -> dict[str, float]:
    """Return the signals by name, and what the passage is ordered by.

    The size of the archive is left out, and reader and reranker if there is none.
    """
    by_name = asdict(signals(features, ranked))
    for name in ("size", *(name for name in ("reader", "reranker") if not by_name[name])):
        del by_name[name]
    return {"score": ranked.score, **by_name, "coverage": ranked.coverage}


def is_calibrated(fingerprint: str, own: ModelFit | None = None) -> bool:
    """Tell whether the confidence was fitted for the model of this fingerprint, in whatever precision."""
    return _fit_of(fingerprint, own) is not None


def confidence(features: QueryFeatures, best: RankedPassage, own: ModelFit | None = None) -> float:
    """Return the probability that a passage answers a question; `own` is the fit that the settings name."""
    model_fit = _fit_of(features.fingerprint, own) or built_in_fits()[0]
    fit = model_fit.same_language
    # "Who?" in any language has no word that a passage lacks only because it is in another one.
    if model_fit.other_language and not features.only_stop_words and in_another_language(features, best.passage):
        fit = model_fit.other_language
    pairs = zip(_values(fit.weights), _values(signals(features, best)), strict=True)
    log_odds = fit.bias + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, log_odds))))


def may_answer(features: QueryFeatures, unread: RankedPassage, strictness: float, own: ModelFit | None = None) -> bool:
    """Tell whether a passage may turn out to answer once it is read.

    If the fit gives what is read no weight, the confidence is known before.
    """
    fit = _fit_of(features.fingerprint, own) or built_in_fits()[0]
    weights = [each.weights for each in (fit.same_language, fit.other_language) if each]
    if any(weight.reader or weight.reranker for weight in weights):
        return True
    return confidence(features, unread, own) >= strictness


def _fit_of(fingerprint: str, own: ModelFit | None) -> ModelFit | None:
    fits = (*([own] if own else []), *built_in_fits())
    return next((fit for fit in fits if same_model(fit.fingerprint, fingerprint)), None)
