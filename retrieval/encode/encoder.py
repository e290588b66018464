"""Encoder: the protocol of an embedding model, with the records and the rules that every encoder shares."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retrieval.encode.prompts import Prompts

Vectors = NDArray[np.float32]
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: `vectors` (tokens, dimension), each of length 1, and `spans` (tokens, 2) in the text.

    An unknown token has a vector of zeros, so it is similar to nothing, not even to another unknown token. Special
    tokens are left out. `whole`, (dimension,), is the vector of the text, as `encode_query` or `encode_passages`
    returns it.
    """

    vectors: Vectors
    spans: NDArray[np.int64]
    whole: Vectors


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A question and a passage that a reader has read together.

    The vectors of both are the reader's. `of_answer`, (tokens,), says how much each token of the passage is of an
    answer, as log-odds up to a constant; 0 for all by a reader that was not trained for that.
    """

    question: Tokens
    passage: Tokens
    of_answer: Vectors


class Reader(Protocol):
    """Reads a question and a passage together, to choose the sentence that answers."""

    def read(self, question: str, passages: Sequence[str]) -> list[ReadPassage]:
        """Read each passage with the question; prompts are added as the encoder adds them."""
        ...


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
        """Count the tokens of each passage, its prompt and special tokens included, also beyond `max_tokens`."""
        ...

    def token_ends(self, text: str) -> Sequence[int]:
        """Return the index in the text at which each token ends, without prompt and special tokens."""
        ...

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed each question, with the model's prompt for questions: (texts, dimension), every row of length 1."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed each passage, with the model's prompt for passages: (texts, dimension), every row of length 1."""
        ...

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each question, in its context; the prompt's tokens are left out."""
        ...

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each passage, in its context; the prompt's tokens are left out."""
        ...

    @property
    def reader(self) -> Reader | None:
        """The reader that was trained for the model, if there is one."""
        ...


def fingerprint_in_precision(fingerprint: str, precision: Precision) -> str:
    """Return the fingerprint of a model in a precision, from its fingerprint in fp32."""
    return fingerprint if precision == "fp32" else f"{fingerprint}.{precision}"


def fingerprint_with_prompts(fingerprint: str, prompts: Prompts) -> str:
    """Return the fingerprint of a model that is given prompts, from that of its files."""
    if not prompts:
        return fingerprint
    return hashlib.sha256(f"{fingerprint}\0{prompts.query}\0{prompts.passage}".encode()).hexdigest()


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


def token_vectors(outputs: Vectors, known: NDArray[np.bool_], mean: Vectors | None) -> Vectors:
    """Scale the outputs for tokens, (tokens, dimension), to length 1, without the model's mean token vector.

    Unknown tokens, those that are not `known`, (tokens,), have vectors of 0.
    """
    vectors = normalized(outputs, known)
    return vectors if mean is None else normalized(vectors - mean, known)


def spans_in_text(offsets: ArrayLike, prompt_length: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the spans of the text's own tokens, and which tokens these are, from the offsets of all tokens.

    The offsets, (tokens, 2), are in a prompt with the text behind it. Those of special tokens are empty.
    """
    spans = np.asarray(offsets, np.int64).reshape(-1, 2) - prompt_length
    of_text = (spans[:, 1] > spans[:, 0]) & (spans[:, 1] > 0)
    return np.maximum(spans[of_text], 0), of_text


def embedded_text(prefix: str, passage: str) -> str:
    """Return the text that is embedded for a passage: the headline (or its beginning), then the passage."""
    return f"{prefix}\n{passage}"
