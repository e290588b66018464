"""Which sentences name a subject: by its full name, or by a part of it that can be nobody else's in that article.

Letters are compared as people type them ("Dukic" names "Đukić"). A part of a name counts only with a capital. In
languages that inflect names, "Навального" names "Навальный". Names in scripts without spaces are strings of characters,
and have no parts.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.text.analysis import stems
from retrieval.text.folding import fold
from retrieval.text.stop_words import STOP_WORDS

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
POSSESSIVE = re.compile(r"'s?$")
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
# Languages that inflect names, and have a stemmer (for Cyrillic, that of Russian).
INFLECTING = frozenset("be bg el fi hu ro ru tr uk".split())
SHARED_LETTERS = 3  # at the beginning of a word and its inflected forms, at least
MAX_ENDING = 4  # letters that are only added, as in "Orbánnak"
# Words next to a name that are no part of it, though they may have a capital.
NO_NAMES = STOP_WORDS | frozenset(
    """
    mr mrs ms miss mx dr prof professor sir dame lord lady president minister premier chancellor judge justice mayor
    governor senator congressman congresswoman secretary general colonel major captain sergeant officer inspector king
    queen prince princess pope bishop father sister brother reverend chairman chairwoman director lawyer after before
    while said says told asked against although though because since until yesterday today herr frau monsieur madame
    señor señora don doña
    """.split()
)
# Titles of an office: with one that the full name never has, the surname is somebody else's.
OFFICES = frozenset(
    """
    president minister premier chancellor judge justice mayor governor senator congressman congresswoman secretary
    general colonel major captain sergeant officer inspector king queen prince princess pope bishop
    """.split()
)
# Words that names of places and institutions have in common: alone they name nothing.
COMMON_PARTS = STOP_WORDS | frozenset(
    """
    new north south east west northern southern eastern western upper lower great little old free red green blue white
    black high supreme national united international general central city town county street road square park lake river
    bay island port harbour court bank house office party union council committee commission ministry university school
    college church museum theatre library hospital company group league club press post times news will may young day
    """.split()
)


@dataclass(frozen=True)
class Subject:
    """A name as it was asked for, and the words that it consists of, folded and in small letters."""

    name: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> "Subject":
        """Return the subject of a name; a title before it is left out."""
        plain = POSSESSIVE.sub("", _plain(name).strip())
        if UNSPACED.search(plain):
            return cls(name, (plain,))
        words = WORD.findall(plain)
        while len(words) > 1 and words[0] in NO_NAMES:
            del words[0]
        return cls(name, tuple(words))


def sentences_that_name(
    subject: Subject, headline: str, sentences: Sequence[str], language: str | None = None
) -> list[bool]:
    """Tell for each sentence of an article whether it names the subject; none does if the article has no full name."""
    named = [False] * len(sentences)
    ends = {subject.words[0], subject.words[-1]}
    may_name = {number: text for number, text in enumerate(sentences) if _may_have(ends, text, language)}
    texts = {number: _with_capitals(sentence) for number, sentence in may_name.items()}
    if language in INFLECTING:
        texts = {number: _in_basic_form(text, subject, language) for number, text in texts.items()}
        headline = _in_basic_form(_with_capitals(headline), subject, language)
    # Most sentences have no word of the name: the rest of the work is not for them.
    texts = {number: text for number, text in texts.items() if any(word in text.casefold() for word in ends)}
    if len(subject.words) == 1:
        found = _single(subject.words[0], list(texts.values()))
    else:
        full = [_has(subject.words, text.casefold()) for text in texts.values()]
        if not (any(full) or _has(subject.words, _plain(headline))):
            return named
        parts = _parts_that_name(subject, list(texts.values()))
        found = [
            has or any(_stands(part, text) for part in parts) for has, text in zip(full, texts.values(), strict=True)
        ]
    for number, is_named in zip(texts, found, strict=True):
        named[number] = is_named
    return named


def _may_have(words: Collection[str], text: str, language: str | None) -> bool:
    """Tell whether a text may have one of some words; most texts have none, and are not looked at more closely."""
    if language in INFLECTING or not text.isascii():
        return True
    small = text.lower()
    return "dj" in small or any(word in small for word in words)


def _in_basic_form(text: str, subject: Subject, language: str | None) -> str:
    """Return a text with the words of a name as they stand in the name, whatever their ending."""
    named = {word: _stem(word, language) for word in subject.words if len(word) > SHARED_LETTERS}

    def basic(match: re.Match[str]) -> str:
        word, small = match[0], match[0].casefold()
        for name, stem in named.items():
            with_ending = small.startswith(name) and len(small) <= len(name) + MAX_ENDING
            if small.startswith(name[:SHARED_LETTERS]) and (with_ending or _is_form(_stem(word, language), stem)):
                return name.capitalize() if word[0].isupper() else name
        return word

    return WORD.sub(basic, text)


def _stem(word: str, language: str | None) -> str:
    return next(iter(stems(word, language)), word)


def _is_form(stem: str, other: str) -> bool:
    """Tell whether two stems are of one name: of "Алексей" there are "алекс" and "алексе"."""
    shorter, longer = sorted((stem, other), key=len)
    return longer.startswith(shorter) and len(longer) - len(shorter) <= 1 and len(shorter) > SHARED_LETTERS


def _single(word: str, texts: Sequence[str]) -> list[bool]:
    """Find a name of one word: with a capital, if the article has it so inside a sentence: "May", but not "may"."""
    found = [_has((word,), text.casefold()) for text in texts]
    if not any(_has_capital_inside(word, text) for text in texts):
        return found
    return [has and _stands(word, text) for has, text in zip(found, texts, strict=True)]


def _has_capital_inside(word: str, text: str) -> bool:
    return re.search(rf"[a-z,;]\s+{re.escape(word.capitalize())}(?!\w)", text) is not None


def _stands(word: str, text: str) -> bool:
    """Tell whether a text has a word with a capital, and not in a date: "Okafor", but not "2 May"."""
    pattern = rf"(?<!\w)(?<!\d\s)(?:{re.escape(word.capitalize())}|{re.escape(word.upper())})(?!\w)(?!\s+\d)"
    return re.search(pattern, text) is not None or any(
        each.casefold() == word and each[0].isupper() and not each.istitle() for each in WORD.findall(text)
    )


def _parts_that_name(subject: Subject, texts: Sequence[str]) -> list[str]:
    """Return the first and the last word of a name, as far as they name nobody and nothing else in the article.

    News goes on with "Okafor" after "Ngozi Okafor", and with "Xu" after "Xu Zhiyong".
    """
    (first, second), (before_last, last) = subject.words[:2], subject.words[-2:]
    pairs = [pair for text in texts for pair in pairwise(WORD.findall(text))]
    offices = {one.casefold() for one, two in pairs if two.casefold() == first} & OFFICES

    def others(word: str, before: str, after: str) -> bool:
        """Tell whether another name has the word, behind or before another word with a capital."""
        behind = (one for one, two in pairs if two.casefold() == word and one[0].isupper())
        ahead = (two for one, two in pairs if one.casefold() == word and one[0].isupper() and two[0].isupper())
        return any(
            (one.casefold() in OFFICES - offices if one.casefold() in NO_NAMES else one.casefold() != before)
            for one in behind
        ) or any(two.casefold() not in NO_NAMES and two.casefold() != after for two in ahead)

    parts = [(first, "", second), (last, before_last, "")]
    return [word for word, before, after in parts if word not in COMMON_PARTS and not others(word, before, after)]


def _with_capitals(text: str) -> str:
    return fold(unicodedata.normalize("NFKC", text)).replace("’", "'")


def _plain(text: str) -> str:
    return _with_capitals(text).casefold()


def _has(words: Sequence[str], text: str) -> bool:
    """Tell whether a text has the words, next to each other."""
    if len(words) == 1 and UNSPACED.search(words[0]):
        return words[0] in text
    name = r"\W{1,3}".join(map(re.escape, words))
    return bool(words) and re.search(rf"(?<!\w){name}(?!\w)", text) is not None
