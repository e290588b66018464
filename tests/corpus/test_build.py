"""Raw fields of any format become the checked and normalized fields of an article."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, ReadOptions, SourceFile
from corpus.text.html import Body

FILE = SourceFile.of(b"", "feeds/quay.xml", "quay.xml", "/feeds/quay.xml")
TEXT = Body("The wall held through the night, and the harbour master said that nobody in the town slept that night.")


def test_fields_are_normalized_and_checked() -> None:
    reading = build_article(
        FILE,
        RawFields(
            title=" The  W&amp;all\nHolds ",
            url="HTTPS://Quay.example/wall?utm_source=feed#top",
            source="The Quay ",
            author="Ann\u00a0Lee",
            published="Mon, 17 Feb 2014 23:30:00 -0500",
            language="en-GB",
            traces=(("title", "item title"),),
        ),
        TEXT,
        key="guid-1",
        label="item 1",
    )
    card = reading.article.card
    assert (card.title, card.source, card.author) == ("The W&all Holds", "The Quay", "Ann Lee")
    assert (card.url, card.published, card.language) == ("https://quay.example/wall", date(2014, 2, 17), "en")
    assert (card.id, reading.key) == (article_id("https://quay.example/wall"), "guid-1")
    assert (reading.origin, reading.where) == ("/feeds/quay.xml", "feeds/quay.xml: item 1")
    assert (reading.traces, reading.warnings) == ((("title", "item title"),), ())


def test_an_article_without_a_link_gets_its_id_from_its_key_or_its_file() -> None:
    assert build_article(FILE, RawFields(title="T"), TEXT, key="7").article.id == article_id("quay.xml#7")
    alone = build_article(FILE, RawFields(title="T"), TEXT)
    assert (alone.article.id, alone.where, alone.key) == (article_id("quay.xml"), "feeds/quay.xml", "")


def test_a_relative_link_is_resolved_against_the_url_of_the_file() -> None:
    fetched = replace(FILE, url="https://quay.example/feed/")
    assert (
        build_article(fetched, RawFields(title="T", url="/wall"), TEXT).article.card.url == "https://quay.example/wall"
    )
    reading = build_article(FILE, RawFields(title="T", url="/wall"), TEXT)
    assert reading.article.card.url is None
    assert reading.warnings == ("'/wall' is no link, so the article has none",)


def test_the_only_article_of_a_fetched_file_has_the_url_of_the_file_unless_it_names_its_own() -> None:
    fetched = replace(FILE, url="https://quay.example/wall?utm_source=feed")
    card = build_article(fetched, RawFields(title="T"), TEXT).article.card
    assert (card.url, card.id) == ("https://quay.example/wall", article_id("https://quay.example/wall"))
    reading = build_article(fetched, RawFields(title="T", url="mailto:a@b"), TEXT)
    assert reading.article.card.url == "https://quay.example/wall"
    assert reading.warnings == ("'mailto:a@b' is no link, so the article has that of its page",)
    own = build_article(fetched, RawFields(title="T", url="https://quay.example/own"), TEXT)
    assert own.article.card.url == "https://quay.example/own"
    assert build_article(fetched, RawFields(title="T"), TEXT, key="7").article.card.url is None


def test_the_options_of_a_source_complete_its_articles() -> None:
    file = replace(FILE, options=ReadOptions(language="de", source="The Paper"))
    card = build_article(file, RawFields(title="T", language="fr"), TEXT).article.card
    assert (card.language, card.source) == ("de", "The Paper")
    assert build_article(file, RawFields(title="T", source="The Quay"), TEXT).article.card.source == "The Quay"


def test_the_options_say_which_number_is_the_day() -> None:
    def published(day_first: bool | None) -> date | None:
        file = replace(FILE, options=ReadOptions(day_first=day_first))
        return build_article(file, RawFields(title="T", published="3/4/2014"), TEXT).article.card.published

    assert (published(True), published(False), published(None)) == (
        date(2014, 4, 3),
        date(2014, 3, 4),
        date(2014, 4, 3),
    )


def test_the_link_or_the_name_of_the_file_gives_the_date_that_is_not_stated() -> None:
    named = replace(FILE, place="2014-02-17-wall.txt")
    reading = build_article(named, RawFields(title="T"), TEXT)
    assert reading.article.card.published == date(2014, 2, 17)
    assert (reading.traces, reading.warnings) == ((("published", "the file's name"),), ())
    linked = RawFields(
        title="T", url="https://quay.example/2014/03/01/wall", published="1970-01-01", traces=(("published", "x"),)
    )
    reading = build_article(named, linked, TEXT, key="7")
    assert reading.article.card.published == date(2014, 3, 1)
    assert reading.traces == (("published", "the link"),)
    assert reading.warnings == ("'1970-01-01' stands for no date, so the article has that of the link",)
    assert build_article(named, RawFields(title="T"), TEXT, key="7").article.card.published is None
    assert build_article(named, RawFields(title="T", published="3 May 2013"), TEXT).article.card.published == date(
        2013, 5, 3
    )


def test_a_date_that_programs_write_for_none_is_none_with_a_warning_that_says_so() -> None:
    reading = build_article(FILE, RawFields(title="T", published="Thu, 01 Jan 1970 00:00:00 +0000"), TEXT)
    assert reading.article.card.published is None
    assert reading.warnings == ("'Thu, 01 Jan 1970 00:00:00 +0000' stands for no date, so the article has none",)


def test_an_impossible_date_is_none_with_a_warning_that_quotes_it() -> None:
    reading = build_article(FILE, RawFields(title="T", published="31/02/2014"), TEXT)
    assert reading.article.card.published is None
    assert reading.warnings == ("'31/02/2014' is no date, so the article has none",)
    assert len(build_article(FILE, RawFields(title="T", published="x" * 9000), TEXT).warnings[0]) < 120


@pytest.mark.parametrize(
    ("declared", "language"),
    [("zh_CN", "zh"), ("EN", "en"), ("und", "en"), ("", "en"), (None, "en"), ("no language", "en")],
)
def test_without_a_valid_declared_language_the_text_decides(declared: str | None, language: str) -> None:
    prose = Body(" ".join([TEXT.text] * 3))
    assert build_article(FILE, RawFields(title="T", language=declared), prose).article.card.language == language


def test_declared_english_is_accepted_unless_the_text_is_in_another_language() -> None:
    chinese = Body("港务局长星期一表示，北码头的防波堤整夜经受住了九米高的海浪冲击，没有出现任何裂缝。")
    assert build_article(FILE, RawFields(title="T", language="en"), chinese).article.card.language == "zh"
    assert build_article(FILE, RawFields(title="T", language="en"), Body("Nein.")).article.card.language == "en"
    assert build_article(FILE, RawFields(title="T", language="de"), TEXT).article.card.language == "de"


@pytest.mark.parametrize("title", [None, "", " \n\u200b", "&nbsp;"])
def test_fields_without_a_headline_are_refused(title: str | None) -> None:
    with pytest.raises(Unreadable, match="^no headline$"):
        build_article(FILE, RawFields(title=title), TEXT)


def test_fields_without_text_are_refused() -> None:
    with pytest.raises(Unreadable, match="^a headline, and no text under it$"):
        build_article(FILE, RawFields(title="T"), Body(" "))


FIELD = st.none() | st.text(max_size=40) | st.text("0123456789/-:. \ud800&;", max_size=20)


@given(st.tuples(FIELD, FIELD, FIELD, FIELD, FIELD, FIELD))
def test_any_fields_make_an_article_or_are_refused(fields: tuple[str | None, ...]) -> None:
    title, url, source, author, published, language = fields
    try:
        reading = build_article(
            FILE,
            RawFields(title=title, url=url, source=source, author=author, published=published, language=language),
            TEXT,
        )
    except Unreadable:
        return
    assert isinstance(reading, Reading)
    card = reading.article.card
    for field in (card.title, card.url, card.source, card.author, card.language):
        assert field is None or (field.strip() == field != "" and "\n" not in field)
        (field or "").encode()
    assert len(reading.warnings) == _was_unreadable(url, card.url) + _was_unreadable(published, card.published)


def _was_unreadable(raw: str | None, parsed: object) -> int:
    return bool(raw and raw.strip() and not parsed)
