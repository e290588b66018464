"""Late interaction: how well a passage, and each sentence in it, covers every word of a question.

MaxSim as in ColBERT (Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832), on the same model's token vectors:
the mean, over the question's tokens, of the cosine to the token of the passage that is most like it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.answer.question import LETTER_OR_DIGIT
from retrieval.archive.archive import Found
from retrieval.encode.encoder import Encoder, Tokens, Vectors, embedded_text
from retrieval.types import Hit, Passage


def rank(question: str, found: Sequence[Found], encoder: Encoder, count: int) -> tuple[Hit, ...]:
    """Order passages by their MaxSim to the question, best first, and highlight in each the sentence with the best.

    The headline counts for a passage, and never for a sentence. One encoding a passage serves both.
    """
    asked = question_vectors(question, encoder)
    texts = [embedded_text(one.passage.article.title, one.passage.text) for one in found]
    scored = []
    for one, tokens in zip(found, encoder.encode_tokens(texts), strict=True):
        similarity = asked @ tokens.vectors.T
        scored.append((maxsim(similarity), best_sentence(one.passage, tokens, similarity), one))
    scored.sort(key=lambda score_and_rest: -score_and_rest[0])
    return tuple(
        Hit(one.passage, score, number, highlight, one.also)
        for number, (score, highlight, one) in enumerate(scored[:count], start=1)
    )


def one_a_story(found: Sequence[Found]) -> list[Found]:
    """Leave out the articles that tell the same story as one that comes before them."""
    kept: list[Found] = []
    told: set[str] = set()
    for one in found:
        if one.passage.article.id not in told:
            kept.append(one)
            told.update(card.id for card in one.also)
    return kept


def question_vectors(question: str, encoder: Encoder) -> Vectors:
    """Return the vectors of a question's tokens, (tokens, dimension), punctuation left out."""
    tokens = encoder.encode_tokens([question])[0]
    words = [bool(LETTER_OR_DIGIT.search(question[start:end])) for start, end in tokens.spans]
    return tokens.vectors[np.array(words, bool)] if any(words) else tokens.vectors


def maxsim(similarity: NDArray[np.float32]) -> float:
    """Return MaxSim from the cosines, (question tokens, passage tokens); -1 where either has none."""
    return float(similarity.max(axis=1).mean()) if similarity.size else -1.0


def best_sentence(passage: Passage, tokens: Tokens, similarity: NDArray[np.float32]) -> Span:
    """Return the sentence, as a span of the passage, that the question's tokens find most of themselves in."""
    before = len(embedded_text(passage.article.title, ""))
    starts, ends = (tokens.spans - before).T
    return max(passage.sentences, key=lambda span: maxsim(similarity[:, (starts >= span.start) & (ends <= span.end)]))
