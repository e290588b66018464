"""Replace characters as SentencePiece's normalization does, and know where each character of the outcome comes from.

This does what the normalizers `Precompiled` and `Replace(" {2,}", " ")` of the library tokenizers do, to the letter. A
cluster of characters, such as a letter and its accent, is looked up as a whole if it has fewer than 6 bytes: the
shortest key that it begins with replaces all of it. Other characters are looked up one by one.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.charsmap import CLUSTER_BYTES

# What is known of a code point: whether it is replaced; whether it joins the cluster of the character before it, or of
# the one behind it; and whether it stays alone.
REPLACED, JOINS_LEFT, JOINS_RIGHT, ALONE = 1, 2, 4, 8
SPACES = re.compile(" {2,}")
# From these code points on, UTF-8 has 2, 3 and 4 bytes.
LONGER = np.array([0x80, 0x800, 0x10000], np.uint32)


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


class TextNormalizer:
    """Replaces characters; `replacements` are by character or cluster, `kinds` are flags by code point."""

    def __init__(self, replacements: Mapping[str, str], kinds: NDArray[np.uint8]) -> None:
        self._replacements = replacements
        self._kinds = kinds

    def normalize(self, text: str) -> tuple[str, NDArray[np.int64]]:
        """Return the normalized text, and the index of the character that each of its characters stands for.

        The index is -1 for what was inserted before the first character.
        """
        points = code_points(text)
        changes = np.zeros(0, np.int64)
        if replaced := list(self._replaced(text, points)):
            text, changes = _replace(text, replaced)
        origins = _origins(changes) if replaced else np.arange(len(text))
        if "  " in text:
            # Of a run of spaces, the last one stays.
            stays = np.ones(len(text), np.bool_)
            for run in SPACES.finditer(text):
                stays[run.start() : run.end() - 1] = False
            text, origins = SPACES.sub(" ", text), origins[stays]
        return text, origins

    def _replaced(self, text: str, points: NDArray[np.uint32]) -> Iterator[tuple[int, int, str]]:
        """Yield what is replaced, in order: where it starts, where it ends, and by what."""
        kinds = self._kinds[points]
        if not kinds.any():
            return
        covered = 0
        small = self._small_clusters(points, kinds)
        starts = np.flatnonzero(kinds & REPLACED).tolist()
        for start in sorted({*starts, *small}) if small else starts:
            if start < covered:
                continue
            end = small.get(start, start + 1)
            prefixes = (text[start:stop] for stop in range(start + 1, end + 1))
            key = next((prefix for prefix in prefixes if prefix in self._replacements), None)
            if key is not None:
                covered = end
                yield start, end, self._replacements[key]

    def _small_clusters(self, points: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> dict[int, int]:
        """Return where the clusters of several characters that are looked up as a whole start and end."""
        left, right = kinds[:-1], kinds[1:]
        joined = ((right & JOINS_LEFT) != 0) & ((left & ALONE) == 0)
        joined |= ((left & JOINS_RIGHT) != 0) & ((right & ALONE) == 0)
        joined |= (points[:-1] == 0x0D) & (points[1:] == 0x0A)
        if not joined.any():
            return {}
        starts = np.flatnonzero(np.concatenate([[True], ~joined]))
        ends = np.append(starts[1:], len(points))
        sizes = np.add.reduceat(1 + np.searchsorted(LONGER, points, side="right"), starts)
        small = (sizes < CLUSTER_BYTES) & (ends - starts > 1)
        return dict(zip(starts[small].tolist(), ends[small].tolist(), strict=True))


def _replace(text: str, replaced: list[tuple[int, int, str]]) -> tuple[str, NDArray[np.int64]]:
    """Return the text with its replacements, and a number a character: 1 if it is added, -n if n behind it are gone."""
    parts: list[str] = []
    changes: list[tuple[int, int]] = []
    length = done = 0
    for start, end, new in replaced:
        parts += (text[done:start], new)
        length += start - done + len(new)
        done = end
        more = len(new) - (end - start)
        if more > 0:
            changes += ((length - place, 1) for place in range(1, more + 1))
        elif more < 0 and length:
            changes.append((length - 1, more))
        # What is deleted before the first character is forgotten, as in the library: all behind it moves to the left.
    parts.append(text[done:])
    outcome = "".join(parts)
    change = np.zeros(len(outcome), np.int64)
    for place, by in changes:
        change[place] += by
    return outcome, change


def _origins(changes: NDArray[np.int64]) -> NDArray[np.int64]:
    used = 1 - changes
    before = np.cumsum(used) - used
    return before - (changes > 0)
