from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.dates import parse_date

DAY = date(2014, 2, 17)


@pytest.mark.parametrize(
    "text",
    [
        "2014-02-17",
        "2014-02-17T23:30:00-05:00",
        "2014-02-17T00:10:00.000+09:00",
        "2014-02-17 09:30:11 +0100",
        "20140217T093000Z",
        "2014/02/17",
        "Mon, 17 Feb 2014 23:30:00 -0500",
        "17 Feb 14 10:00:00 GMT",
        "17/02/2014",
        "17.2.2014 klo 10.30",
        "February 17, 2014",
        "Feb. 17, 2014 10:33 AM EST",
        "17th February 2014",
        "Monday 17 February 2014 00.05 GMT",
        "Mon Feb 17 10:00:00 2014",
        "17 février 2014",
        "Publié le 17 février 2014 à 10h33",
        "17. Februar 2014",
        "17 de febrero de 2014",
        "17 de fevereiro de 2014",
        "lunedì 17 febbraio 2014",
        "17 februari 2014",
        "17 lutego 2014",
        "17 февраля 2014 г.",
        "17 Şubat 2014",
        "١٧ فبراير ٢٠١٤",
        "१७ फ़रवरी २०१४",
        "2014年2月17日",
        "2014年02月17日 09:30",
        "2014년 2월 17일",
        "2014. 2. 17.",
        "17 tháng 2 năm 2014",
        "Published: 17 February 2014",
        "  17\n February \t2014 ",
    ],
)
def test_a_date_is_read_in_many_forms_and_languages(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2014",
        "30 February 2014",
        "31 février 2014",
        "2014-02-30",
        "2014-13-01",
        "Mon, 31 Feb 2014 10:00:00 GMT",
        "2014年2月30日",
        "0014-02-17",
        "1599-12-31",
        "9999-01-01",
    ],
)
def test_an_impossible_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "2014",
            "March 2014",
            "17 February",
            "10:30",
            "March 2014 10:30",
            "Issue 17, March 2014",
            "17/02/14",
        ),
        *(
            "today",
            "yesterday",
            "2 days ago",
            "now",
            "Monday",
            "May",
            "2014-02",
            "2014-W08-1",
            "2014-048",
            "x" * 99_999,
        ),
    ],
)
def test_an_incomplete_or_relative_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_tomorrow_is_a_date_because_of_time_zones_and_later_days_are_none() -> None:
    today = datetime.now(UTC).date()
    assert parse_date((today + timedelta(days=1)).isoformat()) == today + timedelta(days=1)
    assert parse_date((today + timedelta(days=3)).isoformat()) is None


@pytest.mark.parametrize(
    ("text", "day_first", "language", "expected"),
    [
        ("3/4/2014", None, None, date(2014, 4, 3)),
        ("3/4/2014", True, "en-US", date(2014, 4, 3)),
        ("3/4/2014", False, None, date(2014, 3, 4)),
        ("3/4/2014", None, "en-US", date(2014, 3, 4)),
        ("3/4/2014", None, "en", date(2014, 4, 3)),
        ("3/4/2014", None, "en-GB", date(2014, 4, 3)),
        ("3.4.2014", None, "en-US", date(2014, 4, 3)),
        ("02/17/2014", None, None, DAY),
        ("17/02/2014", None, "en-US", DAY),
        ("02/17/2014", True, None, None),
        ("17/02/2014", False, None, None),
        ("2014-03-04", False, "en-US", date(2014, 3, 4)),
    ],
)
def test_the_day_comes_first_unless_the_option_or_the_language_says_otherwise(
    text: str, day_first: bool | None, language: str | None, expected: date | None
) -> None:
    assert parse_date(text, day_first, language) == expected


@given(st.dates(date(1600, 1, 1), date(2025, 12, 31)))
def test_every_date_is_parsed_from_every_form(day: date) -> None:
    year = f"{day.year:04}"
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.day}/{day.month}/{year}") == day
    assert parse_date(f"{day.month}/{day.day}/{year}", day_first=False) == day
    assert parse_date(f"{year}年{day.month}月{day.day}日") == day
    assert parse_date(day.strftime("%a, %d %b ") + f"{year} 10:00:00 GMT") == day


@given(st.text(max_size=60) | st.text("0123456789 -/.,:TZ年月日abJFmy+", max_size=30))
def test_any_text_is_a_date_with_its_digits_or_none(text: str) -> None:
    day = parse_date(text)
    if day is not None:
        assert day.year >= 1600
        assert sum(character.isdigit() for character in text) >= 3
