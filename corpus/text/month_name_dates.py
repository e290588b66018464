"""Parses dates with the name of a month, in the languages that dateparser knows.

Dateparser would try 200 languages on every text: 1.5 s for the first that is no date, 20 ms for each later one. So the
words of its own data choose the few languages that may know a text, and a text without the name of a month costs none.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
OTHER_WORDS = ("skip", "pertain", "year", "month", "day")
# A text is tried in so many languages: those that know most of its words.
MAX_LANGUAGES = 4
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
WORD = re.compile(r"[^\W\d_]{2}")
NUMBER = re.compile(r"\d+")
SEPARATORS = re.compile(r"[\s\d.,;:/()\[\]'’`´|،؛、।-]+")
# Abbreviations that dateparser does not know.
ENGLISH_WEEKDAY = re.compile(r"\b(?:thurs?|tues|weds?|satur)\b\.?,?", re.IGNORECASE)
OF = re.compile(r"(?<=\d)(?:st|nd|rd|th)\s+(?:day\s+)?of\s+", re.IGNORECASE)
SLASHES = re.compile(r"(?<=\w)/(?=\w)")


class _Words(NamedTuple):
    """The languages that know a word, in dateparser's order, by kind of word."""

    months: dict[str, tuple[str, ...]]
    weekdays: frozenset[str]
    others: dict[str, frozenset[str]]


def is_weekday(word: str) -> bool:
    """Tell whether a word is the name of a weekday in some language."""
    return bool(ENGLISH_WEEKDAY.fullmatch(word)) or _plain(word) in _words().weekdays


@lru_cache(maxsize=1024)
def parse_words(text: str, *, month_first: bool = False) -> date | None:
    """Return the date in a text with a day, the name of a month, and a year of four digits; None if there is none."""
    year = YEAR.search(text)
    if year is None or not WORD.search(text) or len(NUMBER.findall(text)) < 2:
        return None
    if NUMBER.search(text[: year.start()]):
        text = text[: year.end()]  # anything may follow: "à 10h33", "3 min read"
    text = SLASHES.sub(" ", OF.sub(" ", ENGLISH_WEEKDAY.sub(" ", text)))
    numbers = {int(number) for number in NUMBER.findall(text)}
    for language in _languages(text):
        parsed = _parser(language, month_first).get_date_data(text).date_obj
        if parsed:
            return parsed.date() if {parsed.year, parsed.day} <= numbers else None
    return None


@lru_cache(maxsize=64)
def _parser(language: str, month_first: bool) -> Any:
    from dateparser import DateDataParser

    settings: Any = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": False,
        "DATE_ORDER": "MDY" if month_first else "DMY",
    }
    return DateDataParser(languages=[language], settings=settings)


def _languages(text: str) -> list[str]:
    """Return the languages that may know the date in a text, likeliest first."""
    index, known, months = _words(), Counter[str](), dict[str, None]()
    for word in set(filter(None, map(_plain, SEPARATORS.split(text)))):
        languages = index.months.get(word, ())
        months |= dict.fromkeys(languages)
        known.update(index.others.get(word, frozenset()) | frozenset(languages))
    order = {language: number for number, language in enumerate(_language_order())}
    return sorted(months, key=lambda language: (-known[language], order[language]))[:MAX_LANGUAGES]


def _language_order() -> list[str]:
    from dateparser.data.languages_info import language_order

    return list(language_order)


@lru_cache(maxsize=1)
def _words() -> _Words:
    months: dict[str, dict[str, None]] = {}
    weekdays: set[str] = set()
    others: dict[str, set[str]] = {}
    for language in _language_order():
        info = import_module(f"dateparser.data.date_translation_data.{language}").info
        for word in _of_kinds(info, MONTHS):
            months.setdefault(word, {})[language] = None
        names = set(_of_kinds(info, WEEKDAYS))
        weekdays |= names
        for word in names.union(_of_kinds(info, OTHER_WORDS)):
            others.setdefault(word, set()).add(language)
    return _Words(
        {word: tuple(languages) for word, languages in months.items()},
        frozenset(weekdays),
        {word: frozenset(languages) for word, languages in others.items()},
    )


def _of_kinds(info: dict[str, Any], kinds: list[str] | tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        for name in info.get(kind) or ():
            yield from filter(None, map(_plain, SEPARATORS.split(name)))


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))
