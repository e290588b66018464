"""Dates in English words, as the command line and its pages write them."""

from datetime import date


def written_day(day: date) -> str:
    """Return a date in words: 4 May 2021."""
    return f"{day.day} {day:%B %Y}"
