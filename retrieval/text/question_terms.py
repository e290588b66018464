"""The terms of a question: its words as the passages of an archive may have them, and which of them are stop words.

A passage has only stems of its own language. So a word has one stem for each language of the archive, and a passage has
at most one of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from corpus.article import Span
from retrieval.text.analysis import LETTER_WORD, is_unspaced_stop_word, stems, word_spans
from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT
from retrieval.text.stop_words import STOP_WORDS, as_listed, language_of_stop_words, latin_stop_words, other_stop_words

STOP_STEMS = frozenset(stem for word in STOP_WORDS for stem in stems(word))
# Letters and digits as wide as a Chinese character, and the ordinary ones.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()}
# A question of fewer words may consist of abbreviations ("WHO China").
MIN_WORDS_IN_CAPITALS = 3


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question, or a part of one: its span, its different stems, and whether it is a stop word."""

    span: Span
    stems: tuple[str, ...]
    stop: bool


def question_terms(question: str, languages: Sequence[str]) -> Iterator[Term]:
    """Yield a question's terms in order; `languages` are those whose stemmers the archive's passages went through."""
    language = language_of_stop_words(question, languages)
    stop_words = STOP_WORDS if language == DEFAULT else latin_stop_words(language)
    stop_stems = STOP_STEMS if language == DEFAULT else ()
    for span in word_spans(question):
        word = question[slice(*span)]
        is_stop_word = as_listed(word) in stop_words or (
            not word.isascii() and fold(word).lower() in other_stop_words()
        )
        for alternatives in stems_by_language(word, languages):
            stop = is_stop_word or alternatives[0] in stop_stems or is_unspaced_stop_word(alternatives[0])
            yield Term(span, alternatives, stop and not is_abbreviation(word, question))


def stems_by_language(word: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the different stems that each term of a word has in these languages; mostly, a word is one term."""
    terms = zip_longest(*(stems(word, language) for language in languages), fillvalue="")
    return [tuple(dict.fromkeys(filter(None, alternatives))) for alternatives in terms]


def content_terms(question: str, languages: Sequence[str] = (DEFAULT,)) -> list[tuple[str, ...]]:
    """Return the stems of each term of a question except stop words; of all terms if there are only stop words.

    No stem occurs twice.
    """
    terms = list(question_terms(question, languages))
    chosen = [term for term in terms if not term.stop] or terms
    return list(filter(None, each_stem_once(term.stems for term in chosen)))


def each_stem_once(terms: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield for each term the stems that no term before it has: two words may have one stem, in one language only."""
    seen: set[str] = set()
    for alternatives in terms:
        yield tuple(stem for stem in alternatives if stem not in seen)
        seen.update(alternatives)


def is_abbreviation(word: str, question: str) -> bool:
    """Tell whether a word is in capitals, as the WHO and IT are; in a question all in capitals, no word is."""
    return len(word) > 1 and word.isupper() and not is_in_capitals(question)  # "I" and "A" are words


def is_in_capitals(question: str) -> bool:
    """Tell whether a question is written in capitals throughout, and is no list of abbreviations."""
    return question.isupper() and len(LETTER_WORD.findall(question)) >= MIN_WORDS_IN_CAPITALS


def as_read(question: str) -> str:
    """Return a question as a model reads it: in small letters if it is all in capitals, which models seldom saw.

    Full-width letters and digits become ordinary ones. Every character keeps its place.
    """
    question = question.translate(FULL_WIDTH)
    if not is_in_capitals(question):
        return question
    small = (letter.lower() for letter in question)
    return "".join(one if len(one) == 1 else letter for one, letter in zip(small, question, strict=True))
