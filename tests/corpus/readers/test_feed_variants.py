"""Feeds as servers send them: other prefixes, no namespace, bases, counted links, no headlines, junk in front."""

from datetime import date
from typing import Any

import pytest

from corpus.reader_types import Follow
from corpus.readers.feed import FeedReader
from corpus.readers.sitemap import SitemapReader
from corpus.readers.wxr import WordPressReader
from tests.corpus.reader_inputs import LONG, fields, file, follows, readings, skipped, taker, withstands

TEXT = LONG.strip()
DAY = date(2014, 2, 17)


def read(text: str | bytes, url: str | None = None) -> list[Any]:
    return list(FeedReader().read(file(text if isinstance(text, bytes) else text.encode(), "feed.xml", url=url)))


def rss(*items: str, root: str = '<rss version="2.0">') -> str:
    return f"<?xml version='1.0'?>{root}<channel><title>Coast</title><link>https://coast.example/</link>{''.join(items)}</channel></rss>"


def item(more: str = "", title: str = "Wall holds") -> str:
    return (
        f"<item><title>{title}</title><link>https://coast.example/a</link><pubDate>17 Feb 2014 10:00:00 GMT</pubDate>"
        f"<description>{TEXT}</description>{more}</item>"
    )


WHOLE = ("Wall holds", TEXT, DAY, None, "Coast", "https://coast.example/a")

ATOM = """<{p}feed {x}><{p}title>Coast</{p}title><{p}link href="https://coast.example/"/><{p}entry>
<{p}title>Wall holds</{p}title>
<{p}link href="https://coast.example/a"/><{p}author><{p}name>Anna Lindqvist</{p}name></{p}author>
<{p}published>2014-02-17T10:00:00Z</{p}published>
<{p}content type="html">&lt;p&gt;{text}&lt;/p&gt;</{p}content></{p}entry></{p}feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" {x}>
<{p}channel rdf:about="https://coast.example/"><{p}title>Coast</{p}title><{p}link>https://coast.example/</{p}link></{p}channel>
<{p}item rdf:about="https://coast.example/a"><{p}title>Wall holds</{p}title><{p}link>https://coast.example/a</{p}link>
<dc:date>2014-02-17</dc:date><dc:creator>Anna Lindqvist</dc:creator>
<{p}description>{text}</{p}description></{p}item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("template", "prefix", "declared"),
    [
        (ATOM, "ns0:", 'xmlns:ns0="http://www.w3.org/2005/Atom"'),
        (ATOM, "a10:", "xmlns:a10='http://www.w3.org/2005/Atom'"),
        (ATOM, "", 'xmlns="https://www.w3.org/2005/Atom/"'),
        (ATOM, "", 'xmlns="http://purl.org/atom/ns#" version="0.3"'),
        (ATOM, "", 'xmlns="urn:something-else"'),
        (ATOM, "", 'version="1.0"'),
        (RDF, "ns1:", 'xmlns:ns1="http://purl.org/rss/1.0/"'),
        (RDF, "rss:", 'xmlns:rss="http://purl.org/rss/1.0/"'),
        (RDF, "", 'xmlns="http://purl.org/rss/1.0"'),
        (RDF, "", 'xmlns="http://my.netscape.com/rdf/simple/0.9/"'),
        (RDF, "", 'xmlns="urn:something-else"'),
    ],
)
def test_the_namespace_of_a_feed_may_have_any_prefix_and_any_spelling(
    template: str, prefix: str, declared: str
) -> None:
    text = template.format(p=prefix, x=declared, text=TEXT)
    assert taker(text.encode()) == "FeedReader"
    (reading,) = read(text)
    assert fields(reading) == ("Wall holds", TEXT, DAY, "Anna Lindqvist", "Coast", "https://coast.example/a")


@pytest.mark.parametrize("uri", ["http://backend.userland.com/rss2", "urn:rss", "http://purl.org/rss/2.0/"])
def test_rss_2_may_be_in_a_namespace(uri: str) -> None:
    (reading,) = read(rss(item(), root=f'<rss version="2.0" xmlns="{uri}">'))
    assert fields(reading) == WHOLE


def test_an_item_of_another_vocabulary_is_no_entry() -> None:
    media = '<media:item xmlns:media="http://search.yahoo.com/mrss/"><media:title>Picture</media:title></media:item>'
    assert [fields(reading) for reading in read(rss(item(media)))] == [WHOLE]


def test_each_base_is_relative_to_that_of_its_parent() -> None:
    feed = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/blog/"><title>Coast</title>
    <entry xml:base="2014/"><title>A</title><link href="a"/><content>{TEXT}</content></entry>
    <entry><title>B</title><link xml:base="https://other.example/x/" href="b"/><content>{TEXT}</content></entry>
    <entry xml:base="https://third.example/y/"><title>C</title><link href="../c"/>
    <content>{TEXT}</content></entry></feed>"""
    assert [reading.article.card.url for reading in read(feed, url="https://coast.example/feed")] == [
        "https://coast.example/blog/2014/a",
        "https://other.example/x/b",
        "https://third.example/c",
    ]


@pytest.mark.parametrize(
    ("root", "original"),
    [
        ('<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">', "feedburner:origLink"),
        ('<rss version="2.0">', "feedburner:origLink"),
        ('<rss version="2.0" xmlns:p="http://www.pheedo.com/namespace/pheedo">', "p:origLink"),
    ],
)
def test_the_original_link_of_a_counted_one_is_the_article_s(root: str, original: str) -> None:
    counted = item(f"<{original}>https://coast.example/real</{original}>").replace(
        "https://coast.example/a", "http://feedproxy.google.com/~r/coast/~3/x/"
    )
    (reading,) = read(rss(counted, root=root))
    assert reading.article.card.url == "https://coast.example/real"
    assert ("url", "feedburner:origLink" if "feedburner" in original else "other:origLink") in reading.traces


def test_a_permanent_id_is_preferred_to_the_link_of_a_counting_service() -> None:
    counted = item("<guid>https://coast.example/real</guid>")
    assert read(rss(counted))[0].article.card.url == "https://coast.example/a"
    counted = counted.replace("https://coast.example/a", "http://feeds.feedburner.com/~r/coast/~3/x/")
    assert read(rss(counted))[0].article.card.url == "https://coast.example/real"


def test_an_item_without_a_headline_has_its_first_words_and_keeps_its_text() -> None:
    untitled = f"<item><link>https://coast.example/1</link><description>{TEXT}</description></item>"
    empty = (
        "<item><title> </title><guid>https://coast.example/2</guid><description>The ferry is late.</description></item>"
    )
    whole, short = read(rss(untitled, empty))
    assert whole.article.title == "The harbour wall held through the night, and the boats were safe in the…"
    assert whole.article.text == TEXT
    assert ("title", "the text's first words") in whole.traces
    assert isinstance(short, Follow)
    assert short.excerpt
    assert (short.excerpt.article.title, short.excerpt.article.text) == ("The ferry is late.", "The ferry is late.")


def test_two_items_without_headline_link_and_id_have_different_keys_that_stay() -> None:
    items = [f"<item><description>{text} {TEXT}</description></item>" for text in ("One.", "Two.")]
    before = {reading.article.title: reading.key for reading in read(rss(*items))}
    assert before == {reading.article.title: reading.key for reading in read(rss(*items[::-1]))}
    assert len(set(before.values())) == 2


JUNK = {
    "PHP's warning": "<br />\n<b>Warning</b>:  session_start(): Cannot send session cookie in"
    " <b>/var/www/inc.php</b> on line <b>7</b><br />\n",
    "PHP's message in plain text": "\nDeprecated: Function create_function() is deprecated in /a.php on line 258\n"
    "\nNotice: Undefined index: x in /a.php on line 3\n",
    "a database error": '<div id="error"><p class="wpdberror"><strong>WordPress database error:</strong>'
    " [Table x is full]<br /><code>SELECT a, b FROM wp_posts WHERE c = 1</code></p></div>",
    "a comment": "<!-- cached by Example Cache 1.0 -->\n",
    "white space": " \n\t\n",
    "a second mark": "\ufeff\ufeff",
    "a mark in the wrong encoding": "ï»¿",
    "a script": "<script>var a = 1;</script>\n",
    "one word": "OK\n",
}


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("declaration", ["<?xml version='1.0'?>", ""])
def test_what_stands_in_front_of_a_feed_does_not_hide_it(kind: str, declaration: str) -> None:
    feed = JUNK[kind] + rss(item(), item(title="Second")).replace("<?xml version='1.0'?>", declaration)
    assert taker(feed.encode(), "feed.xml") == "FeedReader"
    first, second = read(feed)
    assert fields(first) == WHOLE
    assert second.warnings == ()
    # Only marks, white space and comments may precede a feed.
    harmless = kind in ("white space", "a comment", "a second mark", "a mark in the wrong encoding")
    assert harmless == (first.warnings == ())
    assert harmless or first.warnings[0].startswith("the feed has something in front that is none of it: '")
    line = 1 + JUNK[kind].count("\n")
    assert first.where == f"feed.xml: item 1 (line {line})"


def test_what_stands_behind_a_feed_is_ignored() -> None:
    behind = (
        "\n<!-- 0.7 s -->\n<br /><b>Warning</b>: Unknown in <b>Unknown</b> on line <b>0</b><br />\n<script>x()</script>"
    )
    outputs = read(rss(item()) + behind)
    assert [fields(reading) for reading in outputs] == [WHOLE]


def test_exports_and_sitemaps_may_have_something_in_front_too() -> None:
    warning = JUNK["PHP's warning"]
    export = f"""<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
    <title>Coast</title><item><title>Wall</title><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>
    <content:encoded><![CDATA[{TEXT}]]></content:encoded></item></channel></rss>"""
    assert taker((warning + export).encode()) == "WordPressReader"
    assert len(readings(list(WordPressReader().read(file((warning + export).encode()))))) == 1
    sitemap = "<ns0:urlset xmlns:ns0='http://www.sitemaps.org/schemas/sitemap/0.9'><ns0:url><ns0:loc>https://coast.example/a</ns0:loc></ns0:url></ns0:urlset>"
    assert taker((warning + sitemap).encode()) == "SitemapReader"
    (follow,) = follows(list(SitemapReader().read(file((warning + sitemap).encode()))))
    assert follow.url == "https://coast.example/a"


@pytest.mark.parametrize(
    "text",
    [
        f"<!DOCTYPE html><html><body><p>{LONG}</p><?xml version='1.0'?><rss version='2.0'></rss></body></html>",
        f"# How feeds work\n\n{LONG}\n\n<?xml version='1.0'?>\n<rss version='2.0'><channel></channel></rss>\n",
        "How feeds work\n\n```\n<?xml version='1.0'?><rss version='2.0'></rss>\n```\n",
    ],
)
def test_a_text_that_contains_a_feed_is_no_feed(text: str) -> None:
    assert taker(text.encode(), "a.md") != "FeedReader"


def test_entities_that_nobody_declares_are_characters_in_the_feed_s_own_title_too() -> None:
    feed = rss(item("<category>a &nbsp; b</category>", title="Caf&eacute;&nbsp;holds")).replace(
        "Coast", "C&ocirc;te &amp; <![CDATA[A & B]]>"
    )
    (reading,) = read(feed)
    assert (reading.article.title, reading.article.card.source) == ("Café holds", "Côte & A & B")


@pytest.mark.parametrize("unset", ["Mon, 01 Jan 0001 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"])
def test_a_date_that_stands_for_none_gives_way_to_the_next(unset: str) -> None:
    dated = item("<dc:date>2014-02-17</dc:date>").replace("17 Feb 2014 10:00:00 GMT", unset)
    (reading,) = read(rss(dated))
    assert reading.article.card.published == DAY
    assert ("published", "dc:date") in reading.traces
    (reading,) = read(rss(dated.replace("<dc:date>2014-02-17</dc:date>", "")))
    assert reading.article.card.published is None
    assert reading.warnings == (f"'{unset}' stands for no date, so the article has none",)


def test_a_feed_that_a_fatal_error_cuts_off_says_so() -> None:
    cut = rss(item()).replace("</channel></rss>", "<br />\n<b>Fatal error</b>: Out of memory in <b>/a.php</b>")
    outputs = read(cut)
    assert [fields(reading) for reading in readings(outputs)] == [WHOLE]
    assert [reason for _, reason in skipped(outputs)] == ["the file ends here, and not as its format does"]


@pytest.mark.parametrize(
    "piece", ["<br />", "<!-- ", "<![CDATA[", "&", "Warning: ", "<?xml ", "<rss ", "<a:rss x", " \n", "<?xml?>"]
)
def test_malicious_junk_is_read_or_refused_in_time(piece: str) -> None:
    withstands(FeedReader(), piece.encode() * (15_000 // len(piece)) + rss(item(piece * 10_000)).encode(), 1_000_000)
    withstands(FeedReader(), piece.encode() * (400_000 // len(piece)) + rss(item()).encode())


def test_all_dates_of_a_feed_decide_whether_the_day_comes_first() -> None:
    def dates(*written: str) -> list[date | None]:
        items = [item().replace("17 Feb 2014 10:00:00 GMT", text) for text in written]
        return [reading.article.card.published for reading in read(rss(*items))]

    assert dates("3/4/2014 10:00:00 AM", "2/17/2014 9:00:00 PM") == [date(2014, 3, 4), DAY]
    assert dates("3/4/2014 10:00", "17/2/2014 21:00") == [date(2014, 4, 3), DAY]
    assert dates("3/4/2014", "17 Feb 2014 10:00:00 GMT") == [date(2014, 4, 3), DAY]


def test_the_link_of_rss_1_may_be_in_an_attribute_and_the_text_of_rss_2_in_content() -> None:
    text = RDF.format(p="", x='xmlns="http://purl.org/rss/1.0/"', text=TEXT)
    (reading,) = read(text.replace("<link>https://coast.example/a</link>", ""))
    assert fields(reading) == ("Wall holds", TEXT, DAY, "Anna Lindqvist", "Coast", "https://coast.example/a")
    (reading,) = read(rss(item().replace("description>", "content>")))
    assert fields(reading) == WHOLE
    (reading,) = read(rss(item(f"<yandex:full-text>{TEXT} The end.</yandex:full-text>")))
    assert reading.article.text == f"{TEXT} The end."
