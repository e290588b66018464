"""Write names of other scripts in Latin letters, letter by letter, and find the letters that are written so.

The letters are anyascii's: "Навальный" is "naval'nyy", "许志永" is "XuZhiYong".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from retrieval.text.edit_distance import alike
from retrieval.text.folding import fold

# Letters of alphabets in which names are looked for: those of Russian and Ukrainian, and Greek.
ALPHABETS = ("абвгдежзийклмнопрстуфхцчшщъыьэюяєіїґ", "αβγδεζηθικλμνξοπρσςτυφχψω")
SOFT_SIGN, SOFTENED = "ь", frozenset("днлрст")
MAX_SPELLINGS = 60  # of a word in an alphabet
# Letters that the press writes otherwise than anyascii: "Alexei" for "Aleksey", "Yeltsin" for "Eltsin".
PRESS = ((re.compile("x"), "ks"), (re.compile("(?<!^)yo"), "e"), (re.compile("(^|i)ye"), r"\1e"))
LONGEST_LETTER = 4  # "shch" for щ
# Names are written in the common characters, those of GB 2312.
COMMON_CHARACTERS = "gb2312"
MIN_LETTERS = 4  # of words that may differ: "Xu" is not "Xi"
VOWELS = re.compile("[aeiouy]")


def romanized(text: str) -> str:
    """Return a text in Latin letters, in lower case, without signs."""
    from anyascii import anyascii  # most names are in Latin letters

    return re.sub("[^a-z]", "", anyascii(fold(text)).lower())


def sound(word: str) -> str:
    """Return a word in Latin letters, alike for what is written in several ways: "-iy" and "-y", "x" and "ks"."""
    latin = romanized(word)
    for pattern, letters in PRESS:
        latin = pattern.sub(letters, latin)
    return re.sub("[iy]+$", "y", latin)


def sound_alike(one: str, other: str) -> bool:
    """Tell whether two words may be one name in two spellings: "Навальный" and "Navalny", "Алексей" and "Alexei".

    They have the same consonants, and one edit is between them, two in long words. "Навальная" is not "Navalny".
    """
    one, other = sound(one), sound(other)
    if one == other:
        return bool(one)
    if min(len(one), len(other)) < MIN_LETTERS:
        return False
    same_consonants = VOWELS.sub("", one) == VOWELS.sub("", other)
    same_gender = one.endswith("a") == other.endswith("a")
    return same_consonants and same_gender and bool(alike(one, [other]))


def spellings(word: str, alphabet: str) -> list[str]:
    """Return words in an alphabet that are romanized as this one, roughly; at most `MAX_SPELLINGS`."""
    latin = romanized(word)
    endings = ("y", "yy", "iy") if latin[-1:] in {"i", "y"} else (latin[-1:],)
    variants = {latin[:-1] + ending: None for ending in endings}
    for pattern, letters in (*PRESS, (re.compile("y(?!.?$)"), "i")):
        variants |= {pattern.sub(letters, variant): None for variant in variants}
    each = -(-MAX_SPELLINGS // max(len(variants), 1))
    found = (spelled for variant in variants for spelled in islice(_spelled(variant, _letters(alphabet)), each))
    return list(dict.fromkeys(found))


def characters(syllable: str) -> str:
    """Return the common simplified Chinese characters that are romanized as a syllable."""
    return _characters().get(syllable, "")


def _spelled(word: str, letters: Mapping[str, Sequence[str]], *, softened: bool = False) -> Iterator[str]:
    if not word:
        yield ""
    for size in range(min(LONGEST_LETTER, len(word)), 0, -1):
        for letter in letters.get(word[:size], ()):
            for rest in _spelled(word[size:], letters, softened=softened):
                yield letter + rest
            if letter in SOFTENED and not softened:
                for rest in _spelled(word[size:], letters, softened=True):
                    yield letter + SOFT_SIGN + rest


@cache
def _letters(alphabet: str) -> Mapping[str, Sequence[str]]:
    letters: dict[str, list[str]] = {}
    for letter in alphabet:
        if latin := romanized(letter):
            letters.setdefault(latin, []).append(letter)
    return letters


@cache
def _characters() -> Mapping[str, str]:
    from anyascii import anyascii

    found: dict[str, str] = {}
    for character in map(chr, range(0x4E00, 0xA000)):
        if character.encode(COMMON_CHARACTERS, "ignore") and fold(character) == character:
            syllable = anyascii(character).lower()
            found[syllable] = found.get(syllable, "") + character
    return found
