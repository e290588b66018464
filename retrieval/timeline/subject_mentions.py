"""Which sentences name a subject: by its full name, or by a part of it that can be nobody else's in that article.

Letters are compared as people type them ("Dukic" names "Đukić"), in any case. Names in scripts without spaces are
strings of characters, and have no parts.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.text.folding import fold
from retrieval.text.stop_words import STOP_WORDS

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
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


@dataclass(frozen=True)
class Subject:
    """A name as it was asked for, and the words that it consists of, folded and in small letters."""

    name: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> "Subject":
        """Return the subject of a name."""
        plain = _plain(name)
        return cls(name, (plain,) if UNSPACED.search(plain) else tuple(WORD.findall(plain)))


def sentences_that_name(subject: Subject, headline: str, sentences: Sequence[str]) -> list[bool]:
    """Tell for each sentence of an article whether it names the subject; none does if the article has no full name."""
    plain = [_plain(sentence) for sentence in sentences]
    full = [_has(subject.words, sentence) for sentence in plain]
    if not (any(full) or _has(subject.words, _plain(headline))):
        return [False] * len(sentences)
    short = _short_names(subject, sentences)
    return [named or any(_has((name,), text) for name in short) for named, text in zip(full, plain, strict=True)]


def _short_names(subject: Subject, sentences: Sequence[str]) -> list[str]:
    """Return the first and the last word of a name, as far as no other name in the sentences has them there.

    News goes on with "Okafor" after "Ngozi Okafor", and with "Xu" after "Xu Zhiyong".
    """
    if len(subject.words) < 2:
        return []
    (first, second), (before_last, last) = subject.words[:2], subject.words[-2:]
    pairs = [pair for sentence in sentences for pair in pairwise(WORD.findall(_with_capitals(sentence)))]
    others_last = any(
        two.casefold() == last and _may_be_name(one) and one.casefold() != before_last for one, two in pairs
    )
    others_first = any(one.casefold() == first and _may_be_name(two) and two.casefold() != second for one, two in pairs)
    return [*([] if others_first else [first]), *([] if others_last else [last])]


def _may_be_name(word: str) -> bool:
    return word[0].isupper() and word.casefold() not in NO_NAMES


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
