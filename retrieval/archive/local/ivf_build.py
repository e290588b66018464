"""Builds an inverted file from an older one, new vectors, or both, a block at a time."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.archive.local.ivf import (
    CODES_FILE,
    LISTS_FILE,
    PLACES_FILE,
    Codes,
    Header,
    InvertedFile,
    Numbers,
    Quantization,
)
from retrieval.encode.encoder import Vectors

# Lists per square root of the number of vectors: a million vectors are in 2,000 lists of 500. Fewer lists are longer to
# scan; more take longer to find.
LISTS_PER_ROOT = 2
# Centres are trained in so many rounds, with so many samples for each list; at most 150 MB of samples.
TRAINING_ROUNDS, SAMPLES_PER_LIST, MAX_SAMPLES = 8, 50, 100_000
# Centres are trained again when the number of vectors has grown by this factor.
RETRAIN_GROWTH = 2
# How far a value may exceed the sample's range before it is clipped, as a share of its span.
MARGIN = 0.1
# An outline has a third of the dimensions, a multiple of eight. Of 384, 128 keep .83 of the variance of drawn vectors.
OUTLINE_SHARE, OUTLINE_MULTIPLE = 1 / 3, 8
BLOCK = 50_000
# The number of probes starts at the minimum and grows by half until the recall of the ten nearest is high enough.
MEASURED_NEAREST, MIN_RECALL, MIN_PROBES = 10, 0.99, 16
# The recall is measured with so many questions made from stored vectors. Each is moved in the direction between two
# other vectors to a cosine of about .55, which a question has to its answer. A random direction would lead to where no
# texts are, and such questions are too easy.
MEASURED_QUESTIONS, QUESTION_DISTANCE = 200, 1.5
# Outlines are refined until this share of the ten nearest is among them; from a minimum on, each time twice as many.
MIN_KEPT, MIN_REFINED, MAX_REFINED = 0.997, 200, 3200


@dataclass(frozen=True, slots=True)
class Part:
    """A block of vectors: their numbers, the list of each, and a function that returns their rounded codes."""

    numbers: Numbers
    lists: NDArray[np.int64]
    codes: Callable[[], Codes]


def build(
    folder: Path, base: InvertedFile | None, gone: Numbers, numbers: Numbers, vectors: NDArray[np.float16]
) -> float:
    """Write an inverted file with the base's vectors, except those `gone`, and new vectors, into an empty folder.

    Return its recall: the share of the ten nearest vectors that a search finds. Raises OSError.
    """
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    quantization, same_centres = _training(base, len(gone), vectors)
    old = _parts_of_base(base, quantization, gone, same_centres=same_centres) if base else []
    parts = [*old, *_parts_of_vectors(quantization, numbers, vectors)]
    sizes = np.zeros(len(quantization.centres), np.int64)
    for part in parts:
        sizes += np.bincount(part.lists, minlength=len(sizes))
    highest = max(int(part.numbers.max(initial=0)) for part in parts)
    header = Header(quantization, sizes, MIN_PROBES, MIN_REFINED, highest)
    _write(folder, header, parts)
    header, recall = _measure(folder, header)
    header.write(folder)
    return recall


def _training(base: InvertedFile | None, gone: int, vectors: NDArray[np.float16]) -> tuple[Quantization, bool]:
    """Return the quantization, and whether it is the base's."""
    size = len(vectors) + (len(base) - gone if base else 0)
    if base and size < RETRAIN_GROWTH * base.header.quantization.size:
        return base.header.quantization, True
    count = max(1, round(LISTS_PER_ROOT * size**0.5))
    step = -(-size // min(MAX_SAMPLES, SAMPLES_PER_LIST * count))
    samples = [vectors[::step].astype(np.float32)]
    if base:
        samples += [
            base.header.quantization.decoded(codes[index % step :: step])
            for index, (_, codes) in enumerate(base.lists())
        ]
    sample = np.concatenate(samples)
    # The ranges stay, so that no vector is rounded twice.
    ranges = base.header.quantization.ranges if base else _ranges(sample)
    directions = _directions(sample)
    centres = _centres(sample, min(count, len(sample)))
    return Quantization(centres, ranges, directions, _ranges(sample @ directions), size), False


def _directions(sample: Vectors) -> Vectors:
    """Return the directions in which vectors differ most, (dimension, outline): their principal components."""
    count = max(1, round(OUTLINE_SHARE * sample.shape[1] / OUTLINE_MULTIPLE)) * OUTLINE_MULTIPLE
    _, directions = np.linalg.eigh(np.cov(sample, rowvar=False))
    return np.ascontiguousarray(directions[:, ::-1][:, :count], np.float32)


def _ranges(sample: Vectors) -> Vectors:
    rounding = faiss.ScalarQuantizer(sample.shape[1], faiss.ScalarQuantizer.QT_8bit)
    rounding.rangestat_arg = MARGIN
    rounding.train(sample)
    return np.asarray(faiss.vector_to_array(rounding.trained).reshape(2, -1), np.float32)


def _centres(sample: Vectors, count: int) -> Vectors:
    means = faiss.Kmeans(
        sample.shape[1], count, niter=TRAINING_ROUNDS, spherical=True, seed=1,
        min_points_per_centroid=1, max_points_per_centroid=len(sample),
    )  # fmt: skip
    means.train(sample)
    return np.asarray(means.centroids, np.float32)


def _parts_of_base(
    base: InvertedFile, quantization: Quantization, gone: Numbers, *, same_centres: bool
) -> Iterator[Part]:
    """Yield the base's vectors list by list; with the `same_centres`, each stays in its list."""
    centres, is_gone = quantization.index(), np.zeros(base.header.highest + 1, bool)
    is_gone[gone] = True
    for index, (numbers, codes) in enumerate(base.lists()):
        rest = np.flatnonzero(~is_gone[numbers])
        if not len(rest):
            continue
        lists = np.full(len(rest), index)
        if not same_centres:
            lists = centres.search(quantization.decoded(codes[rest]), 1)[1][:, 0]
        yield Part(numbers[rest], lists, lambda codes=codes, rest=rest: codes[rest])  # type: ignore[misc]


def _parts_of_vectors(quantization: Quantization, numbers: Numbers, vectors: NDArray[np.float16]) -> Iterator[Part]:
    centres, rounding = quantization.index(), quantization.rounding()
    for start in range(0, len(numbers), BLOCK):
        block = vectors[start : start + BLOCK]
        lists = centres.search(block.astype(np.float32), 1)[1][:, 0]
        codes = lambda block=block: rounding.compute_codes(block.astype(np.float32))  # noqa: E731
        yield Part(numbers[start : start + BLOCK], lists, codes)


def _write(folder: Path, header: Header, parts: Iterable[Part]) -> None:
    """Write each vector, its outline and its number at its offset; raises OSError, which a mapped file would not."""
    outline, filled = header.row - 8, np.zeros_like(header.sizes)
    places = np.full(header.highest + 1, -1, np.int32)
    with (folder / LISTS_FILE).open("wb") as lists, (folder / CODES_FILE).open("wb") as all_codes:
        for part in parts:
            order = np.argsort(part.lists, kind="stable")
            numbers, codes = part.numbers[order], np.ascontiguousarray(part.codes()[order])
            outlines = header.quantization.outlines(header.quantization.decoded(codes))
            indexes, begins = np.unique(part.lists[order], return_index=True)
            for index, begin, end in zip(indexes, begins, [*begins[1:], len(order)], strict=True):
                start, before = int(header.starts[index]), int(filled[index])
                first = int(header.firsts[index]) + before
                places[numbers[begin:end]] = np.arange(first, first + end - begin)
                for file, offset, block in (
                    (lists, start + before * outline, outlines[begin:end]),
                    (lists, start + int(header.sizes[index]) * outline + before * 8, numbers[begin:end]),
                    (all_codes, first * codes.shape[1], codes[begin:end]),
                ):
                    file.seek(offset)
                    file.write(block.tobytes())
                filled[index] += end - begin
    (folder / PLACES_FILE).write_bytes(places.tobytes())


def _measure(folder: Path, header: Header) -> tuple[Header, float]:
    """Return the header with as many outlines to refine and lists to probe as a good recall needs, and the recall."""
    base = InvertedFile(folder, header)
    questions = _questions(base)
    exact = _nearest(base, questions)

    def share_of_nearest(found: Numbers) -> float:
        return float(np.mean([np.isin(*pair).mean() for pair in zip(exact, found, strict=True)]))

    lists = len(header.sizes)
    outlined = base.search_outlines(questions, MAX_REFINED, probes=lists)
    refined = MIN_REFINED
    while refined < MAX_REFINED and share_of_nearest(outlined[:, :refined]) < MIN_KEPT:
        refined *= 2
    probes = MIN_PROBES
    while True:
        header = replace(header, refined=refined, probes=min(probes, lists))
        base.header = header
        recall = share_of_nearest(base.search(questions, MEASURED_NEAREST)[1])
        if recall >= MIN_RECALL or probes >= lists:
            return header, recall
        probes = probes * 3 // 2


def _questions(base: InvertedFile) -> Vectors:
    """Return questions made from stored vectors, (questions, dimension)."""
    step = max(1, len(base) // MEASURED_QUESTIONS)
    sample = np.concatenate(
        [base.header.quantization.decoded(codes[index % step :: step]) for index, (_, codes) in enumerate(base.lists())]
    )
    answers, froms, tos = np.random.default_rng(1).integers(len(sample), size=(3, MEASURED_QUESTIONS))
    differences = sample[froms] - sample[tos]
    lengths = np.maximum(np.linalg.norm(differences, axis=1, keepdims=True), 1e-9)
    return np.asarray(sample[answers] + QUESTION_DISTANCE * differences / lengths, np.float32)


def _nearest(base: InvertedFile, questions: Vectors) -> Numbers:
    """Return the numbers of the vectors nearest to questions by all codes, (questions, nearest)."""
    best = faiss.ResultHeap(len(questions), MEASURED_NEAREST, keep_max=True)
    for numbers, codes in base.lists():
        if len(numbers):
            count = min(MEASURED_NEAREST, len(numbers))
            vectors = base.header.quantization.decoded(codes)
            cosines, positions = faiss.knn(questions, vectors, count, metric=faiss.METRIC_INNER_PRODUCT)
            best.add_result(cosines, numbers[positions])
    best.finalize()
    return np.asarray(best.I, np.int64)
