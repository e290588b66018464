"""Token vectors in one bit a dimension: what an archive stores of a passage, so that ranking does not encode it anew.

A vector is the signs of its numbers and a factor, as in RaBitQ (Gao and Long 2024, https://arxiv.org/abs/2405.12497),
but without its rotation, which changes nothing here (docs/ranking.md). Punctuation is left out. A passage of 160 tokens
takes 7 KB instead of 250.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Tokens, Vectors

# The best of a passage's tokens is likely to be one whose error is high: on average, MaxSim is so much too high.
MAXSIM_BIAS = 0.007
# Spans are stored in two bytes and one. Tokens that begin later are left out, and longer ones are cut off.
MAX_START, MAX_LENGTH = (1 << 16) - 2, (1 << 8) - 1
OF_HEADLINE = (1 << 16) - 1
# For each byte the signs that its bits stand for.
SIGNS = (np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1).reshape(256, 8)


@dataclass(frozen=True, slots=True)
class PassageTokens:
    """The tokens of a headline and a passage: `vectors` (tokens, dimension), and `spans` (tokens, 2) in the passage.

    The spans of the headline's tokens are empty and lie before the passage.
    """

    vectors: Vectors
    spans: NDArray[np.int64]


def token_codes(text: str, passage_start: int, tokens: Tokens) -> bytes:
    """Return the codes of the tokens of a text, whose passage begins at `passage_start`, behind the headline."""
    coded = np.array([_is_word(text[start:end]) for start, end in tokens.spans.tolist()], bool)
    coded &= tokens.spans[:, 0] - passage_start <= MAX_START
    vectors, spans = tokens.vectors[coded], tokens.spans[coded] - passage_start
    starts = np.where(spans[:, 0] < 0, OF_HEADLINE, spans[:, 0])
    lengths = np.where(spans[:, 0] < 0, 0, np.minimum(spans[:, 1] - spans[:, 0], MAX_LENGTH))
    # By this factor a product with a question's token is right on average.
    factors = 1 / np.maximum(np.abs(vectors).sum(axis=1), 1e-6)
    factors[~vectors.any(axis=1)] = 0  # an unknown token
    parts = (
        np.packbits(vectors >= 0, axis=1),
        factors.astype("<f2"),
        starts.astype("<u2"),
        lengths.astype(np.uint8),
    )
    return b"".join(part.tobytes() for part in parts)


def decoded(codes: bytes, dimension: int) -> PassageTokens:
    """Return the tokens that codes stand for; raises ValueError for bytes that are no codes."""
    packed = -(-dimension // 8)
    count, rest = divmod(len(codes), packed + 5)
    if rest:
        raise ValueError(f"{len(codes)} bytes are no codes of tokens with {dimension} dimensions.")
    bits = np.frombuffer(codes, np.uint8, count * packed).reshape(count, packed)
    factors = np.frombuffer(codes, "<f2", count, count * packed).astype(np.float32)
    starts = np.frombuffer(codes, "<u2", count, count * (packed + 2)).astype(np.int64)
    lengths = np.frombuffer(codes, np.uint8, count, count * (packed + 4))
    signs = SIGNS[bits].reshape(count, packed * 8)[:, :dimension]
    starts[starts == OF_HEADLINE] = -1
    return PassageTokens(signs * factors[:, None], np.column_stack([starts, starts + lengths]))


def _is_word(token: str) -> bool:
    """Tell whether a token has more than punctuation and spaces."""
    return token.isalnum() or any(unicodedata.category(character)[0] not in "PZ" for character in token)
