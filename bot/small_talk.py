"""Recognizes messages that are no question to the archive: greetings, thanks, questions about the bot itself."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from retrieval.text.folding import fold

TABLE = Path(__file__).with_suffix(".toml")
MAX_CHARACTERS = 80  # of a message that may be small talk
AROUND = "around"
# The apostrophe is part of a word; Chinese is written without spaces.
NO_WORDS = re.compile(r"[^\w'’]+")
WORD = r"[^\W\d_][\w'’]*"
# Up to four words and a mark, before something else.
BEGINNING = re.compile(rf"\s*({WORD}(?:\s+{WORD}){{0,3}})\s*[,.!:;，。！、；：…—–-]+\s*(?=\w)")
SPACED = ("ar", "en", "es", "ru")


class SmallTalk(StrEnum):
    """A kind of small talk; the table small_talk.toml has its phrases."""

    GREETING = "greeting"
    THANKS = "thanks"
    WHO = "who"
    ABILITIES = "abilities"
    COUNT = "count"
    FAREWELL = "farewell"
    NEWS = "news"
    SOURCE = "source"
    DOUBT = "doubt"
    REMARK = "remark"


def small_talk(message: str) -> SmallTalk | None:
    """Return the kind of small talk that a whole message is, in any language of the table; None if it is none."""
    if len(message) > MAX_CHARACTERS:
        return None
    words = NO_WORDS.sub(" ", _short(fold(message.casefold()).replace("’", "'"))).strip()
    if not words:
        return None
    return next((kind for kind, phrases in _patterns().items() if phrases.fullmatch(words)), None)


def without_greeting(message: str) -> str:
    """Return a message without the greeting or thanks that it begins with: "Thanks! And when was she arrested?"."""
    begun = BEGINNING.match(message[:MAX_CHARACTERS])
    if not begun or small_talk(begun[1]) not in {SmallTalk.GREETING, SmallTalk.THANKS}:
        return message
    return message[begun.end() :]


@cache
def _patterns() -> Mapping[SmallTalk, re.Pattern[str]]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    around = table.pop(AROUND)
    return {
        SmallTalk(kind): re.compile(
            "|".join(_pattern(phrases, around[code], code) for code, phrases in by_code.items())
        )
        for kind, by_code in table.items()
    }


def _pattern(phrases: list[str], around: list[str], code: str) -> str:
    """Return a pattern of a language's phrases, with any of the words around them."""
    gap = " " if code in SPACED else " ?"
    before, after = (
        f"(?:(?:{'|'.join(map(_folded, around))}){gap})*",
        f"(?:{gap}(?:{'|'.join(map(_folded, around))}))*",
    )
    return f"{before}(?:{'|'.join(map(_folded, phrases))}){after}"


def _short(words: str) -> str:
    """Return words without letters that are drawn out: "helloooo"."""
    return re.sub(r"([a-z])\1{2,}", r"\1", words)


def _folded(phrase: str) -> str:
    return re.escape(fold(phrase.casefold()))
