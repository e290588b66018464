"""Finds the date in a dateline: "FENWICK, Feb. 17, 2014 (Coast News) -- The harbour …"."""

import re

from corpus.text.dates import parse_date

DATELINE = re.compile(
    r"(?:[^\W\d_][\w .'’-]{1,40},\s*){1,3}([A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8}\.? \d{4})"
    r"\s*(?:[(/]|[-–—:]{1,2}\s)"
)
MAX_PARAGRAPHS_BEFORE = 3


def dateline(text: str) -> str | None:
    """Return the date in the dateline that begins one of the first paragraphs; None if none does."""
    for paragraph in text.split("\n\n", MAX_PARAGRAPHS_BEFORE)[:MAX_PARAGRAPHS_BEFORE]:
        match = DATELINE.match(paragraph)
        if match and parse_date(match[1]):
            return match[1]
    return None
