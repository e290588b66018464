"""A trie of strings in two arrays of integers, a step of a character: it is built once, and needs no loading.

Node 0 is the root. The child of a node for the character with the code c is at base[node] + c, and is one only if check
says that the node is its parent. Code 0 is no character's. Aoe 1989, https://doi.org/10.1109/32.31365
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x110000
# How far before the last place taken several children are placed.
LOOK_BACK = 4096
WINDOW = 2048


@dataclass(frozen=True, slots=True)
class DoubleArray:
    """The trie: the code of each code point, the arrays, and the index of the string that ends at a node, or -1."""

    codes: NDArray[np.uint16]
    base: NDArray[np.int32]
    check: NDArray[np.int32]
    ends: NDArray[np.int32]


def build(strings: Sequence[str]) -> DoubleArray:
    """Build the trie; of equal strings the last one counts. Raises OverflowError if there are too many characters."""
    children, ends = _trie(strings)
    # Frequent characters have small codes, so that the children of a node stand close together.
    frequency = Counter(character for below in children for character in below)
    code = {character: number for number, (character, _) in enumerate(frequency.most_common(), start=1)}
    if len(code) > np.iinfo(np.uint16).max:
        raise OverflowError("more characters than 16 bits can number")
    codes = np.zeros(CODE_POINTS, np.uint16)
    for character, number in code.items():
        codes[ord(character)] = number
    base, parent = [0] * len(children), [-1] * len(children)
    place = [0] * len(children)
    room = 2 * (WINDOW + len(code) + 1)
    free = np.ones(4 * len(children) + room, np.bool_)
    free[0] = False
    first_free, top = 1, 0
    waiting = deque([0])
    while waiting:
        node = waiting.popleft()
        below = sorted((code[character], child) for character, child in children[node].items())
        if not below:
            continue
        if top + room > len(free):
            free = np.concatenate([free, np.ones(len(free), np.bool_)])
        distances = [number - below[0][0] for number, _ in below]
        if len(below) == 1:
            # A single child fits anywhere: it takes a place that the others left.
            slot = first_free = _first_fit(free, distances, max(first_free, below[0][0]))
        else:
            slot = _first_fit(free, distances, max(first_free, top - LOOK_BACK, below[0][0]))
        base[node] = slot - below[0][0]
        for distance, (_, child) in zip(distances, below, strict=True):
            free[slot + distance] = False
            parent[child], place[child] = node, slot + distance
            waiting.append(child)
        top = max(top, slot + distances[-1])
    # A step from any node stays within the arrays.
    arrays = np.zeros((3, max(base) + len(code) + 1), np.int32)
    arrays[1:] = -1
    arrays[0, place] = base
    arrays[1, place[1:]] = np.array(place)[parent[1:]]
    arrays[2, place] = ends
    return DoubleArray(codes, *arrays)


def _first_fit(free: NDArray[np.bool_], distances: Sequence[int], start: int) -> int:
    """Return the first place from `start` on that is free at all distances."""
    while True:
        fits = free[start : start + WINDOW].copy()
        for distance in distances[1:]:
            fits &= free[start + distance : start + distance + WINDOW]
        slot = int(fits.argmax())
        if fits[slot]:
            return start + slot
        start += WINDOW


def _trie(strings: Sequence[str]) -> tuple[list[dict[str, int]], list[int]]:
    """Return the children of each node by character, and the string that ends at each node, or -1."""
    children: list[dict[str, int]] = [{}]
    ends = [-1]
    for number, string in enumerate(strings):
        node = 0
        for character in string:
            below = children[node]
            if character not in below:
                below[character] = len(children)
                children.append({})
                ends.append(-1)
            node = below[character]
        ends[node] = number
    return children, ends
