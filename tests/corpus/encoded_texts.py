"""The texts of tests/cases/encodings in every legacy encoding of their languages."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TEXTS = Path(__file__).parents[1] / "cases" / "encodings"
WEST = "cp1252 iso8859-1 iso8859-15 mac_roman cp850"
CENTRAL = "cp1250 iso8859-2 mac_latin2 cp852"
BALTIC = "cp1257 iso8859-13 cp775"
CYRILLIC = "cp1251 koi8-r iso8859-5 cp866 mac_cyrillic"
ENCODINGS = {
    **dict.fromkeys("de fr es it nl ca ga sq".split(), WEST + " cp437"),
    **dict.fromkeys("en sv fi".split(), WEST + " cp437"),
    "pt": WEST + " cp860",
    **dict.fromkeys("da no".split(), WEST + " cp865"),
    "is": WEST + " cp861 mac_iceland",
    "et": WEST + " " + BALTIC,
    **dict.fromkeys("pl cs sk hu".split(), CENTRAL),
    **dict.fromkeys("hr sl".split(), CENTRAL + " mac_croatian"),
    "ro": "cp1250 iso8859-2 cp852",
    **dict.fromkeys("lv lt".split(), BALTIC + " iso8859-4"),
    "tr": "cp1254 iso8859-9 mac_turkish cp857",
    "ru": CYRILLIC,
    "bg": "cp1251 iso8859-5 cp866 mac_cyrillic",
    "uk": "cp1251 koi8-u mac_cyrillic",
    "be": "cp1251 iso8859-5 mac_cyrillic",
    **dict.fromkeys("sr mk".split(), "cp1251 iso8859-5 mac_cyrillic cp855"),
    "el": "cp1253 iso8859-7 mac_greek cp737",
    "he": "cp1255 iso8859-8 cp862",
    "ar": "cp1256 iso8859-6",
    "fa": "cp1256",
    "th": "tis-620 cp874",
    "vi": "cp1258",
    "zh-hans": "gb18030 gb2312 gbk",
    "zh-hant": "big5 big5hkscs",
    "ja": "shift_jis cp932 euc-jp iso-2022-jp",
    "ko": "euc-kr cp949",
}
# What programs write where an encoding lacks a punctuation mark.
PLAIN = str.maketrans("„“”«»–—’‘…·", '"""""--\'\'..', "")


class Encoded(NamedTuple):
    """A text, the encoding it was written in, and its bytes."""

    language: str
    encoding: str
    text: str
    data: bytes


def encoded_texts() -> Iterator[Encoded]:
    """Yield every text in every encoding: the whole text, and parts of two hundred characters and more."""
    for language, encodings in ENCODINGS.items():
        whole = (TEXTS / f"{language}.txt").read_text("utf-8")
        paragraphs = whole.split("\n\n")
        parts = [whole, "\n\n".join(paragraphs[:2])[:240], paragraphs[1], paragraphs[2]]
        for encoding in encodings.split():
            for part in parts:
                for text in (part, part.translate(PLAIN)):
                    try:
                        data = _decomposed(text).encode(encoding) if encoding == "cp1258" else text.encode(encoding)
                    except UnicodeEncodeError:
                        continue
                    yield Encoded(language, encoding, text, data)
                    break


def wide_texts() -> Iterator[Encoded]:
    """Yield the texts in UTF-16 and UTF-32 without a byte order mark."""
    for language in ENCODINGS:
        text = (TEXTS / f"{language}.txt").read_text("utf-8")
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            yield Encoded(language, encoding, text, text.encode(encoding))


def _decomposed(text: str) -> str:
    """Separate the tone marks of Vietnamese, as code page 1258 stores them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"

    def split(match: re.Match[str]) -> str:
        parts = unicodedata.normalize("NFD", match[0])
        tone = "".join(mark for mark in parts if mark in tones)
        return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + tone

    return re.sub(r"[^\x00-\x7f]", split, text)
