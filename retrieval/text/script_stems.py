"""Stems of words in scripts that one language, or one family, writes: Cyrillic, Greek and Arabic.

They are stemmed as Russian, Greek and Arabic. Other Slavic languages share many endings with Russian; what differs is
cut the same way in question and passage.
"""

import re
import threading
from functools import cache

import tantivy

SCRIPTS = {
    "russian": "\u0400-\u04ff",
    "greek": "\u0370-\u03ff",
    "arabic": "\u0620-\u06d3",
}


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
    """Replace each word in one of SCRIPTS by its stem; `text` has its letters folded."""
    if text.isascii():
        return text
    return _words().sub(lambda match: _STEMMERS.stem(str(match.lastgroup), match[0]), text)


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{language}>[{letters}]+)" for language, letters in SCRIPTS.items()))
