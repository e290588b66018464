"""Fuse the hits of both searches: each passage once, scored by cosine and by BM25, the best by both together first.

Both scores are computed here, from the stored vector and from the text. So they mean the same whatever the indexes
store and in whichever kind of archive. Their scales have nothing in common, so each is standardized over the passages
found; then the two are added. A passage in another language than the question cannot share its words: its BM25 counts
as that of the average passage, neither for it nor against it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.article import Card
from corpus.text.language import in_different_languages
from retrieval.answer.query_features import QueryFeatures
from retrieval.archive.contract import FoundPassage
from retrieval.encode.encoder import embedded_text
from retrieval.text.analysis import stems
from retrieval.text.bm25 import saturated
from retrieval.types import Passage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, with the scores of the first stage; `also` are the near duplicates of its article.

    `cosine` is from -1 to 1. `bm25` is the passage's BM25 divided by the highest value possible, so from 0 to 1.
    `idf_coverage` is the share of the question's content terms, weighted by idf, that the passage contains.
    """

    passage: Passage
    also: tuple[Card, ...]
    cosine: float
    bm25: float
    idf_coverage: float

    @property
    def text(self) -> str:
        """Headline and passage, as they are embedded."""
        return _embedded_text(self.passage)


def fuse(features: QueryFeatures, hits: Iterable[FoundPassage]) -> list[Candidate]:
    """Score each passage found, once, and order by the sum of the standardized cosine and BM25, best first."""
    unique = list({hit.passage.id: hit for hit in hits}.values())
    if not unique:
        return []
    cosine = np.stack([hit.vector for hit in unique]).astype(np.float64) @ features.vector
    bm25, idf_coverage = _word_scores(features, [hit.passage for hit in unique])
    scores = zip(unique, cosine.tolist(), bm25.tolist(), idf_coverage.tolist(), strict=True)
    candidates = [Candidate(hit.passage, hit.also, *values) for hit, *values in scores]
    by_words = np.zeros(len(unique))
    same_language = np.array([not in_another_language(features, hit.passage) for hit in unique])
    by_words[same_language] = _standardized(bm25[same_language])
    best_first = np.argsort(-(_standardized(cosine) + by_words), kind="stable")
    return [candidates[i] for i in best_first]


def in_another_language(features: QueryFeatures, passage: Passage) -> bool:
    """Tell whether a question is in another language than a passage; False if either language is not clear."""
    return in_different_languages(features.language, passage.article.language)


def without_near_duplicates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out the passages of articles that are near duplicates of an article before them."""
    distinct: list[Candidate] = []
    duplicates: set[str] = set()
    for candidate in candidates:
        if candidate.passage.article.id not in duplicates:
            distinct.append(candidate)
            duplicates.update(card.id for card in candidate.also)
    return distinct


def _word_scores(
    features: QueryFeatures, passages: Sequence[Passage]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each passage's BM25 and its idf coverage, (passages,) each, both divided by the highest value possible."""
    terms = features.content_terms
    idf = np.array([term.idf for term in terms])
    texts = [stems(_embedded_text(passage), passage.article.language) for passage in passages]
    counts = np.array([[sum(map(text.count, term.stems)) for term in terms] for text in texts], float).reshape(
        len(texts), -1
    )
    lengths = np.array([len(text) for text in texts], float)[:, None]
    highest = idf.sum() or 1.0
    return saturated(counts, lengths, max(lengths.mean(), 1)) @ idf / highest, (counts > 0) @ idf / highest


def _embedded_text(passage: Passage) -> str:
    return embedded_text(passage.article.title, passage.text)


def _standardized(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(values):
        return values
    spread = float(values.std()) or 1.0
    return np.asarray((values - values.mean()) / spread, np.float64)
