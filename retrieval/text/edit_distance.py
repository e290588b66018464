"""Words that are spelled alike: rapidfuzz, and the only module that imports it."""

import re
import string
from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import OSA

# One slip of the finger in a short word, two in a long one: more, and other words are as near as the right one.
LONG_LETTERS = 8
WORD = re.compile(r"[^\W\d_]+")


def reach(word: str) -> int:
    """Tell how many slips a word may be away: letters left out, put in, taken for another or swapped with the next."""
    return 1 if len(word) < LONG_LETTERS else 2


def alike(word: str, texts: Iterable[str]) -> dict[str, int]:
    """Return the texts' words that begin as a word does and are within its reach, with how far away they are.

    Capitals make no difference; each word is written as it mostly is.
    """
    word, far = word.lower(), reach(word)
    mostly = mostly_written(texts, word[:1])
    distances = {mostly[one]: OSA.distance(word, one, score_cutoff=far) for one in mostly}
    return {one: distance for one, distance in distances.items() if 0 < distance <= far}


def mostly_written(texts: Iterable[str], beginning: str = "") -> dict[str, str]:
    """Return the texts' words, by themselves in lower case, as they mostly are written: those that begin so."""
    often = Counter(word for text in texts for word in WORD.findall(text) if word.lower().startswith(beginning))
    return {one.lower(): one for one, _ in sorted(often.items(), key=lambda item: (item[1], item[0]))}


def slips(word: str) -> set[str]:
    """Return what one slip makes of a word in lower case, with the letters a to z, its first letter left alone."""
    splits = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    left_out = {before + after[1:] for before, after in splits if after}
    swapped = {before + after[1] + after[0] + after[2:] for before, after in splits if len(after) > 1}
    taken = {before + letter + after[1:] for before, after in splits if after for letter in string.ascii_lowercase}
    put_in = {before + letter + after for before, after in splits for letter in string.ascii_lowercase}
    return (left_out | swapped | taken | put_in) - {word}
