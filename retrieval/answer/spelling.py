"""Correct misspelled words of a question to words of the archive: "xu zhyong" to "xu zhiyong".

A wrong correction is worse than a missed one. So a word stays as it is if the archive has it in any form, if it is
short, if it has other than Latin letters, or if it is one token to the model: "biden" is no misspelling of "hidden".
A question in one language is not corrected to words of another: "tibetano" is no misspelling of "tibetan". And in other
languages than English, whose words have many forms, a replaced letter or another ending is never enough.

A correction also needs evidence. Either a passage has the corrected word together with another rare word of the
question, as "Zhiyong" with "Xu". Or the difference is a letter missing, added or swapped with the next, and the word is
long or frequent in the archive. A replaced letter is not enough: "sequenced" is no misspelling of "sentenced". In words
of four letters it needs the rest of a name: "Mipe Weatherley" is "Mike Weatherley".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from corpus.text.language import detect_language, in_different_languages
from retrieval.answer.query_features import WORD_PATTERN, QuestionAnalysis
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.text.folding import fold
from retrieval.text.stop_words import STOP_WORDS
from retrieval.types import Query

# Four Latin letters or more and nothing else: no part of "U.S.", "don't" or "covid19".
MISSPELLABLE = re.compile(
    r"(?<![\w'’.@/-])[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]{4,40}(?![\w@/-]|['’.]\w\w|\.\w)"
)
# A word that may be part of a name.
NEIGHBOUR = r"[^\W\d_]{2,}"
# With more unknown words than this, the question is in another language or about something else.
MAX_UNKNOWN = 4
# A word is rare if at most so many passages have it, or this share of them.
RARE_PASSAGES, RARE_SHARE = 10, 0.05
# Rare words of the question that are looked for together with a correction.
MAX_RARE = 4
# A word is frequent in the archive if at least so many passages have it, and this share of them.
FREQUENT_PASSAGES, FREQUENT_SHARE = 3, 0.05
LONG_LETTERS, MIN_LETTERS = 6, 4
# A word of another language than English that differs in its last letter, or goes on after it, is another form.
ENDING_LETTERS = 1
MAX_CORRECTIONS_TRIED = 3
MAX_PASSAGES_TRIED = 3


def correct_spelling(query: Query, analysis: QuestionAnalysis, archive: Archive, encoder: Encoder) -> Query:
    """Return the query with misspelled words corrected; `analysis` is that of its words (`analyze_question`)."""
    frequencies = analysis.frequencies
    words = [word for word in dict.fromkeys(WORD_PATTERN.findall(query.text.lower())) if word not in STOP_WORDS]
    misspellable = dict.fromkeys(word for word in MISSPELLABLE.findall(query.text) if word.lower() not in STOP_WORDS)
    unknown = _split_by_model([word for word in misspellable if frequencies.by_word.get(word) == 0], encoder)
    if not 0 < len(unknown) <= MAX_UNKNOWN:
        return query
    rare = max(RARE_PASSAGES, RARE_SHARE * frequencies.passages)
    rare_words = [word for word in words if 0 < frequencies.by_word[word] <= rare]
    rare_words.sort(key=lambda word: frequencies.by_word[word])
    question = _Question(query.text, tuple(rare_words[:MAX_RARE]), len(words) == 1, analysis.language)
    corrections = {word: _correction(word, question, archive) for word in unknown}
    return replace(query, text=MISSPELLABLE.sub(lambda match: corrections.get(match[0], match[0]), query.text))


class _Question(NamedTuple):
    """The evidence for a correction: the question, its rare words, and whether only one word is no stop word.

    `language` is None if it is not clear.
    """

    text: str
    rare_words: tuple[str, ...]
    single_word: bool
    language: str | None


def _split_by_model(words: Sequence[str], encoder: Encoder) -> list[str]:
    """Return the words that the model splits into several tokens: those that its vocabulary does not have."""
    return [word for word in words if len(encoder.token_ends(word)) > 1]


def _correction(word: str, question: _Question, archive: Archive) -> str:
    """Return the archive's word that a word is a misspelling of, or the word itself without enough evidence."""
    similar = [other for other in archive.similar_words(word, MAX_CORRECTIONS_TRIED) if len(other) >= MIN_LETTERS]
    if _is_name(word, question.text):
        similar = [candidate for candidate in similar if not candidate.islower()]
    inflected = question.language not in {None, "en"}
    careful = inflected or len(word) == MIN_LETTERS
    if inflected:
        similar = [candidate for candidate in similar if not _other_ending(fold(word).lower(), fold(candidate).lower())]
    similar = [candidate for candidate in similar if _may_be_in(question.language, candidate, archive)]
    for candidate in similar:
        if careful and not _same_letters_but_one(fold(word).lower(), fold(candidate).lower()):
            if not inflected and _is_part_of_name(word, candidate, question.text, archive):
                return _capitalized_like(word, candidate)
            continue
        if any(_occur_together(candidate, rare, archive) for rare in question.rare_words):
            return _capitalized_like(word, candidate)
    if similar and _is_evident(word, similar[0], question, archive):
        return _capitalized_like(word, similar[0])
    return word


def _is_part_of_name(word: str, candidate: str, question: str, archive: Archive) -> bool:
    """Return whether a passage has the candidate beside the word that is beside the misspelt one, both capitalized."""
    if not candidate[0].isupper():
        return False
    before = re.findall(rf"({NEIGHBOUR}) {re.escape(word)}\b", question)
    after = re.findall(rf"\b{re.escape(word)} ({NEIGHBOUR})", question)
    names = [f"{one} {candidate}" for one in before] + [f"{candidate} {one}" for one in after]
    return any(_has_name(name, archive) for name in names)


def _has_name(name: str, archive: Archive) -> bool:
    written = " ".join(word[0].upper() + fold(word[1:]).lower() for word in fold(name).split())
    hits = archive.search_words(name, MAX_PASSAGES_TRIED)
    return any(re.search(rf"\b{re.escape(written)}\b", fold(hit.passage.text)) for hit in hits)


def _other_ending(word: str, candidate: str) -> bool:
    """Return whether two words are the same but for the last letters."""
    shorter = min(len(word), len(candidate)) - ENDING_LETTERS
    return word[:shorter] == candidate[:shorter]


def _may_be_in(language: str | None, word: str, archive: Archive) -> bool:
    """Return whether a word of the archive may be in a language: unless all its passages are in others."""
    if language is None:
        return True
    hits = archive.search_words(word, MAX_PASSAGES_TRIED)
    languages = {hit.passage.article.language or detect_language(hit.passage.text) for hit in hits}
    return not languages or not all(in_different_languages(language, other) for other in languages)


def _is_name(word: str, question: str) -> bool:
    return word[0].isupper() and not question.startswith(word) and not question.isupper()


def _is_evident(word: str, candidate: str, question: _Question, archive: Archive) -> bool:
    """Return whether a word is a misspelling of another even if no passage is evidence."""
    long = len(word) >= LONG_LETTERS
    if question.single_word and long:
        return True
    return _same_letters_but_one(fold(word).lower(), fold(candidate).lower()) and (
        long or _is_frequent(candidate, archive)
    )


def _is_frequent(word: str, archive: Archive) -> bool:
    frequencies = archive.document_frequencies([word])
    return frequencies.by_word[word] >= max(FREQUENT_PASSAGES, FREQUENT_SHARE * frequencies.passages)


def _same_letters_but_one(first: str, second: str) -> bool:
    """Return whether two words differ by one letter more, one less, or by the order of their letters."""
    if len(first) == len(second):
        return sorted(first) == sorted(second)
    return _lacks_one_letter(first, second) or _lacks_one_letter(second, first)


def _lacks_one_letter(short: str, long: str) -> bool:
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _occur_together(word: str, other: str, archive: Archive) -> bool:
    """Return whether a passage has both words, a long `other` perhaps with another ending."""
    word, other = fold(word), fold(other)
    other_forms = rf"{re.escape(other[:-3])}" if len(other) > LONG_LETTERS else rf"{re.escape(other)}\b"
    patterns = [re.compile(rf"(?i)\b{re.escape(word)}\b"), re.compile(rf"(?i)\b{other_forms}")]
    hits = archive.search_words(f"{word} {other}", MAX_PASSAGES_TRIED)
    texts = (fold(f"{hit.passage.article.title}\n{hit.passage.text}") for hit in hits)
    return any(all(pattern.search(text) for pattern in patterns) for text in texts)


def _capitalized_like(word: str, candidate: str) -> str:
    """Return a word of the archive with the capitals of the word in the question."""
    if word.islower():
        return candidate.lower()
    if word.isupper():
        return candidate.upper()
    return candidate if candidate[0].isupper() else candidate.capitalize()
