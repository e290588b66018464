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
