"""What every format does with the fields that it found."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.build import compose
from corpus.documents import Reading, SourceFile
from corpus.errors import Unreadable
from corpus.text.html import Prose

FILE = SourceFile.of(b"", "feeds/quay.xml", "quay.xml", "/feeds/quay.xml")
TEXT = Prose("The wall held through the night, and the harbour master said that nobody in the town slept that night.")


def test_fields_are_put_in_order_and_checked() -> None:
    reading = compose(
        FILE,
        title=" The  W&amp;all\nHolds ",
        prose=TEXT,
        url="HTTPS://Quay.example/wall?utm_source=feed#top",
        source="The Quay ",
        author="Ann\u00a0Lee",
        published="Mon, 17 Feb 2014 23:30:00 -0500",
        language="en-GB",
        key="guid-1",
        which="item 1",
        traces=[("title", "item title")],
    )
    card = reading.article.card
    assert (card.title, card.source, card.author) == ("The W&all Holds", "The Quay", "Ann Lee")
    assert (card.url, card.published, card.language) == ("https://quay.example/wall", date(2014, 2, 17), "en")
    assert (card.id, reading.key) == (article_id("https://quay.example/wall"), "guid-1")
    assert (reading.origin, reading.where) == ("/feeds/quay.xml", "feeds/quay.xml: item 1")
    assert (reading.traces, reading.warnings) == ((("title", "item title"),), ())


def test_what_has_no_link_is_named_by_its_key_in_the_file_or_by_the_file() -> None:
    assert compose(FILE, title="T", prose=TEXT, key="7").article.id == article_id("quay.xml#7")
    alone = compose(FILE, title="T", prose=TEXT)
    assert (alone.article.id, alone.where, alone.key) == (article_id("quay.xml"), "feeds/quay.xml", "")


def test_a_relative_link_is_taken_from_where_the_file_was_fetched() -> None:
    fetched = replace(FILE, url="https://quay.example/feed/")
    assert compose(fetched, title="T", prose=TEXT, url="/wall").article.card.url == "https://quay.example/wall"
    reading = compose(FILE, title="T", prose=TEXT, url="/wall")
    assert reading.article.card.url is None
    assert reading.warnings == ("'/wall' is no link, so the article has none",)


def test_the_source_says_which_number_is_the_day() -> None:
    def published(day_first: bool | None) -> date | None:
        file = replace(FILE, day_first=day_first)
        return compose(file, title="T", prose=TEXT, published="3/4/2014").article.card.published

    assert (published(True), published(False), published(None)) == (
        date(2014, 4, 3),
        date(2014, 3, 4),
        date(2014, 4, 3),
    )


def test_a_date_that_cannot_be_is_none_with_a_warning_that_quotes_it() -> None:
    reading = compose(FILE, title="T", prose=TEXT, published="31/02/2014")
    assert reading.article.card.published is None
    assert reading.warnings == ("'31/02/2014' is no date, so the article has none",)
    assert len(compose(FILE, title="T", prose=TEXT, published="x" * 9000).warnings[0]) < 120


@pytest.mark.parametrize(
    ("told", "language"),
    [("zh_CN", "zh"), ("EN", "en"), ("und", "en"), ("", "en"), (None, "en"), ("no language", "en")],
)
def test_a_language_that_is_not_told_is_told_by_the_text(told: str | None, language: str) -> None:
    prose = Prose(" ".join([TEXT.text] * 3))
    assert compose(FILE, title="T", prose=prose, language=told).article.card.language == language


def test_english_is_believed_where_the_text_does_not_say_otherwise() -> None:
    chinese = Prose("港务局长星期一表示，北码头的防波堤整夜经受住了九米高的海浪冲击，没有出现任何裂缝。")
    assert compose(FILE, title="T", prose=chinese, language="en").article.card.language == "zh"
    assert compose(FILE, title="T", prose=Prose("Nein."), language="en").article.card.language == "en"
    assert compose(FILE, title="T", prose=TEXT, language="de").article.card.language == "de"


@pytest.mark.parametrize("title", [None, "", " \n\u200b", "&nbsp;"])
def test_nothing_is_an_article_without_a_headline(title: str | None) -> None:
    with pytest.raises(Unreadable, match="^no headline$"):
        compose(FILE, title=title, prose=TEXT)


def test_nor_without_text() -> None:
    with pytest.raises(Unreadable, match="^a headline, and no text under it$"):
        compose(FILE, title="T", prose=Prose(" "))


FIELD = st.none() | st.text(max_size=40) | st.text("0123456789/-:. \ud800&;", max_size=20)


@settings(deadline=None)  # the first of them loads what the others use
@given(st.tuples(FIELD, FIELD, FIELD, FIELD, FIELD, FIELD))
def test_any_fields_make_an_article_or_are_refused(fields: tuple[str | None, ...]) -> None:
    title, url, source, author, published, language = fields
    try:
        reading = compose(
            FILE,
            title=title,
            prose=TEXT,
            url=url,
            source=source,
            author=author,
            published=published,
            language=language,
        )
    except Unreadable:
        return
    assert isinstance(reading, Reading)
    card = reading.article.card
    for field in (card.title, card.url, card.source, card.author, card.language):
        assert field is None or (field.strip() == field != "" and "\n" not in field)
        (field or "").encode()
    assert len(reading.warnings) == _unread(url, card.url) + _unread(published, card.published)


def _unread(told: str | None, read: object) -> int:
    return bool(told and told.strip() and not read)
