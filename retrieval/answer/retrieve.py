"""A query in, passages out: found by meaning and by words, fused, the best read closely and put in order."""

from collections.abc import Sequence

from retrieval.answer.features import QueryFeatures, query_features
from retrieval.answer.fusion import Candidate, fuse
from retrieval.answer.rerank import RankedPassage, rank, reordered, without_near_duplicates
from retrieval.archive.contract import Archive
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder
from retrieval.types import Query

# Passages looked up by meaning, and as many by words: more than are read, as one story may be there in several copies.
FOUND = 50
# The most passages read: their tokens are encoded afresh for each question, so they are what a question costs.
READ = 12
# Reading stops early where the order is certain: a passage is read only if what is known of it already, its cosine and
# half its words, is as near to the best one's. Of twelve that leaves three or four, and the same figures
# (docs/ranking.md).
NEAR = 0.2
# So many times as many are read where they are ordered by date: what went on for years is told in many passages.
NEWEST = 3


def search(
    query: Query, archive: Archive, encoder: Encoder, count: int = 0, reranker: Reranker | None = None
) -> tuple[QueryFeatures, list[RankedPassage]]:
    """Return the question made ready, and the passages for it, best first: `count` or more, where there are as many.

    Raises ModelChanged where the archive is embedded with another model by now, and QuestionError for its slice.
    """
    features, candidates = find(query, archive, encoder, count)
    # By date, what is far behind may come first.
    worth = NEWEST * READ if query.newest else min(_near(candidates), READ)
    read = rank(features, candidates[: max(count, worth)], encoder)
    return features, reordered(query.text, read, reranker) if reranker else read


def _near(candidates: Sequence[Candidate]) -> int:
    """Count the candidates that are near enough to the best one to come before it once they are read."""
    known = [one.cosine + one.bm25 / 2 for one in candidates]
    return sum(one >= max(known) - NEAR for one in known)


def find(query: Query, archive: Archive, encoder: Encoder, count: int = 0) -> tuple[QueryFeatures, list[Candidate]]:
    """Return the question made ready, and the passages worth reading, one a story, best by meaning and words first.

    Raises as `search` does.
    """
    features = query_features(query.text, archive, encoder)
    found = max(FOUND, count)
    # By words first: where the archive is embedded with another model in between, `nearest` says so.
    matching = archive.search_words(query.text, found, query.filters)
    nearest = archive.search_vectors(features.vector, found, encoder.fingerprint, query.filters)
    return features, without_near_duplicates(fuse(features, [*matching, *nearest]))
