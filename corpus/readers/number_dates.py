"""Dates of records as numbers: times since 1970, days of a spreadsheet."""

import re
from datetime import UTC, date, datetime, timedelta

from corpus.text.dates import EPOCH, is_plausible, parse_date

NUMBER = re.compile(r"-?\d{5,19}(?:[.,]\d*)?|\d(?:\.\d+)?[eE]\+?\d{1,2}")
JSON_DATE = re.compile(r"\\?/Date\((-?\d{9,14})(?:[+-]\d{4})?\)\\?/")
# Digits of a year, month and day, perhaps with hours, minutes and seconds.
COMPACT_LENGTHS = (8, 12, 14)
# The smallest numbers that are read as times since 1970 in seconds, milliseconds, microseconds and nanoseconds: all
# mean 1973.
SMALLEST = 100_000_000
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
# Spreadsheets count days; 1 is 1 January 1900. Smaller numbers than that of 1950 may be anything.
SPREADSHEET_EPOCH, SMALLEST_SERIAL = date(1899, 12, 30), 18_264
TIME_NAME = re.compile(r"time|utc|epoch|unix|时间|時間", re.IGNORECASE)


def number_date(text: str, name: str = "") -> date | None:
    """Return the date that a number means in a column of this name; None if it means none."""
    if json_date := JSON_DATE.fullmatch(text.strip()):
        return _plausible(_since_1970(int(json_date[1]), 1_000))
    text = text.strip().replace(",", ".")
    if not NUMBER.fullmatch(text):
        return None
    number, digits = float(text), text.partition(".")[0]
    if len(digits) in COMPACT_LENGTHS and (day := parse_date(digits)):
        return day
    unit = next((unit for unit in UNITS[::-1] if abs(number) >= SMALLEST * unit), None)
    if unit:
        return _plausible(_since_1970(number, unit))
    if len(digits) == 5 and number >= SMALLEST_SERIAL and not TIME_NAME.search(name):
        return _plausible(SPREADSHEET_EPOCH + timedelta(days=int(number)))
    return None


def _since_1970(number: float, unit: int) -> date | None:
    try:
        return datetime.fromtimestamp(number / unit, UTC).date()
    except (OverflowError, OSError, ValueError):
        return None


def _plausible(day: date | None) -> date | None:
    return day if day and is_plausible(day) and day != EPOCH else None
