"""A news site on loopback: pages, feeds and sitemaps with ETags, and failures on demand."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from tests.web_server import Answer, Request, WebServer


class Site(WebServer):
    """A web server to which a test adds pages, feeds and sitemaps."""

    def __init__(self) -> None:
        super().__init__()
        self._on_request: dict[str, Callable[[], object]] = {}
        self._stops_at: str | None = None
        self.gate = threading.Event()  # no request is answered until it is set
        self.gate.set()
        self.reached = threading.Event()  # set once a request waits for the gate

    def new_requests(self) -> list[Request]:
        """Return the requests since the last call."""
        requests = self.requests()
        self.forget()
        return requests

    def write(self, path: str, content: str, *, versioned: bool = True) -> None:
        version = f'"{hashlib.sha256(content.encode()).hexdigest()[:16]}"'
        self.put(path, content, "text/plain; charset=utf-8", etag=version if versioned else None)

    def page(self, path: str, title: str, text: str, *, versioned: bool = True) -> None:
        """Write an article as plain text."""
        self.write(path, f"{title}\n\n{text}\n", versioned=versioned)

    def feed(self, path: str, *items: tuple[str, str | None]) -> None:
        """Write a feed of pages, by their names and dates; the page "one" has an excerpt."""
        self.write(path, _rss(*(self._item(name, date) for name, date in items)))

    def full_feed(self, path: str, *items: tuple[str, str]) -> None:
        """Write a feed with the whole text of its articles, by their names."""
        body = "<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>"
        self.write(path, _rss(*(f"{self._head(name)}{body.format(text)}" for name, text in items)))

    def sitemap(self, path: str, pages: dict[str, str | None], *, index: bool = False) -> None:
        outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
        entries = "".join(
            f"<{inner}><loc>{self.url}{page}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</{inner}>"
            for page, when in pages.items()
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self.write(path, f'<?xml version="1.0" encoding="UTF-8"?><{outer} xmlns="{space}">{entries}</{outer}>')

    def fails(self, path: str, status: int) -> None:
        self.answer(path, Answer(status))

    def stops_at(self, path: str) -> None:
        """Let the requests for this path wait until the gate is set."""
        self._stops_at = path
        self.gate.clear()

    def on_first_request(self, path: str, do: Callable[[], object]) -> None:
        """Call a function at the first request for this path."""
        self._on_request[path] = do

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        self._on_request.pop(handler.path, lambda: None)()
        if self._stops_at in (None, handler.path):
            if not self.gate.is_set():
                self.reached.set()
            self.gate.wait(30)
        super()._serve(handler)

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
    """Wait for a condition that nothing notifies of, at most 20 seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that runs during a test."""
    with Site() as site:
        yield site
        site.gate.set()
