"""Digests of stored rows, which reveal damage, and embedding keys, by which vectors are used again."""

import hashlib
import json

import xxhash


def card_digest(*card: str | None) -> bytes:
    """Digest an article's card: id, title, url, source, author, published, language."""
    return _digest(*card)


def passage_digest(id_: str, article: str, start: int, end: int, text: str, sentences: str) -> bytes:
    """Digest a passage's row."""
    return _digest(id_, article, start, end, text, sentences)


def vector_digest(vector: bytes) -> bytes:
    """Digest a stored vector."""
    return xxhash.xxh3_64_digest(vector)


def key_of(title: str, text: str) -> bytes:
    """Return the embedding key: passages with the same key have the same vector, so it is a cryptographic digest."""
    return hashlib.sha256(json.dumps([title, text], default=repr).encode()).digest()[:16]


def _digest(*values: object) -> bytes:
    # A damaged archive.db may return bytes for text: that must give another digest, not an error.
    return xxhash.xxh3_128_digest(json.dumps(values, ensure_ascii=True, default=repr).encode())
