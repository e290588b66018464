"""The time in the time zone of the machine, whose name is known where the system says it."""

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LINK = Path("/etc/localtime")
ZONES = "/zoneinfo/"


def local_now() -> datetime:
    """Return the time now, in the time zone of the machine."""
    now = datetime.now(UTC)
    # Without its name, the zone is known only as the offset that it has now.
    return now.astimezone(named_zone(os.environ.get("TZ"), LINK))


def named_zone(variable: str | None, link: Path) -> tzinfo | None:
    """Return the zone that the variable TZ names, else the one that a link leads to; None if neither names one."""
    name = variable.removeprefix(":") if variable else str(link.resolve()).partition(ZONES)[2]
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
