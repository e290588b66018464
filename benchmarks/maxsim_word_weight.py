"""How much shared words should add to MaxSim: python -m benchmarks.maxsim_word_weight FOLDER… [--squad FILE]

For each weight: the right document first, and MRR over the twelve passages that are read, in per cent; for each FOLDER
(a question set in BEIR layout), and for the articles of FILE (SQuAD 2.0's format) together, each an archive of its own.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality import Remembering
from benchmarks.support.question_sets import Set, archived, from_beir, from_squad
from retrieval.answer.features import count_words, query_features
from retrieval.answer.maxsim_rerank import BM25_WEIGHT, RankedPassage
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.encode.encoder import Encoder
from retrieval.types import Query

TRIED = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)


def readings(one: Set, encoder: Encoder) -> Iterator[tuple[str, list[RankedPassage]]]:
    """Ask a set's answerable questions; yield the document that answers, and the passages read."""
    with archived(one.documents, encoder) as archive:
        for text, right in one.answerable:
            features = query_features(text, count_words(text, archive), encoder)
            yield right, retrieve_and_rank(Query(text), features, archive, encoder)


def rank_of(right: str, read: Sequence[RankedPassage], weight: float) -> float:
    """Return the rank of the right document, infinite where it is not there."""
    ordered = sorted(read, key=lambda one: -(one.maxsim + weight * one.bm25))
    ids = [{one.passage.article.id, *(card.id for card in one.also)} for one in ordered]
    return next((number for number, of in enumerate(ids, start=1) if right in of), np.inf)


def main() -> None:
    """Print a row a set, a column a weight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--squad", type=Path)
    given = parser.parse_args()
    encoder = Remembering()
    groups = {folder.name: [from_beir(folder)] for folder in given.folders}
    if given.squad:
        groups[given.squad.stem] = list(from_squad(given.squad))
    print(f"{'':<24}" + "".join(f"{weight:>14}" for weight in TRIED) + f"   (shipped: {BM25_WEIGHT})")
    for name, sets in groups.items():
        asked = [one for a_set in sets for one in readings(a_set, encoder)]
        cells = []
        for weight in TRIED:
            ranks = np.array([rank_of(right, read, weight) for right, read in asked])
            cells.append(f"{100 * (ranks == 1).mean():.1f} / {100 * (1 / ranks).mean():.1f}")
        print(f"{name:<24}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
