"""Texts that an editor saved as a tree of nodes are read whole: a bold word is no paragraph of its own."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.json_records import JsonRecordsReader
from corpus.readers.rich_text import rich_text_html
from tests.corpus.reader_inputs import file, readings

BOLD_PARTS = ("The wall held for ", "two", " years & more.")
LAST = "The sea <rose> twice in that time."
EXPECTED = "The wall held for two years & more.\n\nRepairs\n\nThe sea <rose> twice in that time."


def leaves(kind: str, **marked: Any) -> list[dict[str, Any]]:
    first, bold, rest = BOLD_PARTS
    return [{"type": kind, "text": first}, {"type": kind, "text": bold, **marked}, {"type": kind, "text": rest}]


SLATE = [
    {"type": "paragraph", "children": leaves("text", bold=True)},
    {"type": "heading", "children": [{"text": "Repairs"}]},
    {"type": "ul", "children": [{"type": "li", "children": [{"type": "p", "children": [{"text": LAST}]}]}]},
]
LEXICAL = {
    "root": {
        "type": "root",
        "children": [
            {"type": "paragraph", "children": leaves("text", format=1)},
            {"type": "heading", "tag": "h2", "children": [{"type": "text", "text": "Repairs"}]},
            {"type": "paragraph", "children": [{"type": "link", "children": [{"type": "text", "text": LAST}]}]},
        ],
    }
}
TREES: dict[str, Any] = {
    "Portable Text": [
        {"_type": "block", "style": "normal", "children": leaves("span", marks=["strong"])},
        {"_type": "image", "asset": {"_ref": "image-1"}},
        {"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "Repairs"}]},
        {"_type": "block", "children": [{"_type": "span", "text": LAST}]},
    ],
    "ProseMirror": {
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": leaves("text", marks=[{"type": "bold"}])},
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Repairs"}]},
            {"type": "paragraph", "content": [{"type": "text", "text": LAST}]},
        ],
    },
    "Contentful": {
        "nodeType": "document",
        "content": [
            {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": part} for part in BOLD_PARTS]},
            {"nodeType": "heading-2", "content": [{"nodeType": "text", "value": "Repairs"}]},
            {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": LAST}]},
        ],
    },
    "Editor.js": {
        "blocks": [
            {"type": "paragraph", "data": {"text": "The wall held for <b>two</b> years &amp; more."}},
            {"type": "header", "data": {"text": "Repairs", "level": 2}},
            {"type": "list", "data": {"items": ["The sea &lt;rose&gt; twice in that time."]}},
        ]
    },
    "Draft.js": {
        "blocks": [
            {"key": "a", "type": "unstyled", "text": "".join(BOLD_PARTS)},
            {"key": "b", "type": "header-two", "text": "Repairs"},
            {"key": "c", "type": "unstyled", "text": LAST},
        ],
        "entityMap": {},
    },
    "Slate": SLATE,
    "Lexical": LEXICAL,
    "Lexical, written as JSON": json.dumps(LEXICAL),
}


@pytest.mark.parametrize("editor", TREES)
def test_the_text_of_an_editor_is_read_whole(editor: str) -> None:
    data = json.dumps({"title": "Wall holds", "body": TREES[editor], "author": "Anna Lindqvist"})
    article = readings(list(JsonRecordsReader().read(file(data.encode(), "a.json"))))[0].article
    assert article.text == EXPECTED
    assert [article.text[start:end] for start, end in article.headings] == ["Repairs"]


@pytest.mark.parametrize(
    "value",
    [
        "Plain text.",
        '["a", "b"]',
        ["a", "b"],
        {"value": "<p>x</p>"},
        [{"type": "plain", "text": "x"}, {"type": "bold", "text": "y"}],
        [{"type": "sanitized_html", "content": "x"}],
        {"blocks": 3},
        [],
    ],
)
def test_other_values_are_no_tree(value: object) -> None:
    assert rich_text_html(value) is None


NODES = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("type", "children", "content", "text", "data", "root", "blocks", "items")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(NODES)
def test_any_tree_is_read_or_none(value: object) -> None:
    rich_text_html(value)
    rich_text_html({"type": "doc", "content": [value]})
    rich_text_html({"blocks": [{"type": "paragraph", "data": {"text": value, "items": value}}]})
