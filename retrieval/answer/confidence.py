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
    """What speaks for and against a passage: as in Read and Candidate, and two more.

    `matched` is the logarithm of the rarity of the question's words that the passage has, all of it; `size` that of how
    many passages there are.
    """

    maxsim: float
    weakest: float
    sentence: float
    cosine: float
    words: float
    covered: float
    agreement: float
    matched: float
    size: float


BIAS = -24.0
WEIGHTS = Signals(
    maxsim=50.0, weakest=0.0, sentence=0.0, cosine=0.0, words=0.0, covered=0.0, agreement=0.0, matched=0.0, size=0.0
)


def signals(asked: Asked, read: Read) -> Signals:
    """Gather what is known of how well a passage fits a question."""
    one = read.candidate
    size = math.log1p(asked.passages)
    matched = math.log1p(one.covered * sum(word.rarity for word in asked.telling))
    return Signals(
        read.maxsim, read.weakest, read.sentence, one.cosine, one.words, one.covered, one.agreement, matched, size
    )


def confidence(asked: Asked, read: Read) -> float:
    """Return how probable it is that a passage answers, between 0 and 1."""
    pairs = zip(astuple(WEIGHTS), astuple(signals(asked, read)), strict=True)
    odds = BIAS + sum(weight * signal for weight, signal in pairs)
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
