"""Measures: the scores of each question, and figures over all questions with their 95 % intervals.

ir-measures scores the rankings. The intervals are percentile bootstraps over questions (Efron and Tibshirani 1993,
chapter 13), from a fixed seed: equal outcomes give equal figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Ranking = Sequence[str]

# Our names of the measures, and those of ir-measures.
RANKING = {"hits@1": "Success@1", "hits@5": "Success@5", "recall@10": "R@10", "mrr@10": "RR@10", "ndcg@10": "nDCG@10"}
RESAMPLES = 2000
SEED = 20140217
# Numbers drawn at a time: 2,000 resamples of a hundred thousand questions do not fit into memory at once.
MAX_DRAWN = 4_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over questions, and its 95 % interval."""

    value: float
    low: float
    high: float


def score_rankings(
    relevant: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Ranking]
) -> dict[str, dict[str, float]]:
    """Score the ranked documents of each question that has relevant ones: measure → question → score, 0 to 1."""
    import ir_measures  # of the extra `eval`

    qrels = {question: dict(grades) for question, grades in relevant.items()}
    run = {
        question: {document: float(-rank) for rank, document in enumerate(rankings.get(question, ()))}
        for question in relevant
    }
    names = {ir_measures.parse_measure(measure): name for name, measure in RANKING.items()}
    scores: dict[str, dict[str, float]] = {name: {} for name in RANKING}
    if relevant:
        for metric in ir_measures.iter_calc(list(names), qrels, run):
            scores[names[metric.measure]][metric.query_id] = float(metric.value)
    return scores


def mean(values: Sequence[float]) -> Figure | None:
    """Return the mean and its interval; None without values."""
    return _figure(np.asarray(values, float), lambda drawn: drawn.mean(axis=-1))


def calibration_error(confidences: Sequence[float], outcomes: Sequence[bool], bins: int = 10) -> float:
    """Return by how much confidences, from 0 to 1, differ from how often they are right: 0 is perfect.

    The expected calibration error: in bins of equal width, the mean confidence against the share of right outcomes,
    weighed by the number of questions (Naeini and others 2015).
    """
    sure, right = np.asarray(confidences, float), np.asarray(outcomes, float)
    of_bin = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure - right)[of_bin == number].sum())) for number in range(bins)]
    return sum(gaps) / max(len(sure), 1)


def median(values: Sequence[float]) -> Figure | None:
    """Return the median and its interval; None without values."""
    return _figure(np.asarray(values, float), lambda drawn: np.median(drawn, axis=-1))


def _figure(values: Numbers, statistic: Callable[[Numbers], Numbers]) -> Figure | None:
    if not values.size:
        return None
    resampled = [statistic(values[drawn]) for drawn in _draws(len(values), SEED)]
    return _with_interval(float(statistic(values)), np.concatenate(resampled))


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> Figure | None:
    """Return how often an answerable question has more confidence than one without an answer; ties count half.

    The area under the ROC curve as the Mann-Whitney statistic; both groups are resampled. None if a group is empty.
    """
    if not (len(answerable) and len(unanswerable)):
        return None
    levels, level = np.unique(np.concatenate([answerable, unanswerable]), return_inverse=True)
    above, below = level[: len(answerable)], level[len(answerable) :]
    resampled = [
        _area(above[draw_above], below[draw_below], len(levels))
        for draw_above, draw_below in zip(_each_draw(len(above), SEED), _each_draw(len(below), SEED + 1), strict=True)
    ]
    return _with_interval(_area(above, below, len(levels)), np.array(resampled))


def _area(above: NDArray[np.intp], below: NDArray[np.intp], levels: int) -> float:
    higher, lower = np.bincount(above, minlength=levels), np.bincount(below, minlength=levels)
    beaten = np.cumsum(lower) - lower / 2
    return float(higher @ beaten / (len(above) * len(below)))


def _each_draw(count: int, seed: int) -> Iterator[NDArray[np.intp]]:
    return (row for rows in _draws(count, seed) for row in rows)


def _draws(count: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Yield RESAMPLES rows of `count` positions drawn with replacement, some rows at a time."""
    generator = np.random.default_rng(seed)
    at_once = min(RESAMPLES, max(1, MAX_DRAWN // count))
    for start in range(0, RESAMPLES, at_once):
        yield generator.integers(count, size=(min(at_once, RESAMPLES - start), count))


def _with_interval(value: float, resampled: Numbers) -> Figure:
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Figure(value, float(low), float(high))
