"""Stems of words in Latin letters, in the languages other than English that Snowball has.

The tokenizer of the index ("en_stem") takes every word for English. So a stem of another language ends with a rune, the
mark of its language: the English stemmer finds no ending there, and no stem is taken for one of another language.
"""

import re
import threading
from typing import NamedTuple

import tantivy

from corpus.text.language import MACROLANGUAGES


class Stemmer(NamedTuple):
    """Snowball's name of a language, and its mark."""

    name: str
    mark: str


STEMMERS = {
    "da": Stemmer("danish", "ᚠ"),
    "de": Stemmer("german", "ᚢ"),
    "es": Stemmer("spanish", "ᚦ"),
    "fi": Stemmer("finnish", "ᚨ"),
    "fr": Stemmer("french", "ᚱ"),
    "hu": Stemmer("hungarian", "ᚲ"),
    "it": Stemmer("italian", "ᚷ"),
    "nl": Stemmer("dutch", "ᚹ"),
    "no": Stemmer("norwegian", "ᚺ"),
    "pt": Stemmer("portuguese", "ᚾ"),
    "ro": Stemmer("romanian", "ᛁ"),
    "sv": Stemmer("swedish", "ᛃ"),
    "tr": Stemmer("turkish", "ᛇ"),
}
DEFAULT = "en"
LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
# A word with digits ("H7N9") has no endings: it stays as it is in every language.
WORD = re.compile(f"(?<![0-9{LETTERS}])[{LETTERS}]+(?![0-9{LETTERS}])")


class _Analyzers(threading.local):
    """Each thread has its own, because tantivy's analyzer refuses concurrent calls."""

    def __init__(self) -> None:
        self._by_name: dict[str, tantivy.TextAnalyzer] = {}

    def stem(self, name: str, words: list[str]) -> list[str]:
        """Return the stem of each word, in lower case."""
        if name not in self._by_name:
            self._by_name[name] = (
                tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
                .filter(tantivy.Filter.lowercase())
                .filter(tantivy.Filter.stemmer(name))
                .build()
            )
        return self._by_name[name].analyze(" ".join(words))


_ANALYZERS = _Analyzers()


def stemmed_as(language: str | None) -> str:
    """Return the code of the language whose stemmer is used for a language: English for those without one."""
    code = MACROLANGUAGES.get(language or "", language)
    return code if code in STEMMERS else DEFAULT


def stem_latin(text: str, language: str | None) -> str:
    """Replace each word in Latin letters by its marked stem; `text` has its letters folded.

    The stemmers know accents, but without them a word is found in either spelling. English is left as it is.
    """
    stemmer = STEMMERS.get(stemmed_as(language))
    if not stemmer:
        return text
    stems = iter(_ANALYZERS.stem(stemmer.name, WORD.findall(text)))
    return WORD.sub(lambda _: next(stems) + stemmer.mark, text)
