"""Rank candidates closely by late interaction: how well a passage, and each of its sentences, covers a question.

MaxSim as in ColBERT (Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832), on the token vectors of the same
model: for each token of the question, the cosine to the most similar token of the passage; then their average, in which
rarer words weigh more. The same token vectors choose the highlight, unless a reader was trained for that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.answer.fusion import Candidate
from retrieval.answer.query_features import QueryFeatures, weighted_tokens
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder, Tokens, embedded_text
from retrieval.types import Passage

# The weight of BM25 relative to MaxSim (docs/ranking.md says how it was chosen).
BM25_WEIGHT = 0.1
# With this lead over the other sentences of its passage, the highlight is almost always the reader's choice too. So the
# reader reads only the rest, half of all passages; this costs half a point of the five that it gains (docs/ranking.md).
CLEAR_LEAD = 0.15
# Of sentences alike for the reader, the shorter one: the more tokens a sentence has, the higher the best of them is by
# chance. The natural logarithm of a sentence's characters times this is subtracted (docs/ranking.md).
LENGTH_PENALTY = 0.01


@dataclass(frozen=True, slots=True)
class RankedPassage(Candidate):
    """A candidate that was ranked closely; passages are ordered by `score`, highest first.

    `maxsim` is from -1 to 1. `highlight` is the sentence that covers the question best, as a span of the passage;
    `lead` is the difference between its coverage and that of the next best sentence.
    """

    maxsim: float
    score: float
    highlight: Span
    lead: float


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


def highlight_with_reader(
    features: QueryFeatures, ranked: Sequence[RankedPassage], encoder: Encoder
) -> list[RankedPassage]:
    """Highlight in each passage the sentence that the encoder's reader chooses.

    Passages whose highlight has a clear lead stay unchanged; all do if the encoder is its own reader.
    """
    reader = encoder.reader
    unclear = [hit for hit in ranked if hit.lead < CLEAR_LEAD]
    if reader is encoder or not unclear:
        return list(ranked)
    (question,) = reader.encode_query_tokens([features.text])
    encoded = reader.encode_passage_tokens([hit.text for hit in unclear])
    vectors, weights = weighted_tokens(question, features.words)
    highlights = {
        hit.passage.id: best_sentence(hit.passage, tokens, vectors @ tokens.vectors.T, weights, LENGTH_PENALTY)[0]
        for hit, tokens in zip(unclear, encoded, strict=True)
    }
    return [replace(hit, highlight=highlights.get(hit.passage.id, hit.highlight)) for hit in ranked]


def best_sentence(
    passage: Passage,
    tokens: Tokens,
    similarity: NDArray[np.float32],
    weights: NDArray[np.float32],
    length_penalty: float = 0,
) -> tuple[Span, float]:
    """Return the sentence that covers the question best, as a span of the passage, and its lead over the next one.

    `similarity` is (question tokens, passage tokens). The logarithm of a sentence's characters times `length_penalty`
    is subtracted from its coverage. The lead is infinite if the passage has one sentence.
    """
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T

    def coverage(sentence: Span) -> float:
        inside = (starts >= sentence.start) & (ends <= sentence.end)
        best_tokens = similarity[:, inside].max(axis=1, initial=-1)
        return float(weights @ best_tokens) - length_penalty * math.log(max(sentence.end - sentence.start, 1))

    covered = sorted(((coverage(sentence), sentence) for sentence in passage.sentences), key=lambda pair: -pair[0])
    (highest, best), *others = covered
    return best, highest - others[0][0] if others else math.inf


def _scored(features: QueryFeatures, candidate: Candidate, tokens: Tokens) -> RankedPassage:
    similarity = features.tokens @ tokens.vectors.T
    maxsim = float(features.weights @ similarity.max(axis=1, initial=-1))
    highlight, lead = best_sentence(candidate.passage, tokens, similarity, features.weights)
    return RankedPassage(
        passage=candidate.passage,
        also=candidate.also,
        cosine=candidate.cosine,
        bm25=candidate.bm25,
        idf_coverage=candidate.idf_coverage,
        maxsim=maxsim,
        score=maxsim + BM25_WEIGHT * candidate.bm25,
        highlight=highlight,
        lead=lead,
    )
