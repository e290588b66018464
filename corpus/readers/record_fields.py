"""Chooses the values of a record's fields, by the names and by the values: an empty one never hides the next."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from corpus.readers.day_month_order import ColumnOrders
from corpus.readers.field_names import NESTED, candidates, is_publication_date, is_teaser
from corpus.readers.number_dates import number_date
from corpus.readers.record_values import EMPTY, value_text
from corpus.text.dates import is_unset_date, parse_date
from corpus.text.urls import canonical_url

# NewsAPI and others cut a text off: "… [+1234 chars]".
CUT_OFF = re.compile(r"\[\+?\d+ char(?:acter)?s\]\s*$")
MAX_MARK_CHARACTERS = 40
# A whole page has menus around its text. A word without a space, such as a hash, is no text.
WHOLE_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
NO_TEXT = re.compile(r"\s*(?:[A-Za-z0-9_+/=.-]{1,200}|https?://\S+)\s*")
NAME_PART = re.compile(r"(?:post )?author[ _]?(first|last)[ _]?name", re.IGNORECASE)
INTRO = "introtext"
DATE_PARTS = ("year", "month", "day")
MAX_DATES_OF_A_RECORD = 10


class Choice(NamedTuple):
    """A field's text, and the name that it was found under; `written` is a date as the record writes it."""

    text: str
    name: str
    written: str = ""


def flat(values: Mapping[str, object]) -> dict[str, object]:
    """Lift the values of nested objects like "metadata" to the top, unless a value of that name is already there.

    What programs write for no value becomes "".
    """
    nested = {name: value for name, value in values.items() if isinstance(value, Mapping) and name.casefold() in NESTED}
    flat = {name: value for name, value in values.items() if name not in nested}
    for inner in nested.values():
        for name, value in inner.items():
            if value_text("title", flat.get(str(name))) is None:
                flat[str(name)] = value
    return {name: "" if isinstance(value, str) and value.strip() in EMPTY else value for name, value in flat.items()}


def choose_fields(
    values: Mapping[str, object], orders: ColumnOrders | None = None, day_first: bool | None = None
) -> dict[str, Choice]:
    """Return the chosen value of each field that has one. A date that can be read becomes YYYY-MM-DD."""
    names = candidates(tuple(values))
    chosen = {
        "title": _first(names, values, "title"),
        "text": _text(names, values),
        "author": _first(names, values, "author") or _full_name(values),
        "source": next((choice for choice in _usable(names, values, "source") if not _is_link(choice.text)), None),
        "language": _first(names, values, "language"),
        "id": _first(names, values, "id"),
        "url": _url(names, values),
    }
    language = chosen["language"].text if chosen["language"] else None
    chosen["published"] = _published(names, values, orders, day_first, language)
    return {field: choice for field, choice in chosen.items() if choice}


def date_texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return the texts of a record's dates by their names."""
    return {choice.name: choice.text for choice in _usable(candidates(tuple(values)), values, "published")}


def _usable(names: Mapping[str, tuple[str, ...]], values: Mapping[str, object], field: str) -> Iterator[Choice]:
    for name in names.get(field, ()):
        text = value_text(field, values[name])
        if text and text.strip():
            yield Choice(text, name)


def _first(names: Mapping[str, tuple[str, ...]], values: Mapping[str, object], field: str) -> Choice | None:
    return next(_usable(names, values, field), None)


def _text(names: Mapping[str, tuple[str, ...]], values: Mapping[str, object]) -> Choice | None:
    """Return the whole text, or else a teaser; a text that was cut off gives way to a longer teaser."""
    texts = [choice for choice in _usable(names, values, "text") if not NO_TEXT.fullmatch(choice.text)]
    whole = [choice for choice in texts if not is_teaser(choice.name)]
    whole.sort(key=lambda choice: bool(WHOLE_PAGE.match(choice.text)))  # the sort is stable
    teasers = [choice for choice in texts if is_teaser(choice.name)]
    if whole and (mark := CUT_OFF.search(whole[0].text, max(0, len(whole[0].text) - MAX_MARK_CHARACTERS))):
        cut = whole[0]._replace(text=whole[0].text[: mark.start()].rstrip())
        return max([cut, *teasers], key=lambda choice: len(choice.text))
    return _with_intro(next(iter(whole), None), teasers) or next(iter(teasers), None) or _first(names, values, "text")


def _with_intro(whole: Choice | None, teasers: list[Choice]) -> Choice | None:
    """Return a whole text behind its beginning, if a record has that in a field of its own, as Joomla's have."""
    intro = next((choice for choice in teasers if choice.name.casefold() == INTRO), None)
    if whole is None or intro is None or intro.text in whole.text:
        return whole
    return Choice(f"{intro.text}\n\n{whole.text}", f"{intro.name}, {whole.name}")


def _url(names: Mapping[str, tuple[str, ...]], values: Mapping[str, object]) -> Choice | None:
    """Return the first link, or else a source that is one, or else the first value, so that a warning can quote it."""
    choices = list(_usable(names, values, "url"))
    links = (choice for choice in [*choices, *_usable(names, values, "source")] if _is_link(choice.text))
    written = (choice for choice in choices if choice.name.casefold() not in ("guid", "uri"))
    return next(links, None) or next(written, None)


def _is_link(text: str) -> bool:
    return "://" in text and canonical_url(text) is not None


def _published(
    names: Mapping[str, tuple[str, ...]],
    values: Mapping[str, object],
    orders: ColumnOrders | None,
    day_first: bool | None,
    language: str | None,
) -> Choice | None:
    """Return the first date of publication that can be read; one of creation or change only if none is written."""
    written: Choice | None = None
    for choice in list(_usable(names, values, "published"))[:MAX_DATES_OF_A_RECORD]:
        if written and not is_unset_date(written.text) and not is_publication_date(choice.name):
            break
        order = orders.order_of(choice.name, choice.text) if orders and day_first is None else None
        if day := number_date(choice.text, choice.name):
            return Choice(day.isoformat(), choice.name, day.isoformat())
        if day := parse_date(choice.text, day_first, language, order):
            return Choice(day.isoformat(), choice.name, choice.text)
        written = written or choice
    return _from_parts(values) or written


def _full_name(values: Mapping[str, object]) -> Choice | None:
    """Return the author whose first and last name a record has in two fields."""
    parts: dict[str, str] = {}
    for name, value in values.items():
        match = NAME_PART.fullmatch(name.strip())
        text = value_text("author", value) if match else None
        if match and text:
            parts.setdefault(match[1].casefold(), text)
    return Choice(f"{parts['first']} {parts['last']}", "author's first and last name") if len(parts) > 1 else None


def _from_parts(values: Mapping[str, object]) -> Choice | None:
    """Return the date that a record has in three fields: year, month, day."""
    by_name = {name.casefold(): value for name, value in values.items() if name.casefold() in DATE_PARTS}
    if len(by_name) < len(DATE_PARTS):
        return None
    parts = [(value_text("published", by_name[name]) or "").removesuffix(".0") for name in DATE_PARTS]
    day = parse_date("-".join(parts)) or parse_date(" ".join(parts[::-1]))
    return Choice(day.isoformat(), "year, month, day", day.isoformat()) if day else None
