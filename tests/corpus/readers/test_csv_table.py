"""Tables: each row is an article, with any names, delimiters and quoting of the columns."""

import csv
import io
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.errors import Unreadable
from corpus.reader_types import SourceFile
from corpus.readers.csv_table import CsvReader
from tests.corpus.reader_inputs import LONG, file, readings, skipped, taker, withstands

HEADER = ("Headline", "Body", "Date", "Byline", "Publisher", "Link")


def read(data: str | bytes, name: str = "dump.csv", max_bytes: int = 10_000_000) -> list[Any]:
    return list(CsvReader().read(file(data if isinstance(data, bytes) else data.encode(), name, max_bytes)))


def table(*rows: tuple[object, ...], **dialect: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(rows)
    return out.getvalue()


def story(number: int) -> tuple[str, ...]:
    link = f"https://post.example/{number}"
    return (f"Story {number}", f'{LONG}It, was; "calm".\n\nAfter | wards.\t{number}', "17/02/2014", "Ann", "Post", link)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_field_is_found_with_any_delimiter_and_line_end(delimiter: str, ends: str) -> None:
    outputs = read(table(HEADER, story(1), story(2), delimiter=delimiter, lineterminator=ends))
    first, _ = outputs
    card = first.article.card
    assert (card.title, card.author, card.source, card.url) == ("Story 1", "Ann", "Post", "https://post.example/1")
    assert card.published == date(2014, 2, 17)
    assert first.article.text == f'{LONG}It, was; "calm".\n\nAfter | wards. 1'
    assert first.where == "dump.csv: line 2"
    assert outputs[1].where == "dump.csv: line 5"
    assert dict(first.traces)["title"] == "field Headline"


def test_a_row_whose_published_is_false_is_not_published_in_any_language() -> None:
    words = ("FALSE", "False", "0", "no", "FALSCH", "FAUX", "FALSO", "TRUE", "WAHR", "VRAI", "1")
    rows = table(("title", "text", "published"), *((word, f"The wall held, {word}.", word) for word in words))
    assert [reading.article.title for reading in readings(read(rows))] == ["TRUE", "WAHR", "VRAI", "1"]


def test_tables_from_excel_are_read() -> None:
    rows = table(HEADER, story(1), delimiter=";")
    assert [reading.article.title for reading in read(("sep=;\r\n" + rows).encode("utf-8-sig"))] == ["Story 1"]
    assert taker(("sep=;\r\n" + rows).encode("utf-8-sig"), "a.txt") == "CsvReader"
    tabs = table(HEADER, story(1), delimiter="\t").encode("utf-16")
    assert [reading.article.title for reading in read(tabs, "Unicode text.txt")] == ["Story 1"]
    assert taker(tabs, "Unicode text.txt") == "CsvReader"


def test_quotation_marks_may_be_escaped_with_a_backslash() -> None:
    (reading,) = read('id,title,text\n7,"A \\"wall\\"","It \\"held\\", they say."\n')
    assert (reading.article.title, reading.article.text) == ('A "wall"', 'It "held", they say.')
    assert reading.article.id == article_id("dump.csv#7")


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "gb18030"])
def test_a_table_is_read_in_its_own_encoding(encoding: str) -> None:
    title, text = {
        "cp1252": ("Größere Mauer hält", "Die Mauer für die Häfen hält über Nacht, sagen die Männer. "),
        "cp1251": ("Стена держится", "Стена гавани выдержала ночной шторм, говорят люди. "),
        "gb18030": ("港口的墙挡住了风暴", "港口的墙整夜都挡住了风暴，人们早上说船都很安全。"),
    }[encoding]
    (reading,) = read(table(("title", "text"), (title, text * 20)).encode(encoding))
    assert (reading.article.title, reading.article.text) == (title, (text * 20).strip())


def test_html_in_a_column_is_read_as_html() -> None:
    (reading,) = read(table(("title", "content"), ("T", "<p>One &amp; two.</p><p>Three.</p>")))
    assert reading.article.text == "One & two.\n\nThree."


def test_broken_rows_are_reported_and_the_other_rows_are_read() -> None:
    broken = (
        '"An open mark,"text"\n',
        '"Open to the next\n',
        '"a"b,c\n',
        "One,two,three\n",
        "No text,\n",
    )
    text = "title,text\n" + "".join(
        f'Story {n},"A short, quoted text."\n' if n % 10 else broken[n // 10 % len(broken)] for n in range(10_000)
    )
    outputs = read(text)
    assert [reading.article.title for reading in readings(outputs)] == [f"Story {n}" for n in range(10_000) if n % 10]
    assert [where for where, _ in skipped(outputs)] == [f"dump.csv: line {n + 2:,}" for n in range(0, 10_000, 10)]
    assert [reason for _, reason in skipped(outputs)[:5]] == [
        "a quotation mark that is not closed, or stands in the middle of a field",
        "a quotation mark that is not closed, or stands in the middle of a field",
        "a quotation mark that is not closed, or stands in the middle of a field",
        "3 fields, where the first row names 2",
        "a headline, and no text under it",
    ]


def test_an_unclosed_quotation_mark_loses_only_its_own_row() -> None:
    outputs = read('title,text\nA,one\nB,"two\nC,three\nD,four\n')
    assert [reading.article.title for reading in readings(outputs)] == ["A", "C", "D"]
    assert [where for where, _ in skipped(outputs)] == ["dump.csv: line 3"]


def test_empty_fields_at_the_end_may_be_left_off_and_empty_rows_are_ignored() -> None:
    outputs = read("title,text,date,author\nA,one\n,,,\n\nB,two,2014-02-17,,,\n")
    assert [reading.article.title for reading in outputs] == ["A", "B"]


def test_a_field_above_the_limit_of_csv_is_read_and_a_row_above_the_limit_of_articles_is_reported() -> None:
    rows = table(("title", "text"), ("A", LONG * 200), ("B", LONG * 1000), ("C", f"{LONG}\n" * 400), ("D", "fine"))
    outputs = read(rows, max_bytes=400_000)
    assert [reading.article.title for reading in readings(outputs)] == ["A", "D"]
    assert skipped(outputs)[0] == ("dump.csv: line 3", "larger than 0.4 MB (setting article_megabytes)")


def test_a_row_without_an_id_or_a_link_keeps_its_key_when_rows_are_inserted_before_it() -> None:
    before = {reading.article.title: reading.article.id for reading in read("title,text\nA,one\nB,two\n")}
    after = {reading.article.title: reading.article.id for reading in read("title,text\nNew,x\nB,two\nA,one\n")}
    assert before.items() <= after.items()


def test_a_table_without_a_headline_or_a_text_is_refused_with_the_names_of_its_columns() -> None:
    with pytest.raises(Unreadable, match=r"no field has the text \(.*\); there are 'name', 'price'"):
        read("name,price\n" + "a,1\n" * 1000)


@pytest.mark.parametrize(
    ("data", "name", "reader"),
    [
        (table(HEADER, story(1)), "a.txt", "CsvReader"),
        (table(HEADER, story(1)), "a.html", "CsvReader"),
        ("name,price\na,1\n", "a.csv", "CsvReader"),
        ("name,price\na,1\n", "a.txt", "TextReader"),
        ("A headline alone\n\nSaved as csv by mistake.", "a.csv", "TextReader"),
        ("Wall holds, and the boats are safe\n\nThe wall, they said, held.", "a.txt", "TextReader"),
    ],
)
def test_a_table_is_recognised_by_its_first_row(data: str, name: str, reader: str) -> None:
    assert taker(data.encode(), name) == reader


def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.csv"
        path.write_text(table(HEADER, *map(story, range(count))))
        source = SourceFile(str(path), path.name, str(path), lambda: path.open("rb"))
        tracemalloc.start()
        assert sum(1 for _ in CsvReader().read(source)) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(10)
    assert peak(300) < peak(50) + 300_000


PIECES = st.sampled_from(
    ("title", "text", ",", '"', '""', "\n", "\r", ";", "\t", "\\", "x", "\0", "é", "\ufeff", "sep=;\n")
)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(PIECES, max_size=60).map(lambda parts: "".join(parts).encode()),
        st.lists(PIECES, max_size=60).map(lambda parts: ("title,text\n" + "".join(parts)).encode()),
    )
)
@settings(max_examples=400)
def test_any_table_is_read_or_refused(data: bytes) -> None:
    withstands(CsvReader(), data)


@pytest.mark.parametrize(
    "piece", ['"', '"\n', '""\n', 'x,"\n', '"x\n', 'a,b,"c""\n', '"""\n', "\r", ",", '\\"\n', '"a",""b\n']
)
def test_a_malicious_table_is_read_or_refused_in_time(piece: str) -> None:
    withstands(CsvReader(), b"title,text\n" + piece.encode() * (60_000 // len(piece)), max_bytes=20_000)
    withstands(CsvReader(), b'title,text\na,"' + piece.encode() * (60_000 // len(piece)), max_bytes=20_000)
