"""The hour of a daily digest: how users write it, and when it comes next."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

HOUR = re.compile(
    r"""(?P<hour>\d{1,2}) (?:\s*[:.h点點时時]\s*(?P<minute>\d{2}))? \s* (?P<half>am|pm|a\.m\.|p\.m\.)?
    \s* (?:h|uhr|o'clock|[点點时時])? (?:\s*分)?
    (?: \s* (?P<zone>utc|gmt|z)? \s* (?:(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)? )""",
    re.IGNORECASE | re.VERBOSE,
)
MINUS = str.maketrans("−–", "--")
NOON = 12
MIN_OFFSET, MAX_OFFSET = -12 * 60, 14 * 60  # minutes; no zone is further from UTC


@dataclass(frozen=True, slots=True)
class DigestHour:
    """A time of day in minutes from midnight, at an offset from UTC in minutes; None for the machine's time zone."""

    minute: int
    utc_offset: int | None = None

    @property
    def clock(self) -> str:
        """The time of day, such as "08:30"."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"

    def next_after(self, now: datetime) -> datetime:
        """Return when this hour comes next; `now` is in the time zone of the machine."""
        zone = self._zone(now)
        at = time(self.minute // 60, self.minute % 60)
        today = now.astimezone(zone).date()
        # Times of one zone compare by their clocks, which go back in autumn: so both are in UTC.
        for day in (today, today + timedelta(days=1)):
            coming = datetime.combine(day, at, zone).astimezone(UTC)
            if coming > now.astimezone(UTC):
                return coming
        return coming + timedelta(days=1)

    def zone_name(self, now: datetime) -> str:
        """Return the time zone when the hour comes next, such as "Europe/Berlin, UTC+1" or "UTC+3"."""
        offset = _written_offset(self.next_after(now).astimezone(self._zone(now)).utcoffset() or timedelta())
        name = getattr(now.tzinfo, "key", None) if self.utc_offset is None else None
        return f"{name}, {offset}" if name and not name.endswith(offset) else offset

    def _zone(self, now: datetime) -> tzinfo | None:
        return now.tzinfo if self.utc_offset is None else timezone(timedelta(minutes=self.utc_offset))


def parse_hour(text: str) -> DigestHour | None:
    """Read an hour: "8", "8:30", "8am", "20h", each also with an offset, as in "8 UTC+3"; None for anything else."""
    match = HOUR.fullmatch(unicodedata.normalize("NFKC", text).translate(MINUS).strip())
    if not match:
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= NOON:
            return None
        hour = hour % NOON + (NOON if half.startswith("p") else 0)
    if hour > 23 or minute > 59:
        return None
    offset = None
    if match["sign"]:
        minutes = int(match["minutes"] or 0)
        offset = (int(match["hours"]) * 60 + minutes) * (-1 if match["sign"] == "-" else 1)
        if minutes > 59 or not MIN_OFFSET <= offset <= MAX_OFFSET:
            return None
    elif match["zone"]:
        offset = 0
    return DigestHour(hour * 60 + minute, offset)


def _written_offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
