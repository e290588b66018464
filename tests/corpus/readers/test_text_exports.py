"""Text exports of Nexis, Factiva and Movable Type: each article with its fields; labels and comments are no text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped
from corpus.readers.factiva import FactivaReader
from corpus.readers.movable_type import MovableTypeReader
from corpus.readers.nexis import NexisReader
from corpus.reading import read_content
from tests.corpus.reader_inputs import file, readings, skipped, taker, withstands

WALL = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
CREWS = "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags."
FERRY = "The ferry was stuck at Holm on Monday with ninety people aboard."
WRAPPED = "The harbour wall at Fenwick held through\nthe storm on Sunday night, engineers said on Monday."


def read(text: str, name: str = "export.txt") -> list[Reading]:
    return readings(list(read_content(file(text.encode(), name))))


def card(reading: Reading) -> tuple[str, str | None, str | None, date | None]:
    article = reading.article.card
    return article.title, article.source, article.author, article.published


def nexis(
    fields: str = "BYLINE: Anna Lindqvist\n\nSECTION: NEWS; Pg. 3\n\nLENGTH: 210 words\n\n", after: str = ""
) -> str:
    centred = "                    "
    return (
        f"{centred}1 of 1 DOCUMENTS\n\n\n{centred}The Coast (Fenwick)\n\n{centred}February 17, 2014 Monday\n"
        f"{centred}First Edition\n\nWall holds in the storm\n\n{fields}{WALL}\n\n{CREWS}\n{after}"
    )


AFTER = (
    "\nLOAD-DATE: February 17, 2014\n\nLANGUAGE: ENGLISH\n\nGRAPHIC: PHOTO: The wall\n\nPUBLICATION-TYPE: Newspaper\n\n"
    "               Copyright 2014 The Coast Ltd\n                  All Rights Reserved\n"
)


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ("BYLINE: Anna Lindqvist\n\nSECTION: NEWS; Pg. 3\n\nLENGTH: 210 words\n\n", "Anna Lindqvist"),
        ("BYLINE: By Anna Lindqvist\nSECTION: NEWS; Pg. 3\nLENGTH: 210 words\n\n", "Anna Lindqvist"),
        ("BYLINE: Anna Lindqvist and\nBo Ek\n\nLENGTH: 210 words\n\n", "Anna Lindqvist, Bo Ek"),
        ("LENGTH: 210 words\n\n", None),
        ("LENGTH: 210 words\n\nDATELINE: FENWICK, England\n\nBODY:\n", None),
        ("SECTION: NEWS\n\n", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("after", [AFTER, "\nLOAD-DATE: February 17, 2014\n", ""])
def test_a_document_of_nexis_has_its_fields_and_its_text_alone(fields: str, author: str | None, after: str) -> None:
    (reading,) = read(nexis(fields, after))
    assert card(reading) == ("Wall holds in the storm", "The Coast (Fenwick)", author, date(2014, 2, 17))
    assert reading.article.text == f"{WALL}\n\n{CREWS}"


def test_documents_of_nexis_are_articles_of_their_own_and_keep_their_keys() -> None:
    second = nexis().replace("1 of 1", "2 of 2").replace("Wall holds in the storm", "Ferry stuck at Holm")
    both = nexis(after=AFTER).replace("1 of 1", "1 of 2") + "\n\n" + second
    assert [reading.article.title for reading in read(both)] == ["Wall holds in the storm", "Ferry stuck at Holm"]
    (alone,) = read(second)
    assert alone.key == read(both)[1].key


def test_the_labelled_headline_of_nexis_is_the_headline() -> None:
    text = (
        "Document 1 of 1\n\nCopyright 1999 The Coast Ltd\nThe Coast\n\nMay 3, 1999, Monday, Late Edition - Final\n\n"
        f"SECTION: Section A; Page 1; Column 2\n\nLENGTH: 210 words\n\nHEADLINE: Wall holds in\nthe storm\n\n"
        f"BYLINE:  By ANNA LINDQVIST\n\nDATELINE: FENWICK, May 2\n\nBODY:\n{WRAPPED}\n\n"
        f"{CREWS}\n\nLOAD-DATE: May 3, 1999\n"
    )
    (reading,) = read(text)
    assert card(reading) == ("Wall holds in the storm", "The Coast", "ANNA LINDQVIST", date(1999, 5, 3))
    assert reading.article.text == f"{WALL}\n\n{CREWS}"


def test_a_second_headline_and_a_highlight_of_nexis_stay_quotable() -> None:
    (reading,) = read(
        nexis("Engineers had warned in January\n\nBYLINE: Anna Lindqvist\n\nHIGHLIGHT: It held.\n\nLENGTH: 9 words\n\n")
    )
    assert reading.article.title == "Wall holds in the storm"
    assert reading.article.text == f"Engineers had warned in January\n\nIt held.\n\n{WALL}\n\n{CREWS}"


NEXIS_UNI = f"""Wall holds in the storm
The Coast (Fenwick)
February 17, 2014 Monday
First Edition

Copyright 2014 The Coast Ltd All Rights Reserved

Section: NEWS; Pg. 3
Length: 210 words
Byline: Anna Lindqvist
Body

{WALL}

{CREWS}

Classification

Language: ENGLISH
Publication-Type: Newspaper
Subject: STORMS (90%); HARBORS (78%)
Load-Date: February 17, 2014

End of Document
"""


@pytest.mark.parametrize(
    "text",
    [
        NEXIS_UNI,
        NEXIS_UNI.replace("\n", "\r\n"),
        NEXIS_UNI.replace("End of Document\n", ""),
        NEXIS_UNI.replace("Section: NEWS; Pg. 3\n", "").replace("Classification\n\n", ""),
        NEXIS_UNI.replace("Wall holds in the storm\n", "Wall holds in the storm\n\nWall holds in the storm\n\n"),
        NEXIS_UNI.replace("Length: 210 words\n", ""),
    ],
)
def test_the_newer_form_of_nexis_is_read(text: str) -> None:
    (reading,) = read(text)
    assert card(reading) == ("Wall holds in the storm", "The Coast (Fenwick)", "Anna Lindqvist", date(2014, 2, 17))
    assert reading.article.text == f"{WALL}\n\n{CREWS}"


def test_each_document_of_the_newer_form_is_an_article() -> None:
    titles = [reading.article.title for reading in read(NEXIS_UNI + NEXIS_UNI.replace("Wall holds", "Ferry stuck"))]
    assert titles == ["Wall holds in the storm", "Ferry stuck in the storm"]


CODED = f"""HD  Wall holds in the storm
BY  By Anna Lindqvist
WC  210 words
PD  17 February 2014
SN  The Coast
SC  COAST
PG  3
LA  English
CY  Copyright 2014 The Coast Ltd

LP  {WALL}

TD  {CREWS}

    It held.

CT  Mail to someone@coast.example
NS  gwind : Storms
RE  uk : United Kingdom
AN  Document COAST00020140217ea2h00001
"""
PLAIN = f"""Wall holds in the storm
By Anna Lindqvist
210 words
17 February 2014
The Coast
COAST
3
English
Copyright 2014 The Coast Ltd

{WALL}

{CREWS}

It held.

Document COAST00020140217ea2h00001
"""


@pytest.mark.parametrize(
    "text",
    [
        CODED,
        CODED.replace("    It", "It").replace("  ", " "),
        CODED.replace("  ", "\t", 20).replace("\n\t\tIt", "\n\nIt"),
        CODED.replace("HD  ", "SE  News\nHD  "),
        "\n".join(
            line.replace("  ", "\n", 1) if line[2:4] == "  " and line[0] != " " else line for line in CODED.split("\n")
        ),
        CODED.replace("CT  Mail to someone@coast.example\n", "").replace("PG  3\n", ""),
        PLAIN,
        PLAIN.replace("3\n", "", 1).replace("COAST\n", "", 1),
    ],
)
def test_a_document_of_factiva_has_its_fields_and_its_text_alone(text: str) -> None:
    (reading,) = read(text)
    assert card(reading) == ("Wall holds in the storm", "The Coast", "Anna Lindqvist", date(2014, 2, 17))
    assert reading.article.text == f"{WALL}\n\n{CREWS}\n\nIt held."


@pytest.mark.parametrize("form", [CODED, PLAIN])
def test_each_document_of_factiva_is_an_article_with_its_own_number(form: str) -> None:
    second = (
        form.replace("Wall holds", "Ferry stuck").replace("00001", "00002").replace("By Anna Lindqvist", "By Ole Vik")
    )
    first, last = read(f"{form}\n{second}")
    assert (first.key, last.key) == ("COAST00020140217ea2h00001", "COAST00020140217ea2h00002")
    assert (first.article.title, last.article.title) == ("Wall holds in the storm", "Ferry stuck in the storm")
    assert last.article.card.author == "Ole Vik"
    assert last.article.text == f"{WALL}\n\n{CREWS}\n\nIt held."


def entry(
    title: str = "Wall holds", status: str = "STATUS: Publish\n", body: str = f"<p>{WALL}</p>", more: str = ""
) -> str:
    return (
        f"AUTHOR: Anna Lindqvist\nTITLE: {title}\nBASENAME: wall_holds\n{status}ALLOW COMMENTS: 1\n"
        "CONVERT BREAKS: __default__\n"
        f"DATE: 02/03/2014 10:00:00 PM\n-----\nBODY:\n{body}\n-----\n{more}--------\n"
    )


def test_an_entry_of_movable_type_is_its_body_and_extended_body() -> None:
    more = f"EXTENDED BODY:\n<p>{CREWS}</p>\n-----\nKEYWORDS:\nsea, wall\n-----\n"
    (reading,) = read(entry(more=more))
    assert card(reading) == ("Wall holds", None, "Anna Lindqvist", date(2014, 2, 3))
    assert reading.article.text == f"{WALL}\n\n{CREWS}"


def test_comments_and_pings_of_movable_type_are_not_quoted() -> None:
    more = (
        "COMMENT:\nAUTHOR: troll\nEMAIL: t@x.example\nIP: 203.0.113.9\nDATE: 02/18/2014 11:00:00 AM\n"
        "Nonsense, it fell.\n-----\n"
        "PING:\nTITLE: Elsewhere\nURL: https://x.example\nIP: 203.0.113.8\nA ping.\n-----\n"
    )
    (reading,) = read(entry(more=more))
    assert reading.article.text == WALL
    assert reading.article.card.author == "Anna Lindqvist"


@pytest.mark.parametrize("status", ["Draft", "Review", "Future", "draft"])
def test_unpublished_entries_of_movable_type_are_counted_and_not_read(status: str) -> None:
    outputs = list(read_content(file((entry() + entry("Secret", f"STATUS: {status}\n")).encode())))
    assert [reading.article.title for reading in readings(outputs)] == ["Wall holds"]
    ((where, reason),) = skipped(outputs)
    assert where == "file: line 13"
    assert "not published" in reason
    assert status.casefold() in reason


def test_entries_of_movable_type_without_a_status_or_a_title_are_read() -> None:
    (reading,) = read(entry("", status=""))
    assert reading.article.title.startswith("The harbour wall at Fenwick held")
    assert reading.article.text == WALL


def test_lines_of_movable_type_without_markup_are_paragraphs_and_markdown_is_rendered() -> None:
    (plain,) = read(entry(body=f"{WALL}\n\n{CREWS}"))
    assert plain.article.text == f"{WALL}\n\n{CREWS}"
    (markdown,) = read(entry(body=f"*{WALL}*\n\n{CREWS}").replace("__default__", "markdown_with_smartypants"))
    assert markdown.article.text == f"{WALL}\n\n{CREWS}"


def test_the_excerpt_of_movable_type_is_text_unless_the_body_has_it() -> None:
    (reading,) = read(entry(more=f"EXCERPT:\n{FERRY}\n-----\n"))
    assert reading.article.text == f"{FERRY}\n\n{WALL}"
    (reading,) = read(entry(more=f"EXCERPT:\n{WALL[:40]}...\n-----\n"))
    assert reading.article.text == WALL


def test_a_line_of_dashes_in_a_body_loses_no_text() -> None:
    (reading,) = read(entry(body=f"{WALL}\n-----\n{CREWS}"))
    assert CREWS in reading.article.text


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (nexis(), "NexisReader"),
        (NEXIS_UNI, "NexisReader"),
        (CODED, "FactivaReader"),
        (PLAIN, "FactivaReader"),
        (entry(), "MovableTypeReader"),
        (f"1 of 2 boats lost\n\n{WALL}", "TextReader"),
        (f"Body\n\n{WALL}\n\nLength: 3 m\n", "TextReader"),
        (f"210 words\n\n{WALL}", "TextReader"),
        (f"HD  screens\n\n{WALL}", "TextReader"),
        (f"TITLE: Wall\n\n{WALL}", "TextReader"),
    ],
)
def test_the_content_chooses_the_reader(text: str, reader: str) -> None:
    for name in ("a.txt", "a", "a.html"):
        assert taker(text.encode(), name) == reader


def test_an_export_without_articles_is_refused_with_the_mend() -> None:
    with pytest.raises(Unreadable, match="export the full documents as text"):
        list(read_content(file(b"1 of 2 DOCUMENTS\n\n2 of 2 DOCUMENTS\n")))


READERS = (NexisReader(), FactivaReader(), MovableTypeReader())
LINES = st.sampled_from(
    [
        "",
        "1 of 2 DOCUMENTS",
        "The Coast",
        "February 17, 2014 Monday",
        "BYLINE: A",
        "LENGTH: 2 words",
        "Body",
        "BODY:",
        WALL,
        "LOAD-DATE: x",
        "End of Document",
        "HD  A",
        "LP  B",
        "TD",
        "AN  C",
        "Document COAST00020140217ea2h00001",
        "210 words",
        "AUTHOR: A",
        "STATUS: Publish",
        "-----",
        "--------",
        "COMMENT:",
        "EXCERPT:",
        "DATE: 99/99/9999",
        "Copyright 2014",
    ]
)


@given(st.binary(max_size=1000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reader in READERS:
        withstands(reader, data)


@given(st.lists(LINES, max_size=40))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    for reader in READERS:
        withstands(reader, "\n".join(lines).encode())


@pytest.mark.parametrize("line", ["1 of 9 DOCUMENTS\n", "HD  A\n", "x\n", "BYLINE: A\n", "-----\n", "", "a "])
def test_long_files_take_linear_time_and_bounded_memory(line: str) -> None:
    for reader in READERS:
        withstands(reader, (nexis() + line * (200_000 // max(1, len(line)))).encode(), max_bytes=10_000_000, seconds=15)


def test_a_part_that_is_too_large_is_skipped_and_the_next_is_read() -> None:
    outputs = list(
        MovableTypeReader().read(file((entry(body="word " * 400) + entry("Second")).encode(), max_bytes=1000))
    )
    assert isinstance(outputs[0], Skipped)
    assert "larger than" in outputs[0].reason
    assert [reading.article.title for reading in readings(outputs)] == ["Second"]
