"""Sitemaps: their links are followed, with the date of the last change."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Follow
from corpus.readers.sitemap import SitemapReader
from tests.corpus.reader_inputs import file, follows, skipped, taker, withstands

PAGES = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/style.xsl"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
{}
</urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>"""


def url(number: int, changed: str = "2014-02-17T10:00:00+00:00") -> str:
    return (
        f"<url><loc>\n https://post.example/{number}?a=1&amp;b=2 </loc><lastmod>{changed}</lastmod>"
        "<image:image><image:loc>https://post.example/picture.jpg</image:loc></image:image></url>"
    )


def read(text: str) -> list[Any]:
    return list(SitemapReader().read(file(text.encode(), "sitemap.xml", url="https://post.example/sitemap.xml")))


def test_each_page_is_followed_with_the_date_of_its_last_change() -> None:
    assert read(PAGES.format(url(1) + "\n" + url(2, ""))) == [
        Follow("https://post.example/1?a=1&b=2", "sitemap.xml: item 1 (line 5)", None, "2014-02-17T10:00:00+00:00"),
        Follow("https://post.example/2?a=1&b=2", "sitemap.xml: item 2 (line 7)", None, None),
    ]


def test_an_index_names_its_sitemaps_in_the_order_in_which_they_are_listed() -> None:
    children = "".join(
        f"<sitemap><loc>/part-{name}.xml</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in (("b", "2014-01-01"), ("a", "2015-01-01"))
    )
    links = [(follow.url, follow.changed) for follow in read(INDEX.format(children))]
    assert links == [
        ("https://post.example/part-b.xml", "2014-01-01"),
        ("https://post.example/part-a.xml", "2015-01-01"),
    ]


def test_an_invalid_link_is_reported_and_the_others_are_followed() -> None:
    outputs = read(PAGES.format("<url><loc>mailto:a@b.example</loc></url><url></url><url><loc>x</lco></url>" + url(4)))
    assert len(follows(outputs)) == 1
    assert [reason for _, reason in skipped(outputs)] == [
        "'mailto:a@b.example' is no link",
        "no link",
        "broken XML: Opening and ending tag mismatch: loc and lco",
    ]


def test_thousands_of_links_are_followed() -> None:
    assert len(follows(read(PAGES.format("\n".join(url(number) for number in range(5_000)))))) == 5_000


def test_the_links_before_the_break_of_a_sitemap_are_followed() -> None:
    outputs = read(PAGES.format(url(1) + url(2)).partition("post.example/2")[0])
    assert len(follows(outputs)) == 1
    assert [reason for _, reason in skipped(outputs)] == ["it is cut off"]


def test_a_sitemap_that_lists_nothing_or_declares_entities_is_refused() -> None:
    with pytest.raises(Unreadable, match="lists nothing"):
        read(PAGES.format(""))
    with pytest.raises(Unreadable, match="entities"):
        read(PAGES.format(url(1)).replace("<urlset", '<!DOCTYPE urlset [<!ENTITY a "b">]><urlset'))


@pytest.mark.parametrize("name", ["sitemap.xml", "sitemap", "sitemap.html", "sitemap.txt"])
def test_a_sitemap_is_recognised_by_its_content(name: str) -> None:
    assert taker(PAGES.format(url(1)).encode(), name) == "SitemapReader"
    assert taker(INDEX.format("").encode("utf-16"), name) == "SitemapReader"


@given(st.lists(st.sampled_from(["<url>", "</url>", "<loc>", "</loc>", "<!--", "-->", "http://a", "&", "<", "\n"])))
@settings(max_examples=150)
def test_any_sitemap_is_read_or_refused(parts: list[str]) -> None:
    withstands(SitemapReader(), f"<urlset>{''.join(parts)}".encode())
