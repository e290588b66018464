"""The confidence is fitted: known weights are found again, and too few questions are refused."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from retrieval.answer.confidence_file import Signals
from retrieval.errors import TooFewQuestions
from retrieval.evaluate.confidence_examples import Example, Kind
from retrieval.evaluate.fit_confidence import SIGNALS, confidences_by, figures, fit, fit_both, held_out
from retrieval.evaluate.logistic_regression import fit_logistic, probabilities

KNOWN = Signals(maxsim=12.0, cosine=0.0, bm25=3.0, idf_coverage=0.0, size=-0.5, reader=0.3, reranker=0.0)
BIAS = -4.0


def made_up(count: int, *, other_language: bool = False, weights: Signals = KNOWN, seed: int = 0) -> list[Example]:
    """Make examples of a model with these weights."""
    chance = np.random.default_rng(seed)
    examples = []
    for number in range(count):
        values = [*chance.uniform(0, 1, 4), chance.uniform(2, 9), chance.uniform(-5, 5), 0.0]
        odds = BIAS + float(np.dot(astuple(weights), values))
        right = bool(chance.uniform() < 1 / (1 + np.exp(-odds)))
        kind: Kind = "own" if right else "foreign"
        examples.append(Example("made", f"{seed}-{number}", 100, kind, right, other_language, Signals(*values)))
    return examples


def test_the_regression_finds_known_weights_again() -> None:
    examples = made_up(20_000)
    values = np.array([astuple(example.signals) for example in examples])
    labels = np.array([example.right for example in examples])
    weights, bias = fit_logistic(values, labels, np.ones(len(examples)))
    assert weights == pytest.approx(astuple(KNOWN), abs=0.35)
    assert bias == pytest.approx(BIAS, abs=0.35)


def test_separable_examples_have_finite_weights() -> None:
    values = np.array([[0.0], [0.1], [0.9], [1.0]])
    labels = np.array([False, False, True, True])
    weights, bias = fit_logistic(np.c_[values, np.ones(4)], labels, np.full(4, 1e4))
    assert np.isfinite([*weights, bias]).all()
    assert weights[1] == 0  # it is the same for all
    assert ((probabilities(values @ weights[:1] + bias) > 0.5) == labels).all()


def test_the_confidence_of_a_made_up_model_is_its_probability() -> None:
    examples = made_up(20_000)
    foreign = sum(example.kind == "foreign" for example in examples)
    equal: dict[Kind, float] = {"own": (len(examples) - foreign) / foreign, "foreign": 1.0, "impossible": 1.0}
    found = fit(examples, equal)
    sure = confidences_by((found, None), examples)
    odds = BIAS + np.array([astuple(example.signals) for example in examples]) @ astuple(KNOWN)
    assert sure == pytest.approx(1 / (1 + np.exp(-odds)), abs=0.08)


def test_signals_that_are_not_named_weigh_nothing() -> None:
    found = fit(made_up(2_000), names=["maxsim", "size"])
    assert [name for name, weight in zip(SIGNALS, astuple(found.weights), strict=True) if weight] == ["maxsim", "size"]


def test_an_own_question_with_a_wrong_first_passage_is_left_out() -> None:
    examples = made_up(2_000)
    wrong = [replace(example, kind="own", right=False) for example in made_up(500, seed=1)]
    assert fit([*examples, *wrong]) == fit(examples)


def test_questions_in_another_language_have_weights_of_their_own() -> None:
    across = replace(KNOWN, bm25=0.0, idf_coverage=0.0, maxsim=20.0)
    same, other = made_up(4_000), made_up(4_000, other_language=True, weights=across, seed=2)
    fits = fit_both([*same, *other])
    assert fits == (fit(same), fit(other))
    assert confidences_by(fits, [same[0], other[0]]).tolist() == [
        *confidences_by((fit(same), None), same[:1]),
        *confidences_by((fit(other), None), other[:1]),
    ]
    assert fit_both([*same, *other[:20]]) == (fit(same), None)
    assert fit_both([*same[:20], *other]) == (fit([*same[:20], *other]), fit(other))


def test_the_figures_are_of_questions_that_were_left_out() -> None:
    examples = made_up(1_000)
    sure = held_out(examples)
    assert sure.shape == (1_000,)
    assert sure != pytest.approx(confidences_by(fit_both(examples), examples), abs=1e-6)
    assert figures(examples, sure)["auroc"] > 0.9
    assert figures(examples, sure)["calibration_error"] < 0.2


@pytest.mark.parametrize("kind", ["own", "foreign"])
def test_a_fit_needs_twenty_questions_of_each_kind(kind: str) -> None:
    examples = made_up(1_000)
    few = [example for example in examples if example.kind == kind][:19]
    with pytest.raises(TooFewQuestions, match="A fit needs 20 of each"):
        fit_both([*few, *(example for example in examples if example.kind != kind)])
