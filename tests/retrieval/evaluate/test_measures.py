import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluate.measures import (
    RANKING,
    RESAMPLES,
    _draws,
    auroc,
    calibration_error,
    mean,
    median,
    score_rankings,
)

DOCUMENTS = [f"d{number}" for number in range(15)]
rankings = st.lists(st.sampled_from(DOCUMENTS), unique=True)
grades = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(1, 3), min_size=1)
confidences = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=12)


def by_hand(ranking: list[str], relevant: dict[str, int]) -> dict[str, float]:
    """Compute the measures directly from their definitions."""
    grades = [relevant.get(document, 0) for document in ranking[:10]]
    first = next((rank for rank, grade in enumerate(grades, start=1) if grade), math.inf)
    best = sorted(relevant.values(), reverse=True)[:10]

    def gain(ranked: list[int]) -> float:
        return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(ranked, start=1))

    return {
        "hits@1": float(first == 1),
        "hits@5": float(first <= 5),
        "recall@10": sum(grade > 0 for grade in grades) / len(relevant),
        "mrr@10": 1 / first,
        "ndcg@10": gain(grades) / gain(best),
    }


@given(st.dictionaries(st.text("abé 字", min_size=1), st.tuples(rankings, grades), min_size=1, max_size=5))
def test_scores_follow_the_definitions_of_the_measures(cases: dict[str, tuple[list[str], dict[str, int]]]) -> None:
    relevant = {question: grades for question, (_, grades) in cases.items()}
    scores = score_rankings(relevant, {question: ranking for question, (ranking, _) in cases.items()})
    assert list(scores) == list(RANKING)
    for question, (ranking, grades) in cases.items():
        ours = {name: by_question[question] for name, by_question in scores.items()}
        assert ours == pytest.approx(by_hand(ranking, grades), abs=1e-9)


def test_a_question_without_hits_scores_0_and_unanswerable_questions_are_left_out() -> None:
    scores = score_rankings({"a": {"d1": 1}, "b": {"d1": 1}}, {"a": ["d1"], "c": ["d2"]})
    assert scores["hits@1"] == {"a": 1.0, "b": 0.0}
    assert {frozenset(by_question) for by_question in scores.values()} == {frozenset("ab")}
    assert score_rankings({}, {"c": ["d2"]}) == {name: {} for name in RANKING}


@given(confidences, confidences)
def test_auroc_is_the_share_of_pairs_in_the_right_order(answerable: list[float], unanswerable: list[float]) -> None:
    figure = auroc(answerable, unanswerable)
    pairs = [(high > low) + (high == low) / 2 for high in answerable for low in unanswerable]
    assert figure is not None
    assert figure.value == pytest.approx(sum(pairs) / len(pairs))
    assert 0 <= figure.low <= figure.high <= 1


def test_the_calibration_error_is_how_far_confidence_is_from_how_often_it_is_right() -> None:
    assert calibration_error([0.25] * 4 + [1.0], [True, False, False, False, True]) == 0
    # .9 was said ten times and was right five times; .1 was said ten times and was never right.
    assert calibration_error([0.9] * 10 + [0.1] * 10, [True] * 5 + [False] * 15) == pytest.approx((0.4 + 0.1) / 2)
    assert calibration_error([], []) == 0


def test_the_interval_of_auroc_widens_with_fewer_questions() -> None:
    numbers = np.random.default_rng(1)
    few = auroc(list(numbers.normal(1, 1, 20)), list(numbers.normal(0, 1, 20)))
    many = auroc(list(numbers.normal(1, 1, 500)), list(numbers.normal(0, 1, 500)))
    assert few
    assert many
    # Hanley and McNeil 1982: at an area of .76 (two normals a deviation apart) the standard error of 500 + 500 is .015.
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.015, rel=0.15)
    assert few.high - few.low > 3 * (many.high - many.low)


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says() -> None:
    figure = mean([1.0] * 320 + [0.0] * 80)
    deviation = math.sqrt(0.8 * 0.2 / 400)
    assert figure
    assert figure.value == 0.8
    assert figure.low == pytest.approx(0.8 - 1.96 * deviation, abs=0.005)
    assert figure.high == pytest.approx(0.8 + 1.96 * deviation, abs=0.005)
    assert mean([1.0] * 320 + [0.0] * 80) == figure


def test_one_slow_question_does_not_move_the_median() -> None:
    values = [*range(1, 100), 1e6]
    figure = median(values)
    assert figure
    assert figure.value == statistics.median(values)
    assert 35 < figure.low < 45
    assert 55 < figure.high < 65


def test_there_is_no_figure_without_values() -> None:
    assert mean([]) is None
    assert median([]) is None
    assert auroc([], [0.5]) is None
    assert auroc([0.5], []) is None


@pytest.mark.parametrize("count", [1, 7, 1_500_000])
def test_the_number_of_resamples_does_not_depend_on_memory(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.evaluate.measures.RESAMPLES", 12 if count > 1000 else RESAMPLES)
    rows = list(_draws(count, 1))
    assert sum(map(len, rows)) == (12 if count > 1000 else RESAMPLES)
    assert {row.shape[1] for row in rows} == {count}
    assert min(row.min() for row in rows) == 0
    assert max(row.max() for row in rows) == count - 1 or count > 1000
    assert max(row.size for row in rows) <= 4_000_000
