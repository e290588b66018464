"""Fields of records are chosen by name and by value; whole columns decide the order of day and month."""

import json
from datetime import date
from typing import Any

import pytest

from corpus.readers.csv_table import CsvReader
from corpus.readers.json_records import JsonRecordsReader
from tests.corpus.reader_inputs import fields, file, readings
from tests.corpus.record_exports import DAY, OTHER, TEXT


def read(data: object) -> list[Any]:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return list(JsonRecordsReader().read(file(text.encode(), "a.json")))


def read_table(text: str) -> list[Any]:
    return list(CsvReader().read(file(text.encode(), "a.csv")))


EMPTY = ["", " ", "nan", "NaN", "None", "null", "NULL", "NaT", "\\N", "N/A", "-", "[]", "TRUE", "False"]


@pytest.mark.parametrize("empty", EMPTY)
def test_an_empty_value_never_hides_the_next(empty: str) -> None:
    columns = "title,headline,published,date,content,description,author,byline,source,publisher,url,link"
    text = "" if empty in ("TRUE", "False") else empty
    row = (text, "Quay shut", empty if empty != "False" else "", "2014-02-17", text, TEXT)
    rest = (empty, "Anna Lindqvist", empty, "The Quay", empty, "https://quay.example/a")
    (reading,) = read_table(f"{columns}\n" + ",".join(f'"{value}"' for value in (*row, *rest)) + "\n")
    assert fields(reading) == ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a")
    assert reading.warnings == ()


@pytest.mark.parametrize("empty", [None, [], {}, float("nan"), True, "", [None], {"name": None}])
def test_an_empty_value_of_json_never_hides_the_next(empty: object) -> None:
    empties = dict.fromkeys(("published", "author", "source", "url", "title", "content"), empty)
    full = {"date": "2014-02-17", "byline": "Anna Lindqvist", "publisher": "The Quay", "link": "https://quay.example/a"}
    (reading,) = read({**empties, **full, "headline": "Quay shut", "text_html": f"<p>{TEXT}</p>"})
    assert fields(reading) == ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a")


def test_objects_on_lines_may_have_other_names_on_each_line() -> None:
    records = [
        {"title": "One", "text": TEXT, "date": "2014-02-17"},
        {"Headline": "Two", "Body": OTHER, "pub_date": "17.2.2014"},
    ]
    outputs = read("\n".join(map(json.dumps, records)))
    assert [fields(reading)[:3] for reading in outputs] == [("One", TEXT, DAY), ("Two", OTHER, DAY)]


@pytest.mark.parametrize(
    "columns",
    [
        ("Titel", "Artikeltext", "Veröffentlicht am", "Verfasser", "Zeitung", "Adresse"),
        ("Titre", "Corps du texte", "Date de publication", "Auteurs", "Source", "Lien"),
        ("Título", "Texto completo", "Fecha de publicación", "Autores", "Fuente", "Enlace"),
        ("titolo", "corpo", "data di pubblicazione", "autori", "fonte", "link"),
        ("标题", "全文", "发表时间", "记者", "媒体", "网址"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_columns_may_have_names_in_other_languages_and_any_order(columns: tuple[str, ...], delimiter: str) -> None:
    row = ("Quay shut", f"{TEXT}\n\n{OTHER}", "17.02.2014", "Anna Lindqvist", "The Quay", "https://quay.example/a")
    for order in ((0, 1, 2, 3, 4, 5), (5, 3, 1, 0, 2, 4)):
        table = "\n".join(delimiter.join(f'"{line[column]}"' for column in order) for line in (columns, row))
        (reading,) = read_table(table)
        assert fields(reading) == ("Quay shut", f"{TEXT}\n\n{OTHER}", DAY, *row[3:])


def test_of_two_columns_with_one_name_the_first_that_is_not_empty_counts() -> None:
    one, two = read_table(f'title,text,title\nOne,"{TEXT}",\n,"{TEXT}",Two\n')
    assert (one.article.title, two.article.title) == ("One", "Two")


def dates(*written: str, header: str = "title,text,date") -> list[date | None]:
    rows = "".join(f'Story {number},"{TEXT}","{text}"\n' for number, text in enumerate(written))
    return [reading.article.card.published for reading in readings(read_table(f"{header}\n{rows}"))]


def test_a_column_decides_whether_the_day_comes_first() -> None:
    assert dates("3/4/2014", "2/17/2014") == [date(2014, 3, 4), DAY]
    assert dates("3/4/2014", "17/2/2014") == [date(2014, 4, 3), DAY]
    assert dates("3/4/14 10:00", "2/17/14 10:00") == [date(2014, 3, 4), DAY]
    assert dates("12-03-04", "12-02-28", "14-02-17", "13-12-31") == [
        date(2012, 3, 4),
        date(2012, 2, 28),
        DAY,
        date(2013, 12, 31),
    ]
    assert dates("3/4/2014", "1/5/2014") == [date(2014, 4, 3), date(2014, 5, 1)]
    # The one that fits no other order is a slip, and still a date; points are written by others than slashes.
    assert dates("3/4/2014", "2/17/2014", "2/18/2014", "17/2/2014")[::3] == [date(2014, 3, 4), DAY]
    assert dates("3.4.2014", "2/17/2014", "17.2.2014") == [date(2014, 4, 3), DAY, DAY]


def test_each_column_decides_for_itself_and_the_setting_for_all() -> None:
    rows = [
        {"title": "A", "text": TEXT, "date": "3/4/2014", "updated": "12/31/2014"},
        {"title": "B", "text": TEXT, "date": "17/2/2014"},
    ]
    assert [reading.article.card.published for reading in read(rows)] == [date(2014, 4, 3), DAY]
    lines = "\n".join(json.dumps({"title": "A", "text": TEXT, "date": text}) for text in ("3/4/2014", "2/17/2014"))
    assert [reading.article.card.published for reading in read(lines)] == [date(2014, 3, 4), DAY]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("17-Feb-14", DAY),
        ("41687", DAY),
        ("41687.4375", DAY),
        ("41687,4375", DAY),
        ("17.02.14", DAY),
        ("17. Februar 2014", DAY),
        ("1392631200", DAY),
        ("1392631200.0", DAY),
        ("1392631200000", DAY),
        ("1.3926312E+09", DAY),
        ("20140217", DAY),
        ("201402171030", DAY),
        ("Feb-14", None),
        ("99999", None),
        ("12345", None),
        ("416", None),
        ("0", None),
        ("2014", None),
    ],
)
def test_a_column_of_dates_may_hold_what_spreadsheets_and_programs_write(written: str, day: date | None) -> None:
    assert dates(written) == [day]


def test_a_number_of_five_digits_is_no_day_of_a_spreadsheet_under_the_name_of_a_time() -> None:
    assert dates("41687", header="title,text,time") == [None]


def test_a_date_of_publication_that_cannot_be_read_is_not_replaced_by_one_of_a_change() -> None:
    (reading,) = read({"title": "A", "text": TEXT, "date": "31/02/2014", "modified": "2019-01-01"})
    assert reading.article.card.published is None
    assert reading.warnings == ("'31/02/2014' is no date, so the article has none",)
    (reading,) = read({"title": "A", "text": TEXT, "date": "0000-00-00", "created": "2014-02-17"})
    assert reading.article.card.published == DAY


def test_the_date_may_be_in_three_columns() -> None:
    (reading,) = read_table(f'title,year,month,day,text\nA,2014.0,2.0,17,"{TEXT}"\n')
    assert reading.article.card.published == DAY


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (f"['{TEXT}', '{OTHER}']", f"{TEXT}\n\n{OTHER}"),
        (f"['{TEXT}'\n '{OTHER}']", f"{TEXT}\n\n{OTHER}"),
        ("['sic' is what he wrote], said the mayor of Holm.", "['sic' is what he wrote], said the mayor of Holm."),
        (f"[Update] {TEXT}", f"[Update] {TEXT}"),
    ],
)
def test_a_list_of_paragraphs_that_a_program_wrote_as_text_is_read(written: str, text: str) -> None:
    (reading,) = read([{"title": "A", "text": written}])
    assert reading.article.text == text


def test_a_code_or_a_link_is_no_text_where_there_is_another() -> None:
    (reading,) = read([{"title": "A", "story": "ddUyU0VZz0BRneMioxUPQVP6sIxvM", "description": TEXT}])
    assert reading.article.text == TEXT
