"""What the reader's lower layers made of the passages read last is not made again, and takes no more than its room."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.encode import lower_vectors
from retrieval.encode.encoder import Vectors
from retrieval.encode.lower_vectors import LowerVectors

DIMENSION = 4


class Layers:
    """Layers whose vectors tell the ids; it counts the texts that it was given."""

    def __init__(self) -> None:
        self.made: list[list[int]] = []

    def __call__(self, ids: NDArray[np.int64]) -> Vectors:
        self.made.append(ids[0].tolist())
        return np.repeat(ids[..., None] / 3, DIMENSION, axis=2).astype(np.float32)


def of(lower: LowerVectors, layers: Layers, *ids: int) -> Vectors:
    return lower.of(np.array(ids), layers)


def test_a_passage_is_made_once_and_read_alike() -> None:
    lower, layers = LowerVectors(), Layers()
    first, other, again = of(lower, layers, 1, 2, 3), of(lower, layers, 1, 2), of(lower, layers, 1, 2, 3)
    assert layers.made == [[1, 2, 3], [1, 2]]
    assert first.shape == (1, 3, DIMENSION)
    assert other.shape == (1, 2, DIMENSION)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first[0, :, 0], np.array([1, 2, 3]) / 3, rtol=1e-3)


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4)))
def test_what_was_used_last_is_kept_within_the_room(texts: list[list[int]]) -> None:
    room = 10 * DIMENSION * 2  # ten tokens
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lower_vectors, "BYTES", room)
        lower, layers, last = LowerVectors(), Layers(), list[list[int]]()
        for text in texts:
            made = len(layers.made)
            of(lower, layers, *text)
            assert (len(layers.made) == made) == (text in last)
            last = [other for other in last if other != text] + [text]
            while sum(map(len, last)) > 10:
                last.pop(0)


def test_threads_share_what_is_kept() -> None:
    lower, layers = LowerVectors(), Layers()
    texts = [[number, number + 1] for number in range(50)]
    found: list[Vectors] = []

    def read() -> None:
        found.extend(of(lower, layers, *text) for text in texts)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    assert all(vectors.shape == (1, 2, DIMENSION) for vectors in found)
    before = len(layers.made)
    for text in texts:
        of(lower, layers, *text)
    assert len(layers.made) == before
    assert lower._bytes == sum(vectors.nbytes for vectors in lower._by_ids.values())
