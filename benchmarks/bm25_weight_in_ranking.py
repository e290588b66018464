"""The weight of BM25 that is added to MaxSim: python -m benchmarks.bm25_weight_in_ranking FOLDER… [--squad FILE]

For each weight, this prints how often the right document is first, and MRR over the twelve reranked passages, in per
cent: for each FOLDER (a question set in BEIR layout), and for all articles of FILE (SQuAD 2.0's format), each of which
is an archive of its own.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.support.question_sets import Set, archived, from_beir, from_squad
from retrieval.answer.maxsim_rerank import BM25_WEIGHT, RankedPassage
from retrieval.answer.query_features import analyze_question, query_features
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.encode.encoder import Encoder
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate.caching_encoder import CachingEncoder
from retrieval.types import Query

TRIED = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)


def rankings(question_set: Set, encoder: Encoder) -> Iterator[tuple[str, list[RankedPassage]]]:
    """Ask a set's answerable questions; yield the document that answers, and the ranked passages."""
    with archived(question_set.documents, encoder) as archive:
        for text, right in question_set.answerable:
            features = query_features(text, analyze_question(text, archive), encoder)
            yield right, retrieve_and_rank(Query(text), features, archive, encoder)


def rank_of(right: str, passages: Sequence[RankedPassage], weight: float) -> float:
    """Return the rank of the right document, infinite if no passage is from it."""
    ordered = sorted(passages, key=lambda ranked: -(ranked.maxsim + weight * ranked.bm25))
    ids = [{ranked.passage.article.id, *(card.id for card in ranked.also)} for ranked in ordered]
    return next((rank for rank, article_ids in enumerate(ids, start=1) if right in article_ids), np.inf)


def main() -> None:
    """Print a row for each set, with a column for each weight."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--squad", type=Path)
    args = parser.parse_args()
    encoder = CachingEncoder(SentenceEncoder())
    groups = {folder.name: [from_beir(folder)] for folder in args.folders}
    if args.squad:
        groups[args.squad.stem] = list(from_squad(args.squad))
    print(f"{'':<24}" + "".join(f"{weight:>14}" for weight in TRIED) + f"   (shipped: {BM25_WEIGHT})")
    for name, sets in groups.items():
        ranked = [ranking for question_set in sets for ranking in rankings(question_set, encoder)]
        cells = []
        for weight in TRIED:
            ranks = np.array([rank_of(right, passages, weight) for right, passages in ranked])
            cells.append(f"{100 * (ranks == 1).mean():.1f} / {100 * (1 / ranks).mean():.1f}")
        print(f"{name:<24}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
