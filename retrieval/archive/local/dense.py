"""The FAISS index: search by vectors."""

import os
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.archive.local import recall_file
from retrieval.archive.local.index_snapshots import Snapshot, Unusable
from retrieval.archive.local.ivf import FILES, HEADER_FILE, InvertedFile, Numbers
from retrieval.archive.local.ivf_build import build
from retrieval.archive.local.persistent_index import Since
from retrieval.archive.local.reading import Rows
from retrieval.archive.local.record_store import Changes
from retrieval.encode.encoder import Vectors

FILE, GONE = "index.faiss", "gone"
# From this size on, a search does not compare all vectors; at this size, that takes 1.5 ms and 38 MB of memory
# (docs/architecture.md).
MIN_IVF_VECTORS = 50_000
# The base is rebuilt when vectors added and removed since are more than this share of it.
MAX_DELTA_SHARE = 0.1
# The base's vectors are rounded. So many extra results are returned, to be ranked by their exact similarity.
EXTRA_CANDIDATES = 10
NO_NUMBERS = np.empty(0, np.int64)


class DenseIndex:
    """Vectors of length 1 by passage number, searched by cosine; not thread-safe.

    A small index is flat: it compares all vectors, in half precision as they are stored, so its results are exact. A
    large one has an immutable base on the disk (ivf.py), and a flat index of the vectors added since.
    """

    def __init__(self, flat: faiss.IndexIDMap2, base: InvertedFile | None = None, gone: Numbers = NO_NUMBERS) -> None:
        self._flat = flat
        self._base = base
        self._gone = gone
        self._not_gone: faiss.IDSelectorNot | None = None
        self._highest = int(self._flat_numbers().max(initial=0))

    @classmethod
    def empty(cls, dimension: int) -> Self:
        """Return an index without vectors."""
        half = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        return cls(faiss.IndexIDMap2(half))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved index; raises Unusable."""
        try:
            index = faiss.read_index(str(folder / FILE))
        except (RuntimeError, MemoryError) as error:
            raise Unusable("damaged (FAISS cannot read it)") from error
        if not isinstance(index, faiss.IndexIDMap2):
            raise Unusable("of another kind")
        # A large index is opened before its checksums are verified, and FAISS trusts its own header.
        half, empty = _half(index), cls.empty(index.d)._flat
        wanted = _half(empty)
        if (
            not isinstance(half, faiss.IndexScalarQuantizer)
            or not (index.is_trained and half.is_trained)
            or (half.d, half.sq.d) != (wanted.d, wanted.d)
            or (half.sq.qtype, half.code_size) != (wanted.sq.qtype, wanted.code_size)
            or (index.metric_type, half.metric_type) != (empty.metric_type, empty.metric_type)
            or not index.ntotal == half.ntotal == index.id_map.size()
            or half.codes.size() != half.ntotal * half.code_size
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
        """Save into an empty folder, with the present base, a new one, or none; raises OSError."""
        flat, gone = self, self._gone
        if self._base and len(self) < MIN_IVF_VECTORS / 2:
            # The base's vectors are rounded: the exact ones come from archive.db.
            flat = self.empty(self._flat.d)
            for changes in changes_since(None):
                flat.apply(changes)
        elif (base is None or self._outgrown()) if self._base else len(self) >= MIN_IVF_VECTORS:
            recall_file.write(folder, build(folder, self._base, gone, self._flat_numbers(), self._flat_vectors()))
            flat, gone = self.empty(self._flat.d), NO_NUMBERS
            (folder / GONE).write_bytes(gone.tobytes())
        elif self._base and base:
            for name in (*FILES, recall_file.FILE):
                os.link(base.folder / name, folder / name)
            (folder / GONE).write_bytes(gone.tobytes())
        # Not by file name: FAISS would only print that the disk is full.
        with (folder / FILE).open("wb") as file:
            faiss.write_index(flat._flat, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def _outgrown(self) -> bool:
        return self._base is not None and self._flat.ntotal + len(self._gone) > MAX_DELTA_SHARE * len(self._base)

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._flat.ntotal) + (len(self._base) - len(self._gone) if self._base else 0)

    @property
    def extra_candidates(self) -> int:
        """The number of results to ask for beyond those wanted, because the order is not exact."""
        return EXTRA_CANDIDATES if self._base else 0

    def numbers(self) -> list[int]:
        """Return the numbers in the index, in order."""
        parts = [self._flat_numbers()]
        if self._base:
            numbers = self._base.numbers()
            parts.append(numbers[~np.isin(numbers, self._gone)])
        return sorted(np.concatenate(parts).tolist())

    def apply(self, changes: Changes) -> None:
        """Remove and add vectors."""
        numbers = changes.added.numbers
        gone = np.concatenate([changes.removed, numbers])
        # FAISS scans all its vectors, even to remove none.
        if self._flat.ntotal and len(gone) and gone.min() <= self._highest:
            self._flat.remove_ids(faiss.IDSelectorBatch(gone))
        if self._base and (in_base := self._base.among(gone)).size:
            self._gone, self._not_gone = np.union1d(self._gone, in_base), None
        if len(numbers):
            self._flat.add_with_ids(changes.added.vectors.astype(np.float32), numbers)
            self._highest = max(self._highest, int(numbers.max()))

    def search(self, vector: Vectors, count: int, only: NDArray[np.int64] | None = None) -> list[int]:
        """Return the numbers of the nearest vectors, nearest first; only those in `only`, if given."""
        # A second thread for one question costs more than it saves, and delays other questions.
        faiss.omp_set_num_threads(1)
        question = vector.reshape(1, -1).astype(np.float32)
        parameters = None if only is None else faiss.SearchParameters(sel=_selector(only))  # type: ignore[call-arg]
        cosines, numbers = self._flat.search(question, count, params=parameters)
        if self._base:
            in_base = self._base.search_vectors(question, count, *self._base_selector(self._base, only))
            cosines, numbers = np.hstack([cosines, in_base[0]]), np.hstack([numbers, in_base[1]])
        # FAISS pads with -1 if it has fewer vectors.
        best = np.argsort(-cosines[0], kind="stable")
        return [number for number in numbers[0][best].tolist() if number >= 0][:count]

    def _base_selector(self, base: InvertedFile, only: NDArray[np.int64] | None) -> tuple[Any, int]:
        """Return a FAISS selector for the vectors of the base to search (None for all), and the number of these."""
        if only is not None:
            selected = np.setdiff1d(base.among(only), self._gone)
            return _selector(selected), len(selected)
        if self._not_gone is None and len(self._gone):
            self._not_gone = faiss.IDSelectorNot(_selector(self._gone))
        return self._not_gone, len(base) - len(self._gone)

    def has(self, rows: Rows) -> bool:
        """Tell whether the index has these vectors under these numbers, as it rounds them."""
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
        """Return a view of the flat index's vectors; it is valid until the index changes."""
        codes, size = _half(self._flat).codes, _half(self._flat).codes.size()
        if not size:
            return np.empty((0, self._flat.d), np.float16)
        content = faiss.rev_swig_ptr(codes.data(), size)
        return content.view(np.float16).reshape(-1, self._flat.d)


def _selector(numbers: Numbers) -> faiss.IDSelectorBitmap:
    """Return a FAISS selector for these numbers: a bitmap up to the highest."""
    bits = np.zeros(int(numbers.max(initial=0)) + 1, bool)
    bits[numbers] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))  # type: ignore[call-arg, arg-type]


def _half(index: faiss.IndexIDMap2) -> Any:
    """Return the index below the map of numbers, downcast from FAISS's general type."""
    return faiss.downcast_index(index.index)
