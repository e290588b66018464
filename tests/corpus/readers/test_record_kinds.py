"""Records of real programs: the answers of APIs, exports, data sets."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers.json_records import JsonRecordsReader
from tests.corpus.reader_inputs import fields, file, readings, skipped, withstands
from tests.corpus.record_exports import KINDS, OTHER, TEXT


def read(data: object, max_bytes: int = 10_000_000) -> list[Any]:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return list(JsonRecordsReader().read(file(text.encode(), "a.json", max_bytes)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_articles_of_a_program_are_found_with_all_their_fields(kind: str) -> None:
    data, expected = KINDS[kind]
    assert [fields(reading) for reading in readings(read(data))] == [expected]


@pytest.mark.parametrize("kind", ["NYT Article Search", "Event Registry", "rss2json"])
def test_answers_of_an_api_may_be_one_a_line_or_in_an_array(kind: str) -> None:
    data, expected = KINDS[kind]
    for text in (
        f"{json.dumps(data)}\n{json.dumps(data)}\n",
        json.dumps([data, data]),
        json.dumps([data, data], indent=1),
    ):
        assert [fields(reading) for reading in readings(read(text))] == [expected, expected]


def test_every_article_of_a_list_is_read_and_one_that_lacks_a_field_is_named() -> None:
    items = [{"title": f"Story {n}", "content": f"{TEXT} {n}"} for n in range(3)]
    outputs = read({"meta": {"title": "x", "description": "y"}, "articles": [*items, {"title": "No text"}]})
    assert [reading.article.title for reading in readings(outputs)] == ["Story 0", "Story 1", "Story 2"]
    assert readings(outputs)[0].where == "a.json: line 1, articles 1"
    assert [where for where, _ in skipped(outputs)] == ["a.json: line 1, articles 4"]


def test_an_article_with_lists_of_its_own_is_one_article() -> None:
    related = [{"title": "Other", "description": "x", "text": OTHER}]
    outputs = read({"title": "Quay shut", "text": TEXT, "related": related, "comments": [{"text": "Nonsense!"}]})
    assert [fields(reading)[:2] for reading in outputs] == [("Quay shut", TEXT)]


def test_the_messages_of_a_private_chat_are_not_published() -> None:
    messages = [
        {
            "id": 3,
            "type": "message",
            "date": "2014-02-17",
            "from": "Bo Ek",
            "from_id": "user1",
            "text": "It is a secret.",
        }
    ]
    outputs = read({"name": "Anna Lindqvist", "type": "personal_chat", "messages": messages})
    assert not readings(outputs)
    assert [reason for _, reason in skipped(outputs)] == ["not published (private)"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_list_that_does_not_fit_in_memory_is_read_object_by_object(indent: int | None, depth: int) -> None:
    value: Any = [{"title": f"Story {n} [{{", "text": f'{TEXT} "{n}" ]}}', "tags": [{"name": "x"}]} for n in range(900)]
    for level in range(depth):
        value = {"count": 900, "articles": value} if level == 0 else {"pages": [value]}
    outputs = read(json.dumps(value, indent=indent), max_bytes=20_000)
    assert [reading.article.title for reading in readings(outputs)] == [f"Story {n} [{{" for n in range(900)]
    assert not skipped(outputs)


def test_one_object_that_is_too_large_is_named() -> None:
    outputs = read({"title": "Quay shut", "text": TEXT * 500, "tags": [{"name": "x"}]}, max_bytes=20_000)
    assert [reason for _, reason in skipped(outputs)] == ["larger than 0.02 MB (setting article_megabytes)"]


def test_the_messages_of_a_large_chat_name_the_chat() -> None:
    messages = [
        {"id": n, "type": "message", "date": "2014-02-17T10:00:00", "from_id": "channel1", "text": f"{TEXT} {n}"}
        for n in range(900)
    ]
    outputs = read({"name": "The Quay", "type": "public_channel", "id": 1, "messages": messages}, max_bytes=20_000)
    assert [reading.article.card.source for reading in readings(outputs)] == ["The Quay"] * 900
    private = {"name": "Bo Ek", "type": "personal_chat", "id": 1, "messages": messages}
    assert {reason for _, reason in skipped(read(private, max_bytes=20_000))} == {"not published (private)"}


def test_of_a_whole_page_in_a_field_only_the_article_is_read() -> None:
    page = (
        "<!DOCTYPE html><html lang='en'><head><title>Quay shut</title>"
        "<meta name='author' content='Anna Lindqvist'></head>"
        f"<body><nav><a href='/'>Home</a> <a href='/n'>News</a></nav>"
        f"<article><h1>Quay shut</h1><p>{TEXT}</p><p>{OTHER}</p>"
        "</article><footer>Copyright</footer></body></html>"
    )
    (reading,) = read({"title": "Quay shut", "html": page})
    assert fields(reading)[:4] == ("Quay shut", f"{TEXT}\n\n{OTHER}", None, "Anna Lindqvist")
    (reading,) = read({"title": "Quay shut", "html": page, "maintext": TEXT})
    assert reading.article.text == TEXT


@pytest.mark.parametrize(
    "data",
    [
        {"name": "harbour-map", "version": "1.0.0", "description": "Draws a map", "author": "Bo Ek", "license": "MIT"},
        {"home": {"title": "Welcome", "text": "Choose a boat."}, "end": {"title": "Bye", "text": "Come again."}},
        {
            "openapi": "3.0",
            "info": {"title": "API", "description": "Boats"},
            "tags": [{"name": "a", "description": "b"}],
        },
        {"type": "FeatureCollection", "features": [{"properties": {"name": "Quay", "description": "Old"}}]},
        {"users": [{"name": "Anna", "description": "Writes"}], "comments": [{"text": "No!", "author": "x"}]},
        {"articles": []},
    ],
)
def test_an_object_that_is_no_article_is_refused(data: object) -> None:
    with pytest.raises(Unreadable, match="no field has"):
        read(data)


def test_a_list_without_texts_is_refused_with_the_names_of_its_fields() -> None:
    articles = [{"url": "https://quay.example/a", "title": "Quay shut", "seendate": "20140217T100000Z"}]
    with pytest.raises(Unreadable, match=r"no field has the text \(.*\); there are 'url', 'title', 'seendate'"):
        read({"articles": articles})


@pytest.mark.parametrize("name", ["content", "data", "fields", "x"])
@pytest.mark.parametrize("beginning", ["{", "[{"])
def test_deep_nesting_is_read_or_refused(name: str, beginning: str) -> None:
    ends = beginning[::-1].translate(str.maketrans("[{", "]}"))
    one = f'{beginning}"title": "T", "{name}": '
    withstands(JsonRecordsReader(), (one * 400 + '"x"' + ends * 400).encode())


NAMES = (
    "title name text description content items articles messages data posts users type id date sections body".split()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "message", TEXT, "3/4/14", "['a']"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
@settings(max_examples=300)
def test_any_nested_object_is_read_or_refused(value: dict[str, Any]) -> None:
    withstands(JsonRecordsReader(), json.dumps(value).encode())
    withstands(JsonRecordsReader(), json.dumps(value, indent=1).encode(), max_bytes=100)


def test_a_text_in_markdown_is_read_without_its_markup_and_preferred_to_a_description() -> None:
    record = {"title": "Wall holds", "description": "short", "body_markdown": "The **wall** [held](https://x.example)."}
    assert [reading.article.text for reading in readings(read(record))] == ["The wall held."]


def test_the_beginning_that_joomla_keeps_apart_is_in_front_of_the_text() -> None:
    record = {"title": "Wall holds", "introtext": "<p>It held.</p>", "fulltext": f"<p>{TEXT}</p>", "state": 1}
    assert [reading.article.text for reading in readings(read(record))] == [f"It held.\n\n{TEXT}"]
    record["fulltext"] = ""
    assert [reading.article.text for reading in readings(read(record))] == ["It held."]


def test_what_a_spreadsheet_writes_for_a_fault_is_no_value() -> None:
    record = {"title": "Wall holds", "text": TEXT, "author": "#NAME?", "byline": "Anna Lindqvist", "source": "#REF!"}
    card = readings(read(record))[0].article.card
    assert (card.author, card.source) == ("Anna Lindqvist", None)


@pytest.mark.parametrize("written", ["WAHR", "VRAI", "1", "x", True, "VERDADERO"])
def test_a_truth_value_in_published_hides_no_date_and_gives_no_warning(written: object) -> None:
    reading = readings(read({"title": "Wall holds", "text": TEXT, "published": written, "day_of_print": "2014-02-17"}))[
        0
    ]
    assert not reading.warnings
    reading = readings(read({"title": "Wall holds", "text": TEXT, "published": written, "Datum": "17.02.2014"}))[0]
    assert str(reading.article.card.published) == "2014-02-17"


@pytest.mark.parametrize("name", ["published", "is_published", "isPublished", "Published"])
def test_a_record_whose_published_is_false_is_not_published(name: str) -> None:
    outputs = read(
        [{"title": "Wall holds", "text": TEXT, name: False}, {"title": "Sea rises", "text": TEXT, name: True}]
    )
    assert [reading.article.title for reading in readings(outputs)] == ["Sea rises"]
    assert [output.unpublished for output in outputs if not hasattr(output, "article")] == [True]


@pytest.mark.parametrize(
    "record",
    [
        {"Post title": "Wall holds", "Post body": TEXT, "Post URL": "https://coast.example/a", "Post author": "Bo Ek"},
        {"Headlines": "Wall holds", "Description": TEXT, "Link": "https://coast.example/a", "by": "Bo Ek"},
        {
            "headlines": {"basic": "Wall holds"},
            "content_elements": [{"type": "text", "content": f"<p>{TEXT}</p>"}, {"type": "image", "caption": "x"}],
            "canonical_url": "https://coast.example/a",
            "credits": {"by": [{"name": "Bo Ek"}]},
        },
        {
            "Title": "Wall holds",
            "Content": TEXT,
            "Permalink": "https://coast.example/a",
            "Author First Name": "Bo",
            "Author Last Name": "Ek",
        },
        {
            "title": "Wall holds",
            "post_excerpt": "Short.",
            "post_name": "wall",
            "story_text": TEXT,
            "article_link": "https://coast.example/a",
            "by": "Bo Ek",
        },
    ],
)
def test_names_of_fields_that_programs_and_data_sets_use(record: dict[str, Any]) -> None:
    article = readings(read([record]))[0].article
    assert (article.title, article.text) == ("Wall holds", TEXT)
    assert (article.card.author, article.card.url) == ("Bo Ek", "https://coast.example/a")


def test_the_title_of_a_record_is_preferred_to_that_of_its_post() -> None:
    record = {"post_title": "Another", "title": "Wall holds", "post_text": "Other text.", "text": TEXT}
    article = readings(read([record]))[0].article
    assert (article.title, article.text) == ("Wall holds", TEXT)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("b'The wall held, it\\'s said.'", "The wall held, it's said."),
        ("b'torn", "b'torn"),
        ("The wall held.\\r\\n\\r\\nIt rained.\\n\\nAll slept.", "The wall held.\n\nIt rained.\n\nAll slept."),
        ("The files are in C:\\new\\notes of the town.", "The files are in C:\\new\\notes of the town."),
        ("&lt;p&gt;The wall held.&lt;/p&gt;&lt;p&gt;It rained.&lt;/p&gt;", "The wall held.\n\nIt rained."),
        ("The tag &lt;p&gt; begins a paragraph.", "The tag <p> begins a paragraph."),
    ],
)
def test_what_programs_write_around_and_into_a_text_is_undone(written: str, text: str) -> None:
    assert readings(read([{"title": "Wall holds", "text": written}]))[0].article.text == text


def test_a_time_of_firestore_is_a_date() -> None:
    record = {"title": "Wall holds", "text": TEXT, "date": {"_seconds": 1392595200, "_nanoseconds": 0}}
    assert str(readings(read([record]))[0].article.card.published) == "2014-02-17"
