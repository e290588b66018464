"""Finds the date in the path of a file or a link: 2014-02-17-title.md, /2014/02/17/title.html."""

import re
from datetime import date

from corpus.text.dates import EPOCH, is_plausible

YEAR = r"(?P<year>1[6-9]\d\d|20\d\d)"
DAY = rf"{YEAR}(?P<separator>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=separator)(?P<day>0[1-9]|[12]\d|3[01])"
# A folder 2014-02-17 may be a day of saving; folders in folders are how sites sort their articles.
PATTERNS = (
    re.compile(rf"(?:^|/){YEAR}/(?P<month>0?[1-9]|1[0-2])/(?P<day>0?[1-9]|[12]\d|3[01])(?=[/.]|$)"),
    re.compile(rf"(?:^|/){DAY}(?!\d)[^/]*$"),
    re.compile(rf"(?<![^\W_]){DAY}(?=(?:\.[A-Za-z]\w{{0,9}}){{0,2}}/?$)"),
)
MAX_PATH_CHARACTERS = 2000


def date_in_path(path: str) -> date | None:
    """Return the date in the folders or at either end of the name of a path; None if there is none."""
    for pattern in PATTERNS:
        for match in pattern.finditer(path[-MAX_PATH_CHARACTERS:]):
            try:
                day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                continue
            if is_plausible(day) and day != EPOCH:
                return day
    return None
