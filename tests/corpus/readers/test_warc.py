"""Web archives (WARC): the HTML pages that servers answered with, and nothing else."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.readers.warc import WarcReader
from corpus.reading import read_content
from tests.corpus.reader_inputs import endless, file, readings, skipped, taker, withstands
from tests.corpus.readers.test_archive_file import zipped

WALL = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
CREWS = "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags."


def page(title: str = "Wall holds", text: str = WALL) -> bytes:
    article = f"<article><p>{text}</p><p>{CREWS}</p></article>"
    return f"<html><head><title>{title}</title></head><body>{article}</body></html>".encode()


def record(kind: str, content: bytes, *headers: str, url: str = "https://coast.example/a") -> bytes:
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2014-02-17T10:00:00Z",
        *(headers or ("Content-Type: application/http; msgtype=response",)),
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n\r\n"


def http(content: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers]).encode() + b"\r\n\r\n" + content


INFO = record("warcinfo", b"software: x\r\n", "Content-Type: application/warc-fields")
REQUEST = record(
    "request", b"GET /a HTTP/1.1\r\nHost: coast.example\r\n\r\n", "Content-Type: application/http; msgtype=request"
)
REVISIT = record("revisit", http(b""), "Content-Type: application/http; msgtype=response")
METADATA = record("metadata", b"outlink: /b\r\n", "Content-Type: application/warc-fields")
DNS = record(
    "response",
    b"20140217100000\r\ncoast.example. 1 IN A 192.0.2.1\r\n",
    "Content-Type: text/dns",
    url="dns:coast.example",
)
OTHERS = (INFO, REQUEST, REVISIT, METADATA, DNS)


def titles(data: bytes) -> list[str]:
    return [reading.article.title for reading in readings(list(read_content(file(data, "a.warc"))))]


def test_the_pages_of_a_web_archive_are_read_with_their_links() -> None:
    data = INFO + REQUEST + record("response", http(page())) + REVISIT + METADATA + DNS
    data += record("response", http(page("Ferry stuck")), url="https://coast.example/b")
    first, last = readings(list(read_content(file(data, "a.warc"))))
    assert (first.article.title, first.article.card.url) == ("Wall holds", "https://coast.example/a")
    assert first.article.text == f"{WALL}\n\n{CREWS}"
    assert (last.article.title, last.article.card.url) == ("Ferry stuck", "https://coast.example/b")
    assert first.key != last.key
    assert first.article.card.published is None


@pytest.mark.parametrize("packed_by_record", [True, False])
def test_a_packed_web_archive_is_read(packed_by_record: bool) -> None:
    records = [
        INFO,
        record("response", http(page())),
        REQUEST,
        record("response", http(page("Ferry")), url="https://x.example/b"),
    ]
    data = b"".join(map(gzip.compress, records)) if packed_by_record else gzip.compress(b"".join(records))
    assert taker(data, "a.warc.gz") == "WarcReader"
    assert titles(data) == ["Wall holds", "Ferry"]
    assert titles(zipped([("archive/a.warc.gz", data)])) == ["Wall holds", "Ferry"]


def chunked(content: bytes) -> bytes:
    pieces = [content[at : at + 50] for at in range(0, len(content), 50)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (chunked(page()), ["Transfer-Encoding: chunked"]),
        (gzip.compress(page()), ["Content-Encoding: gzip"]),
        (chunked(gzip.compress(page())), ["Transfer-Encoding: chunked", "Content-Encoding: gzip"]),
        (zlib.compress(page()), ["Content-Encoding: deflate"]),
        (zlib.compress(page())[2:-4], ["Content-Encoding: deflate"]),
        (page(), ["Content-Encoding: gzip", "Transfer-Encoding: chunked"]),
    ],
)
def test_chunks_and_packing_are_undone_and_what_was_stored_without_them_is_read(
    content: bytes, headers: list[str]
) -> None:
    assert titles(record("response", http(content, *headers))) == ["Wall holds"]


def test_the_servers_charset_decodes_a_page() -> None:
    text = "Кафе у гавани было открыто, сказали инженеры в понедельник, и стена выдержала бурю."
    data = record("response", http(page(text=text).decode().encode("cp1251"), kind="text/html; charset=windows-1251"))
    (reading,) = readings(list(read_content(file(data))))
    assert text in reading.article.text


@pytest.mark.parametrize(
    "answer",
    [
        http(page(), status="404 Not Found"),
        http(page(), status="302 Found"),
        http(b"body { margin: 0 }", kind="text/css"),
        http(b"\x89PNG" + b"\0" * 200_000, kind="image/png"),
        http(b"x" * 20_000_000, kind="video/mp4"),
        b"no answer at all",
    ],
)
def test_what_is_no_page_is_left_out(answer: bytes) -> None:
    data = record("response", answer, url="https://coast.example/c") + record("response", http(page()))
    outputs = list(read_content(file(data)))
    assert [reading.article.title for reading in readings(outputs)] == ["Wall holds"]
    assert skipped(outputs) == []


def test_resources_that_are_pages_are_read() -> None:
    assert titles(record("resource", page(), "Content-Type: text/html")) == ["Wall holds"]


def test_a_page_without_an_article_is_named_by_its_link() -> None:
    data = record("response", http(b"<html><body></body></html>"), url="https://coast.example/empty") + record(
        "response", http(page())
    )
    outputs = list(read_content(file(data)))
    ((where, _),) = skipped(outputs)
    assert where == "file: https://coast.example/empty"


def test_a_page_that_is_too_large_is_named_and_the_next_is_read() -> None:
    for large in (
        http(b"<p>" + b"x" * 400_000),
        http(gzip.compress(b"<p>" + b"x" * 400_000), "Content-Encoding: gzip"),
    ):
        data = record("response", large, url="https://coast.example/large") + record("response", http(page()))
        outputs = list(WarcReader().read(file(data, max_bytes=100_000)))
        ((where, reason),) = skipped(outputs)
        assert where == "file: https://coast.example/large"
        assert "larger than" in reason
        assert len(readings(outputs)) == 1


def test_an_archive_that_ends_in_the_middle_keeps_what_is_whole() -> None:
    data = (
        record("response", http(page())) + record("response", http(page("Ferry")), url="https://coast.example/b")[:-120]
    )
    outputs = list(read_content(file(data)))
    assert [reading.article.title for reading in readings(outputs)] == ["Wall holds"]
    ((where, reason),) = skipped(outputs)
    assert where == "file: https://coast.example/b"
    assert reason.startswith("broken")
    packed = gzip.compress(record("response", http(page()))) + gzip.compress(data)[:200]
    assert [reading.article.title for reading in readings(list(read_content(file(packed))))] == ["Wall holds"]


def test_a_wrong_length_loses_one_record_only() -> None:
    broken = record("response", http(page("Ferry")), url="https://coast.example/b")
    broken = broken.replace(b"Content-Length: ", b"Content-Length: 1\r\nX-Length: ")
    data = broken + record("response", http(page()))
    assert titles(data) == ["Wall holds"]


def test_a_web_archive_without_pages_is_refused() -> None:
    with pytest.raises(Unreadable, match="without an HTML page"):
        list(read_content(file(b"".join(OTHERS))))


def test_a_long_web_archive_is_read_record_by_record() -> None:
    source, opened = endless(b"", record("response", http(page())), 100_000)
    outputs = WarcReader().read(source)
    for _ in range(20):
        assert next(outputs).article.title == "Wall holds"  # type: ignore[union-attr]
    assert opened[-1].read_bytes < 1_000_000


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<p>" + b"\0" * 200_000_000)
    withstands(WarcReader(), record("response", http(bomb, "Content-Encoding: gzip")), seconds=3)


@given(st.binary(max_size=1000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    withstands(WarcReader(), data)
    withstands(WarcReader(), b"WARC/1.0\r\n" + data)
    withstands(WarcReader(), record("response", data))
    withstands(WarcReader(), record("response", http(data, "Transfer-Encoding: chunked")))
    withstands(WarcReader(), gzip.compress(record("response", http(page())))[: len(data)] + data)


@pytest.mark.parametrize("line", [b"WARC/1.0\r\n", b"a: b\r\n", b"a", b"\r\n", b" \r\n", b"Content-Length: 9\r\n"])
def test_hostile_archives_take_linear_time(line: bytes) -> None:
    withstands(WarcReader(), b"WARC/1.0\r\n" + line * (2_000_000 // len(line)), seconds=10)
