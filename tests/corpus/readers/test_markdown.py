"""Markdown: its front matter gives the fields, its markup becomes plain text, and plain text is not taken for it."""

import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.markdown import MarkdownReader
from corpus.reading import read_content
from tests.corpus.reader_inputs import file as text_file

BODY = "The harbour wall at Northquay held through the night, and nobody slept."


def file_of(content: str | bytes, place: str = "a.md") -> SourceFile:
    return SourceFile.of(content if isinstance(content, bytes) else content.encode(), place, place, place)


def read(content: str | bytes, place: str = "a.md") -> Reading:
    file = file_of(content, place)
    assert MarkdownReader().takes(file)
    (reading,) = read_content(file)
    assert isinstance(reading, Reading)
    return reading


def headings(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.headings]


def test_front_matter_gives_the_fields_and_their_traces() -> None:
    reading = read(
        "---\n# written by hand\ntitle: 'Harbour Wall: It Holds'\ndate: 2014-02-17T09:30:00Z\n"
        "authors: [Ann Lee, Bo Xi]\nsource: The Quay Gazette\nlang: en-GB\ntags: [a, b]\n"
        "canonical_url: https://quay.example/wall?utm_source=x\n---\n\n"
        f"{BODY}\n"
    )
    card = reading.article.card
    assert (card.title, card.published) == ("Harbour Wall: It Holds", date(2014, 2, 17))
    assert (card.author, card.source) == ("Ann Lee, Bo Xi", "The Quay Gazette")
    assert (card.url, card.language) == ("https://quay.example/wall", "en")
    assert reading.article.text == BODY
    assert ("author", "front matter authors") in reading.traces
    assert ("published", "front matter date") in reading.traces


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("headline: Wall", "title", "Wall"),
        ("Title: Wall", "title", "Wall"),
        ("title: 1984", "title", "1984"),
        ("title: No", "title", "No"),
        ("title: >\n  Wall\n  holds", "title", "Wall holds"),
        ("publish-date: 17 février 2014", "published", date(2014, 2, 17)),
        ("pubDate: Mon, 17 Feb 2014 10:00:00 GMT", "published", date(2014, 2, 17)),
        ("author: {name: Ann Lee, email: a@example.org}", "author", "Ann Lee"),
        ("authors:\n  - name: Ann Lee\n  - name: Bo Xi", "author", "Ann Lee, Bo Xi"),
        ("byline: Ann Lee", "author", "Ann Lee"),
        ("publisher: The Quay", "source", "The Quay"),
        ("link: https://quay.example/a", "url", "https://quay.example/a"),
        ("source: https://quay.example/a", "url", "https://quay.example/a"),
        ("source: https://quay.example/a", "source", None),
        ("permalink: /2014/wall/", "url", None),
        ("language: zh-Hans", "language", "zh"),
    ],
)
def test_a_field_is_found_in_its_usual_spellings(line: str, field: str, value: object) -> None:
    title_line = "" if field == "title" else "title: T\n"
    assert getattr(read(f"---\n{title_line}{line}\n---\n{BODY}").article.card, field) == value


def test_toml_front_matter_is_read_too() -> None:
    card = read(f'+++\ntitle = "Wall"\ndate = 2014-02-17T09:30:00Z\nauthors = ["Ann Lee"]\n+++\n{BODY}').article.card
    assert (card.title, card.published, card.author) == ("Wall", date(2014, 2, 17), "Ann Lee")


@pytest.mark.parametrize("day", ["2014-02-30", "31/02/2014", "2014", "soon"])
def test_an_impossible_date_is_none_with_a_warning(day: str) -> None:
    reading = read(f"---\ntitle: T\ndate: {day}\n---\n{BODY}", "2014-02-17-wall.md")
    assert reading.article.card.published is None
    assert reading.warnings == (f"'{day}' is no date, so the article has none",)


def test_an_article_without_a_date_gets_the_date_in_the_name_of_its_file() -> None:
    reading = read(f"---\ntitle: T\n---\n{BODY}", "posts/2014-02-17-wall.md")
    assert reading.article.card.published == date(2014, 2, 17)
    assert ("published", "the file's name") in reading.traces


def test_markup_becomes_plain_text_and_headings_stay_headings() -> None:
    article = read(
        f"# Harbour *Wall* Holds\n\nThe **wall** [held](https://x.example/y) through\nthe `night`. ![Waves](w.jpg)\n\n"
        "## What Was Lost\n\n- The *Marigold*\n- The Good Intent\n\n<!-- unseen -->\n> Nobody slept.\n\n"
        "```\nwind = 9\n```\n\n<script>alert(1)</script>\n\n| Boat | Built |\n|---|---|\n| Marigold | 1962 |\n\n"
        f"Set in\n-----\n\nAT&amp;T \\*said\\* 1 < 2. {BODY}\n"
    ).article
    assert article.title == "Harbour Wall Holds"
    assert article.text.split("\n\n") == [
        *("The wall held through the night.", "What Was Lost", "The Marigold", "The Good Intent", "Nobody slept."),
        *("wind = 9", "Boat | Built", "Marigold | 1962", "Set in", f"AT&T *said* 1 < 2. {BODY}"),
    ]
    assert headings(article) == ["What Was Lost", "Set in"]


def test_a_headline_in_front_matter_and_in_the_text_is_read_once() -> None:
    article = read(f"---\ntitle: Wall Holds\n---\n# Wall Holds\n\n{BODY}\n\n## Later\n\nMore.").article
    assert (article.title, article.text, headings(article)) == ("Wall Holds", f"{BODY}\n\nLater\n\nMore.", ["Later"])


def test_an_article_without_a_headline_gets_the_name_of_its_file() -> None:
    assert read(f"---\nlang: en\n---\n{BODY}", "notes/The Wall.md").article.title == "The Wall"


@pytest.mark.parametrize(
    ("written", "paragraphs"),
    [
        ('{{< figure src="a.jpg" title="The wall" >}}\n\n{{% notice %}}\nKeep off.\n{{% /notice %}}', ["Keep off."]),
        (
            "{% include a.html %}\n\nSee the {{ site.name }}wall[^1].\n\n[^1]: A note.\n    It goes on.\n[^2]: https://a.example/x",
            ["See the wall.", "A note. It goes on."],
        ),
        ("[^1]: First.\n[^2]: Second.\n\nAfter.", ["First.", "Second.", "After."]),
        ("%%\ndo not print\n%%\n\nThe [[Harbour|harbour]] and ![[a.jpg]] the [[wall]].", ["The harbour and the wall."]),
        ("## Repairs {#repairs .big}\n\nText.{: .lead}\n{: #x}\n\n[TOC]\n\n[[toc]]", ["Repairs", "Text."]),
        ("> [!warning] Keep off\n> The ==wall== leans.", ["Keep off", "The wall leans."]),
        ("> [!NOTE]\n> The wall leans.", ["The wall leans."]),
        ("import './a.css'\n\nexport const meta = { a: 1 }\n\nEnd.", ["End."]),
        ("export grain to the coast;\n\nEnd.", ["export grain to the coast;", "End."]),
        ("::: tip\nThe ~~old~~ wall.\n:::\n\nimport A from './a'\n\nEnd.", ["The old wall.", "End."]),
        ("[He] said [sic]: see [the report](https://a.example/r) [1].", ["[He] said [sic]: see the report [1]."]),
    ],
)
def test_codes_of_site_generators_are_no_text(written: str, paragraphs: list[str]) -> None:
    article = read(f"# Wall\n\n{BODY}\n\n{written}\n\n{BODY}\n").article
    assert article.text.split("\n\n") == [BODY, *paragraphs, BODY]


@pytest.mark.parametrize(
    "markup",
    [
        "**nine** million",
        "[a report](https://a.example/r.pdf)",
        "## Repairs\n\nMore.",
        "* nine\n* four",
        "1. nine\n2. four\n",
        "> He said so.",
        "![Crews](crew.jpg) They came.",
        "It held.[^1]",
    ],
)
def test_markdown_without_a_heading_is_read_without_its_markup(markup: str) -> None:
    reading = read(f"{BODY}\n\n{markup}\n\n{BODY}\n", "notes/wall.md")
    assert reading.article.title == "wall"
    assert reading.article.text.startswith(f"{BODY}\n\n")
    assert not set("*[]()#>!^") & set(reading.article.text)


def test_a_short_first_line_is_the_headline_of_markdown_without_a_heading() -> None:
    article = read(f"Wall holds\n\n{BODY} Read **all** of it.\n\n## Repairs\n\nMore.", "a.md").article
    assert (article.title, article.text) == ("Wall holds", f"{BODY} Read all of it.\n\nRepairs\n\nMore.")
    assert headings(article) == ["Repairs"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"---\n\nA rule stands above.\n\n{BODY}", "a.md"),
        (f"---\ntitle: never closed\n\n{BODY}", "a.txt"),
        (f"Title\n\n---\nkey: value\n---\n{BODY}", "a.txt"),
        (f"# 1 song of the year\n\n{BODY}", "a.txt"),
        (f"A plain headline\n\n{BODY}", "a.md"),
        ("", "a.md"),
    ],
)
def test_a_text_that_only_looks_like_markdown_is_not_taken(content: str, place: str) -> None:
    assert not MarkdownReader().takes(file_of(content, place))


def test_windows_line_breaks_and_a_byte_order_mark_are_read() -> None:
    text = f"---\ntitle: Wall\n---\nOne two.\n\n{BODY}".replace("\n", "\r\n")
    assert read(b"\xef\xbb\xbf" + text.encode()).article.text == f"One two.\n\n{BODY}"


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        (f"title: T\n{BOMB}", "an alias"),
        ("title: T\nself: &s [*s]", "an alias"),
        ("title: Wall: it holds", r"not valid YAML \(line 2\)"),
        ("title: [a, b", "not valid YAML"),
        ("a: " + "[" * 20_000, "more brackets"),
        ("a: " + "{a: " * 10_000, "more brackets"),
        ("a: " + "[" * 400, "not valid YAML"),
        ("x:\n  " + "- " * 20_000 + "x", "not valid YAML"),
        ("x: 1\n- y", "not valid YAML"),
    ],
)
def test_malicious_or_broken_front_matter_is_refused_in_time(front: str, reason: str) -> None:
    start = time.process_time()
    with pytest.raises(Unreadable, match=reason):
        read(f"---\n{front}\n---\n{BODY}")
    assert time.process_time() - start < 20


def test_nothing_in_front_matter_is_executed() -> None:
    reading = read(f"---\ntitle: !!python/object/apply:os.getcwd []\nheadline: T\n---\n{BODY}")
    assert reading.article.title == "T"


@pytest.mark.parametrize("body", ["[" * 20_000, "*a " * 20_000, ">" * 20_000 + "x", "<!--" * 10_000, "`a`" * 10_000])
def test_a_malicious_body_is_read_or_refused_in_time(body: str) -> None:
    start = time.process_time()
    with suppress(Unreadable):
        read(f"---\ntitle: T\n---\n{body}")
    assert time.process_time() - start < 20


GOOD = (
    f"---\ntitle: 'Wall'\ndate: 2014-02-17\nauthors: [Ann, Bo]\n---\n# Wall\n\n{BODY}\n\n## Head\n\n- a *b*\n".encode()
)


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=4)), max_size=6), st.binary(max_size=200))
def test_a_damaged_file_is_read_or_refused(changes: list[tuple[int, bytes]], appended: bytes) -> None:
    content = GOOD + appended
    for position, inserted in changes:
        content = content[:position] + inserted + content[position + len(inserted) :]
    try:
        readings = list(read_content(file_of(content)))
    except Unreadable:
        return
    for reading in readings:
        if isinstance(reading, Skipped):  # the changes made it another format, such as gzip
            continue
        assert isinstance(reading, Reading)
        article = reading.article
        assert all(article.text.split("\n\n"))
        assert all(heading in article.text.split("\n\n") for heading in headings(article))


@pytest.mark.parametrize("empty", ["", "null", "~", "nan", "true", "'[]'"])
def test_an_empty_value_in_front_matter_never_hides_the_next(empty: str) -> None:
    text = empty if empty != "true" else ""
    fields = f"title: {text}\nheadline: Wall\npublished: {empty}\ndate_published: 2014-02-17\nauthor: {text}"
    card = read(f"---\n{fields}\nbyline: Ann Lee\n---\n{BODY}", "wall.md").article.card
    assert (card.title, card.published, card.author) == ("Wall", date(2014, 2, 17), "Ann Lee")


def test_the_fields_of_hexo_end_with_a_line_and_begin_without_one() -> None:
    article = read(f'title: "Wall holds"\ndate: 2014-02-17 10:00:00\ntags: harbour\n---\n{BODY}\n').article
    assert (article.title, str(article.card.published), article.text) == ("Wall holds", "2014-02-17", BODY)


def test_markdown_in_a_text_file_is_rendered_and_a_remark_is_none() -> None:
    prose = "The sluice at Brackwater gave way before dawn on Tuesday, and the town was under water."
    (reading,) = read_content(
        text_file(f"# Sluice gives way\n\n{prose}\n\n## The **mayor**\n\n{prose}\n".encode(), "a.txt")
    )
    assert isinstance(reading, Reading)
    assert reading.article.title == "Sluice gives way"
    assert reading.article.text == f"{prose}\n\nThe mayor\n\n{prose}"
    (plain,) = read_content(text_file(f"# 1 in the county\n\n{prose}\n".encode(), "a.txt"))
    assert isinstance(plain, Reading)
    assert plain.article.title == "# 1 in the county"
