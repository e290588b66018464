"""Encoder: the protocol of an embedding model, with the records and the rules that every encoder shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: `vectors` (tokens, dimension), each of length 1, and `spans` (tokens, 2) in the text.

    An unknown token has a vector of zeros, so it is similar to nothing, not even to another unknown token. Special
    tokens are left out. `whole`, (dimension,), is the vector of the text, as `encode` returns it.
    """

    vectors: Vectors
    spans: NDArray[np.int64]
    whole: Vectors


class Encoder(Protocol):
    """Turns text into vectors; equal texts have equal vectors."""

    @property
    def name(self) -> str:
        """The name of the model, as the settings give it."""
        ...

    @property
    def fingerprint(self) -> str:
        """A digest of all that decides the vectors: weights, pooling, prompts, token limit, precision."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The maximum number of tokens that the model reads of a text, special tokens included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included, also beyond `max_tokens`."""
        ...

    def token_ends(self, text: str) -> Sequence[int]:
        """Return the index in the text at which each token ends, without special tokens."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed each text: (texts, dimension), every row of length 1."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each text, each in its context."""
        ...

    @property
    def reader(self) -> "Encoder":
        """The encoder whose token vectors choose the highlight: one trained for that, or this one."""
        ...


def fingerprint_in_precision(fingerprint: str, precision: Precision) -> str:
    """Return the fingerprint of a model in a precision, from its fingerprint in fp32."""
    return fingerprint if precision == "fp32" else f"{fingerprint}.{precision}"


def precision_of(fingerprint: str) -> Precision:
    """Return the precision that a fingerprint states."""
    return "int8" if fingerprint.endswith(".int8") else "fp32"


def same_model(first: str, second: str) -> bool:
    """Return whether two fingerprints are of the same model: its precisions may search each other's vectors.

    The export checks that the vectors of a text in the two precisions have a cosine of at least .99.
    """
    return first.partition(".")[0] == second.partition(".")[0]


def normalized(vectors: Vectors, known: NDArray[np.bool_] | None = None) -> Vectors:
    """Scale each row, (rows, dimension), to length 1, and to 0 the rows that are not `known`, (rows,)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled = np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
    if known is not None:
        scaled[~known] = 0
    return scaled


def embedded_text(prefix: str, passage: str) -> str:
    """Return the text that is embedded for a passage: the headline (or its beginning), then the passage."""
    return f"{prefix}\n{passage}"
