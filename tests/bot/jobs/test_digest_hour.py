"""The hour of a daily digest, as users write it, in zones whose clocks change."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.jobs.digest_hour import DigestHour, parse_hour
from bot.system_time_zone import local_now, named_zone

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "clock", "offset"),
    [
        ("8", "08:00", None),
        ("0", "00:00", None),
        ("23", "23:00", None),
        ("8:30", "08:30", None),
        ("8.30", "08:30", None),
        ("8am", "08:00", None),
        ("8 PM", "20:00", None),
        ("8:30 p.m.", "20:30", None),
        ("12am", "00:00", None),
        ("12pm", "12:00", None),
        ("20h", "20:00", None),
        ("20h30", "20:30", None),
        ("8点", "08:00", None),
        ("20时30分", "20:30", None),
        ("８：３０", "08:30", None),
        ("8 +3", "08:00", 180),
        ("8 UTC+3", "08:00", 180),
        ("8utc+3", "08:00", 180),
        ("8 gmt -5", "08:00", -300),
        ("8:15 −3:30", "08:15", -210),
        ("8 +0530", "08:00", 330),
        ("8pm UTC", "20:00", 0),
    ],
)
def test_an_hour_is_read_as_it_is_written_in_many_places(text: str, clock: str, offset: int | None) -> None:
    hour = parse_hour(text)
    assert hour is not None
    assert (hour.clock, hour.utc_offset) == (clock, offset)


@pytest.mark.parametrize(
    "text", ["", "24", "8:60", "13pm", "0am", "-1", "8 +15", "8 -13", "8 +3:75", "eight", "8 9", "8 Berlin", "88888"]
)
def test_anything_else_is_no_hour(text: str) -> None:
    assert parse_hour(text) is None


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_the_next_digest_comes_today_or_tomorrow_by_the_clocks_of_the_zone() -> None:
    eight = DigestHour(480)
    assert eight.next_after(utc(2026, 1, 5, 6, 59).astimezone(BERLIN)) == utc(2026, 1, 5, 7)
    assert eight.next_after(utc(2026, 1, 5, 7).astimezone(BERLIN)) == utc(2026, 1, 6, 7)
    # There, clocks go forward on 29 March and back on 25 October.
    assert eight.next_after(utc(2026, 3, 28, 12).astimezone(BERLIN)) == utc(2026, 3, 29, 6)
    assert eight.next_after(utc(2026, 10, 24, 12).astimezone(BERLIN)) == utc(2026, 10, 25, 7)


def test_an_hour_that_the_clocks_skip_or_repeat_comes_once() -> None:
    half_past_two = DigestHour(150)
    skipped = half_past_two.next_after(utc(2026, 3, 29, 0).astimezone(BERLIN))
    assert half_past_two.next_after(skipped.astimezone(BERLIN)) == utc(2026, 3, 30, 0, 30)
    repeated = half_past_two.next_after(utc(2026, 10, 25, 0).astimezone(BERLIN))
    assert repeated == utc(2026, 10, 25, 0, 30)
    assert half_past_two.next_after(repeated.astimezone(BERLIN)) == utc(2026, 10, 26, 1, 30)


def test_an_hour_with_an_offset_takes_no_part_in_the_machines_clocks() -> None:
    eight = DigestHour(480, 180)
    assert eight.next_after(utc(2026, 1, 5, 4, 59).astimezone(BERLIN)) == utc(2026, 1, 5, 5)
    assert eight.next_after(utc(2026, 1, 5, 5).astimezone(BERLIN)) == utc(2026, 1, 6, 5)
    # There it is the next day already.
    assert eight.next_after(utc(2026, 1, 4, 22).astimezone(BERLIN)) == utc(2026, 1, 5, 5)


def test_the_zone_is_named_with_its_offset() -> None:
    winter = utc(2026, 1, 5, 6).astimezone(BERLIN)
    assert DigestHour(480).zone_name(winter) == "Europe/Berlin, UTC+1"
    assert DigestHour(480).zone_name(utc(2026, 3, 28, 12).astimezone(BERLIN)) == "Europe/Berlin, UTC+2"
    assert DigestHour(480, 180).zone_name(winter) == "UTC+3"
    assert DigestHour(480, -210).zone_name(winter) == "UTC-3:30"
    assert DigestHour(480).zone_name(utc(2026, 1, 5)) == "UTC"


def test_the_machines_zone_is_found_by_its_name(tmp_path: Path) -> None:
    zone = tmp_path / "zoneinfo" / "Asia" / "Shanghai"
    zone.parent.mkdir(parents=True)
    zone.touch()
    link = tmp_path / "localtime"
    link.symlink_to(zone)
    assert named_zone(None, link) == ZoneInfo("Asia/Shanghai")
    assert named_zone(":Europe/Berlin", link) == BERLIN
    for unnamed in ("<+03>-3", "/etc/localtime", "Nowhere/Land"):
        assert named_zone(unnamed, link) is None
    assert named_zone(None, tmp_path) is None


def test_the_time_now_has_a_zone() -> None:
    assert local_now().tzinfo is not None
    assert abs((datetime.now(UTC) - local_now()).total_seconds()) < 60
