"""Logistic regression with weighted examples, by Newton's method."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# The penalty on the squared weights of the standardized values, relative to the weights of the examples.
RIDGE = 1.0
MAX_STEPS, SMALLEST_STEP = 100, 1e-8


def fit_logistic(
    values: Floats, labels: NDArray[np.bool_], weights: Floats, ridge: float = RIDGE
) -> tuple[Floats, float]:
    """Return the weight of each column of the values, (examples, columns), and the bias.

    `weights` are those of the examples. The columns are standardized for the penalty; one that is constant weighs 0.
    """
    mean, spread = values.mean(axis=0), values.std(axis=0)
    varies = spread > 1e-9
    standardized = np.where(varies, (values - mean) / np.where(varies, spread, 1), 0)
    columns = np.c_[standardized, np.ones(len(values))]
    penalty = np.r_[np.full(values.shape[1], ridge), 0.0]
    found = np.zeros(columns.shape[1])
    loss = _loss(columns, labels, weights, penalty, found)
    for _ in range(MAX_STEPS):
        probability = probabilities(columns @ found)
        gradient = columns.T @ (weights * (probability - labels)) + penalty * found
        curvature = (columns.T * (weights * probability * (1 - probability))) @ columns
        step = np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
        # A full step may overshoot where the examples are nearly separable.
        while (new := _loss(columns, labels, weights, penalty, found - step)) > loss and abs(
            step
        ).max() > SMALLEST_STEP:
            step /= 2
        found, loss = found - step, new
        if abs(step).max() < SMALLEST_STEP:
            break
    raw = np.where(varies, found[:-1] / np.where(varies, spread, 1), 0)
    return raw, float(found[-1] - raw @ mean)


def probabilities(log_odds: Floats) -> Floats:
    """Return the probability of each log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))), np.float64)


def _loss(columns: Floats, labels: NDArray[np.bool_], weights: Floats, penalty: Floats, found: Floats) -> float:
    log_odds = columns @ found
    return float(weights @ (np.logaddexp(0, log_odds) - labels * log_odds) + (penalty * found**2).sum() / 2)
