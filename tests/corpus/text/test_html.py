"""The body of HTML that is all content: blocks in order, without boilerplate."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.text.html import html_body


def parts(html: str) -> list[str]:
    return html_body(html).text.split("\n\n")


def test_paragraphs_headings_lists_and_tables_keep_their_order() -> None:
    body = html_body(
        "<p>One <em>two</em>\nthree</p><h2>A <b>Head</b></h2><ul><li>first</li><li>second</li></ul>"
        "<table><tr><th>Boat</th><th>Built</th></tr><tr><td>Marigold</td><td>1962</td></tr></table>"
        "<blockquote>Said.</blockquote>Tail<br>of it<br><br>and more"
    )
    assert body.text.split("\n\n") == (
        [
            "One two three",
            "A Head",
            "first",
            "second",
            "Boat | Built",
            "Marigold | 1962",
            "Said.",
            "Tail of it",
            "and more",
        ]
    )
    assert [body.text[start:end] for start, end in body.headings] == ["A Head"]


def test_a_blank_line_ends_a_paragraph_outside_paragraph_tags() -> None:
    assert parts("First <i>line</i>\nof it.\n\nSecond.<p>Third\n\nstill.</p>") == (
        ["First line of it.", "Second.", "Third still."]
    )
    assert parts("First\nof it.\r\n\r\nSecond.") == ["First of it.", "Second."]


def test_boilerplate_is_left_out() -> None:
    assert parts(
        "<style>p{}</style><p>Kept.</p><script>var x='<p>not kept</p>'</script>"
        "<div class='sharedaddy sd-sharing'><h3>Share this:</h3><p>On a network</p></div>"
        "<figure><img src=x><figcaption>Photo</figcaption></figure><p hidden>unseen</p>"
        "<p><a href='/x'>Read more</a></p><p>Continue reading →</p><p>Read also: The pier is open again</p>"
        "<p>The post <a>Wall Holds</a> appeared first on <a>Quay Notes</a>.</p><p>Kept too.</p><h3>Related</h3>"
    ) == ["Kept.", "Kept too."]


def test_what_is_left_out_is_named() -> None:
    body = html_body(
        "<p>Kept.</p><p>Read more</p>"
        "<div class='newsletter-signup'><p>Get our stories in your inbox each week for free.</p></div>"
        "<aside>The pier at Holm is open again, said the mayor on Monday.</aside><p>Kept too.</p>"
    )
    assert body.text == "Kept.\n\nKept too."
    assert body.left_out == (
        "Read more",
        "Get our stories in your inbox each week for free.",
        "The pier at Holm is open again, said the mayor on Monday.",
    )


@pytest.mark.parametrize(
    "block",
    [
        "<h2 id='social-housing-plan'>Kept.</h2><p>Under it.</p>",
        "<h2 id='related'>Kept.</h2><p>Under it.</p>",
        "<div id='share-prices-fall' class='section'><p>Kept.</p></div>",
        "<section id='social-media-law' class='level2'><h2>Social media law</h2><p>Kept.</p></section>",
        "<section id='comments-by-the-mayor'><p>Kept.</p></section>",
        "<div id='newsletter-scandal'><p>Kept.</p></div>",
        "<div id='cookies-for-christmas'><p>Kept.</p></div>",
        "<p id='related-deaths'>Kept.</p>",
        "<div class='promo-free story-text'><p>Kept.</p></div>",
        "<article class='newsletter'><p>Kept.</p></article>",
        "<div class='category-social-care'><p>Kept.</p></div>",
    ],
)
def test_an_id_made_of_a_heading_hides_nothing(block: str) -> None:
    body = html_body(f"<p>First.</p>{block}")
    assert "Kept." in body.text.split("\n\n")
    assert body.left_out == ()


@pytest.mark.parametrize(
    "names",
    [
        *("class='share-bar'", "class='post__share-buttons'", "id='share-tools-2014'", "class='Share_root__x7Yz1'"),
        *("class='related-posts'", "id='jp-relatedposts'", "class='relatedStories'", "class='article-related-links'"),
        *("id='comments'", "class='comments-area'", "class='newsletter-signup-inline'", "class='social-media-icons'"),
        *("class='cookie-notice'", "class='advertisement'", "class='wp-block-social-links is-style-default'"),
        *("class='entry-meta byline'", "class='subscribe-box'", "class='promo-teaser'", "class='screen-reader-text'"),
    ],
)
def test_a_container_of_boilerplate_is_known_by_its_name(names: str) -> None:
    assert parts(f"<p>Kept.</p><div {names}><p>Not kept.</p></div>") == ["Kept."]


@pytest.mark.parametrize("tag", ["aside", "footer", "form", "dialog", "nav", "figcaption"])
def test_text_is_read_where_there_is_no_other(tag: str) -> None:
    assert parts(f"<{tag}><p>All the text.</p></{tag}><script>x</script>") == ["All the text."]


@pytest.mark.parametrize("name", ["no-comments", "has-share-bar", "presocial", "postshared", "unrelated-content"])
def test_a_class_name_that_only_contains_a_boilerplate_word_is_kept(name: str) -> None:
    assert parts(f"<div class='entry {name}'><p>Kept.</p></div>") == ["Kept."]


def test_entities_are_read_once_and_nothing_is_doubled() -> None:
    assert parts("<p>AT&amp;T &lt;b&gt; &#8220;x&#8221;</p>") == ["AT&T <b> “x”"]


def test_html_nested_without_end_is_refused_at_once() -> None:
    with pytest.raises(Unreadable, match="nested too deep"):
        html_body("<div>" * 100_000 + "x")


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from("<p> </p> <h2> </h2> <li> <br> <td> <!-- --> &amp; x\n\n <![CDATA[".split(" "))).map(
        "".join
    )
)
def test_any_html_gives_paragraphs_and_headings_or_is_refused(html: str) -> None:
    try:
        body = html_body(html)
    except Unreadable:
        return
    paragraphs = body.text.split("\n\n") if body.text else []
    assert all(paragraph.strip() == paragraph and paragraph for paragraph in paragraphs)
    assert all(body.text[start:end] in paragraphs for start, end in body.headings)
    json.dumps(body.text).encode()
