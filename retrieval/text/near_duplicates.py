"""Recognize near duplicates, texts that are almost the same, by MinHash and locality-sensitive hashing.

Broder, "On the resemblance and containment of documents" (1997): the share of equal entries in two signatures
estimates the Jaccard similarity of the sets of three-word shingles. Bands of entries put similar signatures into the
same buckets.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from retrieval.text.analysis import separate_words

if TYPE_CHECKING:
    from datasketch import MinHash

WORD = re.compile(r"\w+")
SHINGLE = 3
PERMUTATIONS = 128
ROWS_A_BAND = 4
# Two texts with at least this estimated similarity are near duplicates. With 32 bands of 4 rows, two texts of
# similarity .6 share a band with probability 1 - (1 - .6^4)^32 = .99.
SAME = 0.6
# Texts with fewer shingles are near duplicates only if they are equal: many short texts are alike ("Photo gallery.").
MIN_SHINGLES = 20


def signature(text: str) -> bytes:
    """Return the MinHash of a text's three-word shingles: 128 little-endian 32-bit numbers; b"" if it has no word."""
    words = [word.lower() for word in WORD.findall(separate_words(text))]
    if not words:
        return b""
    joined = [" ".join(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1))]
    shingles = set(joined) if len(joined) >= MIN_SHINGLES else {" ".join(words)}
    minhash = _empty().copy()
    minhash.update_batch([shingle.encode() for shingle in shingles])
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


@lru_cache
def _empty() -> "MinHash":
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, seed=1, hashfunc=lambda data: xxhash.xxh3_64_intdigest(data) & 0xFFFFFFFF)


def similarity(first: bytes, second: bytes) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures."""
    if not first or not second:
        return 0.0
    return float((np.frombuffer(first, "<u4") == np.frombuffer(second, "<u4")).mean())


def band_hashes(minhash: bytes) -> list[int]:
    """Return the hashes of a signature's bands, as signed 64-bit numbers: two near duplicates have one in common."""
    return [int.from_bytes(xxhash.xxh3_64_digest(band), "big", signed=True) for band in _bands(minhash)]


def _bands(minhash: bytes) -> list[bytes]:
    """Cut a signature into bands, each with its position, so that equal bands at different positions differ."""
    size = ROWS_A_BAND * 4
    return [
        number.to_bytes(2, "big") + minhash[start : start + size]
        for number, start in enumerate(range(0, len(minhash), size))
    ]
