"""Which articles pass filters by date, source and author, and which names match the name in a filter."""

import re
import unicodedata
from collections.abc import Sequence

from corpus.article import Card
from retrieval.errors import UnknownName
from retrieval.types import Filters

WORD = re.compile(r"[^\W_]+")
# Names that an error suggests, and characters of each: names come from articles, and may be long.
MAX_SUGGESTED_NAMES, MAX_NAME_CHARACTERS = 3, 60


def matches(filters: Filters, card: Card) -> bool:
    """Tell whether an article passes the filters; one without a date passes no filter by date.

    `added_after` is not checked: the generation that added the article of a passage never changes.
    """
    if filters.since and not (card.published and card.published >= filters.since):
        return False
    if filters.until and not (card.published and card.published <= filters.until):
        return False
    return all(
        wanted is None or (name is not None and name_matches(wanted, name))
        for wanted, name in ((filters.source, card.source), (filters.author, card.author))
    )


def name_matches(wanted: str, name: str) -> bool:
    """Tell whether a name has the wanted words, in this order and next to each other; case is ignored."""
    words = _words(wanted)
    return bool(words) and f" {words} " in f" {_words(name)} "


def _words(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def matching_names(column: str, wanted: str, names: Sequence[str]) -> list[str]:
    """Return the names that match; raises UnknownName, suggesting the nearest, if none does."""
    if matching := [name for name in names if name_matches(wanted, name)]:
        return matching
    if not names:
        raise _none_named(column)
    raise _not_named(column, _shortened(wanted), [_shortened(name) for name in _nearest(wanted, names)])


def _none_named(column: str) -> UnknownName:
    # Two whole sentences: in other languages, more than the noun differs.
    if column == "source":
        return UnknownName("No article in this archive names its source. Ask without source.")
    return UnknownName("No article in this archive names its author. Ask without author.")


def _not_named(column: str, wanted: str, nearest: Sequence[str]) -> UnknownName:
    if column == "source":
        return UnknownName(
            "No article in this archive has the source “{asked}”. The nearest: {nearest}. "
            "Ask for one of these, or without source.",
            asked=wanted,
            nearest=tuple(nearest),
        )
    return UnknownName(
        "No article in this archive has the author “{asked}”. The nearest: {nearest}. "
        "Ask for one of these, or without author.",
        asked=wanted,
        nearest=tuple(nearest),
    )


def _nearest(wanted: str, names: Sequence[str]) -> list[str]:
    from rapidfuzz import fuzz, process, utils

    scored = process.extract(
        wanted, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=MAX_SUGGESTED_NAMES
    )
    return [name for name, _, _ in scored]


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARACTERS else f"{name[: MAX_NAME_CHARACTERS - 1]}…"
