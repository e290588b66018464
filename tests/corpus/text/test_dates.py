from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.dates import Order, is_unset_date, parse_date, possible_orders
from corpus.text.month_name_dates import MAX_LANGUAGES, _parser
from corpus.text.path_dates import date_in_path

DAY = date(2014, 2, 17)


@pytest.mark.parametrize(
    "text",
    [
        "2014-02-17",
        "2014-02-17T23:30:00-05:00",
        "2014-02-17T00:10:00.000+09:00",
        "2014-02-17 09:30:11 +0100",
        "20140217T093000Z",
        "20140217 10:30",
        "2014-02-17T1030Z",
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
        "Thurs, Feb 17 2014",
        "Tues. 17 Feb 2014",
        "Monday, 2/17/2014",
        "lundi 17/02/2014",
        "17th of February, 2014",
        "the 17th day of February 2014",
        "17/Feb/2014:10:00:00 +0000",
        "Feb 17 2014 10:00AM",
        "2014-Feb-17",
        "2/17/2014 10 AM",
        "17-FEB-14 10.30.00.000000 AM",
        "17-Feb-14",
        "17-févr.-14",
        "17. Februar 14",
        "Feb. 17, '14",
        "17 Feb '14",
        "17/02/14",
        "17.02.14",
        "2/17/14 10:00",
        "17.2.2014 10:00:00",
        "17 فروری، 2014",
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
            "Feb-14",
            "Week 3-2-14",
            "4 March 14 people died",
            "1.2.3.14",
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


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "0001-01-01T00:00:00Z",
        "01/01/0001",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "1970-01-01",
        "1 January 1970",
        "01/01/70",
        "Wed, 31 Dec 1969 19:00:00 -0500",
        "December 31, 1969 23:59",
        "0",
    ],
)
def test_what_programs_write_for_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None
    assert is_unset_date(text)


@pytest.mark.parametrize("text", ["31 December 1969", "2 January 1970", "17 February 2014", "31/02/2014", "x", ""])
def test_other_dates_do_not_stand_for_none(text: str) -> None:
    assert not is_unset_date(text)


@pytest.mark.parametrize(
    ("text", "year"), [("31/12/99", 1999), ("31/12/1968", 1968), ("31-Dec-68", 1968), ("99-12-31", 1999)]
)
def test_a_year_of_two_digits_is_the_last_one_that_has_been(text: str, year: int) -> None:
    assert parse_date(text) == date(year, 12, 31)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("3/4/2014", "MDY", date(2014, 3, 4)),
        ("3/4/2014", "DMY", date(2014, 4, 3)),
        ("17/4/2014", "MDY", date(2014, 4, 17)),
        ("12-03-04", "YMD", date(2012, 3, 4)),
        ("12-03-04", "MDY", date(2004, 12, 3)),
        ("2014-03-04", "MDY", date(2014, 3, 4)),
    ],
)
def test_the_order_of_a_column_is_tried_first(text: str, order: Order, expected: date) -> None:
    assert parse_date(text, order=order) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3/4/2014", ("/", ("DMY", "MDY"))),
        ("2/17/2014 10:00", ("/", ("MDY",))),
        ("14-02-28", ("-", ("YMD",))),
        ("2014-02-17", None),
        ("17 February 2014", None),
        ("x" * 9999, None),
    ],
)
def test_the_orders_in_which_numbers_are_a_date_are_known(text: str, expected: object) -> None:
    assert possible_orders(text) == expected


def test_a_text_that_is_no_date_is_tried_in_few_languages_and_in_none_without_a_month() -> None:
    before = _parser.cache_info().misses
    assert [parse_date(f"Issue {number}, blurb 2014 und so weiter") for number in range(50)] == [None] * 50
    assert _parser.cache_info().misses == before
    assert [parse_date(f"Issue {number}, nov 2014 blurb") for number in range(50)] == [None] * 50
    assert _parser.cache_info().misses <= before + MAX_LANGUAGES


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
    if day == date(1970, 1, 1):
        return
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


@pytest.mark.parametrize(
    "path",
    [
        "2014-02-17-title.md",
        "posts/2014-02-17_title.md",
        "20140217.txt",
        "20140217-title.txt",
        "coast-2014-02-17.txt",
        "coast_20140217.html.gz",
        "2014.02.17 title.txt",
        "site/2014/02/17/title/index.html",
        "2014/2/17.txt",
        "/2014/02/17/title/",
        "/title-20140217/",
    ],
)
def test_the_date_in_a_path_is_found(path: str) -> None:
    assert date_in_path(path) == DAY


@pytest.mark.parametrize(
    "path",
    [
        "title.txt",
        "2014/02/title.txt",
        "2014-02-31-title.md",
        "2014-02.md",
        "backup 2014-02-17/title.txt",
        "120140217.txt",
        "abc20140217.html",
        "2014021712.txt",
        "9999-01-01.txt",
        "1970-01-01-title.md",
        "title-2014-02-1.txt",
        "v1.2014-02-17-x/title.txt",
    ],
)
def test_other_numbers_in_a_path_are_no_date(path: str) -> None:
    assert date_in_path(path) is None


def test_a_time_zone_may_precede_the_year() -> None:
    assert parse_date("Mon Feb 17 10:00:00 +0000 2014") == date(2014, 2, 17)


@pytest.mark.parametrize(
    "text", ["1969-12-31T19:00:00-05:00", "1969-12-31 19:00:00", "30/12/1899", "1899-12-30T00:00:00", "1899-12-31"]
)
def test_the_day_zero_of_computers_and_spreadsheets_is_no_date(text: str) -> None:
    assert parse_date(text) is None
    assert is_unset_date(text)
