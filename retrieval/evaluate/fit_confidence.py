"""Fit the confidence of a model to examples, and measure how well it holds on questions that were left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields

import numpy as np
from numpy.typing import NDArray

from retrieval.answer.confidence_file import Fit, ModelFit, Signals
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder
from retrieval.errors import TooFewQuestions
from retrieval.evaluate.confidence_examples import Example, Kind
from retrieval.evaluate.logistic_regression import Floats, fit_logistic, probabilities
from retrieval.evaluate.measures import auroc, calibration_error

# Weights in the fitting. Refusing a right answer is worse than showing a passage that answers nothing, so own questions
# weigh more. Archives of one passage are easy, and weigh less.
WEIGHTS: Mapping[Kind, float] = {"own": 3.0, "foreign": 1.0, "impossible": 1.0}
WEIGHT_ALONE = 0.2
# The weights of all examples of a kind add up to this times the above; the ridge is 1.
TOTAL = 1000
# With fewer own questions, none is fitted; the figures are of questions left out, a fold at a time.
MIN_OWN, FOLDS = 20, 5
SIGNALS = tuple(field.name for field in fields(Signals))


def fit(examples: Sequence[Example], weights: Mapping[Kind, float] = WEIGHTS, names: Sequence[str] = SIGNALS) -> Fit:
    """Fit the weights of the named signals: right first passages against foreign and impossible questions.

    An own question with a wrong first passage is left out, since that passage may answer it as well.
    """
    used = [example for example in examples if example.kind != "own" or example.right]
    values = matrix(used) * [name in names for name in SIGNALS]
    labels = np.array([example.kind == "own" for example in used])
    counts = Counter((example.kind, _alone(example)) for example in used)
    by_example = [
        TOTAL * weights[example.kind] * (WEIGHT_ALONE if _alone(example) else 1) / counts[example.kind, _alone(example)]
        for example in used
    ]
    found, bias = fit_logistic(values, labels, np.array(by_example))
    return Fit(round(bias, 3), Signals(*(round(weight, 3) for weight in found.tolist())))


def fit_both(
    examples: Sequence[Example], weights: Mapping[Kind, float] = WEIGHTS, names: Sequence[str] = SIGNALS
) -> tuple[Fit, Fit | None]:
    """Fit the examples within a language and those across languages; where one has too few, the other serves both.

    Raises TooFewQuestions.
    """
    same, other = ([example for example in examples if example.other_language is across] for across in (False, True))
    if _found(examples) < MIN_OWN or _negatives(examples) < MIN_OWN:
        raise TooFewQuestions(
            f"The right document was first {_found(examples)} times, and {_negatives(examples)} questions were asked "
            f"where nothing answers. A fit needs {MIN_OWN} of each: add questions to queries.jsonl and qrels."
        )
    fits = [
        fit(part, weights, names) if _found(part) >= MIN_OWN and _negatives(part) >= MIN_OWN else None
        for part in (same, other)
    ]
    if fits[0] is None:
        return fit(examples, weights, names), fits[1]
    return fits[0], fits[1]


def fit_model(encoder: Encoder, name: str, examples: Sequence[Example], reranker: Reranker | None = None) -> ModelFit:
    """Fit the confidence of an encoder's model to the examples of a question set; raises TooFewQuestions."""
    same, other = fit_both(examples)
    asked = Counter(example.kind for example in examples)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(asked.items()))
    return ModelFit(
        encoder.name,
        encoder.fingerprint.partition(".")[0],
        same,
        other,
        (f"{name}: {counts}, in archives of {_sizes(examples)} documents",),
        figures(examples, held_out(examples)),
        reranker.fingerprint if reranker else "",
    )


def held_out(examples: Sequence[Example]) -> Floats:
    """Return the confidence of each example by a fit without its question, and without a fifth of the others."""
    texts = sorted({example.text for example in examples})
    fold_of = {text: number % FOLDS for number, text in enumerate(texts)}
    folds = np.array([fold_of[example.text] for example in examples])
    confidences = np.zeros(len(examples))
    for fold in range(FOLDS):
        fits = fit_both([example for example, other in zip(examples, folds, strict=True) if other != fold])
        left_out = np.flatnonzero(folds == fold)
        confidences[left_out] = confidences_by(fits, [examples[i] for i in left_out.tolist()])
    return confidences


def confidences_by(fits: tuple[Fit, Fit | None], examples: Sequence[Example]) -> Floats:
    """Return the confidence of each example by the fit of its languages."""
    same, other = fits
    by_fit = [np.array([each.bias, *astuple(each.weights)]) for each in (same, other or same)]
    coefficients = np.array([by_fit[example.other_language] for example in examples]).reshape(len(examples), -1)
    return probabilities(coefficients[:, 0] + (coefficients[:, 1:] * matrix(examples)).sum(axis=1))


def figures(examples: Sequence[Example], confidences: NDArray[np.float64]) -> dict[str, float]:
    """Return shares: own questions answered and others refused at one half, others refused at 95 % answered, AUROC.

    The last figure is the calibration error over all questions: an own question counts as right if its first passage
    is right.
    """
    own = np.array([sure for sure, example in zip(confidences, examples, strict=True) if example.kind == "own"])
    others = np.array([sure for sure, example in zip(confidences, examples, strict=True) if example.kind != "own"])
    area = auroc(own.tolist(), others.tolist())
    found = {
        "own_answered": (own >= 0.5).mean(),
        "others_refused": (others < 0.5).mean(),
        "others_refused_at_95_answered": (others < np.quantile(own, 0.05)).mean(),
        "auroc": area.value if area else np.nan,
        "calibration_error": calibration_error(confidences.tolist(), [example.right for example in examples]),
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def matrix(examples: Iterable[Example]) -> Floats:
    """Return the signals, (examples, signals)."""
    return np.array([astuple(example.signals) for example in examples], np.float64).reshape(-1, len(SIGNALS))


def _alone(example: Example) -> bool:
    return example.size == 1


def _found(examples: Iterable[Example]) -> int:
    return sum(example.kind == "own" and example.right for example in examples)


def _negatives(examples: Iterable[Example]) -> int:
    return sum(example.kind != "own" for example in examples)


def _sizes(examples: Iterable[Example]) -> str:
    return ", ".join(f"{size:,}" for size in sorted({example.size for example in examples}))
