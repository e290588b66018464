"""Retrieve passages for a question: search by words and by vector, fuse, then rank and read the best ones closely."""

from collections.abc import Callable

import numpy as np

from retrieval.answer.cross_encoder_rank import rank_by_cross_encoder
from retrieval.answer.fusion import Candidate, FusedPassages, fuse
from retrieval.answer.maxsim_rerank import RankedPassage, rank_by_maxsim
from retrieval.answer.query_features import QueryFeatures
from retrieval.answer.rank_sentences import rank_by_sentence
from retrieval.archive.contract import Archive
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder
from retrieval.text.question_terms import as_read
from retrieval.types import NO_FILTERS, Filters, Query

# Hits of each of the two searches; more than are ranked, because several may be near duplicates.
SEARCH_HITS = 50
# Reading those of them that may answer takes most of the time of a question.
MAX_RANKED = 12
# A candidate is ranked only if its cosine plus half its BM25 is within this of the highest. That leaves three or four
# of twelve, and the measures stay the same (docs/ranking.md).
MAX_GAP = 0.2
# If the order is by date, so many times more candidates are ranked, because an answer may be far from the top.
NEWEST_FACTOR = 3


def search(features: QueryFeatures, archive: Archive, filters: Filters = NO_FILTERS, count: int = 0) -> FusedPassages:
    """Return the passages found by words or by vector, best first by both together, without near duplicates.

    Raises ModelChanged if the archive is now embedded with another model, and UnknownName for an unknown filter value.
    """
    depth = max(SEARCH_HITS, count)
    return fuse(features, archive.search(features.text, features.vector, depth, features.fingerprint, filters))


def retrieve_candidates(
    features: QueryFeatures, archive: Archive, filters: Filters = NO_FILTERS, count: int = 0, *, newest: bool = False
) -> list[Candidate]:
    """Return the passages found that are worth ranking closely, best first: at least `count`, if as many are found.

    Those that are to be ordered by date, `newest` first, are more. Raises as `search` does.
    """
    found = search(features, archive, filters, count)
    enough = NEWEST_FACTOR * MAX_RANKED if newest else min(_promising(found), MAX_RANKED)
    return found.first(max(count, enough))


def retrieve_and_rank(
    query: Query,
    features: QueryFeatures,
    archive: Archive,
    encoder: Encoder,
    count: int = 0,
    reranker: Reranker | None = None,
    may_answer: Callable[[RankedPassage], bool] = lambda _: True,
) -> list[RankedPassage]:
    """Return the passages for a query, best first: at least `count`, if as many are found.

    Only sentences of passages that `may_answer` are read, because that takes long; the other passages come behind.
    Raises as `search` does.
    """
    candidates = retrieve_candidates(features, archive, query.filters, count, newest=query.newest)
    ranked = rank_by_maxsim(features, candidates, encoder, archive)
    answers = [may_answer(passage) for passage in ranked]
    likely = [passage for passage, answering in zip(ranked, answers, strict=True) if answering]
    others = [passage for passage, answering in zip(ranked, answers, strict=True) if not answering]
    by_sentence = [*rank_by_sentence(features, likely, encoder), *others]
    return rank_by_cross_encoder(as_read(query.text), by_sentence, reranker) if reranker else by_sentence


def _promising(found: FusedPassages) -> int:
    """Count the passages whose score is near enough to the highest that close ranking may put them first."""
    scores = (found.cosine + found.bm25 / 2)[found.best_first]
    return int((scores >= scores.max(initial=-np.inf) - MAX_GAP).sum())
