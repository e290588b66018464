"""JSON Lines and arrays: each object is an article, with any usual names of its fields."""

import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.errors import Unreadable
from corpus.reader_types import SourceFile
from corpus.readers.json_records import JsonRecordsReader
from tests.corpus.reader_inputs import LONG, file, readings, skipped, taker, withstands


def read(text: str | bytes, name: str = "corpus.jsonl", max_bytes: int = 10_000_000) -> list[Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(JsonRecordsReader().read(file(data, name, max_bytes)))


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def story(number: int, **fields: object) -> dict[str, object]:
    return {"id": number, "title": f"Story {number}", "text": f"{LONG} {{{number}}}", **fields}


def test_a_document_of_beir_is_an_article_with_its_metadata() -> None:
    document = {"_id": "d1", "title": "Wall", "text": LONG, "metadata": {"url": "https://a.example/1", "author": "Ann"}}
    (reading,) = read(lines(document))
    card = reading.article.card
    assert (card.title, card.url, card.author) == ("Wall", "https://a.example/1", "Ann")
    assert (reading.key, reading.where) == ("d1", "corpus.jsonl: line 1")
    assert dict(reading.traces)["author"] == "field author"


@pytest.mark.parametrize(
    "names",
    [
        ("title", "text", "date", "author", "source", "url", "language"),
        ("Headline", "Body", "Publication Date", "Byline", "Publisher", "Link", "Lang"),
        ("HEADLINE", "full_text", "pubDate", "authors", "newspaper", "permalink", "language_code"),
        ("标题", "正文", "发布时间", "作者", "来源", "链接", "语言"),
        ("Titel", "Inhalt", "Datum", "Autor", "Quelle", "URL", "Sprache"),
    ],
)
def test_fields_are_recognised_by_their_usual_names(names: tuple[str, ...]) -> None:
    values = ("Wall holds", LONG, "2014-02-17", "Ann Lee", "The Post", "https://a.example/1", "en")
    (reading,) = read(lines({"other": 1, **dict(zip(names, values, strict=True))}))
    card = reading.article.card
    assert (card.title, reading.article.text, card.published) == ("Wall holds", LONG.strip(), date(2014, 2, 17))
    assert (card.author, card.source, card.url, card.language) == values[3:]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (1392595200, date(2014, 2, 17)),
        (1392595200000, date(2014, 2, 17)),
        ("1392595200", date(2014, 2, 17)),
        (20140217, date(2014, 2, 17)),
        ({"$date": "2014-02-17T10:00:00Z"}, date(2014, 2, 17)),
        ("31/02/2014", None),
        (None, None),
        (True, None),
        (1e300, None),
    ],
)
def test_a_date_may_be_a_text_a_number_or_an_object(written: object, day: date | None) -> None:
    (reading,) = read(lines(story(1, date=written)))
    assert reading.article.card.published == day


def test_authors_may_be_a_list_and_a_text_a_list_of_paragraphs() -> None:
    record = {"title": "T", "body": ["One.", "Two."], "authors": [{"name": "Ann Lee"}, "Bo Chen"]}
    (reading,) = read(lines(record))
    assert (reading.article.text, reading.article.card.author) == ("One.\n\nTwo.", "Ann Lee, Bo Chen")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>One &amp; two.</p><h2>Then</h2><p>Three.</p><script>x</script>", "One & two.\n\nThen\n\nThree."),
        ("If a < b and b > c, then AT&T.", "If a < b and b > c, then AT&T."),
        ("One.\n\nTwo\nwrapped.", "One.\n\nTwo wrapped."),
        (f"{LONG.strip()}\n{LONG.strip()}", f"{LONG.strip()}\n\n{LONG.strip()}"),
    ],
)
def test_a_body_with_tags_is_html_and_any_other_is_plain_text(body: str, text: str) -> None:
    (reading,) = read(lines({"title": "T", "body": body}))
    assert reading.article.text == text


def test_the_key_of_an_article_is_its_id_or_else_a_digest_of_headline_and_date() -> None:
    with_ids = read(lines(story(1), story(2)))
    assert [reading.article.id for reading in with_ids] == [article_id("corpus.jsonl#1"), article_id("corpus.jsonl#2")]
    first, second = ({"title": title, "text": LONG, "date": "2014-02-17"} for title in ("One", "Two"))
    before = {reading.article.title: reading.article.id for reading in read(lines(first, second))}
    after = {reading.article.title: reading.article.id for reading in read(lines(second, first))}
    assert before == after
    assert len({reading.article.id for reading in read(lines(first, first, second))}) == 3


def test_broken_lines_are_reported_and_the_others_are_read() -> None:
    broken = (
        '{"title": "x", "text": \n',
        "[1, 2]\n",
        '{"title": "no text"}\n',
        '{"title": "", "text": ""}\n',
        "\x01\x02\n",
    )
    text = "".join(
        lines({"title": f"Story {n}", "text": "A short text."}) if n % 10 else broken[n // 10 % 5]
        for n in range(10_000)
    )
    outputs = read(text)
    assert [reading.article.title for reading in readings(outputs)] == [f"Story {n}" for n in range(10_000) if n % 10]
    assert [where for where, _ in skipped(outputs)] == [f"corpus.jsonl: line {n + 1:,}" for n in range(0, 10_000, 10)]
    reasons = [reason for _, reason in skipped(outputs)[:4]]
    assert reasons[0].startswith("not JSON: ")
    assert reasons[1] == "not an object with named fields"
    assert "'title'" in reasons[2]
    assert reasons[3] == "no headline"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Kerry met bloggers.\n\nThey asked for help.", "Kerry met bloggers."),
        ("word " * 40, "word " * 15 + "word…"),
        ("桥" * 200, "桥" * 79 + "…"),
    ],
)
def test_a_passage_without_a_headline_gets_its_first_words_as_headline_with_a_trace(text: str, title: str) -> None:
    (reading,) = readings(read(lines({"_id": "7", "title": "", "text": text})))
    assert reading.article.title == title
    assert ("title", "the text's first words") in reading.traces


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
def test_an_array_with_any_indentation_is_read_object_by_object(indent: int | None) -> None:
    text = json.dumps([story(1, tags=["a", {"b": '}"{'}]), story(2, note='\\"{'), story(3)], indent=indent)
    assert [reading.article.title for reading in read(text, "a.json")] == ["Story 1", "Story 2", "Story 3"]


def test_one_object_over_many_lines_is_one_article() -> None:
    (reading,) = read(json.dumps(story(1), indent=2), "a.json")
    assert (reading.article.title, reading.where) == ("Story 1", "a.json: line 1")


def test_the_objects_after_a_broken_object_in_an_array_are_read() -> None:
    good = [json.dumps(story(number)) for number in range(4)]
    broken = '{"title": "An open mark, "text": "and {brace'
    outputs = read("[\n" + ",\n".join([good[0], broken, good[1], good[2], broken, good[3]]) + "\n]", "a.json")
    assert [reading.article.title for reading in readings(outputs)] == ["Story 0", "Story 1", "Story 2", "Story 3"]
    assert [where for where, _ in skipped(outputs)] == ["a.json: line 3", "a.json: line 6"]


def test_the_objects_before_the_break_of_an_array_are_read() -> None:
    text = json.dumps([story(1), story(2)])
    outputs = read(text[:-40], "a.json")
    assert [reading.article.title for reading in readings(outputs)] == ["Story 1"]
    assert len(skipped(outputs)) == 1


def test_a_line_above_the_limit_of_articles_is_reported_and_the_next_is_read() -> None:
    outputs = read(lines(story(1), story(2, text=LONG * 200), story(3)), max_bytes=100_000)
    assert [reading.article.title for reading in readings(outputs)] == ["Story 1", "Story 3"]
    assert skipped(outputs) == [("corpus.jsonl: line 2", "larger than 0.1 MB (setting article_megabytes)")]


def test_escapes_and_strings_may_cross_the_border_of_a_chunk() -> None:
    for shift in range(3):
        text = json.dumps([story(n, text='a "quoted" \\ {ü} ' * 40) for n in range(shift, 200)], ensure_ascii=False)
        assert len(readings(read(" " * shift + text, "a.json"))) == 200 - shift


def test_objects_without_a_headline_and_a_text_are_refused_with_the_names_of_their_fields() -> None:
    with pytest.raises(Unreadable, match=r"no field has the text \(text, body, content …\); there are 'name', 'price'"):
        read(lines(*({"name": "A", "price": number} for number in range(500))))
    with pytest.raises(Unreadable, match="the headline .* and the text .*; there are 'a'"):
        read('{"a": 1}')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_lines_are_read_in_their_own_encoding(encoding: str) -> None:
    text = lines(story(1, title="Гавань держится", text="Стена гавани выдержала ночной шторм. " * 20), story(2))
    assert [reading.article.title for reading in read(text.encode(encoding))] == ["Гавань держится", "Story 2"]


@pytest.mark.parametrize(
    ("data", "name", "reader"),
    [
        (lines(story(1)), "a.txt", "JsonRecordsReader"),
        ('{"title": \n' + lines(story(1)), "a", "JsonRecordsReader"),
        (json.dumps([story(1)], indent=2), "a.html", "JsonRecordsReader"),
        ("broken\n" + lines(story(1)), "a.jsonl", "JsonRecordsReader"),
        ("[Reuters] The wall holds\n\nIt held.", "a.txt", "TextReader"),
        ("{braces} are used in this headline\n\nIt held.", "a.txt", "TextReader"),
    ],
)
def test_json_is_recognised_by_its_content(data: str, name: str, reader: str) -> None:
    assert taker(data.encode(), name) == reader


def test_memory_does_not_grow_with_the_number_of_lines(tmp_path: Path) -> None:
    def peak(count: int, form: str) -> int:
        path = tmp_path / f"{count}.{form}"
        with path.open("w") as out:
            out.write("[" if form == "json" else "")
            out.writelines(json.dumps(story(n)) + (",\n" if form == "json" else "\n") for n in range(count))
        source = SourceFile(str(path), path.name, str(path), lambda: path.open("rb"))
        tracemalloc.start()
        assert sum(1 for _ in JsonRecordsReader().read(source)) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(10, "jsonl")
    for form in ("jsonl", "json"):
        assert peak(300, form) < peak(50, form) + 300_000


PIECES = st.sampled_from(
    '{ } [ ] " \\ , : \n "title" "text" : "x" {"title":"T","text":"U"} null 1e999 é \0 \ud83d'.split(" ")
)
SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
NESTED = SCALARS | st.lists(SCALARS, max_size=3)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(PIECES, max_size=60).map(lambda parts: "".join(parts).encode(errors="surrogatepass")),
        st.lists(
            st.dictionaries(
                st.sampled_from(("title", "text", "date", "authors", "metadata", "url", "id")),
                SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=8), NESTED, max_size=3),
            ),
            max_size=4,
        ).map(lambda records: "\n".join(map(json.dumps, records)).encode()),
    )
)
@settings(max_examples=250)
def test_any_json_is_read_or_refused(data: bytes) -> None:
    withstands(JsonRecordsReader(), data)
    withstands(JsonRecordsReader(), b"[" + data)


@pytest.mark.parametrize("piece", ["{", "[", '{"', '"', '{"a":[', '\n{"', "\\", '{"title":"', "{}", "{},", '{"a":1}\n'])
def test_malicious_json_is_read_or_refused_in_time(piece: str) -> None:
    withstands(JsonRecordsReader(), piece.encode() * (400_000 // len(piece)), max_bytes=100_000)
