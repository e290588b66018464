"""Encoders that stand in for models, small and deterministic; and functions that open, fill and search an archive."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from corpus.article import Article
from corpus.reader_types import Reading, Skipped
from retrieval.archive.contract import Archive
from retrieval.archive.found_passages import FoundPassage
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder, Reader, Tokens, Vectors
from retrieval.indexing.pipeline import sync
from retrieval.indexing.report import Report

WORD = re.compile(r"\w+|[^\w\s]")
# The characters of Chinese and Japanese. The tokenizers of multilingual models mostly make each a token.
SIGN = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"


@dataclass(frozen=True)
class FakeEncoder:
    """An Encoder that has a random vector for each word; the vector of a text is the normalized sum of its words'.

    Its tokens are words and punctuation marks, and two special tokens for each text, as MiniLM's are.
    """

    word: ClassVar[re.Pattern[str]] = WORD
    name: str = "fake"
    dimension: int = 32
    max_tokens: int = 64

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @property
    def reader(self) -> Reader | None:
        return None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(self.word.findall(text)) + 2 for text in texts]

    def token_ends(self, text: str) -> list[int]:
        return [match.end() for match in self.word.finditer(text)]

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return self.encode_passage_tokens(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._text_vector(text) for text in texts], np.float32).reshape(-1, self.dimension)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._tokens(text) for text in texts]

    def _text_vector(self, text: str) -> Vectors:
        total = sum((self._word_vector(word) for word in self.word.findall(text)), np.zeros(self.dimension, np.float32))
        return (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)

    def _tokens(self, text: str) -> Tokens:
        matches = list(self.word.finditer(text))[: self.max_tokens - 2]
        vectors = [self._word_vector(match[0]) for match in matches]
        spans = np.array([match.span() for match in matches], np.int64).reshape(-1, 2)
        return Tokens(np.array(vectors, np.float32).reshape(-1, self.dimension), spans, self._text_vector(text))

    def _word_vector(self, word: str) -> Vectors:
        return _word_vector(self.name, self.dimension, word.lower())


@lru_cache(maxsize=100_000)
def _word_vector(name: str, dimension: int, word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(f"{name} {word}".encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).standard_normal(dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@dataclass(frozen=True)
class SignEncoder(FakeEncoder):
    """A stand-in for a multilingual model: each Chinese or Japanese character is a token."""

    word: ClassVar[re.Pattern[str]] = re.compile(rf"[{SIGN}]|[^\W{SIGN}]+|[^\w\s]")
    name: str = "signs"
    dimension: int = 256


def archive_at(folder: Path, encoder: Encoder, passage_tokens: int = 0) -> LocalArchive:
    """Open an archive, or create an empty one."""
    return LocalArchive.open_or_create(folder, lambda: wanted_spec(encoder, passage_tokens))


def take_in(archive: Archive, encoder: Encoder, *articles: Article | Reading | Skipped) -> Report:
    """Sync articles as if each had been read from a file named after it."""
    readings = (Reading(item, f"/files/{item.id}.txt") if isinstance(item, Article) else item for item in articles)
    with archive.write_lock("test"):
        return sync(readings, archive, encoder)


def nearest(archive: Archive, encoder: Encoder, text: str, count: int = 5) -> list[FoundPassage]:
    """Return the passages nearest to a text."""
    return archive.search_vectors(encoder.encode_query([text])[0], count, encoder.fingerprint)
