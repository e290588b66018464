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

from retrieval.archive.local.snapshot import Unusable
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
            with np.load(io.BytesIO(content[SEAL_BYTES:]), allow_pickle=False) as told:
                quantization = Quantization(told["centres"], told["ranges"], int(told["size"]))
                header = cls(quantization, told["sizes"], int(told["probes"]), int(told["highest"]))
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
        where = np.column_stack([header.sizes, header.sizes, header.starts]).astype(np.uint64)
        self._lists.lists.resize(count)  # type: ignore[attr-defined]
        faiss.memcpy(self._lists.lists.data(), faiss.swig_ptr(where), where.nbytes)  # type: ignore[attr-defined]
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
        """Return the cosines and the numbers of the nearest, (questions, count) each; -1 for those there are not.

        Among those that a selector of FAISS's lets through, in the `probes` lists nearest to each question.
        """
        probes = min(probes or self.header.probes, len(self.header.sizes))
        chosen = faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]
        cosines, numbers = self._index.search(questions, count, params=chosen)
        return cosines, numbers

    def search_vectors(self, question: Vectors, count: int, sought: Any, size: int) -> tuple[Vectors, Numbers]:
        """Search for one question, (1, dimension), among the `size` vectors that a selector lets through.

        Where these are few, in as many more lists, and where they are not found there, in all.
        """
        probes = -(-self.header.probes * len(self) // max(1, size))
        cosines, numbers = self.search(question, count, sought, probes)
        if probes < len(self.header.sizes) and (numbers >= 0).sum() < min(count, size):
            return self.search(question, count, sought, len(self.header.sizes))
        return cosines, numbers

    def among(self, numbers: Numbers) -> Numbers:
        """Return those of some numbers that are in it."""
        possible = numbers[(numbers >= 0) & (numbers <= self.header.highest)]
        return possible[self._there[possible]] if len(possible) else possible

    @cached_property
    def _there(self) -> NDArray[np.bool_]:
        """Whether each number up to the highest is in it: looked up when something has gone, or for a slice."""
        there, numbers = np.zeros(self.header.highest + 1, bool), self.numbers()
        # As long as nobody has looked at the checksum, any number may be there.
        there[numbers[(numbers >= 0) & (numbers <= self.header.highest)]] = True
        return there

    def numbers(self) -> Numbers:
        """Return the numbers, as they lie."""
        return np.concatenate([self.list(one)[0] for one in range(len(self.header.sizes))])

    def list(self, one: int) -> tuple[Numbers, Codes]:
        """Return the numbers in a list, and the vectors as they are written, (vectors, dimension)."""
        start, size, dimension = int(self.header.starts[one]), int(self.header.sizes[one]), self.header.row - 8
        between = start + size * dimension
        numbers = self._bytes[between : between + size * 8].view(np.int64)
        return numbers, self._bytes[start:between].reshape(size, dimension)

    def lists(self) -> Iterator[tuple[Numbers, Codes]]:
        """Yield every list."""
        return (self.list(one) for one in range(len(self.header.sizes)))

    def decoded(self, codes: Codes) -> Vectors:
        """Return written vectors as they are after rounding."""
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
        """Tell whether these vectors, (numbers, dimension), are in it under these numbers, as it rounds them."""
        there, places = self._places
        found = np.minimum(np.searchsorted(there, numbers), len(there) - 1)
        if (there[found] != numbers).any():
            return False
        codes = self._bytes[places[found][:, None] + np.arange(vectors.shape[1])]
        return bool((codes == self._rounding.compute_codes(vectors.astype(np.float32))).all())
