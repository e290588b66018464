"""Which sentences of different articles say the same."""

import re
from collections.abc import Sequence

from retrieval.text.analysis import stems
from retrieval.text.stop_words import STOP_WORDS

WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d+")
# These change what a sentence says, though they are stop words.
STOP_WORDS_THAT_COUNT = frozenset("no not never none nor without before after until from to by he she him her".split())


def same_as_earlier(sentences: Sequence[str], languages: Sequence[str | None]) -> list[int]:
    """Return for each sentence the number of the first one that says the same; its own if none before does.

    They say the same if they differ in nothing but articles, auxiliaries and the like: one other word may turn a
    sentence into its opposite.
    """
    firsts: dict[tuple[object, ...], int] = {}
    return [
        firsts.setdefault(_content(text, language), number)
        for number, (text, language) in enumerate(zip(sentences, languages, strict=True))
    ]


def _content(text: str, language: str | None) -> tuple[object, ...]:
    words = [word.lower() for word in WORD.findall(text)]
    kept = " ".join(word for word in words if word in STOP_WORDS_THAT_COUNT or word not in STOP_WORDS)
    counting = tuple(word for word in words if word in STOP_WORDS_THAT_COUNT)
    return (*stems(kept, language), None, *counting, None, *NUMBER.findall(text))
