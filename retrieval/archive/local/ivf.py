"""An immutable inverted file (IVF) on the disk, searched by FAISS: the base of a large DenseIndex.

    lists.head       the size and centre of each list, and how vectors are rounded; with a checksum
    lists            for each list the outlines of its vectors, and their numbers; memory-mapped
    codes            the vectors in the order of the lists, one byte a dimension
    places           for each number its place in that order, -1 if it is not in the index

A vector is in the list whose centre is nearest to it. A search probes the lists whose centres are nearest to the
question (Sivic and Zisserman, "Video Google", 2003). It has two passes, so that it reads a third of the bytes: first
over outlines, a byte for each of the directions in which vectors differ most; then over the codes of the best of them.
"""

import io
import os
import weakref
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
import xxhash
from numpy.typing import NDArray

from retrieval.archive.local.index_snapshots import Unusable
from retrieval.encode.encoder import Vectors

HEADER_FILE, LISTS_FILE, CODES_FILE, PLACES_FILE = "lists.head", "lists", "codes", "places"
FILES = (HEADER_FILE, LISTS_FILE, CODES_FILE, PLACES_FILE)
SEAL_BYTES = 16
# So many outlines for each result are compared by their codes.
REFINED_PER_RESULT = 8

Numbers = NDArray[np.int64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Quantization:
    """The centres of the lists, (lists, dimension), and the minimum and span of each dimension, by which it is rounded.

    A vector's outline is its product with `directions`, (dimension, outline), rounded by `outline_ranges`. `size` is
    the number of vectors when the centres were trained.
    """

    centres: Vectors
    ranges: Vectors
    directions: Vectors
    outline_ranges: Vectors
    size: int

    def rounding(self) -> Any:
        """Return FAISS's quantizer of vectors to a byte a dimension."""
        return _quantizer(self.ranges)

    def decoded(self, codes: Codes) -> Vectors:
        """Return the rounded vectors of codes."""
        return np.asarray(self.rounding().decode(np.ascontiguousarray(codes)), np.float32)

    def outlines(self, vectors: Vectors) -> Codes:
        """Return the rounded outlines of vectors."""
        return np.asarray(_quantizer(self.outline_ranges).compute_codes(vectors @ self.directions), np.uint8)

    def index(self) -> faiss.IndexFlatIP:
        """Return an index of the centres."""
        centres = faiss.IndexFlatIP(self.centres.shape[1])
        centres.add(self.centres)
        return centres


@dataclass(frozen=True, slots=True)
class Header:
    """The sizes of the lists in order, the number of lists that a search probes, and the highest passage number.

    `refined` outlines are compared by their codes, to find the ten nearest.
    """

    quantization: Quantization
    sizes: Numbers
    probes: int
    refined: int
    highest: int

    @property
    def row(self) -> int:
        """The bytes of an outline and its number."""
        return int(self.quantization.directions.shape[1]) + 8

    @property
    def firsts(self) -> Numbers:
        """The place of the first vector of each list."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes, np.int64)

    @property
    def starts(self) -> Numbers:
        """Where each list begins: its outlines, then its numbers."""
        return self.firsts * self.row

    @property
    def file_sizes(self) -> dict[str, int]:
        """The size of every other file, in bytes."""
        size, dimension = int(self.sizes.sum()), int(self.quantization.centres.shape[1])
        return {LISTS_FILE: size * self.row, CODES_FILE: size * dimension, PLACES_FILE: (self.highest + 1) * 4}

    def write(self, folder: Path) -> None:
        """Write the header file; raises OSError."""
        content = io.BytesIO()
        np.savez(
            content, **asdict(self.quantization), sizes=self.sizes, probes=np.int64(self.probes),
            refined=np.int64(self.refined), highest=np.int64(self.highest),
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
                if "directions" not in arrays:
                    raise Unusable("of an older version")
                quantization = Quantization(
                    arrays["centres"], arrays["ranges"], arrays["directions"], arrays["outline_ranges"],
                    int(arrays["size"]),
                )  # fmt: skip
                whole = (int(arrays[name]) for name in ("probes", "refined", "highest"))
                header = cls(quantization, arrays["sizes"], *whole)
            for name, size in header.file_sizes.items():
                if (folder / name).stat().st_size != size:
                    raise Unusable(f"damaged ({name} has another size)")
        except (OSError, ValueError, KeyError) as error:
            raise Unusable("damaged (its head cannot be read)") from error
        return header


class InvertedFile:
    """Rounded vectors of length 1 by passage number."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.header = header
        self._bytes = np.memmap(folder / LISTS_FILE, np.uint8, "r")
        self._places = np.memmap(folder / PLACES_FILE, np.int32, "r")
        # Not mapped: a search reads little of it, and all of it would soon be in memory.
        self._codes = os.open(folder / CODES_FILE, os.O_RDONLY)
        weakref.finalize(self, os.close, self._codes)
        quantization = header.quantization
        self._centres = quantization.index()
        count, outline = len(quantization.centres), header.row - 8
        self._lists = faiss.OnDiskInvertedLists(count, outline, str(folder / LISTS_FILE))
        layout = np.column_stack([header.sizes, header.sizes, header.starts]).astype(np.uint64)
        self._lists.lists.resize(count)  # type: ignore[attr-defined]
        faiss.memcpy(self._lists.lists.data(), faiss.swig_ptr(layout), layout.nbytes)  # type: ignore[attr-defined]
        self._lists.totsize = len(self._bytes)
        self._lists.read_only = True
        # FAISS would start prefetching threads for every question, which cost more than the search.
        self._lists.prefetch_nthread = 0
        self._lists.do_mmap()
        # FAISS is told which lists to search: centres have more dimensions than outlines.
        self._no_centres = faiss.IndexFlatIP(outline)
        self._index = faiss.IndexIVFScalarQuantizer(
            self._no_centres, outline, count, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
        )
        faiss.copy_array_to_vector(quantization.outline_ranges.ravel(), self._index.sq.trained)
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
        return int(self.header.quantization.centres.shape[1])

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._index.ntotal)

    def search(
        self, questions: Vectors, count: int, selector: Any = None, probes: int = 0
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Return the cosines and the numbers of the nearest vectors, (questions, count) each; -1 pads the numbers.

        Only vectors that pass a FAISS selector are searched, in the `probes` lists nearest to each question.
        """
        refined = max(self.header.refined, REFINED_PER_RESULT * count)
        outlined = self.search_outlines(questions, refined, selector, probes)
        cosines = np.full((len(questions), count), -np.inf, np.float32)
        numbers = np.full((len(questions), count), -1, np.int64)
        for row, question in enumerate(questions):
            found, places = self._places_of(outlined[row])
            exact = self.header.quantization.decoded(self._read_codes(places)) @ question
            best = np.argsort(-exact, kind="stable")[:count]
            cosines[row, : len(best)], numbers[row, : len(best)] = exact[best], found[best]
        return cosines, numbers

    def search_outlines(self, questions: Vectors, count: int, selector: Any = None, probes: int = 0) -> Numbers:
        """Return the numbers of the vectors with the nearest outlines, (questions, count), padded with -1."""
        probes = min(probes or self.header.probes, len(self.header.sizes))
        near, lists = self._centres.search(questions, probes)
        outlines = np.ascontiguousarray(questions @ self.header.quantization.directions, np.float32)
        cosines = np.empty((len(questions), count), np.float32)
        numbers = np.empty((len(questions), count), np.int64)
        # FAISS's wrapper of this for arrays takes no selector.
        self._index.search_preassigned_c(  # type: ignore[attr-defined]
            len(questions), faiss.swig_ptr(outlines), count, faiss.swig_ptr(lists), faiss.swig_ptr(near),
            faiss.swig_ptr(cosines), faiss.swig_ptr(numbers), False,
            faiss.SearchParametersIVF(sel=selector, nprobe=probes),  # type: ignore[call-arg]
        )  # fmt: skip
        return numbers

    def _read_codes(self, places: Numbers) -> Codes:
        codes = np.empty((len(places), self.dimension), np.uint8)
        for code, place in zip(codes, places.tolist(), strict=True):
            os.preadv(self._codes, [code.data], place * self.dimension)
        return codes

    def _places_of(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Return those of the numbers that are in the index, and the place of each."""
        possible = numbers[(numbers >= 0) & (numbers <= self.header.highest)]
        places = self._places[possible].astype(np.int64)
        # Before the checksum is verified, the file may have any place.
        known = (places >= 0) & (places < len(self))
        return possible[known], places[known]

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
        return self._places_of(numbers)[0]

    def numbers(self) -> Numbers:
        """Return all numbers, in the order of the lists."""
        return np.concatenate([numbers for numbers, _ in self.lists()])

    def list(self, index: int) -> tuple[Numbers, Codes]:
        """Return the numbers in a list, and the rounded codes of its vectors, (vectors, dimension)."""
        start, size = int(self.header.starts[index]), int(self.header.sizes[index])
        between = start + size * (self.header.row - 8)
        numbers = self._bytes[between : between + size * 8].view(np.int64)
        codes = np.empty((size, self.dimension), np.uint8)
        os.preadv(self._codes, [codes.data], int(self.header.firsts[index]) * self.dimension)
        return numbers, codes

    def lists(self) -> Iterator[tuple[Numbers, Codes]]:
        """Yield every list."""
        return (self.list(index) for index in range(len(self.header.sizes)))

    def has(self, numbers: Numbers, vectors: NDArray[np.float16]) -> bool:
        """Tell whether the index has these vectors, (numbers, dimension), under these numbers, as it rounds them."""
        known, places = self._places_of(numbers)
        if len(known) < len(numbers):
            return False
        quantizer = self.header.quantization.rounding()
        return bool((self._read_codes(places) == quantizer.compute_codes(vectors.astype(np.float32))).all())


def _quantizer(ranges: Vectors) -> Any:
    """Return FAISS's quantizer to a byte a dimension, by the minimum and span of each."""
    quantizer = faiss.ScalarQuantizer(ranges.shape[1], faiss.ScalarQuantizer.QT_8bit)
    faiss.copy_array_to_vector(ranges.ravel(), quantizer.trained)
    return quantizer
