"""SentencePiece's unigram model on a memory-mapped file, for vocabularies that take long to load.

A word's pieces are those whose scores, logarithms of probabilities, have the largest sum (Kudo 2018,
https://arxiv.org/abs/1804.10959). The tokens and offsets are those of the library tokenizers;
write_unigram.py writes the file and compares the two.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.encode.memory_mapped_arrays import map_arrays
from retrieval.encode.normalize_text import TextNormalizer
from retrieval.encode.tokenizer import TokenIds

SPACE = "▁"
# The pieces of words are remembered, until there are so many words. Longer ones seldom occur again.
REMEMBERED, REMEMBERED_LENGTH = 20_000, 24
ALL = 1 << 62


class UnigramTokenizer:
    """A Tokenizer on the arrays of a trie of pieces."""

    def __init__(self, file: Path) -> None:
        """Map the file."""
        arrays, values = map_arrays(file)
        # From a memoryview numbers are read in a third of the time.
        self._codes, self._base, self._parent, self._piece, self._scores = (
            arrays[name].data for name in ("codes", "base", "check", "ends", "scores")
        )
        self._normalizer = TextNormalizer(values["replacements"], arrays["kinds"])
        self._special: dict[str, int] = values["special"]
        self._special_pattern = re.compile("|".join(map(re.escape, self._special)) or "(?!)")
        self._first, self._last = values["first"], values["last"]
        self._unknown_score: float = values["unknown_score"]
        self.unknown: int = values["unknown"]
        self._words: dict[str, tuple[list[int], list[int]]] = {}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        special = len(self._first) + len(self._last)
        return [special + len(self._tokens(text, ALL).ids) for text in texts]

    def ends(self, text: str) -> list[int]:
        """Return the index in the text at which each token ends, without special tokens."""
        ends: list[int] = self._tokens(text, ALL).offsets[:, 1].tolist()
        return ends

    def cut(self, text: str, max_tokens: int) -> TokenIds:
        """Return a text's tokens, special tokens included, at most `max_tokens`."""
        room = max_tokens - len(self._first) - len(self._last)
        tokens = self._tokens(text, room)
        first, last = np.zeros((len(self._first), 2), np.int64), np.zeros((len(self._last), 2), np.int64)
        return TokenIds(
            np.concatenate([self._first, tokens.ids[:room], self._last], dtype=np.int64),
            np.concatenate([first, tokens.offsets[:room], last]),
        )

    def _tokens(self, text: str, enough: int) -> TokenIds:
        """Return a text's tokens, without special tokens around them; as many as are enough, or some more."""
        parts = []
        start = count = 0
        for special in self._special_pattern.finditer(text):
            parts.append(self._tokens_between(text, start, special.start(), enough - count))
            offsets = np.array([special.span()], np.int64)
            parts.append(TokenIds(np.array([self._special[special[0]]], np.int64), offsets))
            start, count = special.end(), count + len(parts[-2].ids) + 1
        rest = self._tokens_between(text, start, len(text), enough - count)
        if not parts:
            return rest
        parts.append(rest)
        return TokenIds(np.concatenate([part.ids for part in parts]), np.concatenate([part.offsets for part in parts]))

    def _tokens_between(self, text: str, start: int, end: int, enough: int) -> TokenIds:
        normalized, origins = self._normalizer.normalize(text[start:end])
        if not normalized or enough <= 0:
            return TokenIds(np.zeros(0, np.int64), np.zeros((0, 2), np.int64))
        normalized = normalized.replace(" ", SPACE)
        if not normalized.startswith(SPACE):
            normalized, origins = SPACE + normalized, np.concatenate([origins[:1], origins])
        ids: list[int] = []
        ends: list[int] = []
        at = 0
        words, remembered = normalized.split(SPACE), self._words
        for word in words[1:]:
            word_ids, word_ends = remembered.get(word) or self._pieces(word)
            ids += word_ids
            ends += [at + end for end in word_ends]
            if len(ids) >= enough:
                break
            at += 1 + len(word)
        after = np.array(ends, np.int64)
        before = np.concatenate([[0], after[:-1]])
        # Nothing stands for the characters that are inserted at the beginning: their span is empty.
        offsets = np.stack([origins[before], origins[after - 1] + 1], axis=1)
        return TokenIds(np.array(ids, np.int64), start + np.maximum(offsets, 0))

    def _pieces(self, word: str) -> tuple[list[int], list[int]]:
        """Return the ids of the pieces of a word, a space before it, and where each ends."""
        pieces = self._best_pieces(SPACE + word)
        if len(word) <= REMEMBERED_LENGTH:
            if len(self._words) >= REMEMBERED:
                self._words.clear()
            self._words[word] = pieces
        return pieces

    def _best_pieces(self, word: str) -> tuple[list[int], list[int]]:
        base, parent, piece, scores, unknown = self._base, self._parent, self._piece, self._scores, self.unknown
        codes = [self._codes[ord(character)] for character in word]
        length = len(codes)
        # The best way to each place: the sum of its scores, and where its last piece starts and which it is.
        best = [0.0] + [-math.inf] * length
        last_start, last_piece = [0] * (length + 1), [0] * (length + 1)
        for start in range(length):
            so_far = best[start]
            node, single = 0, False
            for end in range(start, length):
                code = codes[end]
                child = base[node] + code
                if not code or parent[child] != node:
                    break
                node, found = child, piece[child]
                if found >= 0:
                    end += 1
                    score = so_far + scores[found]
                    if score > best[end]:
                        best[end], last_start[end], last_piece[end] = score, start, found
                    single = single or end == start + 1
            if not single:
                end = start + 1
                score = so_far + self._unknown_score
                if score > best[end]:
                    best[end], last_start[end], last_piece[end] = score, start, unknown
        ids: list[int] = []
        ends: list[int] = []
        end = length
        while end:
            # Unknown characters in a row are one token.
            if not (ids and ids[-1] == unknown == last_piece[end]):
                ids.append(last_piece[end])
                ends.append(end)
            end = last_start[end]
        return ids[::-1], ends[::-1]
