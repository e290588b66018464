"""Tells a watch of words, such as "Xu Zhiyong" or "dam Velmora", from a watched question.

In doubt, it is a question: that finds articles on the words, too.
"""

import re

from corpus.text.question_language import MIN_SCORE, SCORES, language_by_words
from retrieval.answer.context_dependent import (
    AUXILIARIES,
    DEMONSTRATIVES,
    OBJECT_PRONOUNS,
    POSSESSIVES,
    PREPOSITIONS,
    QUESTION_WORDS,
    SUBJECT_PRONOUNS,
)
from retrieval.answer.context_dependent_chinese import ASKING, simplified
from retrieval.answer.filter_terms import DOUBLE, LETTER_OR_DIGIT
from retrieval.answer.natural_language_filters import LATEST, LATEST_CHINESE, RECENTLY
from retrieval.text.analysis import is_unspaced_stop_word, word_spans
from retrieval.text.question_terms import is_abbreviation

MAX_WORDS = 5
MAX_PHRASE_WORDS = 10
MAX_UNSPACED = 7  # characters without a space, as in 中华人民共和国; more are a sentence
QUESTION_MARK = re.compile("[?？¿؟]")
PART = re.compile(rf"[{DOUBLE}](?P<phrase>[^{DOUBLE}]*)[{DOUBLE}]|(?P<word>[^\s,，、;；/{DOUBLE}]+)")
WORD = re.compile(r"[^\W_]+")
# Names are written with these, too: "Bank of China", "the Guardian".
IN_NAMES = frozenset({"the", "of", "and", "a", "an"})
# Also names, if they are written so: "Theresa May", "Will Smith".
MAYBE_NAMES = frozenset({"may", "will", "might", "must", "can", "down", "over", "under", "near", "off"})
ASKING_WORDS = QUESTION_WORDS | AUXILIARIES - MAYBE_NAMES
# No name has these in small letters.
SMALL_WORDS = frozenset().union(
    MAYBE_NAMES, PREPOSITIONS - IN_NAMES, SUBJECT_PRONOUNS, OBJECT_PRONOUNS, POSSESSIVES, DEMONSTRATIVES
)
# They name articles, which do not call themselves so.
ARTICLES = frozenset({"news", "article", "articles", "story", "stories", "report", "reports", "update", "updates"})
UNSPACED = re.compile("[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def watched_words(text: str) -> tuple[str, ...] | None:
    """Return the words and the quoted phrases of a text that is only these; None if it is a question or too long."""
    parts = [match for match in PART.finditer(text) if LETTER_OR_DIGIT.search(match["phrase"] or match["word"] or "")]
    words = [match["word"] for match in parts if match["word"]]
    phrases = [" ".join(match["phrase"].split()) for match in parts if match["phrase"]]
    if not 0 < len(parts) <= MAX_WORDS or any(len(WORD.findall(phrase)) > MAX_PHRASE_WORDS for phrase in phrases):
        return None
    if _asks(text, words) or any(_too_short_to_find(part) for part in (*words, *phrases)):
        return None
    named = [word for word in words if word not in IN_NAMES]
    return tuple(dict.fromkeys((*phrases, *named))) or None


def _asks(text: str, words: list[str]) -> bool:
    """Tell whether a text is a question, or asks for news; what is in quotation marks asks nothing."""
    unquoted = " ".join(words)
    return bool(
        QUESTION_MARK.search(text)
        or LATEST.search(unquoted)
        or RECENTLY.search(unquoted)
        or _asks_in_letters(unquoted)
        or any(_asks_in_signs(word) for word in words)
    )


def _asks_in_letters(text: str) -> bool:
    words = [word for word in WORD.findall(text) if not is_abbreviation(word, text)]
    small = {word for word in words if word.islower()} - IN_NAMES
    if small & (SMALL_WORDS | ARTICLES) or any(word.lower() in ASKING_WORDS for word in words):
        return True
    # The first word has a capital in a question, too; among other capitals it is a name: "Bao Tong".
    asking = small | ({words[0].lower()} - IN_NAMES if small else set())
    scores = (score for word in asking for score in SCORES.get(word, {}).values())
    return max(scores, default=0) >= MIN_SCORE or language_by_words(asking) is not None


def _asks_in_signs(word: str) -> bool:
    """Tell whether a word of a writing without spaces has an interrogative or a particle, or is a whole sentence."""
    if word.isascii():
        return False
    if ASKING.search(simplified(word)) or LATEST_CHINESE.search(word):
        return True
    if any(len(run) > MAX_UNSPACED for run in UNSPACED.findall(word)):
        return True
    return any(is_unspaced_stop_word(word[slice(*span)]) for span in word_spans(word))


def _too_short_to_find(part: str) -> bool:
    """Tell whether a part is a single Chinese character, which the index has only in pairs."""
    runs = UNSPACED.findall(part)
    return any(len(run) == 1 for run in runs)
