"""Which passages are in a slice of an archive, by their articles' dates, sources and authors."""

import re
import unicodedata
from collections.abc import Sequence

from corpus.article import Card
from retrieval.errors import UnknownName
from retrieval.types import Filters

WORD = re.compile(r"[^\W_]+")
# How many names an error holds out, and how much of each: names are as long as whoever wrote the article made them.
NEAREST_NAMES, LONGEST_NAME = 3, 60


def matches(filters: Filters, card: Card) -> bool:
    """Tell whether an article may be in a slice; one without a date is in none that has a first or a last day.

    When it was added is not looked at: no passage ever comes to be of an article that was added at another time.
    """
    if filters.since and not (card.published and card.published >= filters.since):
        return False
    if filters.until and not (card.published and card.published <= filters.until):
        return False
    return all(
        asked is None or (name is not None and name_matches(asked, name))
        for asked, name in ((filters.source, card.source), (filters.author, card.author))
    )


def name_matches(asked: str, name: str) -> bool:
    """Tell whether the words asked for stand in a name, one after the other, in capitals or not."""
    words = _words(asked)
    return bool(words) and f" {words} " in f" {_words(name)} "


def _words(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def matching_names(column: str, asked: str, names: Sequence[str]) -> list[str]:
    """Return the names that have the words asked for; raises UnknownName, with the nearest, where none does."""
    if found := [name for name in names if name_matches(asked, name)]:
        return found
    if not names:
        raise _none_named(column)
    raise _not_named(column, _shortened(asked), [_shortened(name) for name in _nearest(asked, names)])


def _none_named(column: str) -> UnknownName:
    # Whole sentences for either, since in other languages more than the noun is another.
    if column == "source":
        return UnknownName("No article in this archive names its source. Ask without source.")
    return UnknownName("No article in this archive names its author. Ask without author.")


def _not_named(column: str, asked: str, nearest: Sequence[str]) -> UnknownName:
    listed = ", ".join(map(repr, nearest))
    if column == "source":
        return UnknownName(
            "No article in this archive has the source {asked!r}. The nearest: {nearest}. "
            "Ask for one of these, or without source.",
            asked=asked,
            nearest=listed,
        )
    return UnknownName(
        "No article in this archive has the author {asked!r}. The nearest: {nearest}. "
        "Ask for one of these, or without author.",
        asked=asked,
        nearest=listed,
    )


def _nearest(asked: str, names: Sequence[str]) -> list[str]:
    from rapidfuzz import fuzz, process, utils

    scored = process.extract(asked, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=NEAREST_NAMES)
    return [name for name, _, _ in scored]


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
