"""An immutable inverted file (IVF) on the disk, searched by FAISS: the base of a large DenseIndex.

    lists.head       the size and centre of each list, and how vectors are rounded; with a checksum
    lists            for each list its vectors, one byte a dimension, and their numbers; memory-mapped

A vector is in the list whose centre is nearest to it. A search probes the lists whose centres are nearest to the
question (Sivic and Zisserman, "Video Google", 2003).
"""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
import xxhash
from numpy.typing import NDArray

from retrieval.archive.local.index_snapshots import Unusable
from retrieval.encode.encoder import Vectors

HEADER_FILE, LISTS_FILE = "lists.head", "lists"
SEAL_BYTES = 16

Numbers = NDArray[np.int64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Quantization:
    """The centres of the lists, (lists, dimension), and the minimum and span of each dimension, by which it is rounded.

    `size` is the number of vectors when the centres were trained.
    """

    centres: Vectors
    ranges: Vectors
    size: int

    def rounding(self) -> Any:
        """Return FAISS's quantizer of vectors to a byte a dimension."""
        quantizer = faiss.ScalarQuantizer(self.centres.shape[1], faiss.ScalarQuantizer.QT_8bit)
        faiss.copy_array_to_vector(self.ranges.ravel(), quantizer.trained)
        return quantizer

    def index(self) -> faiss.IndexFlatIP:
        """Return an index of the centres."""
        centres = faiss.IndexFlatIP(self.centres.shape[1])
        centres.add(self.centres)
        return centres


@dataclass(frozen=True, slots=True)
class Header:
    """The sizes of the lists in order, the number of lists that a search probes, and the highest passage number."""

    quantization: Quantization
    sizes: Numbers
    probes: int
    highest: int

    @property
    def row(self) -> int:
        """The bytes of a vector and its number."""
        return int(self.quantization.centres.shape[1]) + 8

    @property
    def starts(self) -> Numbers:
        """Where each list begins: its vectors, then its numbers."""
        return np.asarray((np.cumsum(self.sizes) - self.sizes) * self.row, np.int64)

    def write(self, folder: Path) -> None:
        """Write the header file; raises OSError."""
        content = io.BytesIO()
        np.savez(
            content, **asdict(self.quantization), sizes=self.sizes, probes=np.int64(self.probes),
            highest=np.int64(self.highest),
        )  # fmt: skip
        written = content.getvalue()
        (folder / HEADER_FILE).write_bytes(xxhash.xxh3_128_digest(written) + written)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the header file and verify its checksum, since FAISS trusts the offsets in it; raises Unusable."""
        try:
            content = (folder / HEADER_FILE).read_bytes()
            if xxhash.xxh3_128_digest(content[SEAL_BYTES:]) != content[:SEAL_BYTES]:
                raise Unusable("damaged (its head is not whole)")
            with np.load(io.BytesIO(content[SEAL_BYTES:]), allow_pickle=False) as arrays:
                quantization = Quantization(arrays["centres"], arrays["ranges"], int(arrays["size"]))
                header = cls(quantization, arrays["sizes"], int(arrays["probes"]), int(arrays["highest"]))
            if (folder / LISTS_FILE).stat().st_size != int(header.sizes.sum()) * header.row:
                raise Unusable("damaged (its lists have another size)")
        except (OSError, ValueError, KeyError) as error:
            raise Unusable("damaged (its head cannot be read)") from error
        return header


class InvertedFile:
    """Rounded vectors of length 1 by passage number."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.header = header
        self._bytes = np.memmap(folder / LISTS_FILE, np.uint8, "r")
        self._rounding = header.quantization.rounding()
        self._centres = header.quantization.index()
        count, dimension = header.quantization.centres.shape
        self._lists = faiss.OnDiskInvertedLists(count, dimension, str(folder / LISTS_FILE))
        layout = np.column_stack([header.sizes, header.sizes, header.starts]).astype(np.uint64)
        self._lists.lists.resize(count)  # type: ignore[attr-defined]
        faiss.memcpy(self._lists.lists.data(), faiss.swig_ptr(layout), layout.nbytes)  # type: ignore[attr-defined]
        self._lists.totsize = len(self._bytes)
        self._lists.read_only = True
        # FAISS would start prefetching threads for every question, which cost more than the search.
        self._lists.prefetch_nthread = 0
        self._lists.do_mmap()
        self._index = faiss.IndexIVFScalarQuantizer(
            self._centres, dimension, count, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
        )
        faiss.copy_array_to_vector(header.quantization.ranges.ravel(), self._index.sq.trained)
        self._index.is_trained = True
        self._index.ntotal = int(header.sizes.sum())
        self._index.replace_invlists(self._lists, False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open an inverted file; raises Unusable."""
        header = Header.read(folder)
        try:
            return cls(folder, header)
        except (OSError, ValueError, RuntimeError, MemoryError) as error:
            raise Unusable("damaged (FAISS cannot read it)") from error

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self.header.row - 8

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._index.ntotal)

    def search(
        self, questions: Vectors, count: int, selector: Any = None, probes: int = 0
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Return the cosines and the numbers of the nearest vectors, (questions, count) each; -1 pads the numbers.

        Only vectors that pass a FAISS selector are searched, in the `probes` lists nearest to each question.
        """
        probes = min(probes or self.header.probes, len(self.header.sizes))
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]
        cosines, numbers = self._index.search(questions, count, params=parameters)
        return cosines, numbers

    def search_vectors(self, question: Vectors, count: int, selector: Any, size: int) -> tuple[Vectors, Numbers]:
        """Search for a question, (1, dimension), among the `size` vectors that pass a selector.

        The fewer vectors pass, the more lists are probed; all lists, if too few vectors are found.
        """
        probes = -(-self.header.probes * len(self) // max(1, size))
        cosines, numbers = self.search(question, count, selector, probes)
        if probes < len(self.header.sizes) and (numbers >= 0).sum() < min(count, size):
            return self.search(question, count, selector, len(self.header.sizes))
        return cosines, numbers

    def among(self, numbers: Numbers) -> Numbers:
        """Return those of the numbers that are in the index."""
        possible = numbers[(numbers >= 0) & (numbers <= self.header.highest)]
        return possible[self._has_number[possible]] if len(possible) else possible

    @cached_property
    def _has_number(self) -> NDArray[np.bool_]:
        """Whether each number up to the highest is in the index; needed for removals and filters."""
        present, numbers = np.zeros(self.header.highest + 1, bool), self.numbers()
        # Before the checksum is verified, the file may have any number.
        present[numbers[(numbers >= 0) & (numbers <= self.header.highest)]] = True
        return present

    def numbers(self) -> Numbers:
        """Return all numbers, in the order of the lists."""
        return np.concatenate([numbers for numbers, _ in self.lists()])

    def list(self, index: int) -> tuple[Numbers, Codes]:
        """Return the numbers in a list, and the rounded codes of its vectors, (vectors, dimension)."""
        start, size, dimension = int(self.header.starts[index]), int(self.header.sizes[index]), self.header.row - 8
        between = start + size * dimension
        numbers = self._bytes[between : between + size * 8].view(np.int64)
        return numbers, self._bytes[start:between].reshape(size, dimension)

    def lists(self) -> Iterator[tuple[Numbers, Codes]]:
        """Yield every list."""
        return (self.list(index) for index in range(len(self.header.sizes)))

    def decoded(self, codes: Codes) -> Vectors:
        """Return the rounded vectors of codes."""
        return np.asarray(self._rounding.decode(np.ascontiguousarray(codes)), np.float32)

    @cached_property
    def _places(self) -> tuple[Numbers, Numbers]:
        """The numbers in order, and where the vector of each begins."""
        places = np.concatenate(
            [
                start + (self.header.row - 8) * np.arange(size)
                for start, size in zip(self.header.starts, self.header.sizes, strict=True)
            ]
        )
        numbers = self.numbers()
        order = np.argsort(numbers)
        return numbers[order], places[order]

    def has(self, numbers: Numbers, vectors: NDArray[np.float16]) -> bool:
        """Tell whether the index has these vectors, (numbers, dimension), under these numbers, as it rounds them."""
        stored, places = self._places
        positions = np.minimum(np.searchsorted(stored, numbers), len(stored) - 1)
        if (stored[positions] != numbers).any():
            return False
        codes = self._bytes[places[positions][:, None] + np.arange(vectors.shape[1])]
        return bool((codes == self._rounding.compute_codes(vectors.astype(np.float32))).all())
