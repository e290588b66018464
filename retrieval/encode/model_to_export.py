"""A model before its export: its graphs, and what it returns for the sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Tokens, Vectors
from retrieval.encode.external_embedding_matrix import TracedModel
from retrieval.encode.prompts import Prompts

# The inputs of a graph by their names, each (1, tokens) or (1, tokens, dimension).
GraphInputs = Mapping[str, NDArray[Any]]

# Maps token ids, (1, tokens), to vectors, (1, tokens, dimension).
LowerLayers = Callable[[NDArray[np.int64]], Vectors]


class CannotExport(Exception):
    """The model cannot be exported; sentence-transformers serves it."""


@dataclass(frozen=True, slots=True)
class ModelToExport:
    """A model before its export.

    By the name of the file to which each is exported in 8 bits: `graphs` has the model's graph and those of its reader,
    if it has one; `expected` has the tokens that model and reader return for the sample. `likeness` is the smallest
    cosine of what was compared already. `lower_layers` are those of the reader, in full precision.
    """

    prompts: Prompts
    dimension: int
    max_tokens: int
    pooling: str
    tokenizer_json: str
    graphs: Mapping[str, TracedModel]
    expected: Mapping[str, Sequence[Tokens]]
    likeness: Mapping[str, float] = field(default_factory=dict)
    lower_layers: LowerLayers | None = None
