"""A line under the headline of a plain text that only names the author."""

import pytest

from corpus.article import Article
from corpus.reader_types import Reading
from corpus.reading import read_content
from tests.corpus.reader_inputs import file

HELD = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
HIELT = "Die Hafenmauer hielt dem Sturm in der Nacht zum Montag stand, sagten die Ingenieure nach ihrem Rundgang."


def read(text: str) -> Article:
    (reading,) = read_content(file(text.encode(), "wall.txt"))
    assert isinstance(reading, Reading)
    return reading.article


@pytest.mark.parametrize(
    ("lines", "author", "published"),
    [
        ("By Anna Lindqvist\nFebruary 17, 2014", "Anna Lindqvist", "2014-02-17"),
        ("February 17, 2014\nBy Anna Lindqvist", "Anna Lindqvist", "2014-02-17"),
        ("\nBy Bobby Jones and Toby Helm in Oslo", "Bobby Jones, Toby Helm", None),
        ("By Anna Lindqvist, Staff Writer | 17 February 2014", "Anna Lindqvist", "2014-02-17"),
        ("On 17/02/2014 by The Coast\nBy ANNA LINDQVIST", "ANNA LINDQVIST", "2014-02-17"),
        ("By Staff", None, None),
    ],
)
def test_a_byline_is_the_author_and_no_text(lines: str, author: str | None, published: str | None) -> None:
    article = read(f"Wall holds\n{lines}\n\n{HELD}\n\n{HELD}\n")
    assert (article.card.author, article.text) == (author, f"{HELD}\n\n{HELD}")
    assert (article.card.published and article.card.published.isoformat()) == published


def test_a_german_byline_is_read_in_a_german_text() -> None:
    assert read(f"Mauer hielt\nVon Anna Berg\n\n{HIELT}\n").card.author == "Anna Berg"
    assert read(f"Wall holds\nVon Anna Berg\n\n{HELD}\n").card.author is None


@pytest.mark.parametrize("line", ["By Sunday night", "By Road and River", f"{HELD}\n\nBy Anna Lindqvist"])
def test_another_line_stays_in_the_text(line: str) -> None:
    article = read(f"Wall holds\n\n{line}\n\n{HELD}\n")
    assert article.card.author is None
    assert line.split("\n")[-1] in article.text


@pytest.mark.parametrize("mark", ["", "#+"])
def test_fields_above_a_text_are_no_text(mark: str) -> None:
    names = (
        "Title: Wall holds",
        "Author: Anna Lindqvist",
        "Date: 2014-02-17",
        "Source: The Coast",
        "Status: published",
    )
    lines = "\n".join(f"{mark}{name}" for name in names)
    article = read(f"{lines}\n\n{HELD}\n\nIt rained.\n")
    card = article.card
    assert (card.title, card.author, card.source) == ("Wall holds", "Anna Lindqvist", "The Coast")
    assert str(card.published) == "2014-02-17"
    assert article.text == f"{HELD}\n\nIt rained."


def test_a_line_that_only_looks_like_a_field_is_text() -> None:
    article = read(f"Title: who may hold it\nPrice: nobody knows\n\n{HELD}\n")
    assert "Price: nobody knows" in article.text


def test_a_role_under_the_byline_is_no_text_and_a_dateline_dates_the_article() -> None:
    article = read(f"WALL HOLDS\n\nBy Anna Lindqvist\nStaff Writer\n\nFENWICK, Feb. 17, 2014 (Coast) -- {HELD}\n")
    assert article.text == f"FENWICK, Feb. 17, 2014 (Coast) -- {HELD}"
    assert (article.card.author, str(article.card.published)) == ("Anna Lindqvist", "2014-02-17")


def test_a_date_in_a_sentence_does_not_date_an_article() -> None:
    article = read(f"Wall holds\n\nIn Fenwick, Oslo, on Feb. 17, 2014 the wall held.\n\n{HELD}\n")
    assert article.card.published is None


def test_a_first_line_that_is_a_short_sentence_can_be_quoted() -> None:
    article = read(f"The pier opens for visitors today.\n\n{HELD}\n")
    assert article.card.title == "The pier opens for visitors today."
    assert article.text == f"The pier opens for visitors today.\n\n{HELD}"
    assert read(f"The Great Fire.\n\n{HELD}\n").text == HELD
