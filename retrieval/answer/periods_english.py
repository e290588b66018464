"""Periods in plain words: "March 2014", "last summer", "three weeks ago", "the 1990s", as their first and last day.

English only; Chinese ones are read by time_phrases_chinese.py. A period without a year is the last one that has begun.
The seasons are those of the northern half of the earth.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from retrieval.answer.calendar_periods import Period, back, last_begun, month_of, months_from, unit_around, year_of


class FoundPeriod(NamedTuple):
    """A period that a text names, and where its words end."""

    period: Period
    end: int


NAMES = "january february march april may june july august september october november december".split()
MONTHS = {name: number for number, name in enumerate(NAMES, start=1)}
SHORT_MONTHS = {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}
# The words of a sentence that a month's name may also be: people are called so, or they verb.
AMBIGUOUS_MONTHS = frozenset({"march", "april", "may", "june", "august"})
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
NUMBERS = {
    word: number
    for number, words in enumerate(
        "a|an|one two|couple|couple~of three|few|several four five six seven eight nine ten eleven twelve".split(), 1
    )
    for word in words.replace("~", " ").split("|")
}
MIN_YEAR = 1600
MONTHS_IN_YEAR = 12
ORDINALS = ("first", "second", "third", "fourth")

# Not "2014-15", "2000 homes" or "2019 metres".
YEAR = (
    r"(?P<year>(?:1[6-9]|20)[0-9]{2})(?![0-9]|[-–/.,]?[0-9]|(?<=00)\s+[a-z]+s\b|"
    r"\s*(?:%|percent|per cent|people|million|km|metres|meters|euros|dollars)\b)"
)
MONTH = rf"(?P<month>{'|'.join(NAMES)})(?!['’]s)\b"
ANY_MONTH = rf"(?P<month>{'|'.join(NAMES)}|(?:{'|'.join(SHORT_MONTHS)})\b\.?)"
DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\b"
SEASON = rf"(?P<season>{'|'.join(SEASONS)})\b"
NUMBER = rf"(?P<number>[0-9]{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
UNIT = r"(?P<unit>day|week|month|year)"
PART = r"(?:(?:early|mid|late)[\s-]+(?:in\s+)?|(?:the\s+)?(?:beginning|start|middle|end|course)\s+of\s+)?"


def _month_number(match: re.Match[str]) -> int:
    name = match["month"].lower().rstrip(".")
    return MONTHS.get(name) or SHORT_MONTHS[name]


def _count(match: re.Match[str]) -> int:
    word = " ".join((match["number"] or "one").lower().split())
    return int(word) if word.isdigit() else NUMBERS[word]


def _day(match: re.Match[str], today: date) -> Period:
    year, month, day = match.groupdict().get("year"), _month_number(match), int(match["day"])
    named = date(int(year) if year else today.year, month, day)
    if not year and named > today:
        named = date(today.year - 1, month, day)
    return Period(named, named)


def _season(match: re.Match[str], today: date) -> Period:
    month = SEASONS[match["season"].lower()]
    year = match.groupdict().get("year")
    if not year:
        return last_begun(month, today, months=3)
    return months_from(date(int(year), month, 1), 3)


def _previous(match: re.Match[str], today: date) -> Period:
    """Return the period that "last" or "this" names."""
    name, this = match["name"].lower(), match["which"].lower() == "this"
    if name in WEEKDAYS:
        ago = (today.weekday() - WEEKDAYS.index(name)) % 7
        return unit_around(today - timedelta(days=ago or (0 if this else 7)), "day")
    if name in SEASONS:
        return last_begun(SEASONS[name], today, months=3)
    if name in MONTHS:
        return last_begun(MONTHS[name], today if this else today.replace(day=1) - timedelta(days=1))
    if name in {"night", "morning", "evening", "afternoon"}:
        return Period(today if this else today - timedelta(days=1), today)
    return unit_around(today if this else back(today, 1, name), name)


def _since_count(match: re.Match[str], today: date) -> Period:
    return Period(back(today, _count(match), match["unit"].lower()), today)


def _ago(match: re.Match[str], today: date) -> Period:
    unit = match["unit"].lower()
    return unit_around(back(today, _count(match), unit), unit)


def _whole_year(year: int, today: date) -> int:
    """Return a year with its century: the last such year that has begun."""
    return year if year >= 100 else year + (2000 if 2000 + year <= today.year else 1900)


def _decade(match: re.Match[str], today: date) -> Period:
    year = _whole_year(int(match["decade"]), today)
    return Period(date(year, 1, 1), date(year + 9, 12, 31))


def _spoken_day(match: re.Match[str], today: date) -> Period:
    ago = {"today": 0, "tonight": 0, "yesterday": 1}.get(match["spoken"].lower(), 2)
    return unit_around(today - timedelta(days=ago), "day")


def _iso(match: re.Match[str], _: date) -> Period:
    year, month, day = int(match["year"]), int(match["month"]), match["day"]
    return Period(*2 * [date(year, month, int(day))]) if day else month_of(year, month)


def _numeric_day(match: re.Match[str], today: date) -> Period:
    """Return a day in figures: with dots the day comes first; with others only if it can be no month: "25/12/2019"."""
    first, second, year = int(match["first"]), int(match["second"]), _whole_year(int(match["year"]), today)
    if match["mark"] == "." or first > 12 or first == second:
        return Period(*2 * [date(year, second, first)])
    if second > 12:
        return Period(*2 * [date(year, first, second)])
    raise ValueError("It may be either day.")


def _years(match: re.Match[str], _: date) -> Period:
    first, last = int(match["year"]), int(match["last"])
    if last <= MONTHS_IN_YEAR:
        raise ValueError("It is a year and a month.")
    if last < 100:
        last += first // 100 * 100
    if not first < last < first + 100:
        raise ValueError("They are not in their order.")
    return Period(date(first, 1, 1), date(last, 12, 31))


def _part_of_year(match: re.Match[str], _: date) -> Period:
    """Return a quarter or a half of a year."""
    groups = match.groupdict()
    which = (groups.get("which") or groups.get("number") or "").lower()
    unit = (groups.get("half") or groups.get("unit") or "").lower()
    months = 6 if unit.startswith("h") else 3
    count = MONTHS_IN_YEAR // months
    number = count if which == "last" else int(which) if which.isdigit() else ORDINALS.index(which) + 1
    if number > count:
        raise ValueError("A year has two halves.")
    return months_from(date(int(match["year"]), (number - 1) * months + 1, 1), months)


Reading = Callable[[re.Match[str], date], Period]
PREVIOUS = (
    r"(?P<which>last|this|past|previous)\s+(?P<name>week|month|year|night|morning|evening|afternoon|"
    rf"{'|'.join((*WEEKDAYS, *SEASONS, *NAMES))})\b"
)
# What needs no word before it, such as "in".
FREE: tuple[tuple[str, Reading], ...] = (
    (r"(?P<spoken>today|tonight|yesterday|the\s+day\s+before\s+yesterday)\b(?!['’]s)", _spoken_day),
    (r"(?<!the\s)" + PREVIOUS + r"(?!['’]s|\s+of\b)", _previous),
    (rf"(?:about\s+|around\s+)?{NUMBER}\s+{UNIT}s?\s+ago\b", _ago),
    (rf"the\s+(?:last|past)\s+(?:{NUMBER}\s+)?{UNIT}s?\b(?!\s+of\b)", _since_count),
)
# What is a period after "in", "on", "since" and the like.
BOUND: tuple[tuple[str, Reading], ...] = (
    (rf"(?:last|past)\s+(?:{NUMBER}\s+)?{UNIT}s\b", _since_count),
    (r"(?P<year>(?:1[6-9]|20)[0-9]{2})-(?P<month>[01]?[0-9])(?:-(?P<day>[0-3]?[0-9]))?(?![0-9-])", _iso),
    (
        r"(?P<first>[0-3]?[0-9])(?P<mark>[./-])(?P<second>[0-3]?[0-9])(?P=mark)(?P<year>[12][0-9]{3}|[0-9]{2}(?=[^0-9]|$))(?![0-9])",
        _numeric_day,
    ),
    (r"(?P<year>(?:1[6-9]|20)[0-9]{2})\s?[-–/]\s?(?P<last>(?:(?:1[6-9]|20))?[0-9]{2})(?![0-9]|[-–/.,][0-9])", _years),
    (
        rf"(?:the\s+)?(?:(?P<unit>[qh])(?P<number>[1-4])|(?P<which>{'|'.join(ORDINALS)}|last)\s+(?P<half>half|quarter))"
        rf"(?:\s+of|,|/)?\s*{YEAR}",
        _part_of_year,
    ),
    (r"(?P<year>(?:1[6-9]|20)[0-9]{2})\s+(?P<unit>[qh])(?P<number>[1-4])\b", _part_of_year),
    (rf"(?:{'|'.join(WEEKDAYS)})?,?\s*(?:the\s+)?{DAY}\s+(?:of\s+)?{ANY_MONTH}(?:,?\s+{YEAR})?", _day),
    (rf"{ANY_MONTH}\s+(?:the\s+)?{DAY}(?:,?\s+{YEAR})?", _day),
    (rf"{PART}{ANY_MONTH},?\s+(?:of\s+)?{YEAR}", lambda match, _: month_of(int(match["year"]), _month_number(match))),
    (rf"{PART}{MONTH}", lambda match, today: last_begun(_month_number(match), today)),
    (rf"(?:the\s+)?{SEASON}(?:\s+of)?,?\s+{YEAR}", _season),
    (rf"the\s+{SEASON}", _season),
    (rf"{PART}(?:the\s+year\s+)?{YEAR}", lambda match, _: year_of(int(match["year"]))),
    (r"the\s+['’]?(?P<decade>(?:1[6-9]|20)?[0-9]0)['’]?s\b", _decade),
)


@cache
def _free_patterns() -> tuple[tuple[re.Pattern[str], Reading], ...]:
    return tuple((re.compile(rf"(?i:\b{pattern})"), read) for pattern, read in FREE)


# Compiled when a question has a word such as "in": most have none.
@cache
def _all_patterns() -> tuple[tuple[re.Pattern[str], Reading], ...]:
    return (*_free_patterns(), *((re.compile(rf"(?i:{pattern})"), read) for pattern, read in BOUND))


def period_at(text: str, at: int, today: date) -> FoundPeriod | None:
    """Return the period whose words begin here, the longest one; None if there is none."""
    found = [
        (match.end(), period)
        for pattern, read in _all_patterns()
        if (match := pattern.match(text, at)) and (period := _read(read, match, today))
    ]
    if not found:
        return None
    end, period = max(found, key=lambda each: each[0])
    return FoundPeriod(period, end)


def whole_period(text: str, today: date) -> Period | None:
    """Return the period that a text is, and nothing else; None if it is none."""
    found = period_at(text, 0, today)
    return found.period if found and found.end == len(text) else None


def free_periods(text: str, today: date) -> Iterator[tuple[int, FoundPeriod]]:
    """Yield the periods that need no word before them, and where their words begin."""
    for pattern, read in _free_patterns():
        for match in pattern.finditer(text):
            if period := _read(read, match, today):
                yield match.start(), FoundPeriod(period, match.end())


def _read(read: Reading, match: re.Match[str], today: date) -> Period | None:
    with suppress(ValueError, OverflowError):  # there is no 31 June
        period = read(match, today)
        return period if period.first.year >= MIN_YEAR else None
    return None
