"""Rank candidates closely by late interaction: how well a passage, and each of its sentences, covers a question.

MaxSim as in ColBERT (Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832), on the token vectors of the same
model: for each token of the question, the cosine to the most similar token of the passage; then their average, in which
rarer words weigh more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.article import Span
from retrieval.answer.fusion import Candidate
from retrieval.answer.query_features import QueryFeatures
from retrieval.answer.sentence_coverage import best_sentence
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder, Tokens

# The weight of BM25 relative to MaxSim (docs/ranking.md says how it was chosen).
BM25_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class RankedPassage(Candidate):
    """A candidate that was ranked closely; passages are ordered by `score`, highest first.

    `maxsim` is from -1 to 1. `highlight` is the sentence that covers the question best, as a span of the passage, and
    `coverage` how well it does, from -1 to 1. `read` tells whether the encoder's reader chose it.
    """

    maxsim: float
    score: float
    highlight: Span
    coverage: float
    read: bool


def rank_by_maxsim(features: QueryFeatures, candidates: Sequence[Candidate], encoder: Encoder) -> list[RankedPassage]:
    """Order candidates by MaxSim with a little BM25, best first, and highlight a sentence in each.

    The headline counts for a passage, but not for a sentence.
    """
    encoded = encoder.encode_passage_tokens([candidate.text for candidate in candidates])
    ranked = [_scored(features, candidate, tokens) for candidate, tokens in zip(candidates, encoded, strict=True)]
    return sorted(ranked, key=lambda passage: -passage.score)


def rerank(question: str, ranked: Sequence[RankedPassage], reranker: Reranker) -> list[RankedPassage]:
    """Order passages by the scores of a reranker, best first."""
    scores = reranker.relevance(question, [passage.text for passage in ranked]).tolist()
    rescored = [replace(passage, score=score) for passage, score in zip(ranked, scores, strict=True)]
    return sorted(rescored, key=lambda passage: -passage.score)


def _scored(features: QueryFeatures, candidate: Candidate, tokens: Tokens) -> RankedPassage:
    similarity = features.tokens @ tokens.vectors.T
    maxsim = float(features.weights @ similarity.max(axis=1, initial=-1))
    highlight, coverage = best_sentence(candidate.passage, tokens, similarity, features.weights)
    return RankedPassage(
        passage=candidate.passage,
        also=candidate.also,
        cosine=candidate.cosine,
        bm25=candidate.bm25,
        idf_coverage=candidate.idf_coverage,
        maxsim=maxsim,
        score=maxsim + BM25_WEIGHT * candidate.bm25,
        highlight=highlight,
        coverage=coverage,
        read=False,
    )
