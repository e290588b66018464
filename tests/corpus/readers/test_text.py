"""Plain text: lines that were wrapped, words divided at line ends, no headline, bylines and datelines."""

import textwrap
from datetime import date

import pytest

from corpus.article import Article
from corpus.reader_types import Reading
from corpus.readers.text import TextReader
from corpus.text.line_joining import continued, seen_words
from tests.corpus.reader_inputs import file

PROSE = (
    "The old mill above Vinter burned down on Friday night, firemen said on Saturday after a search of the ruins. "
    "Nobody slept there, although the owner had let two rooms to students from the city. The cause is not known yet."
)
SECOND = (
    "The owner, Ida Brekke, wants to build it again. She bought the mill nine years ago from the parish, and had just "
    "finished the new roof, for which the state had paid a third. The insurance pays the rest, if it pays at all."
)


def read(text: str) -> Article:
    (reading,) = TextReader().read(file(text.encode(), "story.txt"))
    assert isinstance(reading, Reading)
    return reading.article


@pytest.mark.parametrize("width", [20, 40, 64, 72, 80, 100, 120, 132, 160, 200])
def test_lines_wrapped_at_any_width_are_joined(width: int) -> None:
    wrapped = "\n\n".join(textwrap.fill(part, width) for part in (PROSE, SECOND))
    article = read(f"Mill burns down\n\n{wrapped}\n")
    assert article.text == f"{PROSE}\n\n{SECOND}"


def test_paragraphs_on_lines_of_their_own_stay_apart() -> None:
    assert read(f"Mill burns down\n\n{PROSE}\n{SECOND}\n").text == f"{PROSE}\n\n{SECOND}"
    assert read(f"Mill burns down\n{PROSE}\n{SECOND}\n").text == f"{PROSE}\n\n{SECOND}"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("the govern-\nment fell", "the government fell"),
        ("on Sun-\nday night", "on Sunday night"),
        ("Mr. Ek-\nman came", "Mr. Ekman came"),
        ("the Lieutenant-\nGovernor came", "the Lieutenant-Governor came"),
        ("the Anglo-\nSaxon king", "the Anglo-Saxon king"),
        ("Jean-\nPaul sang", "Jean-Paul sang"),
        ("THE GOVERN-\nMENT FELL", "THE GOVERNMENT FELL"),
        ("a self-\nmade man", "a self-made man"),
        ("a self-\nish man", "a selfish man"),
        ("a well-\nknown man", "a well-known man"),
        ("in well-\nington boots", "in wellington boots"),
        ("a six-\nyear term", "a six-year term"),
        ("twenty-\none men", "twenty-one men"),
        ("the ex-\nmayor", "the ex-mayor"),
        ("they ex-\npect it", "they expect it"),
        ("his mother-\nin-law", "his mother-in-law"),
        ("his mother-in-\nlaw came", "his mother-in-law came"),
        ("to-\nday and to-\nmorrow", "today and tomorrow"),
        ("in 1990-\n1995 it was", "in 1990-1995 it was"),
        ("the pre-\nand post-war years", "the pre- and post-war years"),
        ("Vor-\nund Nachteile", "Vor- und Nachteile"),
        ("die Ver-\nwaltung", "die Verwaltung"),
        ("the pro\u00ac\ngram", "the program"),
        ("the pro\u2010\ngram", "the program"),
        ("a part-\nner of long-\ning", "a partner of longing"),
        ("he said -\nand left", "he said - and left"),
        ("he said--\nand left", "he said-- and left"),
        ("a plain\nline", "a plain line"),
        ("新大桥\n开通", "新大桥开通"),
    ],
)
def test_a_word_that_a_line_end_divides_is_whole(lines: str, joined: str) -> None:
    seen = seen_words(lines)
    first, *others = lines.split("\n")
    for line in others:
        first = continued(first, line, seen)
    assert first == joined


def test_words_seen_elsewhere_in_the_text_decide() -> None:
    for text, joined in (
        (
            "The sea-\nfront was wet. Along the sea-front stood nobody.",
            "The sea-front was wet. Along the sea-front stood nobody.",
        ),
        (
            "The sea-\nfront was wet. Along the seafront stood nobody.",
            "The seafront was wet. Along the seafront stood nobody.",
        ),
        ("A long-\nterm plan, said the longterm mayor.", "A longterm plan, said the longterm mayor."),
    ):
        assert read(f"Storm\n\n{text}\n").text == joined


def test_a_soft_hyphen_and_a_page_break_divide_words_too() -> None:
    assert read("Storm\n\nThe govern\u00ad\nment fell on Mon\u00adday.\n").text == "The government fell on Monday."
    assert read("Storm\n\nOn Monday the govern-\n\nment fell.\n\nNobody came.").text == (
        "On Monday the government fell.\n\nNobody came."
    )


@pytest.mark.parametrize("width", [60, 90, 10_000])
def test_text_that_begins_with_prose_is_quotable_and_its_first_words_are_the_headline(width: int) -> None:
    article = read("\n\n".join(textwrap.fill(part, width) for part in (PROSE, SECOND)))
    assert article.text == f"{PROSE}\n\n{SECOND}"
    assert article.title == "The old mill above Vinter burned down on Friday night, firemen said on Saturday…"


@pytest.mark.parametrize(
    "title",
    [
        "Mill burns down",
        "Mill burns down.",
        "Will the old mill above Vinter be built again, or will it not?",
        "“We lost it all,” says the owner of the old mill above Vinter",
        "新大桥下月开通",
    ],
)
def test_a_headline_stays_a_headline(title: str) -> None:
    for blank in ("\n", "\n\n"):
        article = read(f"{title}{blank}{PROSE}\n")
        assert (article.title, article.text) == (title, PROSE)


def test_a_headline_of_two_lines_is_one() -> None:
    article = read(f"Old mill above Vinter burns down\nin the night to Saturday\n\n{PROSE}\n")
    assert (article.title, article.text) == ("Old mill above Vinter burns down in the night to Saturday", PROSE)


@pytest.mark.parametrize(
    ("header", "author", "published"),
    [
        ("By Ida Brekke\nFebruary 17, 2014", "Ida Brekke", date(2014, 2, 17)),
        ("February 17, 2014\nBy Ida Brekke", "Ida Brekke", date(2014, 2, 17)),
        ("by Ida Brekke\n17 February 2014", "Ida Brekke", date(2014, 2, 17)),
        ("By Ida Brekke and Ole Sand\n2014-02-17", "Ida Brekke, Ole Sand", date(2014, 2, 17)),
        ("BY IDA BREKKE\nMonday, February 17, 2014", "IDA BREKKE", date(2014, 2, 17)),
        ("By Ida Brekke | February 17, 2014", "Ida Brekke", date(2014, 2, 17)),
        ("February 17, 2014 | By Ida Brekke", "Ida Brekke", date(2014, 2, 17)),
        ("By Ida Brekke, Staff Writer\nPublished: February 17, 2014", "Ida Brekke", date(2014, 2, 17)),
        ("By Ida Brekke", "Ida Brekke", None),
        ("", None, None),
    ],
)
@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_a_byline_and_a_date_line_are_metadata(
    header: str, author: str | None, published: date | None, blank: str
) -> None:
    article = read(f"Mill burns down{blank}{header}{blank}\n{PROSE}\n")
    assert (article.card.author, article.card.published, article.text) == (author, published, PROSE)


@pytest.mark.parametrize(
    "line", ["By Saturday the Mill Was Gone", "By the river", "Standing by", "By Monday it was known who had done it."]
)
def test_a_line_that_begins_with_by_is_text(line: str) -> None:
    article = read(f"Mill burns down\n\n{line}\n\n{PROSE}\n")
    assert article.card.author is None
    assert line in article.text


@pytest.mark.parametrize("block", ["ab-\n\n", "ab-\n", "a b\n", "x" * 150 + "-\n", "ab\u00ac\n\n"])
def test_a_long_text_is_read_in_linear_time(block: str) -> None:
    assert read("Title\n\n" + block * (400_000 // len(block)) + "end.").text.endswith("end.")
