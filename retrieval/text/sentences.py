"""Finds the sentences of a paragraph: sentencex does, and this module corrects it where it knows better.

sentencex knows few abbreviations of most languages, and takes every single letter for an initial. At each place where
a sentence may end, a rule for the language decides, or sentencex does where no rule applies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise

from sentencex import get_sentence_boundaries

from corpus.article import Span
from corpus.text.language import MACROLANGUAGES
from retrieval.text import abbreviations

# Spaces of more than one byte, each with a plain space.
SPACES = dict.fromkeys((0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000), " ")
# A full stop where a sentence may end: a space follows, or the hyphen of "J.-C.".
FULL_STOP = re.compile(r"\.(?=\s+\S|-\w)")
# The last words before a full stop, and the first one after it.
LAST_WORDS = re.compile(r"(?:(\S+)\s+)?(\S+)\Z")
NEXT_WORD = re.compile(r"\s*[\"'“„«‘(\[¿¡$€£#]*([^\W_]+(?:[-.’'][^\W_]+)*)")
# "At 10 a.m. Mayor Holm spoke": the sentence has only begun.
AT_FIRST = re.compile(r"(?:At|By|Around|About|Before|After|Until|From|Since|On \w+ at) \d[\d:.]* ?[ap]\.?m\.")
# "см." is also "see", in Russian.
METRIC = frozenset("мм см км кг га".split())
# A short word before a small letter is an abbreviation, in a text with capitals.
MAX_SHORT = 5
# A letter and a full stop, without a space below them.
NO_SPACE = re.compile(r"(?<!\w)[^\W\d_]\.\Z")
LETTERS = re.compile(r"[^\W\d_]")
ROMAN = re.compile(r"[IVXLC]+")
INITIALS = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Abbreviations of years and centuries: "в 1990 г. Москва", but also "Он родился в 1990 г. Москва".
YEARS = {"ru": "г гг в вв", "uk": "р рр ст", "be": "г гг", "bg": "г", "pl": "r w", "cs": "r", "sk": "r"}
# With fewer words before it, what seems to be a sentence is its beginning ("В 1990 г.").
MIN_WORDS_OF_A_SENTENCE = 5
# The characters of a paragraph that sentencex is given at once.
PART = 5_000
# At most so many characters around a place decide.
NEAR = 120
# Bosnian has the abbreviations of Croatian.
SAME_ABBREVIATIONS = MACROLANGUAGES | {"bs": "hr"}


def sentence_spans(text: str, language: str | None) -> list[Span]:
    """Return the spans of the sentences of one paragraph, in order; together they are the whole paragraph."""
    code = (language or "en").split("-")[0].lower()
    ends = set(_sentencex_ends(code, text))
    rules = _Rules(SAME_ABBREVIATIONS.get(code, code))
    start, places = 0, sorted({*ends, *_full_stops(text)})
    cuts = [0]
    for place in places:
        if place >= len(text):
            break
        end = rules.ends(text, start, place)
        if place in ends if end is None else end:
            cuts.append(place)
            start = place
    return [Span(*cut) for cut in pairwise([*cuts, len(text)]) if cut[0] < cut[1]]


def _sentencex_ends(language: str, text: str) -> Iterator[int]:
    """Yield where sentences end for sentencex, which takes quadratic time: a long paragraph is read in parts."""
    start = 0
    while start < len(text):
        part = text[start : start + PART]
        ends = [start + boundary["end_index"] for boundary in _boundaries(language, part)]
        if start + len(part) < len(text):
            ends.pop()  # the part ends inside this sentence
        yield from ends
        start = ends[-1] if ends and start + len(part) < len(text) else start + len(part)


def _full_stops(text: str) -> Iterable[int]:
    """Yield where a sentence would begin after each full stop: behind the space."""
    for match in FULL_STOP.finditer(text):
        end = match.end()
        yield end + len(text[end : end + NEAR]) - len(text[end : end + NEAR].lstrip())


def _boundaries(language: str, paragraph: str) -> Iterable[Mapping[str, int]]:
    """Return the start and end index of each sentence, as sentencex finds them."""
    boundaries: Iterable[Mapping[str, int]]
    try:
        boundaries = get_sentence_boundaries(language, paragraph)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # PanicException is not an Exception
            raise
        # sentencex miscounts the bytes around some spaces of two bytes.
        boundaries = get_sentence_boundaries(language, paragraph.translate(SPACES))
    return boundaries


class _Rules:
    """The rules of one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._endless = _forms("ENDLESS", language)
        self._before_number = _forms("BEFORE_NUMBER", language)
        self._may_end = _forms("MAY_END", language)
        self._starters = _forms("STARTERS", language)
        self._years = frozenset(YEARS.get(language, "").split())

    def ends(self, text: str, start: int, place: int) -> bool | None:
        """Tell whether the sentence that begins at `start` ends at `place`; None if no rule applies."""
        before = text[max(start, place - NEAR) : place].rstrip()
        if not before.endswith("."):
            return None
        if text[place] == "-" and text[place - 1] == ".":
            return False
        if text[place] in "ºª" or (
            text[place].isalnum() and NO_SPACE.search(text, max(0, place - 3), place)
        ):  # inside "a.C."
            return False
        words = LAST_WORDS.search(before[:-1])
        following = NEXT_WORD.match(text, place, place + NEAR)
        if words is None or following is None:
            return None
        previous, word = (words[1] or "").strip("(,;:"), re.split(r"['’](?=\w)", words[2].lstrip("(\"'“„«‘["))[-1]
        if word.endswith("."):  # "He waited ..."
            return None
        return self._decide(word, previous, following[1], before)

    def _decide(self, word: str, previous: str, following: str, sentence: str) -> bool | None:
        is_small, is_number = following[0].islower() and following.islower(), following[0].isdigit()
        starts = following in self._starters
        if self._language in abbreviations.ORDINALS and NUMBER.fullmatch(word):
            return self._ends_after_ordinal(word, previous, following, sentence, is_small=is_small)
        if not LETTERS.search(word):
            return None
        if word in abbreviations.CLOCK and AT_FIRST.fullmatch(sentence):
            return False
        if word in abbreviations.CLOCK or (word in ("m", "M") and previous.lower() in ("a.", "p.")):
            return (
                not is_small and not is_number and not {following, following.capitalize()} & abbreviations.AFTER_CLOCK
            )
        joined = f"{previous}{word}" if previous.endswith(".") else word
        if is_small and (
            self._is_abbreviation(word, joined) or (len(word) <= MAX_SHORT and any(map(str.isupper, sentence)))
        ):
            return False
        if word in METRIC and NUMBER.match(previous):
            return not is_number
        if word in self._before_number and (is_number or ROMAN.fullmatch(following)):
            return False
        if word == "no":
            return not is_number  # "no. 7"
        if self._language in abbreviations.ORDINALS and len(word) > 1 and ROMAN.fullmatch(word) and starts:
            return True  # "Wilhelm II. Er ging."
        if word in self._years:
            is_time = NUMBER.match(previous) or ROMAN.fullmatch(previous)
            return bool(is_time and (starts or len(sentence.split()) >= MIN_WORDS_OF_A_SENTENCE))
        if {word, joined} & self._may_end:
            # "St." and "Dr." before a name are a saint and a doctor; after one, a street and a drive.
            return starts and (previous[:1].isupper() or word not in ("St", "Dr"))
        if {word, joined} & self._endless:
            return False
        if word in abbreviations.UNITS and NUMBER.match(previous):
            return not is_number
        if len(word) == 1 and word.isupper():
            return self._ends_after_letter(word, previous, following)
        if INITIALS.fullmatch(word):
            return False if not is_number and not starts else None
        # "EE." of "EE. UU."
        return False if f"{word}.{following}" in self._may_end | self._endless else None

    def _is_abbreviation(self, word: str, joined: str) -> bool:
        return (
            len(word) == 1
            or "." in word
            or bool(ROMAN.fullmatch(word))
            or word in abbreviations.UNITS
            or bool({word, joined} & (self._endless | self._may_end | self._before_number))
        )

    def _ends_after_letter(self, letter: str, previous: str, following: str) -> bool | None:
        if letter == "I" and previous in ("and", "or", "than", "but"):
            return True
        if previous.lower() in abbreviations.BEFORE_LETTERS and (previous.islower() or previous[:1].isupper()):
            # "a J. Smith" is rarer than "an A.": after the article, only a word that begins sentences counts.
            return following in self._starters if previous in ("a", "an", "and", "or") else True
        return None if following[0].isdigit() else False

    def _ends_after_ordinal(
        self, number: str, previous: str, following: str, sentence: str, *, is_small: bool
    ) -> bool | None:
        if is_small or len(sentence.split()) == 1:
            return False
        if len(number) > 3 or not number.isdigit():
            return None
        if following[0].isdigit():
            return None
        return not (previous.lower() in abbreviations.BEFORE_ORDINAL or following in abbreviations.AFTER_ORDINAL)


@cache
def _forms(table: str, language: str) -> frozenset[str]:
    words = getattr(abbreviations, table).get(language, "").split()
    forms = {word.rstrip(".") for word in words}
    return frozenset(forms | {form[:1].upper() + form[1:] for form in forms})
