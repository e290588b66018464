"""An encoder that encodes each text once: hundreds of questions meet the same passages."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from retrieval.encode.encoder import Encoder, Reader, Tokens, Vectors


class CachingEncoder:
    """An Encoder that keeps what another one has computed; in a folder, too, it keeps it for the next run.

    The vectors of tokens are kept in half precision.
    """

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder = encoder
        self._folder = folder
        self._vectors: defaultdict[str, dict[str, Vectors]] = defaultdict(dict)
        self._tokens: defaultdict[str, dict[str, Tokens]] = defaultdict(dict)

    @property
    def name(self) -> str:
        """The name of the model."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the model."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        """The maximum number of tokens that the model reads of a text."""
        return self._encoder.max_tokens

    @property
    def reader(self) -> Reader | None:
        """The model's reader; it hardly ever reads the same question and passage twice."""
        return self._encoder.reader

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each passage."""
        return self._encoder.count_tokens(texts)

    def token_ends(self, text: str) -> Sequence[int]:
        """Return the index in the text at which each token ends."""
        return self._encoder.token_ends(text)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed each question that is new."""
        return self._vectors_of("query", self._encoder.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed each passage that is new."""
        return self._vectors_of("passage", self._encoder.encode_passages, texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each question that is new."""
        return self._tokens_of("query", self._encoder.encode_query_tokens, texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each passage that is new."""
        return self._tokens_of("passage", self._encoder.encode_passage_tokens, texts)

    def _vectors_of(self, kind: str, encode: Callable[[list[str]], Vectors], texts: Sequence[str]) -> Vectors:
        known = self._vectors[kind]
        for text in set(texts) - known.keys():
            if file := self._kept(f"v{kind}", text):
                known[text] = np.load(file)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, vector in zip(new, encode(new), strict=True):
            known[text] = vector
            if self._folder:
                np.save(self._file(f"v{kind}", text), vector)
        return np.stack([known[text] for text in texts]) if texts else encode([])

    def _tokens_of(self, kind: str, encode: Callable[[list[str]], list[Tokens]], texts: Sequence[str]) -> list[Tokens]:
        known = self._tokens[kind]
        for text in set(texts) - known.keys():
            if file := self._kept(f"t{kind}", text):
                with np.load(file) as kept:
                    known[text] = Tokens(kept["vectors"].astype(np.float32), kept["spans"], kept["whole"])
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, tokens in zip(new, encode(new), strict=True):
            known[text] = tokens
            if self._folder:
                half = tokens.vectors.astype(np.float16)
                np.savez(self._file(f"t{kind}", text), vectors=half, spans=tokens.spans, whole=tokens.whole)
        return [known[text] for text in texts]

    def _kept(self, kind: str, text: str) -> Path | None:
        file = self._file(kind, text) if self._folder else None
        return file if file and file.exists() else None

    def _file(self, kind: str, text: str) -> Path:
        """Return the file of a text, in a folder that is made."""
        digest = hashlib.sha256(f"{self.fingerprint}\0{kind}\0{text}".encode()).hexdigest()
        folder = (self._folder or Path()) / digest[:2]
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{digest[2:34]}.{'npz' if kind.startswith('t') else 'npy'}"
