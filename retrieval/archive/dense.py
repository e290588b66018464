"""FAISS: the only module that imports it."""

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Vectors


class DenseIndex:
    """Vectors of length 1, found by their cosine, exactly."""

    def __init__(self, numbers: NDArray[np.int64], vectors: Vectors) -> None:
        """Index vectors, (passages, dimension), under their passages' numbers."""
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        self._index.add_with_ids(vectors, numbers)

    def search(self, vector: Vectors, count: int) -> list[tuple[int, float]]:
        """Return numbers and cosines of the nearest vectors, nearest first."""
        cosines, numbers = self._index.search(vector.reshape(1, -1), count)
        # FAISS fills up with -1 where it has fewer than were asked for.
        return [(int(n), float(c)) for n, c in zip(numbers[0], cosines[0], strict=True) if n >= 0]
