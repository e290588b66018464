"""Dates of records: times in numbers, days of a spreadsheet, and the order of day and month in a whole column."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from corpus.text.dates import EPOCH, Order, is_plausible, parse_date, possible_orders

NUMBER = re.compile(r"\d{5,19}(?:\.\d*)?|\d(?:\.\d+)?[eE]\+?\d{1,2}")
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
    if not NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    digits = text.strip().partition(".")[0]
    if len(digits) in COMPACT_LENGTHS and (day := parse_date(digits)):
        return day
    unit = next((unit for unit in UNITS[::-1] if number >= SMALLEST * unit), None)
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


class ColumnOrders:
    """Knows in which order the numbers of each column's dates stand; reads the whole file when first asked.

    `rows` returns the texts of each record's dates, by the names of their columns.
    """

    def __init__(self, rows: Callable[[], Iterable[Mapping[str, str]]]) -> None:
        self._rows = rows
        self._votes: dict[tuple[str, str], Counter[Order]] | None = None

    def order_of(self, name: str, text: str) -> Order | None:
        """Return the order in which most dates of a column are dates; None if no date needs or decides it."""
        possible = possible_orders(text)
        if possible is None or len(possible[1]) < 2:
            return None
        if self._votes is None:
            self._votes = self._count()
        votes = self._votes.get((name, possible[0]), Counter())
        most = max(votes.values(), default=0)
        best = [order for order in get_args(Order) if votes[order] == most]
        return best[0] if len(best) == 1 else None

    def _count(self) -> dict[tuple[str, str], Counter[Order]]:
        votes: dict[tuple[str, str], Counter[Order]] = {}
        for row in self._rows():
            for name, text in row.items():
                if possible := possible_orders(text):
                    votes.setdefault((name, possible[0]), Counter()).update(possible[1])
        return votes
