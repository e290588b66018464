"""Scores how well a character beyond ASCII fits where it stands: about 1 if it fits well, below 0 if it does not.

Where a text was decoded in the wrong encoding, capitals follow small letters, signs stand inside words, scripts change
inside a word, and letters are none of the language's.
"""

import re
from functools import cache, lru_cache

from corpus.text import language_letters

QUOTES = frozenset("“”„‟«»‹›‘’‚‛")
OPENING, CLOSING_OR_SPACE = frozenset("([{-–—/\"'"), frozenset(".,;:!?)]}-–—/\"'…")
DASHES = frozenset("–—")
UNITS = frozenset("€£$¢¥°%‰²³½¼¾ºªµ§©®™×±•·†‡№¿¡¹")
WIDE_SIGNS = re.compile("[\u3000-\u303f\uff01-\uff20\uff3b-\uff5e]")
HALF_WIDTH = re.compile("[\uff61-\uff9f\uff10-\uff5a]")
BROKEN, MISPLACED, UNLIKELY = -5.0, -4.0, -0.8
# The score of a letter that stands in a good place: its language decides.
ANY = 3.0


@cache
def script_of(character: str) -> str:
    """Return the script of a letter beyond ASCII; "cjk" also for its signs, "" for any other sign."""
    code = ord(character)
    for name, first, last in (
        ("latin", 0x300, 0x323),
        ("greek", 0x370, 0x3FF),
        ("cyrillic", 0x400, 0x52F),
        ("hebrew", 0x590, 0x5FF),
        ("arabic", 0x600, 0x6FF),
        ("thai", 0xE00, 0xE7F),
        ("latin", 0x1E00, 0x1EFF),
        ("cjk", 0x2E80, 0xA000),
        ("cjk", 0xAC00, 0xD7A3),
        ("cjk", 0xF900, 0xFAFF),
        ("cjk", 0xFF00, 0xFFEF),
        ("cjk", 0x20000, 0x323AF),
    ):
        if first <= code <= last:
            return name
    return "latin" if character.isalpha() and code < 0x250 and character not in "ªºµ" else ""


@cache
def _ranks(language: str) -> dict[str, float]:
    letters = language_letters.OTHER[language]
    return {letter: 2.0 - 3.2 * rank / len(letters) for rank, letter in enumerate(letters)}


def letter_score(language: str, letter: str, script: str) -> float:
    """Return how well a letter fits a language, from its alphabet alone."""
    small = letter.lower()
    if language not in language_letters.OTHER:
        if small in language_letters.LATIN[language] or letter in language_letters.LATIN[language]:
            return 1.0
        return 0.0 if small in language_letters.IN_NAMES else UNLIKELY
    return _ranks(language).get(small, MISPLACED if script_of(letter) == script else UNLIKELY)


def place_score(text: str, at: int) -> float:
    """Return the highest score that a letter may have where it stands."""
    letter = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    script = script_of(letter)
    if any(near.isalpha() and script_near(near) not in (script, "") for near in (before, after)):
        return MISPLACED
    if letter.isupper() and before.islower() and before not in "ªº":
        return MISPLACED
    if letter.islower() and before.isupper() and after.isupper():
        return UNLIKELY
    if letter.isupper() and after.islower() and before.isupper():
        return UNLIKELY
    if script == "latin":
        return _latin_place_score(text, at, before, after)
    if script == "thai":
        return _thai_place_score(letter, before, after)
    if (before.isdigit() and not after.isalpha()) or (after.isdigit() and not before.isalpha()):
        return UNLIKELY
    if letter in language_letters.ONLY_LAST and after.isalpha():
        return MISPLACED
    if letter in language_letters.NEVER_LAST and not after.isalpha() and before.isalpha() and after != "'":
        return UNLIKELY
    return ANY


def _latin_place_score(text: str, at: int, before: str, after: str) -> float:
    letter = text[at]
    if "\u0300" <= letter <= "\u0323":
        return ANY if before.isalpha() else MISPLACED
    if not before.isalpha() and not after.isalpha():
        if before.isdigit() or (before and before not in " \n([\"'“„«’-"):
            return MISPLACED
        if letter.isupper():
            return ANY if after == "." else UNLIKELY  # the initial of a name, or a word at the beginning of a sentence
        return ANY if letter in language_letters.ONE_LETTER_WORDS else MISPLACED
    if before in (".", ",", ";", "?", "!") and at > 1 and text[at - 2 : at - 1].isalpha() and letter.islower():
        return UNLIKELY
    if not before.isascii() and not after.isascii() and before.isalpha() and after.isalpha():
        return ANY if "\u0300" <= after <= "\u0323" or "\u0300" <= before <= "\u0323" else -1.0
    return ANY


def _thai_place_score(letter: str, before: str, after: str) -> float:
    if letter in language_letters.THAI_MARKS:
        return ANY if script_near(before) == "thai" and before not in language_letters.THAI_PREFIXES else MISPLACED
    if letter in language_letters.THAI_PREFIXES:
        return ANY if script_near(after) == "thai" and after not in language_letters.THAI_MARKS else MISPLACED
    return ANY


def script_near(character: str) -> str:
    """Return the script of any character, ASCII letters included; "" if there is none."""
    return "latin" if character.isascii() and character.isalpha() else script_of(character) if character else ""


def sign_score(text: str, at: int) -> float:
    """Return how well a sign, or a character of Chinese, Japanese or Korean, fits where it stands."""
    sign = text[at]
    if script_of(sign) == "cjk":
        return (
            -1.0 if _is_small_latin(text[at - 1 : at]) or _is_small_latin(text[at + 1 : at + 2]) else _wide_score(sign)
        )
    if sign == "\ufffd":
        return BROKEN
    before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
    inside = before.isalpha() and after.isalpha()
    if sign == "’" and inside:
        return 1.0
    if sign in QUOTES:
        begins = (before.isspace() or before in OPENING) and (after.isalnum() or not after.isascii() or after in "([.")
        ends = (
            sign not in "‚„"
            and (after.isspace() or after in CLOSING_OR_SPACE or after in QUOTES)
            and not before.isspace()
        )
        spaced = sign in "«»" and before.isspace() != after.isspace()
        if sign in "‘’":
            return 0.3 if (ends if sign == "’" else begins) else 0.0 if not inside else MISPLACED
        return 0.4 if begins or ends or spaced else -0.3 if not inside else MISPLACED
    if sign in DASHES:
        return 0.6 if before.isspace() and after.isspace() else 0.3 if before.isalnum() == after.isalnum() else 0.0
    if sign == "…":
        return 0.4 if not inside else UNLIKELY
    if sign == "\xa0":
        return 0.3 if not inside else 0.1
    if sign == "\xad":
        return 0.1 if inside else UNLIKELY
    if sign == "·" and inside:
        return 0.8 if before in "lL" and after in "lL" else UNLIKELY
    if sign in "¿¡":
        return 0.6 if not before.isalnum() and after.isalnum() else MISPLACED
    if sign in UNITS:
        if inside:
            return MISPLACED
        return 0.4 if before.isdigit() or after.isdigit() else UNLIKELY if before.isalpha() or after.isalpha() else 0.2
    return MISPLACED


def _is_small_latin(character: str) -> bool:
    return character.isascii() and character.islower()


def _wide_score(character: str) -> float:
    if character in language_letters.HAN or character in language_letters.HANGUL:
        return 1.3
    if "\u3041" <= character <= "\u3096":
        return 1.3
    if "\u30a1" <= character <= "\u30fc":
        return 0.5
    if HALF_WIDTH.match(character):
        return -1.0
    if WIDE_SIGNS.match(character):
        return 0.5
    return -0.4 if _is_in_common_set(character) else MISPLACED


@cache
def _is_in_common_set(character: str) -> bool:
    """Tell whether a character is among the first 3,755 of GB 2312, 5,401 of Big5 or 2,965 of JIS, or Korean."""
    if "\uac00" <= character <= "\ud7a3":
        return bool(character.encode("euc_kr", "ignore")[:1]) and len(character.encode("euc_kr", "ignore")) == 2
    ranges = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_jp", 0xB0, 0xCF))
    return any(
        len(code := character.encode(encoding, "ignore")) == 2 and first <= code[0] <= last
        for encoding, first, last in ranges
    )


@lru_cache(10_000)
def mixed_letters(word: str) -> int:
    """Return how many letters beyond ASCII a word has if no language has all of them; otherwise 0."""
    letters = {letter for letter in word.lower() if letter > "\x7f" and script_of(letter) == "latin"}
    if len(letters) < 2 or any(letters.issubset(alphabet) for alphabet in language_letters.LATIN.values()):
        return 0
    return len(letters)


def best_score(letter: str) -> float:
    """Return the highest score that a letter has in any language."""
    return 1.0 if script_of(letter) == "latin" else 2.0
