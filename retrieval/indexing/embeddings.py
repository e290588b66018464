"""Embeds the texts of passages: the vector of each, and the codes of its tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from retrieval.archive.contract import StoredVectors
from retrieval.batch_and_prefetch import batched
from retrieval.encode.encoder import Encoder, embedded_text
from retrieval.encode.token_codes import token_codes

# The token vectors of so many texts are in memory at a time: 8 MB in 384 dimensions.
TEXTS_AT_ONCE = 32


class EmbeddedText(NamedTuple):
    """The headline as it is embedded, and a passage."""

    prefix: str
    passage: str


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors and token codes of passages by embedding key; there may be vectors without token codes."""

    vectors: Mapping[bytes, StoredVectors]
    token_codes: Mapping[bytes, bytes]

    def __or__(self, other: Self) -> "Embeddings":
        """Return these and others, which win."""
        return Embeddings({**self.vectors, **other.vectors}, {**self.token_codes, **other.token_codes})

    def of(self, keys: Sequence[bytes]) -> "Embeddings":
        """Return those of these keys, which all have a vector."""
        codes = {key: self.token_codes[key] for key in keys if key in self.token_codes}
        return Embeddings({key: self.vectors[key] for key in keys}, codes)


def embeddings(texts: Mapping[bytes, EmbeddedText], encoder: Encoder, *, with_token_codes: bool) -> Embeddings:
    """Embed passages by embedding key, once for both: the vector of a text is made of those of its tokens."""
    if not with_token_codes:
        vectors = encoder.encode_passages([embedded_text(*text) for text in texts.values()]).astype(np.float16)
        return Embeddings(dict(zip(texts, vectors, strict=True)), {})
    vectors_by_key, codes = dict[bytes, StoredVectors](), dict[bytes, bytes]()
    for block in batched(texts.items(), TEXTS_AT_ONCE):
        whole = [embedded_text(*text) for _, text in block]
        for (key, text), embedded, tokens in zip(block, whole, encoder.encode_passage_tokens(whole), strict=True):
            vectors_by_key[key] = tokens.whole.astype(np.float16)
            codes[key] = token_codes(embedded, len(embedded_text(text.prefix, "")), tokens)
    return Embeddings(vectors_by_key, codes)
