"""Tokenizer: the protocol of what splits texts for an exported model, and the one on the library tokenizers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Encoding
    from tokenizers import Tokenizer as LoadedTokenizer

# The unknown token of BERT's tokenizers and of sentencepiece's.
UNKNOWN = "[UNK]", "<unk>"


@dataclass(frozen=True, slots=True)
class TokenIds:
    """The tokens of a text: `ids`, (tokens,), and `offsets` in the text, (tokens, 2); special tokens' are empty."""

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]


class Tokenizer(Protocol):
    """Splits texts into tokens; threads may share it."""

    @property
    def unknown(self) -> int | None:
        """The id of the unknown token; None if there is none."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        ...

    def ends(self, text: str) -> list[int]:
        """Return the index in the text at which each token ends, without special tokens."""
        ...

    def cut(self, text: str, max_tokens: int) -> TokenIds:
        """Return a text's tokens, special tokens included, at most `max_tokens`."""
        ...


class LibraryTokenizer:
    """Any Tokenizer that has a tokenizer.json."""

    def __init__(self, file: str) -> None:
        """Load tokenizer.json."""
        from tokenizers import Tokenizer

        self._tokenizer: LoadedTokenizer = Tokenizer.from_file(file)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._special_tokens = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        ids = (self._tokenizer.token_to_id(token) for token in UNKNOWN)
        self.unknown = next((id_ for id_ in ids if id_ is not None), None)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        return [len(encoded.ids) for encoded in self._tokenizer.encode_batch_fast(texts)]

    def ends(self, text: str) -> list[int]:
        """Return the index in the text at which each token ends, without special tokens."""
        return [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    def cut(self, text: str, max_tokens: int) -> TokenIds:
        """Return a text's tokens, special tokens included, at most `max_tokens`."""
        encoded: Encoding = self._tokenizer.encode(text, add_special_tokens=False)
        encoded.truncate(max_tokens - self._special_tokens)
        encoded = self._tokenizer.post_process(encoded)
        return TokenIds(np.array(encoded.ids, np.int64), np.array(encoded.offsets, np.int64).reshape(-1, 2))


class PairTokenizer:
    """Splits a question and a text together, for a cross-encoder that has a tokenizer.json."""

    def __init__(self, file: str, max_tokens: int) -> None:
        """Load tokenizer.json; the longer of the two is cut off until both have at most `max_tokens`."""
        from tokenizers import Tokenizer

        self._tokenizer: LoadedTokenizer = Tokenizer.from_file(file)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens, strategy="longest_first")

    def pair(self, question: str, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ids of both, special tokens included, (tokens,), and the number of the part that each is of."""
        encoded = self._tokenizer.encode(question, text)
        return np.array(encoded.ids, np.int64), np.array(encoded.type_ids, np.int64)
