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
from retrieval.archive.found_passages import FoundColumns
from retrieval.encode.encoder import embedded_text
from retrieval.text.bm25 import saturated
from retrieval.text.stem_counts import count_stems
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
        return embedded_text(self.passage.article.title, self.passage.text)


@dataclass(frozen=True, slots=True)
class FusedPassages:
    """The passages found and their scores, (passages,) each, as a Candidate has them.

    `best_first` are the positions of all but near duplicates, ordered by the sum of standardized cosine and BM25.
    """

    found: FoundColumns
    cosine: NDArray[np.float64]
    bm25: NDArray[np.float64]
    idf_coverage: NDArray[np.float64]
    best_first: Sequence[int]

    def first(self, count: int | None = None) -> list[Candidate]:
        """Return the best passages, best first; all without a count."""
        positions = self.best_first[:count]
        scores = (column[positions].tolist() for column in (self.cosine, self.bm25, self.idf_coverage))
        hits = self.found.passages(positions)
        return [Candidate(hit.passage, hit.also, *of_hit) for hit, *of_hit in zip(hits, *scores, strict=True)]


def fuse(features: QueryFeatures, found: FoundColumns) -> FusedPassages:
    """Score the passages found, and order them."""
    nothing = np.empty(0)
    if not len(found):
        return FusedPassages(found, nothing, nothing, nothing, [])
    cosine = found.vectors.astype(np.float64) @ features.vector
    bm25, idf_coverage = _word_scores(features, found)
    same_language = np.array(
        [not in_different_languages(features.language, language) for language in found.languages], bool
    )
    by_words = np.zeros(len(found))
    by_words[same_language] = _standardized(bm25[same_language])
    best_first = np.argsort(-(_standardized(cosine) + by_words), kind="stable").tolist()
    distinct = without_near_duplicates(found.articles, found.groups, best_first)
    return FusedPassages(found, cosine, bm25, idf_coverage, distinct)


def in_another_language(features: QueryFeatures, passage: Passage) -> bool:
    """Tell whether a question is in another language than a passage; False if either language is not clear."""
    return in_different_languages(features.language, passage.article.language)


def without_near_duplicates(articles: Sequence[str], groups: Sequence[str], best_first: Iterable[int]) -> list[int]:
    """Return the positions without the passages of articles that are near duplicates of an article before them.

    The article of each passage, and the group of near duplicates that this is in, are given.
    """
    first_articles: dict[str, str] = {}
    return [at for at in best_first if first_articles.setdefault(groups[at], articles[at]) == articles[at]]


def _word_scores(features: QueryFeatures, found: FoundColumns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each passage's BM25 and its idf coverage, (passages,) each, both divided by the highest value possible."""
    terms = features.content_terms
    idf = np.array([term.idf for term in terms])
    texts = list(zip(found.texts, found.languages, strict=True))
    counts, lengths = count_stems(texts, [term.stems for term in terms])
    highest = idf.sum() or 1.0
    saturation = saturated(counts, lengths[:, None], max(lengths.mean(), 1))
    return saturation @ idf / highest, (counts > 0) @ idf / highest


def _standardized(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(values):
        return values
    spread = float(values.std()) or 1.0
    return np.asarray((values - values.mean()) / spread, np.float64)
