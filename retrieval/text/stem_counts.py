"""Counts stems in many texts at once.

The result is that of stemming every text (`stems` in analysis.py). Of a text in English, only those words are stemmed
that begin like one of the stems wanted.
"""

from collections.abc import Iterator, Sequence
from string import ascii_letters, digits

import numpy as np
from numpy.typing import NDArray

from retrieval.text.analysis import MAX_WORD_BYTES, stems
from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT, stemmed_as

LETTERS_AND_DIGITS = (ascii_letters + digits).encode()
# Words in lower case, with a space for everything that is none; and every letter of a word as the same letter.
AS_WORDS = bytes(ord(chr(code).lower()) if code in LETTERS_AND_DIGITS else ord(" ") for code in range(256))
AS_LENGTHS = bytes(ord("a") if code in LETTERS_AND_DIGITS else ord(" ") for code in range(256))
LONG_WORD = b"a" * MAX_WORD_BYTES
# `fold` takes "Dj" for "Đ".
FOLDED = b" dj"
# Marks that are no letters, and that most texts have which are otherwise ASCII.
PUNCTUATION = frozenset("\u00a0«»·‐‑–—‘’‚“”„•…€£°")
ASCII = bytes(range(128))
# A word begins like its English stem but for the last letters, and only these stems are changed at their end: "lying"
# has the stem "lie", "hoping" has "hope", "ponies" has "poni", "possibility" has "possibl", and "skies" has "sky".
CHANGED_ENDS = {"ie": 2, "e": 1, "i": 1, "l": 1, "y": 1}


def count_stems(
    texts: Sequence[tuple[str, str | None]], terms: Sequence[Sequence[str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how often texts, each with its language, have any stem of each term, (texts, terms), and their lengths.

    A length is a text's number of words, (texts,).
    """
    counts, lengths = np.zeros((len(texts), len(terms))), np.zeros(len(texts))
    wanted = [(index, stem) for index, alternatives in enumerate(terms) for stem in alternatives]
    english = [(index, stem, f" {beginning(stem)}".encode()) for index, stem in wanted if stem.isascii()]
    possible: list[tuple[int, int, str, bytes]] = []
    for row, (text, language) in enumerate(texts):
        if words := _english_words(text, language):
            lengths[row] = words.translate(AS_LENGTHS).count(b" a")
            for index, stem, start in english:
                possible += ((row, index, stem, word) for word in _words_beginning(words, start))
        else:
            found = stems(text, language)
            lengths[row] = len(found)
            for index, stem in wanted:
                counts[row, index] += found.count(stem)
    different = list({word for *_, word in possible})
    stem_of = dict(zip(different, stems(b" ".join(different).decode()), strict=True))
    for row, index, stem, word in possible:
        counts[row, index] += stem_of[word] == stem
    return counts, lengths


def _english_words(text: str, language: str | None) -> bytes | None:
    """Return the words of a text, each after a space; None if it must be stemmed as a whole."""
    if stemmed_as(language) != DEFAULT:
        return None
    if not _is_plain(text):
        text = fold(text)
        if not _is_plain(text):
            return None
    words = f" {text} ".encode().translate(AS_WORDS)
    return None if FOLDED in words or LONG_WORD in words.translate(AS_LENGTHS) else words


def _is_plain(text: str) -> bool:
    """Return whether a text has no letters but ASCII's."""
    return text.isascii() or PUNCTUATION.issuperset(text.encode().translate(None, ASCII).decode())


def beginning(stem: str) -> str:
    """Return how all words with an English stem begin; it has at least one letter."""
    changed = next((count for end, count in CHANGED_ENDS.items() if stem.endswith(end)), 0)
    return stem[: max(1, len(stem) - changed)]


def _words_beginning(words: bytes, start: bytes) -> Iterator[bytes]:
    """Yield the words that begin so; each stands after a space, and so does what they begin with."""
    at = words.find(start)
    while at >= 0:
        end = words.index(b" ", at + 1)
        yield words[at + 1 : end]
        at = words.find(start, end)
