"""The HTTP client fetches links politely, within limits, and from allowed addresses only."""

import gzip
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import LinkFailed
from corpus.reader_types import Reading
from corpus.reading import read_content
from corpus.web.client import Client, Page, Unchanged
from corpus.web.robots import RobotsPolicy, Rules
from corpus.web.transport import is_allowed_address
from tests.web_server import Answer, WebServer

STORY = "<!doctype html><html><head><title>The wall held</title></head><body><p>It held all night.</p></body></html>"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def new_client(**options: Any) -> Client:
    return Client(**{"allow_private": True, "pause": 0.0, "robots": RobotsPolicy(), "seconds": 5.0, **options})


def get(url: str, **options: Any) -> Page | Unchanged:
    with new_client(**options) as client:
        return client.get(url)


def page(url: str, **options: Any) -> Page:
    fetched = get(url, **options)
    assert isinstance(fetched, Page)
    return fetched


def why(url: str, **options: Any) -> str:
    with pytest.raises(LinkFailed) as failed:
        get(url, **options)
    return str(failed.value)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The addresses that the name server returns for each name: an answer for each request, the last one repeated."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **options)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [info for address in addresses for info in real(address, port)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_has_its_url_type_charset_and_validators(server: WebServer) -> None:
    day = "Mon, 17 Feb 2014 08:00:00 GMT"
    server.put("/story", STORY.encode("cp1251"), "Text/HTML; charset=windows-1251", etag='W/"1"', modified=day)
    url = f"{server.url}/story"
    assert page(url) == Page(url, url, STORY.encode(), "text/html", "windows-1251", 'W/"1"', day)


def test_a_page_is_read_in_the_encoding_that_its_server_declares(server: WebServer) -> None:
    text = "Стена выдержала\n\n" + "Всю ночь стена держалась, и утром все увидели это.\n"
    server.put("/story", text.encode("koi8-r"), "text/plain; charset=koi8-r")
    fetched = page(f"{server.url}/story")
    (reading,) = read_content(fetched.as_file(max_bytes=1000))
    assert isinstance(reading, Reading)
    assert reading.article.card.title == "Стена выдержала"
    assert reading.origin == f"{server.url}/story"


def test_an_unchanged_page_is_not_sent_again(server: WebServer) -> None:
    day = "Mon, 17 Feb 2014 08:00:00 GMT"
    server.put("/a", STORY, etag='"1"')
    server.put("/b", STORY, modified=day)
    with new_client() as client:
        assert client.get(f"{server.url}/a", etag='"1"') == Unchanged(f"{server.url}/a", f"{server.url}/a")
        assert isinstance(client.get(f"{server.url}/b", modified=day), Unchanged)
        assert isinstance(client.get(f"{server.url}/a", etag='"0"'), Page)
    assert [request.conditional for request in server.requests()] == [True, True, True]


def test_status_304_is_an_error_without_validators(server: WebServer) -> None:
    server.answer("/story", Answer(304))
    assert why(f"{server.url}/story") == "the server answered 304"


def test_a_validator_that_cannot_be_sent_back_is_dropped(server: WebServer) -> None:
    server.put("/story", STORY, headers={"ETag": '"é"', "Last-Modified": "x" * 1000})
    fetched = page(f"{server.url}/story")
    assert (fetched.etag, fetched.modified) == (None, None)


def test_a_compressed_page_is_decompressed(server: WebServer) -> None:
    server.put("/story", gzip.compress(STORY.encode()), headers={"Content-Encoding": "gzip"})
    assert page(f"{server.url}/story").content == STORY.encode()


@pytest.mark.parametrize(
    ("coding", "body", "reason"),
    [
        ("br", b"x", "compressed in a way that was not asked for: br"),
        (
            "gzip, gzip",
            gzip.compress(gzip.compress(b"x", mtime=0), mtime=0),
            "compressed in a way that was not asked for: gzip, gzip",
        ),
        ("gzip", b"no gzip at all", "its compressed content is broken"),
        ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-4], "its compressed content is cut off"),
    ],
)
def test_an_unknown_or_broken_compression_is_refused(server: WebServer, coding: str, body: bytes, reason: str) -> None:
    server.put("/story", body, headers={"Content-Encoding": coding})
    assert why(f"{server.url}/story") == reason


@pytest.mark.parametrize(("status", "lasting"), [(404, True), (410, True), (401, True), (500, False), (206, False)])
def test_an_error_of_the_server_is_reported_with_its_status(server: WebServer, status: int, lasting: bool) -> None:
    server.answer("/story", Answer(status))
    with new_client() as client, pytest.raises(LinkFailed, match=f"^the server answered {status}$") as failed:
        client.get(f"{server.url}/story")
    assert failed.value.lasting is lasting
    assert len(server.requests()) == 1


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_size_of_a_page_is_limited(server: WebServer) -> None:
    server.put("/story", b"x" * 1_000_001)
    assert why(f"{server.url}/story", max_bytes=1_000_000) == "larger than 1 MB"
    assert len(page(f"{server.url}/story", max_bytes=1_000_001).content) == 1_000_001


def test_the_decompressed_size_of_a_page_is_limited(server: WebServer) -> None:
    import tracemalloc

    server.put("/bomb", gzip.compress(bytes(200_000_000), 1), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert why(f"{server.url}/bomb", max_bytes=1_000_000) == "larger than 1 MB"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"x" * 1000, drip=0.05),
        Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100, drip=0.05),
        Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100, drip=0.05),
    ],
    ids=["body", "headers", "chunks"],
)
def test_a_response_that_takes_too_long_is_aborted(server: WebServer, answer: Answer) -> None:
    server.answer("/slow", answer)
    start = time.monotonic()
    assert why(f"{server.url}/slow", seconds=0.4) == "took longer than 0.4 s"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 500_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_server_that_does_not_speak_http_is_reported(server: WebServer, raw: bytes) -> None:
    server.answer("/broken", Answer(raw=raw))
    assert why(f"{server.url}/broken") == "the server does not speak HTTP"


def test_a_failed_connection_is_reported() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert why(f"http://127.0.0.1:{closed.getsockname()[1]}/") == "the connection failed"


# ── Retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("first", [Answer(503), Answer(429), Answer(502), Answer(504), Answer(raw=b"")])
def test_a_temporary_failure_is_retried(server: WebServer, first: Answer) -> None:
    server.answer("/story", first, first, Answer(200, b"at last"))
    assert page(f"{server.url}/story").content == b"at last"
    assert len(server.requests()) == 3


def test_a_failure_is_reported_after_the_last_attempt(server: WebServer) -> None:
    server.answer("/story", Answer(503))
    assert why(f"{server.url}/story") == "the server answered 503"
    assert len(server.requests()) == 3


def test_the_client_waits_as_long_as_the_server_asks(server: WebServer) -> None:
    server.answer("/story", Answer(503, headers={"Retry-After": "1"}), Answer(200, b"at last"))
    assert page(f"{server.url}/story").content == b"at last"
    first, second = server.requests()
    assert second.at - first.at >= 1


@pytest.mark.parametrize(
    "retry_after",
    ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)],
    ids=["seconds", "date"],
)
def test_the_client_does_not_wait_if_the_server_asks_for_too_long(server: WebServer, retry_after: str) -> None:
    server.answer("/story", Answer(429, headers={"Retry-After": retry_after}))
    assert why(f"{server.url}/story") == "the server answered 429"
    assert len(server.requests()) == 1


# ── Redirects ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(server: WebServer, status: int) -> None:
    server.redirect("/old", "new?x=1#part", status)
    server.put("/new?x=1", STORY)
    fetched = page(f"{server.url}/old")
    assert (fetched.asked, fetched.url) == (f"{server.url}/old", f"{server.url}/new?x=1")
    assert fetched.as_file(max_bytes=1000).url == fetched.url


def test_redirects_in_a_circle_are_reported(server: WebServer) -> None:
    server.redirect("/a", "/b")
    server.redirect("/b", "/a")
    server.redirect("/self", "/self")
    assert why(f"{server.url}/a") == "redirected in a circle"
    assert why(f"{server.url}/self") == "redirected in a circle"
    assert len(server.requests()) == 3


def test_the_number_of_redirects_is_limited(server: WebServer) -> None:
    for number in range(10):
        server.redirect(f"/{number}", f"/{number + 1}")
    server.put("/10", STORY)
    assert page(f"{server.url}/5").url == f"{server.url}/10"
    assert why(f"{server.url}/4") == "redirected more than 5 times"


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("file:///etc/passwd", "not a link of http or https"),
        ("ftp://example.org/", "not a link of http or https"),
        ("http://example.org:port/", "not a link"),
        ("http://example.org:22/", "no web server is at port 22"),
        ("http://169.254.169.254/latest/meta-data", "a private address"),
    ],
)
def test_a_redirect_to_a_forbidden_link_is_refused(server: WebServer, to: str, reason: str) -> None:
    server.redirect("/story", to)
    assert why(f"{server.url}/story") == reason


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "0.0.0.0", "[::1]", "[::]"),  # noqa: S104
        *("[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "192.168.1.1", "172.16.0.1"),
        *("169.254.169.254", "[fe80::1]", "[fd00::1]", "224.0.0.1", "[ff02::1]", "240.0.0.1", "255.255.255.255"),
        *("100.64.0.1", "example.org@127.0.0.1", "user:password@127.0.0.1"),
    ],
)
def test_no_request_is_sent_to_a_private_address(server: WebServer, host: str) -> None:
    assert why(f"http://{host}:{server.port}/", allow_private=False) == "a private address"
    assert server.requests() == []


def test_no_request_is_sent_to_a_name_with_a_private_address(
    server: WebServer, names: dict[str, list[list[str]]]
) -> None:
    names["inside.example"] = [["127.0.0.1"]]
    names["both.example"] = [["93.184.215.14", "127.0.0.1"]]
    for name in names:
        assert why(f"http://{name}:{server.port}/", allow_private=False) == "a private address"


def test_the_client_connects_to_the_address_that_was_checked(
    server: WebServer, names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name server of an attacker returns a public address first, and a local one for the next request.
    names["rebound.example"] = [["93.184.215.14"], ["127.0.0.1"]]
    connected: list[Any] = []

    def connect(address: Any, *_: Any, **__: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert why(f"http://rebound.example:{server.port}/", allow_private=False) == "a private address"
    assert connected == [("93.184.215.14", server.port)]


def test_the_next_address_is_tried_if_the_first_does_not_answer(
    server: WebServer, names: dict[str, list[list[str]]]
) -> None:
    names["news.example"] = [["127.0.0.2", "127.0.0.1"]]  # the server listens at the second only
    server.put("/story", STORY)
    url = f"http://news.example:{server.port}/story"
    assert page(url).url == url
    assert server.requests()[0].headers["Host"] == f"news.example:{server.port}"


def test_private_addresses_may_be_allowed_and_link_local_ones_never() -> None:
    private = ("127.0.0.1", "10.0.0.1", "fd00::1")
    assert all(is_allowed_address(address, allow_private=True) for address in private)
    refused = ("169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "224.0.0.1", "0.0.0.0", "no address")  # noqa: S104
    assert not any(is_allowed_address(address, allow_private=True) for address in refused)
    assert all(is_allowed_address(address, allow_private=False) for address in ("93.184.215.14", "2606:4700::1"))


def test_an_invalid_name_is_reported() -> None:
    assert why("http://" + "a" * 64 + ".example/") in {"there is no server of that name", "not a link"}
    assert why("http://0177.0.0.1/") == "not a link"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(socket.EAI_NONAME, "there is no server of that name"), (socket.EAI_AGAIN, "the name server does not answer")],
)
def test_a_name_without_an_address_is_reported(error: int, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(error, "…")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert why("http://news.example/", allow_private=False) == reason


# ── robots.txt ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_robots_txt_is_obeyed_and_fetched_once(server: WebServer) -> None:
    server.robots("User-agent: *\nDisallow: /\n\nUser-agent: clippings\nDisallow: /private/\n")
    server.put("/story", STORY)
    server.put("/private/story", STORY)
    server.redirect("/door", "/private/story")
    with new_client() as client:
        assert isinstance(client.get(f"{server.url}/story"), Page)
        for path in ("/private/story", "/door"):
            with pytest.raises(LinkFailed, match=r"^robots\.txt forbids it$"):
                client.get(f"{server.url}{path}")
    assert [request.path for request in server.requests()] == ["/story", "/door"]
    assert len(server.requests("/robots.txt")) == 1


@pytest.mark.parametrize("status", [404, 403, 401])
def test_a_missing_robots_txt_allows_everything(server: WebServer, status: int) -> None:
    server.answer("/robots.txt", Answer(status))
    server.put("/story", STORY)
    assert page(f"{server.url}/story")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_unreachable_robots_txt_allows_nothing(server: WebServer, status: int) -> None:
    server.answer("/robots.txt", Answer(status))
    robots = RobotsPolicy()
    for _ in range(2):
        reason = why(f"{server.url}/story", robots=robots)
        assert reason == f"robots.txt cannot be read: the server answered {status}"
    assert server.requests() == []
    assert len(server.requests("/robots.txt")) == (1 if status == 500 else 3)  # the failure is cached


def test_a_redirect_of_robots_txt_is_followed(server: WebServer) -> None:
    server.redirect("/robots.txt", "/rules.txt")
    server.put("/rules.txt", "User-agent: *\nDisallow: /story", "text/plain")
    assert why(f"{server.url}/story") == "robots.txt forbids it"


def test_the_client_pauses_between_two_requests(server: WebServer) -> None:
    server.put("/story", STORY)
    with new_client(pause=0.15) as client:
        for _ in range(3):
            client.get(f"{server.url}/story")
    times = [request.at for request in server.requests()]
    assert all(after - before >= 0.14 for before, after in pairwise(times))


def test_the_crawl_delay_of_robots_txt_is_obeyed(server: WebServer) -> None:
    server.robots("User-agent: *\nCrawl-delay: 0.3\n")
    server.put("/story", STORY)
    with new_client() as client, new_client() as other_client:
        other_client._robots = client._robots  # the clients of a process share it
        client.get(f"{server.url}/story")
        other_client.get(f"{server.url}/story")
    first, second = server.requests()
    assert second.at - first.at >= 0.29


@pytest.mark.parametrize("retry_after", [None, "0"])
def test_the_crawl_delay_is_obeyed_between_two_attempts(server: WebServer, retry_after: str | None) -> None:
    server.robots("User-agent: *\nCrawl-delay: 0.4\n")
    server.answer("/busy", Answer(503, headers={"Retry-After": retry_after} if retry_after else {}))
    assert why(f"{server.url}/busy") == "the server answered 503"
    times = [request.at for request in server.requests("/busy")]
    assert len(times) == 3
    assert all(later - earlier >= 0.39 for earlier, later in pairwise(times))


@pytest.mark.parametrize("compressed", [False, True])
def test_of_a_long_robots_txt_the_first_500_kilobytes_count(server: WebServer, compressed: bool) -> None:
    comments = "# a comment of sixty-four bytes, the last of which is a line end\n"
    rules = "User-agent: *\nDisallow: /private/\n"
    # The last line within the limit would be "Disallow: /", which forbids everything.
    filler = (500 * 1024 - len(rules) - len("Disallow: /")) // len(comments) * comments
    filler += "#" * (500 * 1024 - len(rules) - len(filler) - len("Disallow: /") - 1) + "\n"
    text = (rules + filler + "Disallow: /late/\nDisallow: /\n" + comments * 10_000).encode()
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    server.answer("/robots.txt", Answer(200, gzip.compress(text) if compressed else text, headers=headers))
    server.put("/story", STORY)
    server.put("/late/story", STORY)
    assert page(f"{server.url}/story").content == STORY.encode()
    assert page(f"{server.url}/late/story").content == STORY.encode()
    assert why(f"{server.url}/private/story") == "robots.txt forbids it"


@pytest.mark.parametrize(
    ("delay", "seconds"), [("5", 5), ("-1", 0), ("nan", 0), ("inf", 0), ("1e9", 30), ("soon", 0), ("", 0)]
)
def test_the_crawl_delay_is_limited(delay: str, seconds: float) -> None:
    assert Rules(f"User-agent: *\nCrawl-delay: {delay}").delay("Clippings") == seconds


def test_requests_contain_no_cookies_passwords_or_other_headers(server: WebServer) -> None:
    server.put("/story", STORY, headers={"Set-Cookie": "who=you; Path=/"})
    server.redirect("/old", "/story")
    with new_client(agent="Clippings/test") as client:
        for path in ("/story", "/old"):
            client.get(f"http://me:secret@127.0.0.1:{server.port}{path}")
    for request in server.requests():
        assert sorted(name.lower() for name in request.headers) == ["accept", "accept-encoding", "host", "user-agent"]
        assert request.headers["User-Agent"] == "Clippings/test"


def test_no_link_is_logged(server: WebServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer("/story?token=secret", Answer(503), Answer(200, b"x"))
    page(f"{server.url}/story?token=secret")
    assert [record.name for record in caplog.records] == []


def test_no_proxy_is_used(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    server.put("/story", STORY)
    assert page(f"{server.url}/story")


# ── Certificates ─────────────────────────────────────────────────────────────────────────────────────────────────────

# Made for these tests: of news.example, signed by itself, good until 2126.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg39Pmd3zkFClipv7n
wSni/152ZcF8fJW6u58yGXBq4nGhRANCAARp5fouwEbZ3ubzTkeU0pYoUVt4QMFu
odx7CUyiXDjfkNWN30O3ZjMXCmL7t8Z2XyHngOZwI2IDt15phD0HSnTP
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBnjCCAUSgAwIBAgIUekr9+eVO1iPBRhKCcoROXtykjAIwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMbmV3cy5leGFtcGxlMCAXDTI2MTEyNTEzMzAyM1oYDzIxMjYx
MTAxMTMzMDIzWjAXMRUwEwYDVQQDDAxuZXdzLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAARp5fouwEbZ3ubzTkeU0pYoUVt4QMFuodx7CUyiXDjfkNWN
30O3ZjMXCmL7t8Z2XyHngOZwI2IDt15phD0HSnTPo2wwajAdBgNVHQ4EFgQUQdvW
E+TfnsrwqJcDKJh4NgD7dswwHwYDVR0jBBgwFoAUQdvWE+TfnsrwqJcDKJh4NgD7
dswwDwYDVR0TAQH/BAUwAwEB/zAXBgNVHREEEDAOggxuZXdzLmV4YW1wbGUwCgYI
KoZIzj0EAwIDSAAwRQIhAL8iHpwKajkh0vpT1BDG1FQfPUpwIi/nVmiqAS+AKs45
AiAwFWE9geTaFVhsd1GjGLwRPoICauW+b0Ox5YTvsvCBRA==
-----END CERTIFICATE-----
"""


def test_a_certificate_is_checked_against_the_requested_name(
    names: dict[str, list[list[str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    names["news.example"] = names["other.example"] = [["127.0.0.1"]]
    with WebServer(context) as server:
        server.put("/story", STORY)
        untrusted = why(f"https://news.example:{server.port}/story")
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(file))
        assert page(f"https://news.example:{server.port}/story").content == STORY.encode()
        mistaken = why(f"https://other.example:{server.port}/story")
    assert untrusted == "its certificate is not valid: self-signed certificate"
    assert mistaken.startswith("its certificate is not valid: Hostname mismatch")


# ── Arbitrary input ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=60) | st.text(max_size=40).map("http://{}".format) | st.text(max_size=40).map("//{}:80".format))
@settings(max_examples=100)
def test_any_link_without_a_server_is_refused(link: str) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def unknown(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        patch.setattr(socket, "getaddrinfo", unknown)
        with CLIENT, pytest.raises(LinkFailed):
            CLIENT.get(link)


CLIENT = Client(pause=0.0)


@given(raw=st.binary(max_size=200) | st.binary(max_size=200).map(b"HTTP/1.1 200 OK\r\n".__add__))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_response_is_a_page_or_a_failure(server: WebServer, raw: bytes) -> None:
    server.answer("/story", Answer(raw=raw))
    with new_client(seconds=1.0) as client, suppress(LinkFailed):
        assert isinstance(client.get(f"{server.url}/story"), Page)


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_robots_txt_allows_or_forbids(text: str, path: str) -> None:
    rules = Rules(f"User-agent: *\n{text}")
    assert rules.allow(f"http://news.example/{path}", "Clippings") in (True, False)
    assert 0 <= rules.delay("Clippings") <= 30
