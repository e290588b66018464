"""Parses dates in many forms and languages."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

MIN_YEAR = 1600
MAX_DATE_CHARACTERS = 100
# What may follow a date in numbers: a time, a time zone.
TIME = r"(?:[T\s,]\s*\D{0,12}\d{1,2}[:.h]\d{2}.*|\s*[Zz]|[+-]\d{2}:?\d{2})?"
YEAR_FIRST = re.compile(rf"(\d{{4}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{1,2}})\.?{TIME}", re.DOTALL)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?")
EASTERN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일].*", re.DOTALL)
YEAR_LAST = re.compile(rf"(\d{{1,2}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}){TIME}", re.DOTALL)
MAIL = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[\s-][A-Za-z]{3}[\s-]\d{2,4}\s+\d{1,2}:\d{2}.*", re.DOTALL)
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
WORD = re.compile(r"[^\W\d_]{2}")
# What may precede a date: "Published:", "Publié le".
LABEL = re.compile(
    r"(?:(?:(?:first )?published|posted|publié|paru|veröffentlicht|publicado|pubblicato|publicerad|gepubliceerd"
    r"|опубликовано|发布时间|发布于|date|datum|on|le|am|el|il|em|op)\b[\s:：]*)+|\D{1,30}[:：]\s*",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d+")
MONTH_FIRST = ("en-us", "en-ph")


def parse_date(text: str, day_first: bool | None = None, language: str | None = None) -> date | None:
    """Return the date that a text states, in the time zone that it is written in; None if it is not a date.

    None is also returned for an impossible date (31/02/2014), one before 1600 or after tomorrow, and one without day,
    month or year. `day_first` says that 3/4/2014 is the 3rd of April. If it is None, the month comes first in American
    English (`language` en-US) and the day elsewhere; if only one order gives a date, that one is taken.
    """
    text = " ".join(text.split())
    if label := LABEL.match(text):
        text = text[label.end() :]
    if not text or len(text) > MAX_DATE_CHARACTERS:
        return None
    for parse in (_year_first, _eastern, _year_last, _mail, _in_words):
        dates = parse(text, day_first, language)
        if dates is not None:
            return next((day for day in dates if _is_plausible(day)), None)
    return None


def _year_first(text: str, _day_first: bool | None, _language: str | None) -> Iterable[date] | None:
    if match := YEAR_FIRST.fullmatch(text):
        return _days((match[1], match[3], match[4]))
    if match := COMPACT.fullmatch(text):
        return _days((match[1], match[2], match[3]))
    return None


def _eastern(text: str, _day_first: bool | None, _language: str | None) -> Iterable[date] | None:
    match = EASTERN.fullmatch(text)
    return _days(match.groups()) if match else None


def _year_last(text: str, day_first: bool | None, language: str | None) -> Iterable[date] | None:
    match = YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    first, separator, second, year = match.groups()
    orders = [(year, second, first), (year, first, second)]
    if day_first is False or (day_first is None and separator == "/" and (language or "").lower() in MONTH_FIRST):
        orders.reverse()
    return _days(*orders if day_first is None else orders[:1])


def _mail(text: str, _day_first: bool | None, _language: str | None) -> Iterable[date] | None:
    if not MAIL.fullmatch(text):
        return None
    from email.utils import parsedate

    parts = parsedate(text)
    return _days(tuple(map(str, parts[:3]))) if parts else None


def _in_words(text: str, day_first: bool | None, _language: str | None) -> Iterable[date] | None:
    year = YEAR.search(text)
    if year is None or not WORD.search(text) or len(NUMBER.findall(text)) < 2:
        return None
    if NUMBER.search(text[: year.start()]):
        text = text[: year.end()]  # anything may follow: "à 10h33", "3 min read"
    from dateparser import DateDataParser

    settings: Any = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": False,
        "DATE_ORDER": "MDY" if day_first is False else "DMY",
    }
    parsed = DateDataParser(languages=None, settings=settings).get_date_data(text).date_obj
    numbers = {int(number) for number in NUMBER.findall(text)}
    return [parsed.date()] if parsed and {parsed.year, parsed.day} <= numbers else None


def _days(*triples: tuple[str, ...]) -> Iterable[date]:
    """Yield the dates among triples of year, month and day."""
    for year, month, day in triples:
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def _is_plausible(day: date) -> bool:
    return day.year >= MIN_YEAR and day <= (datetime.now(UTC) + timedelta(days=1)).date()
