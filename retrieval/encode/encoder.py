"""What retrieval asks of an embedding model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the model reads it: one vector of length 1 a token, and the characters each token stands for.

    What the model has no token for has a vector of nothing but 0: it is like nothing, and never like another unknown.
    `vectors` is (tokens, dimension) and `spans` (tokens, 2). Tokens that stand for no character are left out. `whole`,
    (dimension,), is the text's own vector, as `encode` gives it.
    """

    vectors: Vectors
    spans: NDArray[np.int64]
    whole: Vectors


class Encoder(Protocol):
    """Turns text into vectors: the same text, the same vector."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: weights, pooling, prompts, token limit, precision."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The most tokens that the model reads of one text, its special tokens included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included, however many there are."""
        ...

    def token_ends(self, text: str) -> Sequence[int]:
        """Tell where in the text each of its tokens ends, special tokens left out."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed each text: (texts, dimension), every row of length 1."""
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each text, each in its context."""
        ...

    @property
    def reader(self) -> "Encoder":
        """The encoder whose tokens choose the sentence that answers: one trained for it, or this one itself."""
        ...


def precise(fingerprint: str, precision: Precision) -> str:
    """Return the fingerprint of a model in a precision, from its fingerprint in full."""
    return fingerprint if precision == "fp32" else f"{fingerprint}.{precision}"


def precision_of(fingerprint: str) -> Precision:
    """Return the precision that is in a fingerprint."""
    return "int8" if fingerprint.endswith(".int8") else "fp32"


def same_model(one: str, other: str) -> bool:
    """Tell whether two fingerprints are of one model, in whichever precision: either may ask what the other embedded.

    A text's vectors in the two have a cosine of .99 or more, which is looked at before either is used (export.py).
    """
    return one.partition(".")[0] == other.partition(".")[0]


def of_length_1(vectors: Vectors, known: NDArray[np.bool_] | None = None) -> Vectors:
    """Bring each row, (rows, dimension), to a length of 1, and to 0 those that are not `known`, (rows,)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled = np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
    if known is not None:
        scaled[~known] = 0
    return scaled


def embedded_text(prefix: str, passage: str) -> str:
    """Put the headline, as the prefix, in front of a passage: what is embedded, and what tokens are counted of."""
    return f"{prefix}\n{passage}"
