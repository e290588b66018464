"""Find words of similar spelling, by edit distance."""

import re
import string
from collections import Counter
from collections.abc import Iterable

from retrieval.text.folding import fold

# One edit in a short word, two in a long one. With more, wrong words would be as near as the right one.
LONG_LETTERS = 8
WORD = re.compile(r"[^\W\d_]+")


def reach(word: str) -> int:
    """Return the maximum distance at which another word counts as similarly spelled.

    Each letter that is missing, added, replaced or swapped with the next counts 1.
    """
    return 1 if len(word) < LONG_LETTERS else 2


def alike(word: str, texts: Iterable[str]) -> dict[str, int]:
    """Return the texts' words of similar spelling that begin with the same letter, and their distances.

    Case and accents are ignored; each word is returned in its most frequent form.
    """
    word, max_distance = fold(word).lower(), reach(word)
    forms = mostly_written(texts, word[:1])
    from rapidfuzz.distance import OSA  # most questions have no word to correct

    distances = {forms[other]: OSA.distance(word, other, score_cutoff=max_distance) for other in forms}
    return {other: distance for other, distance in distances.items() if 0 < distance <= max_distance}


def mostly_written(texts: Iterable[str], beginning: str = "") -> dict[str, str]:
    """Map each of the texts' words with this beginning, folded and in lower case, to its most frequent form."""
    words = (word for text in texts for word in WORD.findall(text))
    frequencies = Counter(word for word in words if fold(word[:1]).lower().startswith(beginning[:1]))
    ordered = sorted(frequencies.items(), key=lambda item: (item[1], item[0]))
    return {folded: form for form, _ in ordered if (folded := fold(form).lower()).startswith(beginning)}


def slips(word: str) -> set[str]:
    """Return the strings at distance 1 from a lower-case word, with letters a to z; the first letter stays."""
    splits = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    deleted = {before + after[1:] for before, after in splits if after}
    swapped = {before + after[1] + after[0] + after[2:] for before, after in splits if len(after) > 1}
    replaced = {before + letter + after[1:] for before, after in splits if after for letter in string.ascii_lowercase}
    inserted = {before + letter + after for before, after in splits for letter in string.ascii_lowercase}
    return (deleted | swapped | replaced | inserted) - {word}
