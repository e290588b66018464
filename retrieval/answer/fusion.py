"""Meaning and words together: which of the passages found by either are worth reading closely.

Both scores are worked out here, from the truth: the cosine from the vector as it is stored, and BM25 from the text, so
that they mean the same whatever the indexes keep and whichever archive they are in. Each is standardised over the
passages found, as their sizes have nothing to do with one another, and the two are added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.answer.features import QueryFeatures
from retrieval.archive.contract import FoundPassage
from retrieval.archive.local.lexical import stems
from retrieval.encode.encoder import embedded_text

# BM25's constants, as tantivy and Lucene have them.
K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, and how near it is: `cosine` from -1 to 1; `words` is its BM25 by the most there can be, 0 to 1.

    `covered` is the share of the question's telling words, by their rarity, that the passage has.
    """

    found: FoundPassage
    cosine: float
    bm25: float
    idf_coverage: float

    @property
    def text(self) -> str:
        """Headline and passage, as they are embedded."""
        return embedded_text(self.found.passage.article.title, self.found.passage.text)


def fuse(features: QueryFeatures, found: Iterable[FoundPassage]) -> list[Candidate]:
    """Order what was found by cosine and BM25 together, best first, each passage once."""
    once = list({one.passage.id: one for one in found}.values())
    if not once:
        return []
    cosines = np.stack([one.vector for one in once]).astype(np.float64) @ features.vector
    words, idf_coverage = _lexical(features, once)
    together = zip(once, cosines.tolist(), words.tolist(), idf_coverage.tolist(), strict=True)
    candidates = [Candidate(*one) for one in together]
    return [candidates[i] for i in np.argsort(-(_standardised(cosines) + _standardised(words)), kind="stable")]


def _lexical(features: QueryFeatures, found: Sequence[FoundPassage]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each passage's BM25 and the share of words it covers, both by the most that a passage could reach."""
    content_terms = features.content_terms
    idfs = np.array([word.idf for word in content_terms])
    texts = [stems(embedded_text(one.passage.article.title, one.passage.text)) for one in found]
    counts = np.array([[text.count(word.stem) for word in content_terms] for text in texts], float).reshape(
        len(found), -1
    )
    lengths = np.array([len(text) for text in texts], float)
    saturated = counts / (counts + K1 * (1 - B + B * lengths / max(lengths.mean(), 1))[:, None])
    most = idfs.sum() or 1.0
    return saturated @ idfs / most, (counts > 0) @ idfs / most


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std()) or 1.0
    return np.asarray((values - values.mean()) / spread, np.float64)
