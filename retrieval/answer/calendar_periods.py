"""Periods as their first and last day: the day, week, month or year that a day is in, and those before it."""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

# dateutil is imported where it is used: few questions name a period.


class Period(NamedTuple):
    """The first and the last day of a period."""

    first: date
    last: date


def month_of(year: int, month: int) -> Period:
    """Return a month."""
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def year_of(year: int) -> Period:
    """Return a year."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def unit_around(day: date, unit: str) -> Period:
    """Return the day, week (from Monday), month or year that a day is in."""
    match unit:
        case "week":
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=6))
        case "month":
            return month_of(day.year, day.month)
        case "year":
            return year_of(day.year)
        case _:
            return Period(day, day)


def unit_of(period: Period) -> str | None:
    """Return whether a period is exactly a day, a month or a year; None if it is none of these."""
    units = ("day", "month", "year")
    return next((unit for unit in units if unit_around(period.first, unit) == period), None)


def back(day: date, count: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years before."""
    from dateutil.relativedelta import relativedelta

    before: date = day - relativedelta(**{f"{unit}s": count})
    return before


def last_begun(month: int, today: date, *, months: int = 1) -> Period:
    """Return the last period of so many months that begins with this month and has begun."""
    return months_from(date(today.year - (month > today.month), month, 1), months)


def months_from(first: date, months: int) -> Period:
    """Return the period of so many months that begins with a day."""
    from dateutil.relativedelta import relativedelta

    return Period(first, first + relativedelta(months=months) - timedelta(days=1))
