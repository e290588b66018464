"""A name as the archive writes it in another script: "许志永" for "Xu Zhiyong", "Navalny" for "Навальный".

Vectors of names tell little across languages, so the archive is searched for words that are romanized as the name is,
and its passages for what sounds like it. Foreign names in Chinese are not found: "约翰·克里" is "John Kerry".
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.answer.chinese_names import SURNAMES, chinese_names
from retrieval.archive.contract import Archive
from retrieval.text.folding import fold
from retrieval.text.romanize import ALPHABETS, characters, romanized, sound, sound_alike, spellings
from retrieval.text.simplified import HAN

MAX_PASSAGES = 50
MAX_SIMILAR, MAX_SUGGESTED, MAX_SPELLINGS = 3, 3, 3
MAX_WORDS = 4
WORD = re.compile(r"[^\W\d_]+(?:['’-](?!s\b)[^\W\d_]+)*")
CHINESE_NAME = re.compile(r"(?P<surname>欧阳|司马|上官|诸葛|.)(?P<given>[\u4e00-\u9fff]{1,2})")
# Surnames that are too rare, or begin too many words, to tell names in a text by them.
RARE_SURNAMES = frozenset("习薄曲柴祝骆柯卓项纪梅盛童颜关蓝祁倪牛季柳屈裴鲍单栗")


@dataclass(frozen=True, slots=True)
class OtherScripts:
    """What a name is in other scripts; `possible` are names of several people that sound like it."""

    names: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


def in_other_scripts(name: str, archive: Archive) -> OtherScripts:
    """Return what the archive has for a name in other scripts; one search by words finds the passages."""
    if HAN.search(name):
        chinese = CHINESE_NAME.fullmatch(fold(name))
        return _of_chinese(chinese["surname"], chinese["given"], archive) if chinese else OtherScripts()
    words = WORD.findall(name)
    if not 0 < len(words) <= MAX_WORDS or not all(map(romanized, words)):
        return OtherScripts()
    return _of_latin(words, archive) if all(map(_is_latin, words)) else _of_alphabet(words, archive)


def _of_chinese(surname: str, given: str, archive: Archive) -> OtherScripts:
    """Return a Chinese name, or the name of a place, as it stands in Latin letters: "Xu Zhiyong", "Beijing"."""
    words = romanized(surname), romanized(given)
    texts = _texts(archive, [*words, "".join(words)])
    runs = [run for text in texts for length in (1, 2) for run in _runs(text, length)]
    spelled = {words, ("".join(words),)}
    return _best(words, [name for name, parts in runs if tuple(map(romanized, parts)) in spelled])


def _of_alphabet(words: Sequence[str], archive: Archive) -> OtherScripts:
    """Return a name in Cyrillic, Greek or the like, as it stands in Latin letters."""
    terms = [romanized(word) for word in words]
    terms += [f"y{term}" for term in terms if term.startswith("e")]  # Yeltsin
    similar = [near for term in terms for near in archive.similar_words(term, MAX_SIMILAR)]
    runs = [run for text in _texts(archive, [*terms, *similar]) for run in _runs(text, len(words))]
    return _best(words, [name for name, parts in runs if all(map(_is_latin, parts)) and _sound_alike(words, parts)])


def _of_latin(words: Sequence[str], archive: Archive) -> OtherScripts:
    """Return a name in Latin letters, as it stands in Cyrillic, in Greek and in Chinese."""
    spelled = [spelled for word in words for alphabet in ALPHABETS for spelled in spellings(word, alphabet)]
    chinese = _ChineseSpellings.of(words)
    texts = _texts(archive, [*spelled, *chinese.beginnings])
    runs = [run for text in texts for run in _runs(text, len(words))]
    others = [name for name, parts in runs if not any(map(_is_latin, parts)) and _sound_alike(words, parts)]
    in_alphabet = _best(words, others).names
    found = Counter(name for text in texts for name in chinese.found_in(fold(text)))
    in_chinese = tuple(name for name, _ in found.most_common(MAX_SUGGESTED))
    if len(in_chinese) > 1:
        return OtherScripts(in_alphabet, in_chinese)
    return OtherScripts((*in_alphabet, *in_chinese))


@dataclass(frozen=True, slots=True)
class _ChineseSpellings:
    """The Chinese names that are romanized as a surname and a given name; none if the words are no such name."""

    beginnings: tuple[str, ...]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, words: Sequence[str]) -> "_ChineseSpellings":
        """Return those of the words of a name."""
        if len(words) != 2:
            return cls((), None)
        surnames = "".join(filter(_is_surname, characters(romanized(words[0]))))
        given = list(_syllables(romanized(words[1])))
        if not surnames or not given:
            return cls((), None)
        beginnings = (surname + character for surname in surnames for first, _ in given for character in first)
        patterns = (f"[{surnames}][{first}]" + (f"[{second}]" if second else "") for first, second in given)
        return cls(tuple(beginnings), re.compile("|".join(patterns)))

    def found_in(self, text: str) -> list[str]:
        """Return those that are in a text; what is around two characters must fit a name, since they may be a word."""
        found = self.pattern.findall(text) if self.pattern else []
        names = set(chinese_names(text)) if found else set()
        return [name for name in found if len(name) > 2 or name in names]


def _is_surname(character: str) -> bool:
    return character in RARE_SURNAMES or re.fullmatch(SURNAMES, character) is not None


def _syllables(given: str) -> Iterator[tuple[str, str]]:
    """Yield the characters of a given name of two syllables or one."""
    for at in range(1, len(given)):
        if (first := characters(given[:at])) and (second := characters(given[at:])):
            yield first, second
    if one := characters(given):
        yield one, ""


def _is_latin(word: str) -> bool:
    return fold(word).isascii()


def _texts(archive: Archive, terms: Sequence[str]) -> list[str]:
    return [hit.passage.text for hit in archive.search_words(" ".join(dict.fromkeys(terms)), MAX_PASSAGES)]


def _runs(text: str, length: int) -> Iterator[tuple[str, list[str]]]:
    """Yield every run of so many words that begin with a capital, with nothing but a space between them."""
    matches = list(WORD.finditer(text))
    for start in range(len(matches) - length + 1):
        run = matches[start : start + length]
        words = [match[0] for match in run]
        if all(word[0].isupper() for word in words):
            name = text[run[0].start() : run[-1].end()]
            if name == " ".join(words):
                yield name, words


def _sound_alike(words: Sequence[str], others: Sequence[str]) -> bool:
    return all(sound_alike(one, other) for one, other in zip(words, others, strict=True))


def _best(words: Sequence[str], names: Iterable[str]) -> OtherScripts:
    """Return the name that sounds most like some words, of several the most frequent, and those that sound as it does.

    "Aleksei" sounds as "Alexei".
    """
    wanted = list(map(sound, words))
    sounds = {name: list(map(sound, name.split())) for name, _ in Counter(names).most_common()}
    best = wanted if wanted in sounds.values() else next(iter(sounds.values()), wanted)
    return OtherScripts(tuple(name for name, heard in sounds.items() if heard == best)[:MAX_SPELLINGS])
