"""RSS and Atom: whole entries are articles, partial ones are followed, broken ones are reported."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.errors import Unreadable
from corpus.readers.feed import FeedReader
from tests.corpus.reader_inputs import LONG, WORDS, endless, file, follows, readings, skipped, taker, withstands

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>The Harbour &amp; Post</title><link>https://post.example/</link>
<atom:link href="https://post.example/feed" rel="self"/><language>en-GB</language>
{items}
</channel></rss>
"""
WHOLE = f"""<item><title>Wall &#8217;holds&#8217;</title><link>https://post.example/wall?utm_source=rss</link>
<guid isPermaLink="false">post-17</guid><dc:creator>Ann Lee</dc:creator><dc:creator>Bo Chen</dc:creator>
<pubDate>Mon, 17 Feb 2014 23:30:00 -0500</pubDate><description>A teaser [&#8230;]</description>
<content:encoded><![CDATA[<p>{LONG}</p><h2>Afterwards</h2><p>It was &ldquo;calm&rdquo;.</p><script>x()</script>
<p>The post <a href="/">Wall</a> appeared first on <a href="/">The Post</a>.</p>]]></content:encoded></item>"""


def rss(*items: str) -> bytes:
    return RSS.format(items="\n".join(items)).encode()


def item(number: int, body: str = LONG) -> str:
    return (
        f"<item><title>Story {number}</title><link>https://post.example/{number}</link>"
        f"<description>{body}</description></item>"
    )


def short(number: int) -> str:
    body = f"<content:encoded>{WORDS * 3}</content:encoded>"
    return f"<item><title>Story {number}</title><link>https://post.example/{number}</link>{body}</item>"


def read(data: bytes, name: str = "feed.xml", url: str | None = None) -> list[Any]:
    return list(FeedReader().read(file(data, name, url=url)))


def test_an_entry_with_its_whole_text_is_an_article_with_every_field() -> None:
    (reading,) = readings(read(rss(WHOLE)))
    article, card = reading.article, reading.article.card
    assert article.title == "Wall ’holds’"
    assert card.url == "https://post.example/wall"
    assert card.id == article_id("https://post.example/wall")
    assert (card.source, card.author, card.language) == ("The Harbour & Post", "Ann Lee, Bo Chen", "en")
    assert card.published == date(2014, 2, 17)
    assert article.text == f"{LONG.strip()}\n\nAfterwards\n\nIt was “calm”."
    assert [article.text[start:end] for start, end in article.headings] == ["Afterwards"]
    assert reading.key == "post-17"
    assert reading.where == "feed.xml: item 1 (line 6)"
    assert dict(reading.traces)["published"] == "pubDate"
    assert dict(reading.traces)["text"] == "content:encoded"
    assert dict(reading.traces)["source"] == "title of the feed"


@pytest.mark.parametrize(
    "teaser",
    [
        "The wall held, and more …",
        f"{LONG} […]",
        f"{LONG}&lt;a href='/1'&gt;Read more&lt;/a&gt;",
        f"&lt;p&gt;{LONG} [&amp;#8230;]&lt;/p&gt;&lt;p&gt;The post X appeared first on Y.&lt;/p&gt;",
        "A short description, which is no article.",
    ],
)
def test_a_teaser_is_followed_to_its_page_with_an_excerpt(teaser: str) -> None:
    dated = item(1, teaser).replace("<desc", "<pubDate>Mon, 17 Feb 2014 10:00:00 GMT</pubDate><desc", 1)
    (follow,) = read(rss(dated))
    assert follow.url == "https://post.example/1"
    assert follow.changed == "Mon, 17 Feb 2014 10:00:00 GMT"
    assert follow.excerpt.article.title == "Story 1"
    assert "Read more" not in follow.excerpt.article.text


@pytest.mark.parametrize(
    ("elements", "author"),
    [
        ("<dc:creator>nan</dc:creator><author>bo@post.example (Bo Ek)</author>", "Bo Ek"),
        ("<author>Bo Ek bo@post.example</author>", "Bo Ek"),
        ("<author>bo@post.example</author><itunes:author>By Bo Ek</itunes:author>", "Bo Ek"),
        ("<dc:creator><![CDATA[Bo Ek and Toby Helm]]></dc:creator>", "Bo Ek, Toby Helm"),
        ("<dc:creator>https://post.example/bo</dc:creator>", None),
    ],
)
def test_the_author_of_an_entry_is_a_name(elements: str, author: str | None) -> None:
    (reading,) = read(rss(item(1).replace("<description>", f"{elements}<description>")))
    assert reading.article.card.author == author


@pytest.mark.parametrize("end", ["and told its readers to keep reading.", "where you can read more."])
def test_the_end_of_a_sentence_is_no_read_more(end: str) -> None:
    (reading,) = read(rss(item(1, f"{LONG}The paper named a page {end}")))
    assert reading.article.text.endswith(end)


def test_a_long_description_that_ends_like_a_text_is_the_article() -> None:
    assert len(readings(read(rss(item(1))))) == 1


def test_a_teaser_without_a_link_is_the_article() -> None:
    (reading,) = read(rss("<item><title>Brief</title><description>Two lines …</description></item>"))
    assert reading.article.text == "Two lines …"
    assert reading.article.id == article_id(f"feed.xml#{reading.key}")


def test_an_entry_with_only_a_link_is_followed() -> None:
    (follow,) = read(rss("<item><link>https://post.example/9</link></item>"))
    assert (follow.url, follow.excerpt) == ("https://post.example/9", None)


def test_a_guid_is_a_link_unless_it_says_that_it_is_none() -> None:
    permanent, other = read(
        rss(
            "<item><title>A</title><guid>https://post.example/a</guid><description>x</description></item>",
            "<item><title>B</title><guid isPermaLink='false'>https://post.example/b</guid><description>x"
            "</description></item>",
        )
    )
    assert permanent.url == "https://post.example/a"
    assert other.article.card.url is None
    assert other.key == "https://post.example/b"


def test_an_entry_without_an_id_or_a_link_keeps_its_key_when_the_order_changes() -> None:
    first = f"<item><title>One</title><description>{LONG}</description></item>"
    second = f"<item><title>Two</title><description>{LONG}</description></item>"
    before = {reading.article.title: reading.article.id for reading in readings(read(rss(first, second)))}
    after = {reading.article.title: reading.article.id for reading in readings(read(rss(second, first)))}
    assert before == after
    assert len({reading.article.id for reading in readings(read(rss(first, first)))}) == 2


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://blatt.example/">
<title type="html">Das &lt;b&gt;Blatt&lt;/b&gt;</title><author><name>Redaktion</name></author>
<link rel="self" href="/feed.atom"/>
<entry><title type="html">Die &lt;em&gt;Mauer&lt;/em&gt; h&amp;auml;lt</title><id>urn:1</id>
<link rel="replies" href="/mauer#replies"/><link rel="alternate" type="text/html" href="/mauer"/>
<updated>2014-03-01T10:00:00Z</updated><published>2014-02-17T10:00:00+01:00</published>
<author><name>Ann Lee</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{LONG}</p><p>Ende.</p></div></content></entry>
<entry><title>Kurz &lt; lang</title><id>urn:2</id><link href="/kurz"/><updated>2014-03-02T10:00:00Z</updated>
<summary>Nur der Anfang</summary></entry>
<entry><title>Klartext</title><id>urn:3</id><link href="/klar"/><updated>2014-03-03T10:00:00Z</updated>
<content type="text">{LONG}</content></entry>
<entry><title>Anderswo</title><id>urn:4</id><link href="/fern"/><content src="https://x.example/"/></entry></feed>"""


def test_atom_text_may_be_xhtml_html_or_plain_and_links_are_resolved_against_the_base() -> None:
    whole, teaser, plain, remote = read(ATOM.encode())
    card = whole.article.card
    assert (card.title, card.url) == ("Die Mauer hält", "https://blatt.example/mauer")
    assert (card.author, card.source, card.language) == ("Ann Lee", "Das Blatt", "de")
    assert card.published == date(2014, 2, 17)
    assert whole.article.text == f"{LONG.strip()}\n\nEnde."
    assert (teaser.url, teaser.changed) == ("https://blatt.example/kurz", "2014-03-02T10:00:00Z")
    assert teaser.excerpt.article.card.title == "Kurz < lang"
    assert teaser.excerpt.article.card.author == "Redaktion"
    assert plain.article.text == LONG.strip()
    assert plain.article.card.published == date(2014, 3, 3)
    assert (remote.url, remote.excerpt) == ("https://blatt.example/fern", None)


def test_rss_1_and_undeclared_prefixes_are_read() -> None:
    rdf = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel rdf:about="https://a.example/"><title>Alt</title><items><rdf:Seq/></items></channel>
    <item rdf:about="https://a.example/1"><title>T</title><link>https://a.example/1</link><dc:date>2014-02-17</dc:date>
    <foo:bar>x</foo:bar><description>{LONG}</description></item></rdf:RDF>"""
    (reading,) = readings(read(rdf.encode()))
    assert (reading.article.card.source, reading.article.card.published) == ("Alt", date(2014, 2, 17))


def test_invalid_xml_that_feeds_often_contain_is_repaired() -> None:
    sloppy = f"<item><title>AT&T &amp; caf&eacute;\x0b</title><link>https://a.example/?a=1&b=2</link>\
<description>{LONG}&nbsp;End.</description></item>"
    (reading,) = readings(read(rss(sloppy)))
    assert reading.article.title == "AT&T & café"
    assert reading.article.card.url == "https://a.example/?a=1&b=2"
    assert reading.article.text.endswith("morning. End.")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1251", "gb18030"])
def test_a_feed_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    title = "港口" if encoding == "gb18030" else "Порт"
    data = RSS.replace('encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"').format(items=item(1))
    (reading,) = readings(read(data.replace("Story", title).encode(encoding)))
    assert reading.article.title == f"{title} 1"


def test_a_feed_that_wrongly_declares_utf_8_is_read() -> None:
    data = rss(item(1), item(2)).decode().replace("Story", "Größe").replace("The harbour", "Für den Häfen über")
    titles = [reading.article.title for reading in readings(read(data.encode("cp1252")))]
    assert titles == ["Größe 1", "Größe 2"]


def test_broken_entries_are_reported_and_the_others_are_read() -> None:
    broken = (
        "<item><title>Broken {}</titel></item>",
        "<item><title>Broken {}</title><description>no end",
        "<item><title>Broken {}</title><description><b></description></item>",
        "<item><category>no headline, no text {}</category></item>",
    )
    items = [
        short(number) if number % 10 else broken[number // 10 % len(broken)].format(number) for number in range(2_000)
    ]
    outputs = read(rss(*items))
    assert [reading.article.title for reading in readings(outputs)] == [f"Story {n}" for n in range(2_000) if n % 10]
    assert len(skipped(outputs)) == 200
    assert skipped(outputs)[1][0] == "feed.xml: item 11 (line 16)"


def test_the_entries_before_the_break_of_a_feed_are_read_and_the_break_is_reported() -> None:
    data = rss(item(1), item(2))
    inside = read(data[: data.index(b"Story 2")])
    assert len(readings(inside)) == 1
    assert skipped(inside) == [("feed.xml: item 2 (line 7)", "it is cut off")]
    between = read(data[: data.index(b"<item><title>Story 2")])
    assert len(readings(between)) == 1
    assert skipped(between) == [("feed.xml: item 2 (line 7)", "the file ends here, and not as its format does")]


def test_an_endless_feed_is_read_up_to_a_limit() -> None:
    beginning, _, _ = RSS.partition("{items}")
    endless_feed, opened = endless(beginning.encode(), f"{item(1)}\n".encode(), max_bytes=10_000)
    outputs = list(FeedReader().read(endless_feed))
    assert len(readings(outputs)) > 50
    assert skipped(outputs)[-1][1] == "goes on beyond 0.2 MB, and is read no further"
    assert max(stream.read_bytes for stream in opened) < 600_000


def test_an_entry_above_the_limit_of_articles_is_reported_and_the_next_is_read() -> None:
    data = rss(item(1), item(2, LONG * 100), item(3))
    outputs = list(FeedReader().read(file(data, max_bytes=50_000)))
    assert [reading.article.title for reading in readings(outputs)] == ["Story 1", "Story 3"]
    assert len(skipped(outputs)) == 1


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "https://a.example/x.dtd"> %a;',
    ],
)
def test_a_feed_that_declares_entities_is_refused(declared: str) -> None:
    data = rss(item(1)).replace(b"<rss", f"<!DOCTYPE rss [{declared}]><rss".encode(), 1)
    assert taker(data) == "FeedReader"
    with pytest.raises(Unreadable, match="declares entities of its own"):
        read(data)


def test_a_feed_with_a_document_type_without_entities_is_read() -> None:
    data = rss(item(1)).replace(
        b"<rss", b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://n.example/r.dtd"><rss', 1
    )
    assert len(readings(read(data))) == 1


def test_a_feed_without_entries_is_refused() -> None:
    with pytest.raises(Unreadable, match="a feed with no articles in it"):
        read(rss())


@pytest.mark.parametrize("name", ["feed.xml", "feed.html", "feed.txt", "feed"])
def test_a_feed_is_recognised_by_its_content(name: str) -> None:
    assert taker(rss(item(1)), name) == "FeedReader"
    assert taker(ATOM.encode(), name) == "FeedReader"
    assert taker(b"<?xml version='1.0'?><!-- <rss> --><html><body><p>A page about rss</p></body></html>", name) == (
        "HtmlReader"
    )
    assert taker(b"How to write <rss> feeds\n\nBegin with <rss>.", name) == "TextReader"


PIECES = st.sampled_from(
    (
        "<rss> <channel> <item> </item> <entry> <title> </title> <![CDATA[ ]]> <!-- --> a & &nbsp; < <item/> \0 \ufffe"
        " <link>http://a.example/1</link> <description> </description> <content:encoded> <!DOCTYPE [ <a:b c=' <item"
        " </rss> xmlns:a='x' […] <p>"
    ).split(" ")
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(lambda parts: "".join(parts).encode())))
@settings(max_examples=200)
def test_any_feed_is_read_or_refused(data: bytes) -> None:
    withstands(FeedReader(), data)
    withstands(FeedReader(), b"<rss><channel>" + data)


@pytest.mark.parametrize("piece", ["<item>", "<item><![CDATA[", "<item><!--", "<item></item", "<a ", "<title>", "&a;"])
def test_a_malicious_feed_is_read_or_refused_in_time(piece: str) -> None:
    withstands(FeedReader(), b"<rss>" + piece.encode() * (2_000_000 // len(piece)), max_bytes=500_000)


def test_a_teaser_with_a_link_is_followed_and_is_no_reading() -> None:
    assert follows(read(rss(item(1, "Short."))))
    assert not readings(read(rss(item(1, "Short."))))
