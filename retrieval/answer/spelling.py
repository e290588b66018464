"""Misspelled words of a question, taken for the nearest that the archive knows: "xu zhyong" for "xu zhiyong".

A wrong correction is worse than a missed one. So a word is left alone where the archive has it in any form, where it is
short or written in other than Latin letters, and where the model knows it whole: "biden" is no slip of "hidden".

And something has to speak for what it is taken for: that it is in a passage with another rare word of the question, as
"Zhiyong" is with "Xu"; or that a letter is missing, too many or out of order, and the word is long or what the archive
is about. A letter in another's place is not enough: "sequenced" is no slip of "sentenced".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from retrieval.archive.contract import Archive
from retrieval.archive.local.lexical import STOP_WORDS
from retrieval.encode.encoder import Encoder
from retrieval.types import Query

# Four Latin letters or more, and nothing but: no part of "U.S.", "don't" or "covid19".
MISSPELLABLE = re.compile(r"(?<![\w'’.@/-])[A-Za-z\u00c0-\u024f\u1e00-\u1eff]{4,40}(?![\w@/-]|['’.]\w\w|\.\w)")
WORD = re.compile(r"\w{2,}")
# With more words unknown than this it is no slip: another language, or another world.
MOST_UNKNOWN = 4
# A word is rare in so many passages, or this share of them. So many are looked at beside an unknown one.
RARE_PASSAGES, RARE_SHARE, BESIDE = 10, 0.05, 4
# An archive is about a word that is in so many passages at least, and in this share of them.
ABOUT_PASSAGES, ABOUT_SHARE = 3, 0.05
LONG_LETTERS = 6
# The nearest so many are tried.
NEAREST = 3


def corrected(query: Query, archive: Archive, encoder: Encoder) -> Query:
    """Return the query with its misspelled words as the archive spells them."""
    written = dict.fromkeys(word for word in MISSPELLABLE.findall(query.text) if word.lower() not in STOP_WORDS)
    words = [word for word in dict.fromkeys(WORD.findall(query.text.lower())) if word not in STOP_WORDS]
    counted = archive.document_frequencies([*words, *written])
    unknown = _unknown([word for word in written if not counted.by_word[word]], encoder)
    if not 0 < len(unknown) <= MOST_UNKNOWN:
        return query
    most = max(RARE_PASSAGES, RARE_SHARE * counted.passages)
    rare = sorted((word for word in words if 0 < counted.by_word[word] <= most), key=lambda word: counted.by_word[word])
    question = _Question(query.text, tuple(rare[:BESIDE]), alone=len(words) == 1)
    mended = {word: _mended(word, question, archive) for word in unknown}
    return replace(query, text=MISSPELLABLE.sub(lambda match: mended.get(match[0], match[0]), query.text))


class _Question(NamedTuple):
    """What speaks for a correction: the other rare words of the question, or that it has none but the unknown one."""

    text: str
    rare: tuple[str, ...]
    alone: bool


def _unknown(words: Sequence[str], encoder: Encoder) -> list[str]:
    """Return the words that the model puts together from pieces."""
    special, *tokens = encoder.count_tokens(["", *words])
    return [word for word, count in zip(words, tokens, strict=True) if count > special + 1]


def _mended(word: str, question: _Question, archive: Archive) -> str:
    """Return the word of the archive that a word is a slip of, or the word itself where that is not sure enough."""
    near = archive.similar_words(word, NEAREST)
    if _is_name(word, question.text):
        near = [one for one in near if not one.islower()]
    for one in near:
        if any(_together(one, other, archive) for other in question.rare):
            return _as_written(word, one)
    if near and _sure_alone(word, near[0], question, archive):
        return _as_written(word, near[0])
    return word


def _is_name(word: str, question: str) -> bool:
    return word[0].isupper() and not question.startswith(word) and not question.isupper()


def _sure_alone(word: str, known: str, question: _Question, archive: Archive) -> bool:
    long = len(word) >= LONG_LETTERS
    if question.alone and long:
        return True
    return _out_of_order(word.lower(), known.lower()) and (long or _about(known, archive))


def _about(known: str, archive: Archive) -> bool:
    counted = archive.document_frequencies([known])
    return counted.by_word[known] >= max(ABOUT_PASSAGES, ABOUT_SHARE * counted.passages)


def _out_of_order(one: str, other: str) -> bool:
    """Tell whether one letter more, one less or two swapped make the difference."""
    if len(one) == len(other):
        return sorted(one) == sorted(other)
    return _inside(one, other) or _inside(other, one)


def _inside(short: str, long: str) -> bool:
    """Tell whether a word is the other one without one of its letters."""
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _together(word: str, other: str, archive: Archive) -> bool:
    """Tell whether a passage has two words, the other perhaps with another ending."""
    other_forms = rf"{re.escape(other[:-3])}" if len(other) > LONG_LETTERS else rf"{re.escape(other)}\b"
    both = [re.compile(rf"(?i)\b{re.escape(word)}\b"), re.compile(rf"(?i)\b{other_forms}")]
    texts = (f"{one.passage.article.title}\n{one.passage.text}" for one in archive.search_words(f"{word} {other}", 3))
    return any(all(one.search(text) for one in both) for text in texts)


def _as_written(word: str, known: str) -> str:
    """Write a word of the archive with the capitals of the one that was written."""
    if word.islower():
        return known.lower()
    if word.isupper():
        return known.upper()
    return known if known[0].isupper() else known.capitalize()
