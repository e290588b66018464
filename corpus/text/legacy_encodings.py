"""Finds the encoding of text that is neither UTF-8 nor declared: the one in which the text makes sense.

Most 8-bit encodings can decode any bytes, so each candidate's text is examined. Its letters must be those of the
language that it seems to be in (`language_letters`), capitals must not follow small letters, and signs must not stand
inside words. The result is a score: the mean over all characters beyond ASCII, about 1 for the right encoding.
"""

import codecs
import math
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from corpus.errors import Unreadable
from corpus.text import language_letters
from corpus.text.character_scores import (
    BROKEN,
    UNLIKELY,
    best_score,
    letter_score,
    mixed_letters,
    place_score,
    script_of,
    sign_score,
)
from corpus.text.language import likely_languages

# Of equally good candidates, the first is taken: the usual encodings come first.
CANDIDATES = """
    cp1252 cp1251 gb18030 big5hkscs cp932 cp949 euc_jp cp1250 cp1254 cp1253 cp1255 cp1256 cp1257 cp874 cp1258
    iso8859-15 iso8859-2 iso8859-9 koi8-r koi8-u iso8859-5 iso8859-7 iso8859-8 iso8859-6 mac_roman cp850 cp437
    mac_cyrillic cp866 cp852 mac_latin2 iso8859-13 iso8859-4 mac_greek mac_turkish mac_croatian mac_iceland
    cp855 cp857 cp737 cp862 cp775 cp861 cp865 cp860 cp863 cp869 mac_romanian
""".split()
# So many places further down this list cost as much as one character that fits.
PLACES_A_CHARACTER = 80
# The sample: whole lines with characters beyond ASCII, until they have so many bytes beyond ASCII.
SAMPLE_BYTES, SAMPLE_BEYOND_ASCII = 60_000, 1_000
# The lowest score of text, except of text that is nearly all ASCII.
MIN_SCORE, NEARLY_ASCII = -0.5, 0.1
# The largest share of the characters beyond ASCII that the encoding may lack.
MAX_BROKEN_SHARE = 0.01
# How much better another encoding must be than a declared one.
DECLARED_MARGIN = 0.5
WORD = re.compile(r"[^\W\d_]+")
HIGH_BYTE = re.compile(rb"[\x80-\xff]")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
LINE_BYTES = 4_000
MIN_LANGUAGE_PROBABILITY = 0.02
# Letters of another script are unlikely in a text that has so many times as many letters of ASCII.
FEW, STRANGE = 10, -2.0


class Candidate(NamedTuple):
    """An encoding, and how well the text makes sense in it."""

    encoding: str
    score: float


def decode_by_language(data: bytes, declared: str | None = None) -> str:
    """Decode bytes that are not UTF-8 in the likeliest encoding; raises Unreadable if they are not text.

    The declared encoding is taken unless another one is much better. Few broken characters become U+FFFD.
    """
    return decode_as(likely_encoding(data, declared), data)


def decode_as(encoding: str, data: bytes) -> str:
    """Decode bytes; what the encoding lacks becomes U+FFFD."""
    text = data.decode(encoding, "replace")
    # Code page 1258 stores the letters and the tone marks of Vietnamese apart.
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text


def likely_encoding(data: bytes, declared: str | None = None) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8; raises Unreadable if they are not text."""
    for candidate in ranked(data, declared):
        text = data.decode(candidate.encoding, "replace")
        if text.count("\ufffd") <= MAX_BROKEN_SHARE * len(BEYOND_ASCII.findall(text)):
            return candidate.encoding
    raise Unreadable("not a text file, or in an unknown encoding: save its text in UTF-8")


def ranked(data: bytes, declared: str | None = None) -> list[Candidate]:
    """Return the encodings in which the bytes make sense, the likeliest first."""
    return _ranked(_sample(data), declared)


@lru_cache(8)  # several readers look at a file before one reads it
def _ranked(sample: bytes, declared: str | None) -> list[Candidate]:
    texts: dict[str, Candidate] = {}  # by text, because many encodings agree on most letters
    for place, encoding in enumerate([*([declared] if declared else []), *CANDIDATES]):
        text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
        beyond = sum(character > "\x7f" for character in text) or 1
        bonus = DECLARED_MARGIN if declared and place == 0 else -place / PLACES_A_CHARACTER / beyond
        texts.setdefault(text, Candidate(encoding, bonus))
    examined = [(Examined(text, declared=found.encoding == declared), found) for text, found in texts.items()]
    examined.sort(key=lambda pair: -(pair[0].bound + pair[1].score))
    candidates: list[Candidate] = []
    for seen, (encoding, bonus) in examined:
        # The language is looked for only where it can still change which encoding is the best.
        is_open = not candidates or seen.bound + bonus > max(candidate.score for candidate in candidates)
        candidates.append(Candidate(encoding, (seen.score() if is_open else seen.bound) + bonus))
    high_bytes = len(HIGH_BYTE.findall(sample))
    min_score = MIN_SCORE if high_bytes > NEARLY_ASCII * len(sample) else -math.inf
    return sorted((found for found in candidates if found.score >= min_score), key=lambda found: -found.score)


def _sample(data: bytes) -> bytes:
    """Return lines with bytes beyond ASCII; of a long line, the part up to a space."""
    lines, beyond, size, end = [], 0, 0, 0
    while (match := HIGH_BYTE.search(data, end)) and beyond <= SAMPLE_BEYOND_ASCII and size <= SAMPLE_BYTES:
        start = max(end, data.rfind(b"\n", end, match.start()) + 1, match.start() - LINE_BYTES)
        end = data.find(b"\n", match.start(), match.start() + LINE_BYTES)
        if end < 0:
            end = match.start() + LINE_BYTES
            end = max(end if end >= len(data) else data.rfind(b" ", match.start(), end), 0) or end
        lines.append(data[start:end])
        size += len(lines[-1])
        beyond += len(HIGH_BYTE.findall(lines[-1]))
    return b"\n".join(lines)


class Examined:
    """A text in one of the encodings, with the score of each character beyond ASCII as far as its place decides it."""

    def __init__(self, text: str, *, declared: bool = False) -> None:
        self.text = text
        self._declared = declared
        beyond = [match.start() for match in BEYOND_ASCII.finditer(text)][: 2 * SAMPLE_BEYOND_ASCII]
        self._count = len(beyond) or 1
        letters = [at for at in beyond if script_of(text[at]) not in ("", "cjk")]
        self._letters = [(text[at], min(place_score(text, at), best_score(text[at]))) for at in letters]
        self._fixed = sum(sign_score(text, at) for at in beyond if script_of(text[at]) in ("", "cjk"))
        self._fixed += UNLIKELY * sum(mixed_letters(word[0]) for word in WORD.finditer(text))
        # No language can give a higher score than this.
        self.bound = (self._fixed + sum(place for _, place in self._letters)) / self._count if beyond else BROKEN

    def score(self) -> float:
        """Return the mean score in the language that fits best."""
        scripts = {script_of(letter) for letter, _ in self._letters}
        strange = sum(script_of(letter) != "latin" for letter, _ in self._letters)
        ascii_letters = sum(map(str.isascii, filter(str.isalpha, self.text)))
        # Who declares an encoding knows that it has another script: a Russian word in English markup.
        cost = STRANGE * strange if not self._declared and ascii_letters > FEW * strange else 0.0
        best = cost + max(
            (
                sum(min(place, letter_score(language, letter, script)) for letter, place in self._letters)
                for script in scripts
                for language in _languages(self.text, script)
            ),
            default=0.0,
        )
        return (self._fixed + best) / self._count if self.bound > BROKEN else BROKEN


def _languages(text: str, script: str) -> Iterator[str]:
    if script == "latin":
        probable = [name for name, share in likely_languages(text).items() if share >= MIN_LANGUAGE_PROBABILITY]
        yield from [name for name in probable if name in language_letters.LATIN] or ["en"]
    else:
        yield from (name for name, letters in language_letters.OTHER.items() if script_of(letters[0]) == script)
