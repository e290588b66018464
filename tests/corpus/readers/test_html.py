"""HTML pages: the article and its fields are extracted, without boilerplate."""

import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.html import HtmlReader
from corpus.reading import read_all, read_content
from tests.corpus.html_pages import NEWS, PAGES, WALL, paragraphs

BODY = paragraphs(*WALL)
FEB_17 = date(2014, 2, 17)
BOTH = "Anna Lindqvist, Bo Ek"


def file_of(html: str | bytes, url: str | None = None, place: str = "page") -> SourceFile:
    file = SourceFile.of(html if isinstance(html, bytes) else html.encode(), place, place, place)
    return SourceFile(place, place, place, file.open, url=url)


def read(html: str | bytes, url: str | None = None, place: str = "page") -> Reading:
    (reading,) = read_content(file_of(html, url, place))
    assert isinstance(reading, Reading)
    return reading


def with_head(head: str, body: str = f"<h1>Wall Holds</h1>{BODY}") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body><article>{body}</article></body></html>"


def headings(article: Article) -> tuple[str, ...]:
    return tuple(article.text[start:end] for start, end in article.headings)


@pytest.mark.parametrize("kind", PAGES)
def test_the_article_of_a_page_is_extracted_exactly(kind: str) -> None:
    page = PAGES[kind]
    article = read(page.html, page.fetched).article
    card = article.card
    assert card.title == page.title
    assert (card.url, card.source, card.author) == (page.url, page.source, page.author)
    assert (card.published, card.language) == (page.published, page.language)
    assert tuple(article.text.split("\n\n")) == page.paragraphs
    assert headings(article) == page.headings


@pytest.mark.parametrize(
    ("language", "locale", "published"),
    [
        ("en", "en_US", date(2014, 3, 4)),
        ("en-GB", "en_US", date(2014, 4, 3)),
        ("en_US", "", date(2014, 3, 4)),
        ("de", "en_US", date(2014, 4, 3)),
    ],
)
def test_the_region_of_the_language_says_whether_the_month_comes_first(
    language: str, locale: str, published: date
) -> None:
    page = with_head(f"<meta property='og:locale' content='{locale}'>", f"<h1>W</h1><time>3/4/2014</time>{BODY}")
    assert read(page.replace("<html>", f"<html lang='{language}'>")).article.card.published == published


def test_the_trace_says_where_each_field_was_found() -> None:
    assert dict(read(NEWS.html).traces) == {
        "title": "meta og:title",
        "url": "link rel=canonical",
        "source": "meta og:site_name",
        "author": "JSON-LD author",
        "published": "meta article:published_time",
        "language": "html lang",
    }


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Wall Holds | The Quay</title>", "Wall Holds"),
        ("<title>The Quay: Wall Holds</title>", "The Quay: Wall Holds"),
        ("<title>x</title><meta property='og:title' content='Wall Holds &amp; Stands'>", "Wall Holds & Stands"),
        ("<meta property='og:title' content='Wall - 9 m - holds'>", "Wall - 9 m - holds"),
        (
            "<meta property='og:title' content='Wall | The Quay'><meta property='og:site_name' content='the quay'>",
            "Wall",
        ),
        (
            "<meta property='og:title' content='The Quay'><meta property='og:site_name' content='The Quay'>",
            "Wall Holds",
        ),
        ('<script type=\'application/ld+json\'>{"@type": "NewsArticle", "headline": "LD"}</script>', "LD"),
        ("<script type='application/ld+json'>{broken</script>", "Wall Holds"),
        ("", "Wall Holds"),
    ],
)
def test_the_name_of_the_site_is_removed_from_the_headline(head: str, title: str) -> None:
    body = BODY if "<title>" in head else f"<h1>Wall Holds</h1>{BODY}"
    assert read(with_head(head, body)).article.title == title


@pytest.mark.parametrize(
    ("head", "url", "fetched"),
    [
        ("<link rel='canonical' href='/2014/wall'>", "https://quay.example/2014/wall", "https://quay.example/x?id=1"),
        ("<meta property='og:url' content='https://quay.example/wall#top'>", "https://quay.example/wall", None),
        ("", "https://quay.example/x?id=1", "https://quay.example/x?id=1&utm_medium=feed#c"),
        ("<link rel='canonical' href='https://quay.example/'>", "https://quay.example/x", "https://quay.example/x"),
        ("<link rel='canonical' href='https://quay.example'>", None, None),
        ("<link rel='canonical' href='javascript:x'>", None, None),
        ("<link rel='canonical' href='/2014/wall'>", None, None),
        ("", None, None),
    ],
)
def test_the_link_is_the_canonical_one_and_never_the_front_page(
    head: str, url: str | None, fetched: str | None
) -> None:
    reading = read(with_head(head), fetched)
    assert reading.article.card.url == url
    assert reading.warnings == ()


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ("<meta name='pubdate' content='20140217'>", "", date(2014, 2, 17)),
        ("<meta name='DC.date.issued' content='17 Feb 2014'>", "", date(2014, 2, 17)),
        ("", "<time datetime='2014-02-17T09:30'>yesterday</time>", date(2014, 2, 17)),
        ("", "<time class='updated' datetime='2014-03-01'>x</time><time>17 February 2014</time>", date(2014, 2, 17)),
        ("", "<span class='post-date'>Published: February 17, 2014</span>", date(2014, 2, 17)),
        (
            "",
            "<span class='at'><abbr class='published' title='2014-02-17T14:30:00-07:00'>2:30 PM</abbr></span>",
            FEB_17,
        ),
        (
            "",
            "<abbr class='updated' title='2014-03-01'>x</abbr><h2 class='date-header'>Monday, February 17, 2014</h2>",
            FEB_17,
        ),
        ("", "<time class='entry-date published updated' datetime='2014-02-17'>x</time>", FEB_17),
        ("<meta property='og:locale' content='en_US'>", "<span class='date'>2/3/2014</span>", date(2014, 2, 3)),
        ("<meta property='og:locale' content='en_GB'>", "<span class='date'>3/2/2014</span>", date(2014, 2, 3)),
        ("<meta name='date' content='soon'>", "<time>17/02/2014</time>", date(2014, 2, 17)),
        ("<meta property='article:modified_time' content='2014-02-17'>", "", None),
        ("", "<p>On 17 February 2014 the wall was nearly sixty years old, and had held through nine storms.</p>", None),
        ("", "<footer>© 2014</footer>", None),
    ],
)
def test_the_date_is_the_date_of_publication_that_the_page_states(head: str, body: str, published: date | None) -> None:
    reading = read(with_head(head, f"<h1>Wall Holds</h1>{body}{BODY}"))
    assert (reading.article.card.published, reading.warnings) == (published, ())


def test_an_impossible_date_is_none_with_a_warning() -> None:
    reading = read(with_head("<meta property='article:published_time' content='2014-02-31'>"))
    assert reading.article.card.published is None
    assert reading.warnings == ("'2014-02-31' is no date, so the article has none",)


@pytest.mark.parametrize(
    ("language", "byline", "author"),
    [
        ("en", "By Ann Lee", "Ann Lee"),
        ("en", "Di Stefano", "Di Stefano"),
        ("it", "di Anna Rossi", "Anna Rossi"),
        ("de-AT", "Von Anna Berg", "Anna Berg"),
        ("en", "Ursula von Berg", "Ursula von Berg"),
        ("en", "Byron Lee", "Byron Lee"),
        ("zh", "作者：李安", "李安"),
        ("en", "https://quay.example/ann", None),
    ],
)
def test_an_author_is_a_name_without_the_word_before_it(language: str, byline: str, author: str | None) -> None:
    page = with_head(f"<meta name='author' content='{byline}'>").replace("<html>", f"<html lang='{language}'>")
    assert read(page).article.card.author == author


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        ("<meta name='byl' content='By Anna Lindqvist'>", "", "Anna Lindqvist"),
        (
            "<meta name='citation_author' content='Anna Lindqvist'><meta name='citation_author' content='Bo Ek'>",
            "",
            BOTH,
        ),
        ("<meta name='author' content='nan'><meta name='dc.creator' content='Anna Lindqvist'>", "", "Anna Lindqvist"),
        (
            "<meta name='author' content='anna@quay.example'>",
            "<p class='byline'>By Anna Lindqvist</p>",
            "Anna Lindqvist",
        ),
        ("<meta name='author' content='Anna Lindqvist'>", "<p class='byline'>By ANNA LINDQVIST and BO EK</p>", BOTH),
        ("<meta name='author' content='Anna Lindqvist'>", "<p class='byline'>By Bo Ek</p>", "Anna Lindqvist"),
        (
            "<meta property='og:site_name' content='The Quay'><meta name='author' content='The Quay'>",
            "<p class='byline'>By Bo Ek</p>",
            "Bo Ek",
        ),
        ("<meta property='og:site_name' content='The Quay'><meta name='author' content='The Quay'>", "", "The Quay"),
        ("", "<ul><li><a rel='author'>Anna Lindqvist</a></li><li><a rel='author'>Bo Ek</a></li></ul>", BOTH),
        ("", "<p><span class='author'>Anna Lindqvist</span>, <span class='author'>Bo Ek</span></p>", BOTH),
        ("", "<div class='byline'><span>Anna Lindqvist</span><span>Staff Writer</span></div>", "Anna Lindqvist"),
        ("", "<div class='byline'>By <b>Anna</b> <i>Lindqvist</i></div>", "Anna Lindqvist"),
    ],
)
def test_every_author_of_a_page_is_found(head: str, body: str, author: str) -> None:
    assert read(with_head(head, f"<h1>Wall Holds</h1>{body}{BODY}")).article.card.author == author


def test_entities_that_a_page_declares_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    declared = f'<!DOCTYPE html [<!ENTITY l0 "lol">{laughs}<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    page = f"<?xml version='1.0'?>{declared}<html><body><h1>Wall</h1><p>&x; &l19;</p>{BODY}</body></html>"
    start = time.process_time()
    text = read(page).article.text
    assert time.process_time() - start < 20
    assert "secret" not in text
    assert "lol" not in text
    assert WALL[0] in text


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "cp1252"),
        ("windows-1252", "utf-8-sig"),
        ("nonsense", "utf-8"),
        ("utf-7", "utf-8"),
        ("utf-16", "utf-8"),
        ("unknown", "utf-16"),
    ],
)
def test_a_page_is_read_in_its_own_encoding_also_if_it_declares_another(charset: str, encoding: str) -> None:
    text = "Le café fut fermé à midi. Les élèves étaient déjà là, l’été aussi – dit “Zoë”. Ça va être très bon."
    page = with_head(f"<meta charset='{charset}'>", f"<h1>Été</h1><p>{text}</p>")
    article = read(page.encode(encoding)).article
    assert (article.title, article.text) == ("Été", text)


def test_japanese_in_seven_bits_is_read_as_the_page_declares() -> None:
    text = "港の防波堤は一晩中持ちこたえた、と港長が月曜日に語った。波の高さは九メートルに達していたという。"
    page = with_head("<meta charset='iso-2022-jp'>", f"<h1>防波堤</h1><p>{text}</p>")
    assert read(page.encode("iso-2022-jp")).article.text == text


@pytest.mark.parametrize(
    ("content", "place", "takes"),
    [
        (b"<!DOCTYPE html><p>x", "a.txt", True),
        (b"\n <!-- saved from x --><!-- y -->\n<HTML lang=en>", "a", True),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x"><html>', "a.xml", True),
        (b"\xef\xbb\xbf<html>", "a", True),
        ("<html>".encode("utf-16"), "a", True),
        (b"<div>a piece</div>", "a.html", True),
        (b"<div>a piece</div>", "a.txt", False),
        (b"<?xml version='1.0'?><rss>", "a.html", False),
        (b"<rss version='2.0'>", "a.xml", False),
        (b"A text about <html> and its tags", "a.html", False),
        (b"<!--" + b"x" * 60_000, "a.txt", False),
        (b"", "a.html", False),
    ],
)
def test_a_page_is_recognised_by_its_beginning(content: bytes, place: str, takes: bool) -> None:
    assert HtmlReader().takes(file_of(content, place=place)) == takes


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<html></html>", "no article in it"),
        ("<!DOCTYPE html>", "cannot be made out"),
        ("<html><body><nav><a href=/>Home</a><a href=/b>News</a></nav></body></html>", "no article in it"),
        ("<!DOCTYPE html><body>" + "<div>" * 100_000 + BODY, "nested too deep"),
        ("<!DOCTYPE html><body>" + "<p>x</p>" * 60_000, "more than 50,000 elements"),
        ("<!DOCTYPE html><body>" + ("<div>" * 200 + "x" + "</div>" * 200) * 200, "nested too deep"),
        (f"<!DOCTYPE html><body>{BODY}", "no headline"),
    ],
)
def test_a_page_without_an_article_or_a_malicious_one_is_refused_in_time(html: str, reason: str) -> None:
    start = time.process_time()
    with pytest.raises(Unreadable, match=reason):
        read(html)
    assert time.process_time() - start < 20


def test_a_page_of_30_megabytes_is_skipped_and_the_next_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<!DOCTYPE html><p>" + b"word " * 6_000_000)
    (tmp_path / "b.html").write_text(str(NEWS.html), encoding="utf-8")
    skipped, reading = read_all([tmp_path], 10_000_000)
    assert isinstance(skipped, Skipped)
    assert "a.html" in skipped.where
    assert skipped.reason == "larger than 10 MB (setting article_megabytes)"
    assert isinstance(reading, Reading)
    assert reading.article.title == NEWS.title


@pytest.mark.parametrize(
    "head",
    [
        "<script type='application/ld+json'>" + "[" * 200_000 + "</script>",
        "<script type='application/ld+json'>" + '{"@graph": ' * 50_000 + "</script>",
        "<script type='application/ld+json'>" + '{"@type":' + "[" * 5000 + "</script>",
        "<meta name='date' content='no date in 2014 at 17'>" * 2000,
        "<meta name='author' content='" + "x, " * 100_000 + "'>",
        "<title>" + "a | b - c " * 20_000 + "</title>",
        "<meta property='og:title' content='" + "a | b - c " * 20_000 + "'>",
    ],
)
def test_a_malicious_head_is_read_in_time(head: str) -> None:
    start = time.process_time()
    card = read(with_head(head)).article.card
    assert time.process_time() - start < 20
    assert len(card.title) <= 300
    assert len(card.author or "") <= 300


@pytest.mark.parametrize("character", ["\x01", "&#0;", "&#1;", "&#11;", "&#x1f;", "&#xFFFE;", "&#65535", "\ufffe"])
def test_an_invalid_character_is_removed(character: str) -> None:
    nav = f"<div><a href=/>Home{character}</a> <a href=/x>News</a></div>{character}"
    article = read(
        with_head("", f"{nav}<h1>Wall{character} Holds</h1>{character}{BODY}<p>The {character}end of it.</p>")
    ).article
    assert article.title == "Wall Holds"
    assert article.text.split("\n\n") == [*WALL, "The end of it."]


PIECES = [
    *(
        "<p>",
        "</p>",
        "<h1>",
        "<h2>A</h2>",
        "<article>",
        "</article>",
        "<table><tr><td>",
        "<ul><li>",
        "<br>",
        "<a href=/>x</a>",
    ),
    *(
        "<time>31/02/2014</time>",
        "<meta name=date content=x>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "&amp;",
        "&#0;",
        "\0",
    ),
    *(
        "<html lang=>",
        "<body>",
        "<template>",
        "<svg>",
        "<p hidden>",
        "<title>",
        "é",
        "习近平",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ),
    *(
        WALL[0],
        WALL[1],
        "<span class=author>",
        "<link rel=canonical href='http://[::1'>",
        '<script type=\'application/ld+json\'>{"@type":"Article","author":[1,{}]}</script>',
    ),
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=300))
def test_any_page_is_read_or_refused(html: str) -> None:
    try:
        article = read(f"<!doctype html>{html}".encode("utf-8", "replace")).article
    except Unreadable:
        return
    assert all(article.text.split("\n\n"))
    assert set(headings(article)) <= set(article.text.split("\n\n"))
    assert not re.search(r"[\ud800-\udfff]", article.text)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, len(NEWS.html)), st.binary(max_size=8)), max_size=8), st.integers(0, 4000))
def test_a_damaged_page_is_read_or_refused(changes: list[tuple[int, bytes]], cut: int) -> None:
    content = str(NEWS.html).encode()[: max(200, len(NEWS.html) - cut)]
    for position, inserted in changes:
        content = content[:position] + inserted + content[position + len(inserted) :]
    try:
        readings = list(read_content(file_of(content)))
    except Unreadable:
        return
    assert len(readings) == 1


@settings(max_examples=40)
@given(st.binary(max_size=500))
def test_any_bytes_behind_a_doctype_are_read_or_refused(data: bytes) -> None:
    try:
        assert len(list(read_content(file_of(b"<!DOCTYPE html>" + data)))) == 1
    except Unreadable:
        return


@pytest.mark.parametrize(
    ("line", "author"),
    [
        (
            'Posted on 17 February 2014 by <a href="/author/a">Anna Lindqvist</a> in <a href="/c">News</a>',
            "Anna Lindqvist",
        ),
        ('<a href="https://coast.example/authors/anna-l">Anna von Lindqvist</a>', "Anna von Lindqvist"),
        ('<a href="/author/anna">More by this author</a>', None),
        ('<a href="/author/anna">Author page</a>, <a href="/authors">All Authors</a>', None),
    ],
)
def test_a_link_to_the_page_of_the_author_names_the_author(line: str, author: str | None) -> None:
    body = f"<h1>Wall Holds</h1><p>{line}</p>{BODY}"
    assert read(with_head("", body)).article.card.author == author


def test_the_mark_of_a_footnote_is_no_text_and_a_raised_number_is() -> None:
    marks = ('<sup><a href="#fn1">1</a></sup>', '<a href="#fn2" class="footnote-ref"><sup>[2]</sup></a>')
    paragraphs = [
        f"{WALL[0]}{marks[0]}",
        f"{WALL[1]}{marks[1]} It covers 40 m<sup>2</sup> of <a href='#map'>the map</a>.",
    ]
    text = read(with_head("", f"<h1>Wall Holds</h1><p>{paragraphs[0]}</p><p>{paragraphs[1]}</p>")).article.text
    assert text == f"{WALL[0]}\n\n{WALL[1]} It covers 40 m2 of the map."
