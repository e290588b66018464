"""How sure an answer is: for now one signal, and a rule simple enough to say in a sentence.

The confidence is the logistic function of the best passage's MaxSim: one half at MIDPOINT, and `answered` where it is
not below the strictness that the settings ask for.

Over the questions in tests/data/seed_questions.json the answerable ones reach a MaxSim of .53 or more and the others
.35 or less; `make bench` prints how many are answered and refused over other archives.
"""

import math

MIDPOINT = 0.48
SLOPE = 0.04


def confidence(maxsim: float) -> float:
    """Turn the best passage's MaxSim, -1 to 1, into a confidence between 0 and 1."""
    return 1 / (1 + math.exp(-(maxsim - MIDPOINT) / SLOPE))
