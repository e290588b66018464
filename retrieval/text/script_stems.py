"""Stems of words in scripts that one language, or one family, writes: Cyrillic, Greek, Arabic and Tamil.

They are stemmed as Russian, Greek, Arabic and Tamil. Other Slavic languages share many endings with Russian; what
differs is cut the same way in question and passage.
"""

import re
import threading
import unicodedata
from functools import cache

import tantivy

SCRIPTS = {
    "russian": "\u0400-\u04ff",
    "greek": "\u0370-\u03ff",
    "arabic": "\u0620-\u06d3",
    "tamil": "\u0b82-\u0bcd",
}
# The scripts of India and Sri Lanka. Their signs belong to words, also those that are no letters to Python.
INDIC = range(0x0900, 0x0E00)
INDIC_MARKS = "".join(chr(code) for code in INDIC if unicodedata.category(chr(code)).startswith("M"))
# At viramas and nuktas, tantivy would end a word.
JOINING_MARKS = "".join(mark for mark in INDIC_MARKS if unicodedata.combining(mark))
JOINERS = "\u200c\u200d"


class _Stemmers(threading.local):
    """Tantivy's Snowball stemmers. Each thread has its own, because an analyzer refuses concurrent calls."""

    def __init__(self) -> None:
        self._analyzers: dict[str, tantivy.TextAnalyzer] = {}

    def stem(self, language: str, word: str) -> str:
        """Return a word's stem in lower case."""
        if language not in self._analyzers:
            self._analyzers[language] = (
                tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
                .filter(tantivy.Filter.lowercase())
                .filter(tantivy.Filter.stemmer(language))
                .build()
            )
        return "".join(self._analyzers[language].analyze(word)) or word


_STEMMERS = _Stemmers()


def stem_scripts(text: str) -> str:
    """Replace each word in one of SCRIPTS by its stem, and keep Indic words whole; `text` has its letters folded."""
    if text.isascii():
        return text
    stemmed = _words().sub(lambda match: _STEMMERS.stem(str(match.lastgroup), match[0]), text)
    return _joining_marks().sub("", stemmed)


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{language}>[{letters}]+)" for language, letters in SCRIPTS.items()))


@cache
def _joining_marks() -> re.Pattern[str]:
    return re.compile(f"[{JOINING_MARKS}][{JOINERS}]?")
