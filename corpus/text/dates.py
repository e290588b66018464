"""Parses dates in many forms and languages."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from corpus.text.month_name_dates import is_weekday, parse_words

MIN_YEAR = 1600
MAX_DATE_CHARACTERS = 100
# A year of two digits that is so many years ahead at most is a future one, and so none; a later one is in the 1900s.
MAX_YEARS_AHEAD = 3
# In which order the numbers of 3/4/2014 or 14/3/4 stand.
Order = Literal["DMY", "MDY", "YMD"]
# What may follow a date in numbers: a time, a time zone, a weekday.
TIME = (
    r"(?:[T\s,]\s*\D{0,12}\d{1,2}[:.h]\d{2}.*|[\s,]\s*\D{0,12}\d{1,2}\s*(?:[ap]\.?m\b|h\b|uhr\b).*|\s*[Zz]"
    r"|T\d{2}(?:\d{2}){0,2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?|[+-]\d{2}:?\d{2}|\s+[A-Z]{2,5}|\s*\(\D{1,12}\))?"
)
YEAR_FIRST = re.compile(rf"(\d{{4}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{1,2}})\.?{TIME}", re.DOTALL | re.IGNORECASE)
COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?|[T\s]\d{1,2}:\d{2}.*)?", re.DOTALL
)
EASTERN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日號号일].*", re.DOTALL)
YEAR_LAST = re.compile(
    rf"(\d{{1,2}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}|['’]?\d{{2}}){TIME}", re.DOTALL | re.IGNORECASE
)
MAIL = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2}[\s-][A-Za-z]{3}[\s-])(\d{2,4})\s+\d{1,2}:\d{2}.*", re.DOTALL)
# 17-Feb-14, 17 February '14, Feb 17, '14; a time may follow.
SHORT_YEAR_LAST = re.compile(
    r"(\d{1,2}(?:st|nd|rd|th|\.)?[\s./-]*[^\W\d_]{3,12}[\s.,/-]+['’]?|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+['’])"
    r"(\d{2})(?:[\s,]+\d{1,2}[:.h]\d{2}.*)?",
    re.DOTALL,
)
WEEKDAY = re.compile(r"([^\W\d_]{2,15})\.?,?\s+(?=\d)")
# What may precede a date: "Published:", "Publié le".
LABEL = re.compile(
    r"(?:(?:(?:first )?published|posted|publié|paru|veröffentlicht|publicado|pubblicato|publicerad|gepubliceerd"
    r"|опубликовано|发布时间|发布于|date|datum|on|le|am|el|il|em|op)\b[\s:：]*)+|\D{1,30}[:：]\s*",
    re.IGNORECASE,
)
MONTH_FIRST = ("en-us", "en-ph")
# What programs write where they know no date: the year 0, the year 1, the first second of Unix time in any zone.
YEAR_UNSET = re.compile(r"(?<![\d+])-?000[01](?!\d)")
EPOCH, DAY_BEFORE_EPOCH = date(1970, 1, 1), date(1969, 12, 31)
EPOCH_IN_THE_WEST = re.compile(r"(?<!\d)(?:1[2-9]|2[0-3]):(?:[03]0|59)(?::00|:59)?\b")
# Spreadsheets and databases write the number 0 as one of these days.
ZERO_DAYS = (date(1899, 12, 30), date(1899, 12, 31))
# Twitter writes "Mon Feb 17 10:00:00 +0000 2014".
ZONE_BEFORE_YEAR = re.compile(r"([A-Za-z]{3} [A-Za-z]{3} +\d{1,2}) \d{1,2}:\d\d:\d\d [+-]\d{4} (\d{4})")
UNSET_NUMBER = re.compile(r"[-+]?0+(?:\.0+)?")


def parse_date(
    text: str, day_first: bool | None = None, language: str | None = None, order: Order | None = None
) -> date | None:
    """Return the date that a text states, in the time zone that it is written in; None if it is not a date.

    None is also returned for an impossible date (31/02/2014), one before 1600 or after tomorrow, one without day,
    month or year, and one that stands for no date (1970-01-01). `day_first` says that 3/4/2014 is the 3rd of April.
    If it is None, the numbers stand in the given order, else the month comes first in American English (`language`
    en-US) and the day elsewhere; if only another order gives a date, that one is taken.
    """
    text = _without_label(text)
    if not text or len(text) > MAX_DATE_CHARACTERS:
        return None
    for days in (
        _year_first(text),
        _numbers(text, _orders(text, day_first, language, order)),
        _mail(text),
    ):
        if days is not None:
            return _first_plausible(days, text)
    return _first_plausible(_words(text, day_first), text)


def is_unset_date(text: str) -> bool:
    """Tell whether a text is what programs write where they know no date: the year 1, or 1970-01-01."""
    text = _without_label(text)
    if len(text) > MAX_DATE_CHARACTERS:
        return False
    if UNSET_NUMBER.fullmatch(text):
        return True
    days = _year_first(text) or _numbers(text, ("DMY",)) or _mail(text) or _words(text, None)
    return bool(YEAR_UNSET.search(text)) or any(_is_unset(day, text) for day in days)


def possible_orders(text: str) -> tuple[str, tuple[Order, ...]] | None:
    """Return the separator of a date in three numbers, and the orders in which it is a date; None for other dates."""
    text = _without_label(text)
    match = YEAR_LAST.fullmatch(_without_weekday(text)) if len(text) <= MAX_DATE_CHARACTERS else None
    if match is None:
        return None
    orders: tuple[Order, ...] = ("DMY", "MDY", "YMD")
    return match[2], tuple(order for order in orders if any(map(is_plausible, _numbers(text, (order,)) or ())))


def _without_label(text: str) -> str:
    text = " ".join(text[: 2 * MAX_DATE_CHARACTERS].split())
    label = LABEL.match(text)
    return text[label.end() :] if label else text


def _without_weekday(text: str) -> str:
    match = WEEKDAY.match(text)
    return text[match.end() :] if match and is_weekday(match[1]) else text


def _year_first(text: str) -> tuple[date, ...] | None:
    match = YEAR_FIRST.fullmatch(text)
    if match:
        return _day(match[1], match[3], match[4])
    if match := COMPACT.fullmatch(text) or EASTERN.fullmatch(text):
        return _day(match[1], match[2], match[3])
    without_weekday = _without_weekday(text)
    return _year_first(without_weekday) if without_weekday != text else None


def _orders(text: str, day_first: bool | None, language: str | None, order: Order | None) -> tuple[Order, ...]:
    if day_first is not None:
        return ("DMY",) if day_first else ("MDY",)
    month_first = "." not in text and (language or "").lower() in MONTH_FIRST
    usual: tuple[Order, ...] = ("MDY", "DMY", "YMD") if month_first else ("DMY", "MDY", "YMD")
    return (order, *usual) if order else usual


def _numbers(text: str, orders: tuple[Order, ...]) -> tuple[date, ...] | None:
    """Return the dates that three numbers are in the given orders; None if a text is not three numbers."""
    match = YEAR_LAST.fullmatch(_without_weekday(text))
    if match is None:
        return None
    first, second, last = match[1], match[3], match[4]
    days: tuple[date, ...] = ()
    for order in orders:
        if order == "YMD":
            days += _day(_full_year(first), second, last) if len(first) == len(last) == 2 else ()
        else:
            day, month = (first, second) if order == "DMY" else (second, first)
            days += _day(_full_year(last), month, day)
    return days


def _mail(text: str) -> tuple[date, ...] | None:
    match = MAIL.fullmatch(text)
    if match is None:
        return None
    from email.utils import parsedate

    # The library takes the year 0001 for 2001.
    parts = parsedate(f"{match[1]}2000 00:00:00")
    return _day(_full_year(match[2]), str(parts[1]), str(parts[2])) if parts else None


def _words(text: str, day_first: bool | None) -> tuple[date, ...]:
    if zoned := ZONE_BEFORE_YEAR.fullmatch(text):
        text = f"{zoned[1]} {zoned[2]}"
    if short := SHORT_YEAR_LAST.fullmatch(text):
        text = f"{short[1].rstrip(chr(39) + '’')}{_full_year(short[2])}"
    day = parse_words(text, month_first=day_first is False)
    return (day,) if day else ()


def _full_year(year: str) -> str:
    digits = year.lstrip("'’")
    if len(digits) != 2:
        return digits
    this_year = datetime.now(UTC).year
    return str(2000 + int(digits) if 2000 + int(digits) <= this_year + MAX_YEARS_AHEAD else 1900 + int(digits))


def _day(year: str, month: str, day: str) -> tuple[date, ...]:
    try:
        return (date(int(year), int(month), int(day)),)
    except ValueError:
        return ()


def _first_plausible(days: tuple[date, ...], text: str) -> date | None:
    return next((day for day in days if is_plausible(day) and not _is_unset(day, text)), None)


def is_plausible(day: date) -> bool:
    """Tell whether a date is one of a publication: not before 1600, and not after tomorrow."""
    return day.year >= MIN_YEAR and day <= (datetime.now(UTC) + timedelta(days=1)).date()


def _is_unset(day: date, text: str) -> bool:
    return day == EPOCH or day in ZERO_DAYS or (day == DAY_BEFORE_EPOCH and EPOCH_IN_THE_WEST.search(text) is not None)
