"""FAISS: the only module that imports it. Passages found by meaning."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

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
        except (RuntimeError, MemoryError) as error:
            raise Unusable("damaged (FAISS cannot read it)") from error
        if not isinstance(index, faiss.IndexIDMap2):
            raise Unusable("of another kind")
        # A large one is opened before its checksum has been looked at, and FAISS takes its own header at its word.
        there, wanted = _half(index), cls.empty(index.d)._index
        half = _half(wanted)
        if (
            not isinstance(there, faiss.IndexScalarQuantizer)
            or (there.d, there.sq.d, there.sq.qtype, there.code_size) != (half.d, half.d, half.sq.qtype, half.code_size)
            or (index.metric_type, there.metric_type) != (wanted.metric_type, wanted.metric_type)
            or not index.ntotal == there.ntotal == index.id_map.size()
            or there.codes.size() != there.ntotal * there.code_size
        ):
            raise Unusable("damaged (its parts do not fit)")
        return cls(index)

    def save(self, folder: Path, _base: Snapshot | None, _changes: Callable[[Snapshot | None], Changes]) -> None:
        """Write the whole index; raises OSError."""
        # Given a name, FAISS opens the file itself, and only prints that the last bytes found no room.
        with (folder / FILE).open("wb") as file:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._index.ntotal)

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

    def search(self, vector: Vectors, count: int, only: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the nearest vectors, nearest first; of those with the numbers `only`, where given."""
        # A second thread for one question costs more in waiting for it than it saves, and holds up whoever else asks.
        faiss.omp_set_num_threads(1)
        chosen = None if only is None else faiss.SearchParameters(sel=_selector(only))  # type: ignore[call-arg]
        _, numbers = self._index.search(vector.reshape(1, -1), count, params=chosen)
        # FAISS fills up with -1 where it has fewer than were asked for.
        return [int(number) for number in numbers[0] if number >= 0]

    def vectors(self, numbers: NDArray[np.int64]) -> Vectors:
        """Return the vectors under these numbers, (numbers, dimension)."""
        empty = np.empty((0, self._index.d), np.float32)
        return np.stack([self._index.reconstruct(int(number)) for number in numbers]) if len(numbers) else empty


def _selector(numbers: NDArray[np.int64]) -> faiss.IDSelectorBitmap:
    """Return what lets these numbers through: a bit a number, up to the highest."""
    chosen = np.zeros(int(numbers.max(initial=0)) + 1, bool)
    chosen[numbers] = True
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))  # type: ignore[call-arg, arg-type]


def _half(index: faiss.IndexIDMap2) -> Any:
    """Return the index under the numbers, as what it is; FAISS's types know it only as some index."""
    return faiss.downcast_index(index.index)
