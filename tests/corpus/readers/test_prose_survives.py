"""A paragraph of more than eight words that ends in a full stop is in the text, whatever the format."""

from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.reader_types import Reading
from corpus.reading import read_content
from tests.corpus.reader_inputs import file

BEFORE = "The harbour wall at Northquay held through the night while waves of nine metres broke over it."
AFTER = "Two fishing boats sank at their moorings, and both owners had been told to take their nets ashore."
BEGINNINGS = [
    *("By continuing to", "We use cookies", "This site uses cookies", "Read more:", "Read more", "Continue reading"),
    *("Related:", "See also:", "Sign up for our newsletter", "Subscribe to the newsletter", "Share this article"),
    *("The post", "© 2014", "Copyright", "Advertisement", "Print", "Tweet", "Leave a comment", "Keep reading"),
    *("By Anna Lindqvist", "Published on Monday", "To read on", "Photo:", "Like this", "Lire la suite"),
]
MIDDLES = [
    "cookies",
    "appeared first on",
    "newsletter",
    "all rights reserved",
    "read more",
    "the mayor",
    "you agree",
    "",
]
ENDS = ["keep reading.", "read more.", "cookies.", "continue reading.", "all rights reserved.", "the town.", "Monday.”"]
WORDS = "harbour council engineers storm Sunday asked million winter bags sand of the by in and".split()
PARAGRAPHS = st.builds(
    lambda start, first, middle, second, end: " ".join(filter(None, [start, *first, middle, *second, end])),
    st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from(WORDS), min_size=4, max_size=10),
    st.sampled_from(MIDDLES),
    st.lists(st.sampled_from(WORDS), min_size=4, max_size=10),
    st.sampled_from(ENDS),
)
FEED = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"{}><channel>'
    "<title>The Quay</title><link>https://quay.example/</link><item><title>Wall holds</title>{}"
    "<content:encoded>{}</content:encoded></item></channel></rss>"
)
EXPORT = ' xmlns:wp="http://wordpress.org/export/1.2/"'
POST = "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>"


def html_of(paragraph: str, link: bool) -> str:
    shown = f"<a href='/x'>{escape(paragraph, quote=False)}</a>" if link else escape(paragraph, quote=False)
    return f"<p>{BEFORE}</p><p>{shown}</p><p>{AFTER}</p><p>{shown}</p>"


def as_page(paragraph: str, link: bool = False) -> tuple[str, str]:
    head = "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Wall holds</title></head>"
    return "page.html", f"{head}<body><article><h1>Wall holds</h1>{html_of(paragraph, link)}</article></body></html>"


def as_feed(paragraph: str, link: bool = False) -> tuple[str, str]:
    return "feed.xml", FEED.format("", "", escape(html_of(paragraph, link)))


def as_export(paragraph: str, link: bool = False) -> tuple[str, str]:
    return "export.xml", FEED.format(EXPORT, POST, escape(html_of(paragraph, link)))


def as_markdown(paragraph: str, link: bool = False) -> tuple[str, str]:
    shown = f"[{paragraph}](/x)" if link else paragraph
    return "a.md", f"# Wall holds\n\n{BEFORE}\n\n{shown}\n\n{AFTER}\n\n{shown}\n"


def as_text(paragraph: str, link: bool = False) -> tuple[str, str]:  # noqa: ARG001 - text has no links
    return "a.txt", f"Wall holds\n\n{BEFORE}\n\n{paragraph}\n\n{AFTER}\n\n{paragraph}\n"


@pytest.mark.parametrize("written", [as_page, as_feed, as_export, as_markdown, as_text])
@pytest.mark.parametrize("link", [False, True])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paragraph=PARAGRAPHS)
def test_a_long_sentence_survives(written: object, link: bool, paragraph: str) -> None:
    name, content = written(paragraph, link)  # type: ignore[operator]
    (reading,) = read_content(file(content.encode(), name))
    assert isinstance(reading, Reading)
    paragraphs = reading.article.text.split("\n\n")
    assert paragraphs[0] == BEFORE
    assert paragraphs[1:3] == [paragraph, AFTER]
    assert paragraphs[-1] in (paragraph, AFTER)  # trafilatura may take a repeated paragraph once
