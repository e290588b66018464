"""The weights of a question's tokens in training, as query_features.py weighs them by an archive."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from corpus.article import Span
from retrieval.answer.query_features import STOP_WEIGHT
from retrieval.encode.encoder import embedded_text
from retrieval.text.analysis import stems, word_spans
from retrieval.text.bm25 import idf
from retrieval.text.question_terms import STOP_STEMS
from training.question_files import TrainingArticle


class WordWeights:
    """How rare words are in the passages of training articles."""

    def __init__(self, articles: Iterable[TrainingArticle]) -> None:
        texts = [
            embedded_text(passage.article.title, passage.text) for article in articles for passage in article.passages
        ]
        self._frequencies, self._passages = Counter(stem for text in texts for stem in set(stems(text))), len(texts)

    def of_tokens(self, question: str, spans: Sequence[Span]) -> list[float]:
        """Weigh the tokens of a question by the words that they are in; those with empty spans weigh nothing.

        The weights add up to 1.
        """
        words = [(*span, self._of_word(question[slice(*span)])) for span in word_spans(question)]
        raw = [
            max((weight for begin, until, weight in words if start < until and end > begin), default=0.0)
            if end > start
            else 0.0
            for start, end in spans
        ]
        return [value / (sum(raw) or 1.0) for value in raw]

    def share(self, words: Set[str], text: Set[str]) -> float:
        """Return the share of words that a text has, by their weights; 1 if there are none."""
        weights = {word: self._of_stem(word) for word in words}
        return sum(weights[word] for word in words & text) / sum(weights.values()) if weights else 1.0

    def _of_word(self, word: str) -> float:
        return max(map(self._of_stem, stems(word)), default=0.0)

    def _of_stem(self, stem: str) -> float:
        return STOP_WEIGHT if stem in STOP_STEMS else math.sqrt(idf(self._frequencies[stem], self._passages))
