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
