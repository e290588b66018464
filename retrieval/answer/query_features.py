"""The features of a question that search and ranking need: its vector, its token vectors, and its words with idf."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from corpus.text.language import language_of_question
from retrieval.archive.contract import Archive, DocumentFrequencies
from retrieval.encode.encoder import Encoder, Tokens, Vectors
from retrieval.text.analysis import JOINING, word_spans
from retrieval.text.bm25 import idf
from retrieval.text.question_terms import as_read, each_stem_once, question_terms

# The words of a question in lower case, for spelling correction.
WORD_PATTERN = re.compile(r"\w{2,}")
# The weight in MaxSim of a token of a stop word ("who", "did", "the"). A token of any other word weighs the square root
# of its idf, which is 2 for a word in one passage of eighty.
STOP_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: its span in the question, its stems, and its inverse document frequency in the archive.

    It has a stem for each language of the archive in which it differs; a passage has at most one of them.
    `stop` marks stop words. In unspaced writing it also marks pairs of characters that span the end of one word and the
    beginning of the next: the archive has none of them, but has the characters around them.
    """

    span: Span
    stems: tuple[str, ...]
    idf: float
    stop: bool


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """What spelling correction and the features need of a question: the frequencies of its words, and its language.

    `language` is an ISO 639-1 code, None if it is unclear.
    """

    frequencies: DocumentFrequencies
    language: str | None


@dataclass(frozen=True, slots=True)
class QueryFeatures:
    """What search and ranking need of a question, computed once.

    `vector` is (dimension,), by the encoder with this `fingerprint`. `tokens` (tokens, dimension) are the vectors of
    its words' tokens, without punctuation; their `weights` (tokens,) add up to 1. `passages` counts the archive's.
    `language` is the question's (ISO 639-1), None if it is unclear.
    """

    text: str
    fingerprint: str
    vector: Vectors
    tokens: Vectors
    weights: NDArray[np.float32]
    words: tuple[Word, ...]
    passages: int
    language: str | None = None

    @property
    def only_stop_words(self) -> bool:
        """Whether the question has no word but stop words."""
        return all(word.stop for word in self.words)

    @property
    def content_terms(self) -> tuple[Word, ...]:
        """The words except stop words, each stem once; all words if there are only stop words."""
        # "Who leads the WHO?" has a stop word and an abbreviation of one stem.
        words = [word for word in self.words if not word.stop] or self.words
        once = each_stem_once(word.stems for word in words)
        return tuple(replace(word, stems=stems) for word, stems in zip(words, once, strict=True) if stems)


def analyze_question(text: str, archive: Archive) -> QuestionAnalysis:
    """Detect the language of a question, and count in how many of the archive's passages each of its words occurs."""
    words = {text[slice(*span)] for span in word_spans(text)}
    frequencies = archive.document_frequencies(sorted(words.union(WORD_PATTERN.findall(text.lower()))))
    return QuestionAnalysis(frequencies, language_of_question(as_read(text)))


def query_features(text: str, analysis: QuestionAnalysis, encoder: Encoder) -> QueryFeatures:
    """Compute the features of a question from its analysis (see `analyze_question`)."""
    words = tuple(_words(text, analysis.frequencies))
    encoded = encoder.encode_query_tokens([as_read(text)])[0]
    tokens, weights = weighted_tokens(encoded, words)
    return QueryFeatures(
        text,
        encoder.fingerprint,
        encoded.whole,
        tokens,
        weights,
        words,
        analysis.frequencies.passages,
        analysis.language,
    )


def weighted_tokens(tokens: Tokens, words: Sequence[Word]) -> tuple[Vectors, NDArray[np.float32]]:
    """Return the vectors of the tokens of a question's words, (tokens, dimension), and their weights, (tokens,)."""
    weights = np.array([_weight(start, end, words) for start, end in tokens.spans.tolist()], np.float32)
    if not weights.any():
        weights = np.ones_like(weights)
    weighted = weights > 0
    return tokens.vectors[weighted], weights[weighted] / weights.sum()


def _words(text: str, frequencies: DocumentFrequencies) -> Iterator[Word]:
    spans = list(word_spans(text))
    known = {at for span in spans if frequencies.by_word[text[slice(*span)]] for at in range(*span)}
    for term in question_terms(text, frequencies.languages):
        frequency = frequencies.by_word[text[slice(*term.span)]]
        between_words = not frequency and all(at in known or text[at] in JOINING for at in range(*term.span))
        yield Word(term.span, term.stems, idf(frequency, frequencies.passages), between_words or term.stop)


def _weight(start: int, end: int, words: Sequence[Word]) -> float:
    # The words of unspaced writing overlap: a token weighs what the heaviest of its words does.
    weights = (_word_weight(word) for word in words if start < word.span.end and end > word.span.start)
    return max(weights, default=0.0)


def _word_weight(word: Word) -> float:
    return STOP_WEIGHT if word.stop else math.sqrt(word.idf)
