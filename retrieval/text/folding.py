"""Folds letters to those that people type: "Wałęsa" to "Walesa", "Weißenkirche" to "Weissenkirche".

Traditional Chinese is folded to simplified.
"""

import re
import unicodedata

from retrieval.text.simplified import simplified

# Letters that have no decomposition.
LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ŧ": "t",
    "ŋ": "n",
    "ĸ": "k",
    "ſ": "s",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ĳ": "ij",
    "ə": "e",
    "ς": "σ",
    "ё": "е",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
}
# Latin and Greek letters lose their accents. In other scripts, a mark makes another letter: й is not и.
DECOMPOSED = ((0xC0, 0x24F), (0x1E00, 0x1EFF), (0x386, 0x3CE), (0x1F00, 0x1FFF))
# Accents that are characters of their own, the points of Hebrew, and the vowel marks of Arabic.
POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
MARKS = f"\u0300-\u036f{POINTS}"
# They go from letters of these scripts, as does what stretches a word of Arabic.
MARK = re.compile(f"(?<=[A-Za-z\u00c0-\u06ff\u1e00-\u1fff])[{MARKS}]+|(?<=[\u0620-\u064a])\u0640+")
# tantivy takes points for letters, also where they stand alone.
LONE_POINT = re.compile(f"[{POINTS}]+")
POINT = re.compile(f"[{POINTS}]")
POINTED_LETTER = re.compile("[\u05d0-\u05ea\u0620-\u063f\u0641-\u064a\u0671-\u06d3]")
# What Serbs and Croats write for Đ without the letter.
DJ = re.compile(r"\b([Dd])[Jj](?=[AEIOUaeiou])")


def _table() -> dict[int, str]:
    table = {}
    for first, last in DECOMPOSED:
        for code in range(first, last + 1):
            base = MARK.sub("", unicodedata.normalize("NFD", chr(code)))
            if base != chr(code) and base.isalpha():
                table[code] = base
    for letter, folded in LETTERS.items():
        table[ord(letter)] = folded
        if len(letter.upper()) == 1 and letter.upper() != letter:
            table.setdefault(ord(letter.upper()), folded.capitalize())
    return table | {ord("ẞ"): "SS", ord("İ"): "I"}


TABLE = _table()


def fold(text: str) -> str:
    """Return a text with the letters that people type for it; folding a folded text changes nothing."""
    if not text.isascii():
        text = simplified(LONE_POINT.sub(" ", MARK.sub("", text.translate(TABLE))))
    return DJ.sub(r"\1", text) if "j" in text or "J" in text else text


def without_vowel_marks(text: str) -> str:
    """Return a text without the vowel marks of Arabic and Hebrew, if it has more than one for four letters.

    Models have read texts without them. A mark here and there is as newspapers write.
    """
    if len(POINT.findall(text)) * 4 <= len(POINTED_LETTER.findall(text)):
        return text
    return POINT.sub("", text)
