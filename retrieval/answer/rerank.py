"""Late interaction: how well a passage, and each sentence in it, covers every word of a question.

MaxSim as in ColBERT (Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832), on the same model's token vectors:
the cosine of each of the question's tokens to the token of the passage that is most like it, averaged with the rarer
words weighing more. The encoding that gives a passage its place gives its highlight, too, unless a reader was trained
for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.answer.features import QueryFeatures, weighted
from retrieval.answer.fusion import Candidate
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder, Tokens, embedded_text
from retrieval.types import Passage

# What the words that a passage shares with the question add to its MaxSim (docs/ranking.md says how it was chosen).
BM25_WEIGHT = 0.1
# A sentence that covers the question by so much more than any other in its passage is the reader's choice as well: to
# ask the reader of the others alone, half of all, costs half a point of its five (docs/ranking.md).
SURE_LEAD = 0.15


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A candidate read closely.

    `maxsim` is from -1 to 1. `lead` is by how much the highlight covers the question better than the next best
    sentence. `relevance` is what a reranker says.
    """

    candidate: Candidate
    maxsim: float
    highlight: Span
    lead: float
    relevance: float | None = None

    @property
    def passage(self) -> Passage:
        """The passage that was read."""
        return self.candidate.found.passage

    @property
    def score(self) -> float:
        """What passages are ordered by: what a reranker says, where there is one."""
        if self.relevance is not None:
            return self.relevance
        return self.maxsim + BM25_WEIGHT * self.candidate.bm25


def rank(features: QueryFeatures, candidates: Sequence[Candidate], encoder: Encoder) -> list[RankedPassage]:
    """Order candidates by how well they cover the question, best first, and highlight a sentence in each.

    The headline counts for a passage, and never for a sentence.
    """
    encoded = encoder.encode_tokens([one.text for one in candidates])
    read = [_read(features, one, tokens) for one, tokens in zip(candidates, encoded, strict=True)]
    return sorted(read, key=lambda one: -one.score)


def reordered(question: str, read: Sequence[RankedPassage], reranker: Reranker) -> list[RankedPassage]:
    """Order passages by what a reranker says to them, best first."""
    scores = reranker.relevance(question, [one.candidate.text for one in read]).tolist()
    told = [replace(one, relevance=score) for one, score in zip(read, scores, strict=True)]
    return sorted(told, key=lambda one: -one.score)


def highlighted(features: QueryFeatures, read: Sequence[RankedPassage], encoder: Encoder) -> list[RankedPassage]:
    """Highlight in each passage the sentence that the encoder's reader takes for the answer.

    Where it has no other reader than itself, or the choice is plain, it has chosen already: nothing is encoded again.
    """
    reader = encoder.reader
    unsure = [one for one in read if one.lead < SURE_LEAD]
    if reader is encoder or not unsure:
        return list(read)
    question, *encoded = reader.encode_tokens([features.text, *(one.candidate.text for one in unsure)])
    tokens, weights = weighted(question, features.words)
    chosen = {
        one.passage.id: best_sentence(one.passage, of, tokens @ of.vectors.T, weights)[0]
        for one, of in zip(unsure, encoded, strict=True)
    }
    return [replace(one, highlight=chosen.get(one.passage.id, one.highlight)) for one in read]


def without_near_duplicates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out the articles that tell the same story as one that comes before them."""
    kept: list[Candidate] = []
    told: set[str] = set()
    for one in candidates:
        if one.found.passage.article.id not in told:
            kept.append(one)
            told.update(card.id for card in one.found.also)
    return kept


def _read(features: QueryFeatures, candidate: Candidate, tokens: Tokens) -> RankedPassage:
    similarity = features.tokens @ tokens.vectors.T
    nearest = similarity.max(axis=1, initial=-1)
    highlight, lead = best_sentence(candidate.found.passage, tokens, similarity, features.weights)
    return RankedPassage(candidate, float(features.weights @ nearest), highlight, lead)


def best_sentence(
    passage: Passage, tokens: Tokens, similarity: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[Span, float]:
    """Return the sentence, as a span of the passage, that the question's tokens find most of themselves in.

    And its lead: by how much less they find in any other; infinite where there is no other.
    """
    starts, ends = (tokens.spans - len(embedded_text(passage.article.title, ""))).T

    def covers(sentence: Span) -> float:
        inside = (starts >= sentence.start) & (ends <= sentence.end)
        return float(weights @ similarity[:, inside].max(axis=1, initial=-1))

    (most, best), *others = sorted(((covers(one), one) for one in passage.sentences), key=lambda pair: -pair[0])
    return best, most - others[0][0] if others else math.inf
