"""The mean token vector of a model whose token vectors all point in nearly one direction.

The token vectors of multilingual-e5 have a mean of length .8. Once it is subtracted, MaxSim compares what distinguishes
tokens, above all those of two languages (docs/ranking.md has the figures). training/mean_token_vector.py computes it.
"""

from pathlib import Path

import numpy as np

from retrieval.encode.encoder import Vectors
from retrieval.encode.locate_model import MULTILINGUAL

FILES = {MULTILINGUAL: Path(__file__).with_name("token_mean_multilingual.npy")}


def token_mean(model: str) -> Vectors | None:
    """Return a model's mean token vector, (dimension,), to be subtracted; None for a model that has none."""
    return np.load(FILES[model], allow_pickle=False).astype(np.float32) if model in FILES else None
