"""Whether a few directions find what all do: python -m benchmarks.directions FOLDER

FOLDER holds the archives that benchmarks.scale has drawn. The million's vectors are turned so that the first directions
hold most (principal components of a sample); told is the share of the ten nearest, by all directions, that are among
the first so many by the first few.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.scale import NEAREST, QUESTIONS, exact
from benchmarks.scale_corpus import BLOCK, DIMENSION, Corpus

SIZE, SAMPLE = 1_000_000, 40_000
DIRECTIONS, FIRST = (64, 96, 128, 192), (50, 100, 200, 400)


def main() -> None:
    """Print a table."""
    corpus = Corpus(SIZE)
    ids = exact(corpus, Path(sys.argv[1]) / f"{SIZE}")
    nearest = np.array([[int(id_.rpartition("-")[2], 16) for id_ in row] for row in ids])
    sample = np.concatenate([corpus.block(n).vectors for n in range(0, SIZE // BLOCK, SIZE // SAMPLE)])
    held, turn = np.linalg.eigh(sample.T @ sample)
    held, turn = held[::-1], turn[:, ::-1].astype(np.float32)
    questions = corpus.questions(QUESTIONS)[1] @ turn
    sought = np.empty((QUESTIONS, NEAREST, DIMENSION), np.float32)
    for drawn in corpus.blocks():
        here = nearest // BLOCK == drawn.number
        sought[here] = drawn.vectors[nearest[here] % BLOCK] @ turn
    before = np.zeros((len(DIRECTIONS), QUESTIONS, NEAREST), int)
    cosines = [np.einsum("qnd,qd->qn", sought[..., :few], questions[:, :few]) for few in DIRECTIONS]
    for drawn in corpus.blocks():
        vectors = drawn.vectors @ turn
        for which, few in enumerate(DIRECTIONS):
            scores = np.sort(questions[:, :few] @ vectors[:, :few].T, axis=1)
            for question, row in enumerate(scores):
                before[which, question] += BLOCK - np.searchsorted(row, cosines[which][question], side="right")
    print(f"{'directions':>12}{'held':>8}" + "".join(f"{f'first {first}':>12}" for first in FIRST))
    for which, few in enumerate(DIRECTIONS):
        share = held[:few].sum() / held.sum()
        print(f"{few:>12}{share:>8.3f}" + "".join(f"{(before[which] < first).mean():>12.4f}" for first in FIRST))


if __name__ == "__main__":
    main()
