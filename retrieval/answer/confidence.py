"""How sure an answer is: a probability from several signals, fitted by benchmarks/confidence.py.

Logistic regression: the log-odds that the passage answers are a weighted sum of the signals. docs/ranking.md tells what
it was fitted on, how well it holds on what it was not fitted on, and in archives of one article and of thousands.
"""

import math
from dataclasses import astuple, dataclass

from retrieval.answer.asked import Asked
from retrieval.answer.rank import Read


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against a passage: as in Read and Candidate; `size` is log10 of the archive's passages."""

    maxsim: float
    weakest: float
    cosine: float
    words: float
    covered: float
    agreement: float
    size: float


BIAS = -24.0
WEIGHTS = Signals(maxsim=50.0, weakest=0.0, cosine=0.0, words=0.0, covered=0.0, agreement=0.0, size=0.0)


def signals(asked: Asked, read: Read) -> Signals:
    """Gather what is known of how well a passage fits a question."""
    one = read.candidate
    size = math.log10(max(asked.passages, 1))
    return Signals(read.maxsim, read.weakest, one.cosine, one.words, one.covered, one.agreement, size)


def confidence(asked: Asked, read: Read) -> float:
    """Return how probable it is that a passage answers, between 0 and 1."""
    pairs = zip(astuple(WEIGHTS), astuple(signals(asked, read)), strict=True)
    odds = BIAS + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
