"""FAISS: passages found by meaning, each by its vector."""

import os
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.archive.local import recall
from retrieval.archive.local.ivf import HEADER_FILE, LISTS_FILE, InvertedFile, Numbers
from retrieval.archive.local.ivf_build import build
from retrieval.archive.local.persistent_index import Since
from retrieval.archive.local.reading import Rows
from retrieval.archive.local.snapshot import Snapshot, Unusable
from retrieval.archive.local.store import Changes
from retrieval.encode.encoder import Vectors

FILE, GONE = "index.faiss", "gone"
# From so many vectors on, not all are looked at: they are 1.5 ms, and 38 MB in memory (docs/architecture.md).
MIN_IVF_VECTORS = 50_000
# What came since is looked at one by one, and what has gone is passed over, until both are this share of the base.
MAX_DELTA_SHARE = 0.1
# A base's cosines are rounded: so many more are found, for whoever puts them in order by the truth.
EXTRA_CANDIDATES = 10
NOTHING = np.empty(0, np.int64)


class DenseIndex:
    """Vectors of length 1 under their passages' numbers, found by their cosine; not for two threads at once.

    A few are all looked at: kept in half precision, as they are stored, so found exactly. Of many there is a base on
    the disk (inverted.py), which never changes, and looked at are only those that came since.
    """

    def __init__(self, flat: faiss.IndexIDMap2, base: InvertedFile | None = None, gone: Numbers = NOTHING) -> None:
        self._flat = flat
        self._base = base
        self._gone = gone
        self._passed_over: faiss.IDSelectorNot | None = None
        self._highest = int(self._flat_numbers().max(initial=0))

    @classmethod
    def empty(cls, dimension: int) -> Self:
        """Return an index without vectors."""
        half = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return cls(faiss.IndexIDMap2(half))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open an index whose checksum holds; raises Unusable."""
        try:
            index = faiss.read_index(str(folder / FILE))
        except (RuntimeError, MemoryError) as error:
            raise Unusable("damaged (FAISS cannot read it)") from error
        if not isinstance(index, faiss.IndexIDMap2):
            raise Unusable("of another kind")
        # A large one is opened before its checksum has been looked at, and FAISS takes its own header at its word.
        there, wanted = _half(index), cls.empty(index.d)._flat
        half = _half(wanted)
        if (
            not isinstance(there, faiss.IndexScalarQuantizer)
            or not (index.is_trained and there.is_trained)
            or (there.d, there.sq.d, there.sq.qtype, there.code_size) != (half.d, half.d, half.sq.qtype, half.code_size)
            or (index.metric_type, there.metric_type) != (wanted.metric_type, wanted.metric_type)
            or not index.ntotal == there.ntotal == index.id_map.size()
            or there.codes.size() != there.ntotal * there.code_size
        ):
            raise Unusable("damaged (its parts do not fit)")
        if not (folder / HEADER_FILE).exists():
            return cls(index)
        base = InvertedFile.load(folder)
        try:
            gone = np.frombuffer((folder / GONE).read_bytes(), np.int64)
        except (OSError, ValueError) as error:
            raise Unusable("damaged (what has gone cannot be read)") from error
        if base.dimension != index.d:
            raise Unusable("damaged (its parts do not fit)")
        return cls(index, base, base.among(gone))

    def save(self, folder: Path, base: Snapshot | None, changes_since: Since) -> None:
        """Write it into an empty folder: with the base that there is, with a new one, or without; raises OSError."""
        flat, gone = self, self._gone
        if self._base and len(self) < MIN_IVF_VECTORS / 2:
            # What is rounded is not exact again: from the truth.
            flat = self.empty(self._flat.d)
            for changes in changes_since(None):
                flat.apply(changes)
        elif (base is None or self._outgrown()) if self._base else len(self) >= MIN_IVF_VECTORS:
            recall.write(folder, build(folder, self._base, gone, self._flat_numbers(), self._flat_vectors()))
            flat, gone = self.empty(self._flat.d), NOTHING
            (folder / GONE).write_bytes(gone.tobytes())
        elif self._base and base:
            for name in (HEADER_FILE, LISTS_FILE, recall.FILE):
                os.link(base.folder / name, folder / name)
            (folder / GONE).write_bytes(gone.tobytes())
        # Given a name, FAISS opens the file itself, and only prints that the last bytes found no room.
        with (folder / FILE).open("wb") as file:
            faiss.write_index(flat._flat, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def _outgrown(self) -> bool:
        return self._base is not None and self._flat.ntotal + len(self._gone) > MAX_DELTA_SHARE * len(self._base)

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._flat.ntotal) + (len(self._base) - len(self._gone) if self._base else 0)

    @property
    def extra_candidates(self) -> int:
        """How many more than are wanted it should be asked for, as its order is not exact."""
        return EXTRA_CANDIDATES if self._base else 0

    def numbers(self) -> list[int]:
        """Return the numbers that are in it, in order."""
        there = [self._flat_numbers()]
        if self._base:
            numbers = self._base.numbers()
            there.append(numbers[~np.isin(numbers, self._gone)])
        return sorted(np.concatenate(there).tolist())

    def apply(self, changes: Changes) -> None:
        """Take out what was removed, and add what was added under its numbers."""
        numbers = changes.added.numbers
        gone = np.concatenate([changes.removed, numbers])
        # FAISS goes through all that it has to find out that it has none of these.
        if self._flat.ntotal and len(gone) and gone.min() <= self._highest:
            self._flat.remove_ids(faiss.IDSelectorBatch(gone))
        if self._base and (in_base := self._base.among(gone)).size:
            self._gone, self._passed_over = np.union1d(self._gone, in_base), None
        if len(numbers):
            self._flat.add_with_ids(changes.added.vectors.astype(np.float32), numbers)
            self._highest = max(self._highest, int(numbers.max()))

    def search(self, vector: Vectors, count: int, only: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the nearest vectors, nearest first; of those with the numbers `only`, where given."""
        # A second thread for one question costs more in waiting for it than it saves, and holds up whoever else asks.
        faiss.omp_set_num_threads(1)
        question = vector.reshape(1, -1).astype(np.float32)
        chosen = None if only is None else faiss.SearchParameters(sel=_selector(only))  # type: ignore[call-arg]
        cosines, numbers = self._flat.search(question, count, params=chosen)
        if self._base:
            in_base = self._base.search_vectors(question, count, *self._sought(self._base, only))
            cosines, numbers = np.hstack([cosines, in_base[0]]), np.hstack([numbers, in_base[1]])
        # FAISS fills up with -1 where it has fewer than were asked for.
        best = np.argsort(-cosines[0], kind="stable")
        return [number for number in numbers[0][best].tolist() if number >= 0][:count]

    def _sought(self, base: InvertedFile, only: NDArray[np.int64] | None) -> tuple[Any, int]:
        """Return what lets through what is sought in the base, None for all of it, and how many that is."""
        if only is not None:
            sought = np.setdiff1d(base.among(only), self._gone)
            return _selector(sought), len(sought)
        if self._passed_over is None and len(self._gone):
            self._passed_over = faiss.IDSelectorNot(_selector(self._gone))
        return self._passed_over, len(base) - len(self._gone)

    def has(self, rows: Rows) -> bool:
        """Tell whether it has these vectors under these numbers, as it keeps them."""
        flat = self._flat_numbers()
        order = np.argsort(flat)
        in_flat = np.isin(rows.numbers, flat)
        places = order[np.searchsorted(flat[order], rows.numbers[in_flat])]
        if (self._flat_vectors()[places] != rows.vectors[in_flat]).any():
            return False
        if self._base is None or in_flat.all():
            return bool(in_flat.all())
        return self._base.has(rows.numbers[~in_flat], rows.vectors[~in_flat])

    def _flat_numbers(self) -> Numbers:
        return np.asarray(faiss.vector_to_array(self._flat.id_map), np.int64)

    def _flat_vectors(self) -> NDArray[np.float16]:
        """Return the vectors that are not in the base, where FAISS has them; until they change."""
        codes, size = _half(self._flat).codes, _half(self._flat).codes.size()
        if not size:
            return np.empty((0, self._flat.d), np.float16)
        there = faiss.rev_swig_ptr(codes.data(), size)
        return there.view(np.float16).reshape(-1, self._flat.d)


def _selector(numbers: Numbers) -> faiss.IDSelectorBitmap:
    """Return what lets these numbers through: a bit a number, up to the highest."""
    chosen = np.zeros(int(numbers.max(initial=0)) + 1, bool)
    chosen[numbers] = True
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))  # type: ignore[call-arg, arg-type]


def _half(index: faiss.IndexIDMap2) -> Any:
    """Return the index under the numbers, as what it is; FAISS's types know it only as some index."""
    return faiss.downcast_index(index.index)
