"""Which articles pass filters by date, source and author, and which names match a name that a user asks for."""

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
        asked is None or (name is not None and name_matches(asked, name))
        for asked, name in ((filters.source, card.source), (filters.author, card.author))
    )


def name_matches(asked: str, name: str) -> bool:
    """Tell whether a name has the words asked for, in this order and next to each other; case is ignored."""
    words = _words(asked)
    return bool(words) and f" {words} " in f" {_words(name)} "


def _words(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def matching_names(column: str, asked: str, names: Sequence[str]) -> list[str]:
    """Return the names that match; raises UnknownName, suggesting the nearest, if none does."""
    if found := [name for name in names if name_matches(asked, name)]:
        return found
    if not names:
        raise _none_named(column)
    raise _not_named(column, _shortened(asked), [_shortened(name) for name in _nearest(asked, names)])


def _none_named(column: str) -> UnknownName:
    # Two whole sentences: in other languages, more than the noun differs.
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

    scored = process.extract(
        asked, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=MAX_SUGGESTED_NAMES
    )
    return [name for name, _, _ in scored]


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARACTERS else f"{name[: MAX_NAME_CHARACTERS - 1]}…"
