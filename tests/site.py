"""A web site on loopback, whose pages, feeds and sitemaps a test writes, and which remembers what it was asked."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass(frozen=True)
class Asked:
    """A request: what for, whether only if it has changed, and what was answered."""

    path: str
    conditional: bool
    status: int


class Site:
    """What is there, by path; what is written anew has another version."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._there: dict[str, tuple[bytes, bool]] = {}
        self._failing: dict[str, int] = {}
        self._asked: list[Asked] = []
        self._stops_at: str | None = None
        self._then: dict[str, Callable[[], object]] = {}
        self.gate = threading.Event()  # until it is set, nothing is answered
        self.gate.set()
        self.reached = threading.Event()  # somebody has asked for what is not answered

    def asked(self) -> list[Asked]:
        """Return, and forget, what was asked for, robots.txt left out."""
        asked, self._asked = self._asked, []
        return [one for one in asked if one.path != "/robots.txt"]

    def put(self, path: str, content: str, *, versioned: bool = True) -> None:
        self._there[path] = (content.encode(), versioned)

    def page(self, path: str, title: str, text: str, *, versioned: bool = True) -> None:
        """Write an article as plain text."""
        self.put(path, f"{title}\n\n{text}\n", versioned=versioned)

    def feed(self, path: str, *items: tuple[str, str | None]) -> None:
        """Write a feed of pages by their names and dates; whatever is called "one" has an excerpt."""
        self.put(path, _rss(*(self._item(name, date) for name, date in items)))

    def full_feed(self, path: str, *items: tuple[str, str]) -> None:
        """Write a feed that holds its articles whole."""
        body = "<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>"
        self.put(path, _rss(*(f"{self._head(name)}{body.format(text)}" for name, text in items)))

    def sitemap(self, path: str, pages: dict[str, str | None], *, index: bool = False) -> None:
        outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
        entries = "".join(
            f"<{inner}><loc>{self.url}{page}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</{inner}>"
            for page, when in pages.items()
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self.put(path, f'<?xml version="1.0" encoding="UTF-8"?><{outer} xmlns="{space}">{entries}</{outer}>')

    def stops_at(self, path: str) -> None:
        """Answer everything but this, until the gate is opened."""
        self._stops_at = path
        self.gate.clear()

    def once_asked(self, path: str, do: Callable[[], object]) -> None:
        """Do something the first time that this is asked for."""
        self._then[path] = do

    def fails(self, path: str, status: int) -> None:
        self._failing[path] = status

    def mends(self, path: str) -> None:
        self._failing.pop(path, None)

    def answer(self, path: str, tag: str | None, since: str | None) -> tuple[int, bytes, str | None]:
        """Return status, body and version."""
        self._then.pop(path, lambda: None)()
        if self._stops_at in (None, path):
            if not self.gate.is_set():
                self.reached.set()
            self.gate.wait(30)
        content, versioned = self._there.get(path, (b"", False))
        version = f'"{hashlib.sha256(content).hexdigest()[:16]}"' if versioned else None
        status = self._failing.get(path, 200 if path in self._there else 404)
        if status == 200 and (tag == version if version else since and parsedate_to_datetime(since)):
            status = 304
        self._asked.append(Asked(path, bool(tag or since), status))
        return status, content if status == 200 else b"", version

    def _head(self, name: str) -> str:
        return f"<title>Headline {name}</title><link>{self.url}/{name}</link><guid>{self.url}/{name}</guid>"

    def _item(self, name: str, date: str | None) -> str:
        excerpt = f"<description>An excerpt of {name}.</description>" if name == "one" else ""
        return self._head(name) + (f"<pubDate>{date}</pubDate>" if date else "") + excerpt


def _rss(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Paper</title>'
        f"<link>https://example.org/</link><description>News</description>{inner}</channel></rss>"
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells of."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that is up while a test runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            tag, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
            status, body, version = here.answer(self.path, tag, since)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if version:
                self.send_header("ETag", version)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield here
    here.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()
