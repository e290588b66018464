"""Nothing of an article is lost on its page, and what stands beside the article stays out."""

# ruff: noqa: E501 (pages have long lines)

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.reader_types import Reading
from corpus.reading import read_content
from tests.corpus.reader_inputs import file

HELD = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday after a long walk."
WARNED = "They had warned in January that it might not, and had asked the council for nine million to make it safe."
PRAISED = "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags."
COURT = "On Friday John Moss and Sean Moss of Holm denied the charge of arson at the mill."
TRIAL = "On Monday the judge at Fenwick set the trial for the third of May."
PAGE = (
    "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Wall holds | The Coast</title></head><body>"
    "<header><nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>News</a></li></ul></nav></header>{}"
    "<footer><p>© 2014 The Coast. All rights reserved.</p></footer></body></html>"
)


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(content: str) -> Reading:
    (reading,) = read_content(file(PAGE.format(content).encode(), "page.html"))
    assert isinstance(reading, Reading)
    return reading


def text_of(content: str) -> list[str]:
    return read(content).article.text.split("\n\n")


def headings_of(content: str) -> list[str]:
    article = read(content).article
    return [article.text[start:end] for start, end in article.headings]


BLOCKS = {
    "a paragraph that is a link": (f"<p><a href='/1'>{COURT}</a></p>", [COURT]),
    "paragraphs that are links, each in its box": (
        f"<div class='markup'><p><a href='/1'><b>{COURT}</b></a></p><p><b><a href='/2'>{TRIAL}</a></b></p></div>",
        [COURT, TRIAL],
    ),
    "a list of sentences that are links": (
        f"<ul><li><a href='/1'>{COURT}</a></li><li><a href='/2'>{TRIAL}</a></li></ul>",
        [COURT, TRIAL],
    ),
    "a list": (
        "<p>The council was asked for two things:</p><ul><li>nine million for the wall,</li><li>a new ramp.</li></ul>",
        ["The council was asked for two things:", "nine million for the wall,", "a new ramp."],
    ),
    "a numbered list": ("<ol><li>one thing</li><li>another thing</li></ol>", ["one thing", "another thing"]),
    "definitions": ("<dl><dt>Wave</dt><dd>Nine metres high</dd></dl>", ["Wave", "Nine metres high"]),
    "a quotation": (f"<blockquote>{COURT}</blockquote>", [COURT]),
    "a quotation of paragraphs": (f"<blockquote>{p(COURT, TRIAL)}</blockquote>", [COURT, TRIAL]),
    "rules": (f"<hr>{p(COURT)}<hr>", [COURT]),
    "short sentences": (p("“No.”", "He left."), ["“No.”", "He left."]),
    "text in a division, with line breaks": (f"<div>{COURT}<br><br>{TRIAL}</div>", [COURT, TRIAL]),
    "spans": (f"<div><span>{COURT}</span><br><br><span>{TRIAL}</span></div>", [COURT, TRIAL]),
    "a table of prose": (f"<table><tr><td>{COURT}</td></tr><tr><td>{TRIAL}</td></tr></table>", [COURT, TRIAL]),
    "a section with the id of its heading": (
        f"<section id='social-housing-plan' class='level2'><h2>Social housing plan</h2>{p(COURT)}</section>",
        ["Social housing plan", COURT],
    ),
    "a division with the id of its heading": (
        f"<div id='share-prices-fall'><h2>Share prices fall</h2>{p(COURT)}</div>",
        ["Share prices fall", COURT],
    ),
    "a heading with an id": (
        f"<h2 id='comments-by-the-mayor'>Comments by the mayor</h2>{p(COURT)}",
        ["Comments by the mayor", COURT],
    ),
    "a paragraph with an id": (f"<p id='related-deaths'>{COURT}</p>", [COURT]),
    "a division with the id of a heading that changed": (f"<div id='cookies-and-the-law'>{p(COURT)}</div>", [COURT]),
    "a class that only contains a word of boilerplate": (f"<div class='social-affairs'>{p(COURT)}</div>", [COURT]),
    "details": (f"<details><summary>What is a wall?</summary>{p(COURT)}</details>", ["What is a wall?", COURT]),
}
FRAMES = {
    "in an article": "<article><h1>Wall holds</h1>{}</article>",
    "in the body": "<h1>Wall holds</h1>{}",
    "in divisions": "<div id='page'><div class='content'><h1>Wall holds</h1><div class='text'>{}</div></div></div>",
    "in a form": "<form id='aspnetForm'><h1>Wall holds</h1>{}<input type='submit'></form>",
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("kind", BLOCKS)
def test_nothing_is_lost_between_paragraphs(kind: str, frame: str) -> None:
    html, texts = BLOCKS[kind]
    assert text_of(FRAMES[frame].format(p(HELD, WARNED) + html + p(PRAISED))) == [HELD, WARNED, *texts, PRAISED]


@pytest.mark.parametrize("frame", ["in an article", "in the body"])
@pytest.mark.parametrize("kind", ["a paragraph that is a link", "a list", "a quotation", "a paragraph with an id"])
def test_the_last_and_the_first_paragraph_are_not_lost(kind: str, frame: str) -> None:
    html, texts = BLOCKS[kind]
    assert text_of(FRAMES[frame].format(p(HELD, WARNED) + html)) == [HELD, WARNED, *texts]
    if "list" not in kind:
        assert text_of(FRAMES[frame].format(html + p(HELD, WARNED))) == [*texts, HELD, WARNED]


@pytest.mark.parametrize("frame", FRAMES)
def test_the_text_may_all_be_in_an_aside(frame: str) -> None:
    assert text_of(FRAMES[frame].format(f"<aside>{p(HELD, WARNED)}</aside>")) == [HELD, WARNED]


def test_short_sentences_beside_the_prose_of_an_aside_are_there() -> None:
    short = ("It rained.", "Nobody was hurt.")
    page = FRAMES[next(iter(FRAMES))].format(f"<aside>{p(short[0], HELD, short[1])}</aside>")
    assert text_of(page) == [short[0], HELD, short[1]]


def test_lost_headings_are_headings_again() -> None:
    html = f"{p(HELD)}<div id='social-plan'><h2>Social plan</h2>{p(WARNED)}</div>{p(PRAISED)}"
    assert headings_of(f"<article><h1>Wall holds</h1>{html}</article>") == ["Social plan"]


@pytest.mark.parametrize(
    "beside",
    [
        "<div class='related-card'><a href='/f'>Ferry sinks</a><p>The ferry sank at Holm on Sunday, and nobody was hurt.</p></div>",
        "<div class='related-posts'><h3>Related</h3><p>The ferry sank at Holm on Sunday night, and nobody was hurt.</p></div>",
        "<aside><p>The ferry sank at Holm on Sunday night, and nobody of the crew was hurt.</p></aside>",
        "<div class='newsletter-signup'><p>Get the best of our stories each week in your inbox, free of charge.</p></div>",
        "<div class='teaser'><p>The ferry sank at Holm on Sunday night, and nobody of the crew was hurt.</p></div>",
        "<figure><img src='w.jpg'><figcaption>Waves break over the wall at Fenwick on Sunday night.</figcaption></figure>",
        "<div class='wp-caption'><p class='wp-caption-text'>Waves break over the wall at Fenwick on Sunday night.</p></div>",
        "<p><a href='/f'>Ferry sinks at Holm</a></p>",
        "<ul><li><a href='/f'>Ferry sinks at Holm</a></li><li><a href='/g'>Lamp lost at sea</a></li></ul>",
        "<div class='share-bar'><p>Share this story with your friends and tell them what you think of it.</p></div>",
        "<p>Read also: <a href='/g'>The pier is open again</a></p>",
        "<p>Advertisement</p>",
    ],
)
def test_what_stands_beside_the_article_stays_out(beside: str) -> None:
    reading = read(f"<article><h1>Wall holds</h1>{p(HELD, WARNED)}{beside}{p(PRAISED)}</article>")
    assert reading.article.text.split("\n\n") == [HELD, WARNED, PRAISED]


@pytest.mark.parametrize(
    "after",
    [
        "<div class='author-bio'><p>Anna Lindqvist is a reporter who has covered the coast for many years.</p></div>",
        "<div class='info'><p>The Coast has told the news of the coast to its readers since 1921.</p></div>",
        "<div class='sidebar'><p>Get the best of our stories each week in your inbox, free of charge.</p></div>",
        "<div id='comments'><p>What a night that was, we will never forget it, said my neighbour.</p></div>",
        "<ol class='comment-list'><li><p>What a night that was, we will never forget it, said my neighbour.</p></li></ol>",
    ],
)
def test_what_follows_the_article_stays_out(after: str) -> None:
    page = f"<div class='page'><div class='content'><h1>Wall holds</h1>{p(HELD, WARNED, PRAISED)}</div>{after}</div>"
    assert text_of(page) == [HELD, WARNED, PRAISED]


def test_prose_that_was_left_out_is_in_the_trace() -> None:
    teaser = "The ferry sank at Holm on Sunday night, and nobody was hurt."
    reading = read(
        f"<article><h1>Wall holds</h1>{p(HELD, WARNED)}<div class='teaser'>{p(teaser)}</div>{p(PRAISED)}</article>"
    )
    assert ("left out", teaser) in reading.traces


def test_a_notice_about_cookies_before_the_headline_is_left_out() -> None:
    notice = "We use cookies to make this site work. By going on you accept them."
    reading = read(f"<div>{p(notice)}</div><article><h1>Wall holds</h1>{p(HELD, WARNED)}</article>")
    assert reading.article.text.split("\n\n") == [HELD, WARNED]


@pytest.mark.parametrize(
    ("lines", "author", "published"),
    [
        ("<p>By Anna Lindqvist</p>", "Anna Lindqvist", None),
        ("<p>By Anna Lindqvist</p><p>February 17, 2014</p>", "Anna Lindqvist", "2014-02-17"),
        (
            "<div>By Anna Lindqvist and Bo Ek in Oslo</div><div>17 February 2014</div>",
            "Anna Lindqvist, Bo Ek",
            "2014-02-17",
        ),
        ("<p>By Anna Lindqvist | 17 February 2014</p>", "Anna Lindqvist", "2014-02-17"),
        ("<h2>By Bobby Jones</h2>", "Bobby Jones", None),
    ],
)
def test_the_lines_under_the_headline_name_the_author(lines: str, author: str, published: str | None) -> None:
    reading = read(f"<article><h1>Wall holds</h1>{lines}{p(HELD, WARNED)}</article>")
    card = reading.article.card
    assert (card.author, card.published and card.published.isoformat()) == (author, published)
    assert reading.article.text.split("\n\n") == [HELD, WARNED]


def test_a_line_further_down_is_no_byline() -> None:
    reading = read(f"<article><h1>Wall holds</h1>{p(HELD, 'By Northquay Harbour', WARNED)}</article>")
    assert reading.article.card.author is None
    assert "By Northquay Harbour" in reading.article.text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(BLOCKS)), max_size=4, unique=True))
def test_blocks_in_any_order_are_all_there_once(kinds: list[str]) -> None:
    html = "".join(BLOCKS[kind][0] + p(f"{WARNED[:-1]}, part {number}.") for number, kind in enumerate(kinds))
    text = text_of(f"<article><h1>Wall holds</h1>{p(HELD)}{html}{p(PRAISED)}</article>")
    assert (text[0], text[-1]) == (HELD, PRAISED)
    for number, kind in enumerate(kinds):
        assert set(BLOCKS[kind][1]) <= set(text)
        assert text.count(f"{WARNED[:-1]}, part {number}.") == 1


@pytest.mark.parametrize(
    "content",
    [
        "".join(f"<p>{HELD} {number}.</p>" for number in range(4_000)),
        "".join(f"<p>word {number}</p>" for number in range(6_000)),
        "".join(f"<p><a href='/{number}'>{COURT} {number}.</a></p>" for number in range(4_000)),
        f"<p>{HELD}</p>" * 6_000,
        "<ul>" + f"<li id='a-b'>{COURT}</li>" * 4_000 + "</ul>",
    ],
)
def test_a_long_page_is_read_in_time(content: str) -> None:
    start = time.process_time()
    read(f"<article><h1>Wall holds</h1>{p(HELD)}{content}{p(PRAISED)}</article>")
    assert time.process_time() - start < 15
