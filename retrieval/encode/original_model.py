"""A model before its export: its graphs, and what it returns for the sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.encode.encoder import Tokens
from retrieval.encode.external_embedding_matrix import TracedModel
from retrieval.encode.prompts import Prompts


class CannotExport(Exception):
    """The model cannot be exported; sentence-transformers serves it."""


@dataclass(frozen=True, slots=True)
class OriginalModel:
    """A model before its export.

    By the name of the file to which each is exported in 8 bits: `graphs` has the model's graph and its reader's, if it
    has one; `expected` has the tokens that they return for the sample. `likeness` is the smallest cosine of what was
    compared already.
    """

    prompts: Prompts
    dimension: int
    max_tokens: int
    pooling: str
    tokenizer_json: str
    graphs: Mapping[str, TracedModel]
    expected: Mapping[str, Sequence[Tokens]]
    likeness: Mapping[str, float] = field(default_factory=dict)
