"""FAISS: the only module that imports it. Passages found by meaning."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.archive.snapshot import Snapshot, Unusable
from retrieval.archive.store import Changes
from retrieval.encode.encoder import Vectors

FILE = "index.faiss"


class DenseIndex:
    """Vectors of length 1 under their passages' numbers, found by their cosine, exactly; not for two threads at once.

    Kept in half precision, as they are stored: to decode them loses nothing.
    """

    def __init__(self, index: faiss.IndexIDMap2) -> None:
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> Self:
        """Return an index without vectors."""
        half = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return cls(faiss.IndexIDMap2(half))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read an index whose checksum holds; raises Unusable."""
        try:
            index = faiss.read_index(str(folder / FILE))
        except RuntimeError as error:
            raise Unusable("damaged (FAISS cannot read it)") from error
        if not isinstance(index, faiss.IndexIDMap2):
            raise Unusable("of another kind")
        return cls(index)

    def save(self, folder: Path, _base: Snapshot | None, _changes: Callable[[Snapshot | None], Changes]) -> None:
        """Write the whole index; raises OSError."""
        try:
            faiss.write_index(self._index, str(folder / FILE))
        except RuntimeError as error:  # FAISS's own, for a full disk
            raise OSError(0, str(error).rpartition("Error: ")[2] or str(error)) from error

    def numbers(self) -> list[int]:
        """Return the numbers that are in it, in order."""
        return sorted(faiss.vector_to_array(self._index.id_map).tolist())

    def apply(self, changes: Changes) -> None:
        """Take out what was removed, and add what was added under its numbers."""
        numbers = changes.added.numbers
        gone = np.concatenate([changes.removed, numbers])
        if len(gone) and self._index.ntotal:
            self._index.remove_ids(faiss.IDSelectorBatch(gone))
        if len(numbers):
            self._index.add_with_ids(changes.added.vectors.astype(np.float32), numbers)

    def search(self, vector: Vectors, count: int) -> list[int]:
        """Return the numbers of the nearest vectors, nearest first."""
        _, numbers = self._index.search(vector.reshape(1, -1), count)
        # FAISS fills up with -1 where it has fewer than were asked for.
        return [int(number) for number in numbers[0] if number >= 0]

    def vectors(self, numbers: NDArray[np.int64]) -> Vectors:
        """Return the vectors under these numbers, (numbers, dimension)."""
        empty = np.empty((0, self._index.d), np.float32)
        return np.stack([self._index.reconstruct(int(number)) for number in numbers]) if len(numbers) else empty
