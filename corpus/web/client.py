"""The HTTP client: it fetches a page, or raises LinkFailed with the reason."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from random import random
from ssl import SSLCertVerificationError
from time import sleep
from types import TracebackType
from typing import Self

import httpcore
import httpx

from corpus.backoff import Backoff
from corpus.errors import LinkFailed
from corpus.reader_types import DEFAULT_OPTIONS, ReadOptions, SourceFile
from corpus.web.robots import MAX_ROBOTS_BYTES, RobotsPolicy, Rules
from corpus.web.transport import Deadline, Transport, read_body

REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
MAX_ATTEMPTS = 3
# Statuses of failures that may pass; and statuses after which the request is repeated.
TEMPORARY_STATUSES = (408, 425, 429)
RETRIED_STATUSES = (429, 502, 503, 504)
MAX_WAIT_SECONDS = 60.0  # between two attempts, also if a server asks for more (Retry-After)
MIN_UNRESERVED_PORT = 1024
MAX_VALIDATOR_CHARACTERS = 500
ACCEPTED = {
    "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,*/*;q=0.8",
    "Accept-Encoding": "gzip",
}
ROBOTS = RobotsPolicy()


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was fetched from `url`, after redirects, when `asked` was requested.

    `type` is the declared media type ("text/html", or ""), which may be wrong. `etag` and `modified` are the server's
    validators: sent with the next request, they let it answer that nothing has changed.
    """

    url: str
    asked: str
    content: bytes
    type: str = ""
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None

    def as_file(self, *, max_bytes: int, options: ReadOptions = DEFAULT_OPTIONS) -> SourceFile:
        """Return the page as a file for the readers; its origin is the link that was requested."""
        file = SourceFile.of(self.content, self.asked, self.asked, self.asked, max_bytes)
        return replace(file, url=self.url, options=options, charset=self.charset)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The page has not changed since the validators were issued."""

    url: str
    asked: str


class Client:
    """Fetches pages politely: it obeys robots.txt, pauses between requests, and keeps no cookies.

    `max_bytes` limits the decompressed page, and `seconds` the time that servers take to answer, redirects included.
    `pause` is the minimum time between two requests to one server, in seconds; the default is 1, or 0 if private
    addresses are allowed. Proxies are not used, because behind a proxy addresses cannot be checked.
    """

    def __init__(
        self,
        *,
        agent: str | None = None,
        max_bytes: int = 10_000_000,
        seconds: float = 30.0,
        allow_private: bool = False,
        pause: float | None = None,
        robots: RobotsPolicy = ROBOTS,
    ) -> None:
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # their messages contain links
        self._agent = agent or f"Clippings/{_version()} (news archive)"
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._pause = (0.0 if allow_private else 1.0) if pause is None else pause
        self._robots = robots
        self._transport = Transport(allow_private=allow_private)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._transport.close()

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Page | Unchanged:
        """Fetch a link; Unchanged if the server says that its `etag` or `modified` is still valid.

        Raises LinkFailed.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": modified}
        conditions = {name: value for name, value in validators.items() if value}
        link, response = self._follow_redirects(
            _link(url), conditions, Deadline(self._seconds), self._max_bytes, obey_robots=True
        )
        if response.status == 304 and conditions:
            return Unchanged(str(link), url)
        if response.status != 200:
            raise _refused(response.status)
        headers = response.headers
        media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        charset = httpx.Response(200, headers=headers).charset_encoding
        etag, modified = _validator(headers, "ETag"), _validator(headers, "Last-Modified")
        return Page(str(link), url, response.content, media_type, charset, etag, modified)

    def _follow_redirects(
        self, link: httpx.URL, headers: Mapping[str, str], deadline: Deadline, max_bytes: int, *, obey_robots: bool
    ) -> tuple[httpx.URL, "_Response"]:
        visited: list[httpx.URL] = []
        while True:
            pause = self._wait_for_permission(link, deadline) if obey_robots else 0.0
            response = self._get_with_retries(link, headers, deadline, max_bytes, pause, cut=not obey_robots)
            visited.append(link)
            if response.status not in REDIRECTS:
                return link, response
            link = _link(response.headers.get("Location", ""), link)
            if link in visited:
                raise LinkFailed("redirected in a circle", lasting=True)
            if len(visited) > MAX_REDIRECTS:
                raise LinkFailed(f"redirected more than {MAX_REDIRECTS} times", lasting=True)

    # ── robots.txt ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _wait_for_permission(self, link: httpx.URL, deadline: Deadline) -> float:
        """Wait until the link may be fetched, and return the pause between requests; or raise LinkFailed."""
        server = _server(link)
        rules = self._robots.rules(server)
        if rules is None:
            rules = self._rules(link, deadline)
            self._robots.store(server, rules)
        if isinstance(rules, LinkFailed):
            raise LinkFailed(str(rules), lasting=rules.lasting)
        if not rules.allow(str(link), self._agent):
            raise LinkFailed("robots.txt forbids it", lasting=True)
        pause = max(self._pause, rules.delay(self._agent))
        sleep(self._robots.reserve(server, pause))
        return pause

    def _rules(self, link: httpx.URL, deadline: Deadline) -> Rules | LinkFailed:
        """Fetch a server's rules. By RFC 9309, a missing robots.txt allows everything, an unreachable one nothing.

        Of a long one the first 500 KiB count.
        """
        try:
            robots = link.copy_with(raw_path=b"/robots.txt")
            _, response = self._follow_redirects(robots, {}, deadline, MAX_ROBOTS_BYTES, obey_robots=False)
        except _ServerBusy as error:
            return LinkFailed(f"robots.txt cannot be read: {error}")
        except LinkFailed as error:
            if error.lasting:
                raise
            return error
        if response.status == 200:
            return Rules(response.content.decode("utf-8-sig", errors="replace"))
        if 400 <= response.status < 500 and response.status not in TEMPORARY_STATUSES:
            return Rules()
        return LinkFailed(f"robots.txt cannot be read: {_refused(response.status)}")

    # ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _get_with_retries(
        self,
        link: httpx.URL,
        headers: Mapping[str, str],
        deadline: Deadline,
        max_bytes: int,
        pause: float,
        *,
        cut: bool,
    ) -> "_Response":
        """Send a request, and repeat it after a temporary failure, no sooner than `pause` seconds later."""
        for failures in range(MAX_ATTEMPTS - 1):
            try:
                return self._get_once(link, headers, deadline, max_bytes, cut=cut)
            except _TemporaryFailure as failure:
                sleep(self._retry_seconds(failure, failures))
                sleep(self._robots.reserve(_server(link), pause))
        return self._get_once(link, headers, deadline, max_bytes, cut=cut)

    def _retry_seconds(self, failure: "_TemporaryFailure", failures: int) -> float:
        """Return the seconds to wait before the next attempt; without Retry-After they double, with some jitter."""
        if failure.retry_after is not None:
            return failure.retry_after
        jitter = self._pause * random()  # noqa: S311
        return min(Backoff(self._pause, MAX_WAIT_SECONDS).seconds(failures) + jitter, MAX_WAIT_SECONDS)

    def _get_once(
        self, link: httpx.URL, headers: Mapping[str, str], deadline: Deadline, max_bytes: int, *, cut: bool
    ) -> "_Response":
        request = httpx.Request("GET", link, headers={"User-Agent": self._agent, **ACCEPTED, **headers})
        try:
            with deadline.counting():
                response = self._transport.handle_request(request)
                try:
                    status, headers_received = response.status_code, response.headers
                    if status in RETRIED_STATUSES:
                        raise _ServerBusy.of(status, headers_received)
                    body = read_body(response, max_bytes, cut=cut) if status == 200 else b""
                    return _Response(status, headers_received, body)
                finally:
                    response.close()
        except httpcore.TimeoutException:
            if deadline.left <= 0:
                raise LinkFailed(f"took longer than {self._seconds:g} s") from None
            raise _TemporaryFailure("the server does not answer") from None
        except httpcore.NetworkError as error:
            if isinstance(error.__context__, SSLCertVerificationError):
                raise LinkFailed(f"its certificate is not valid: {error.__context__.verify_message}") from None
            raise _TemporaryFailure("the connection failed") from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            raise _TemporaryFailure("the server does not speak HTTP") from None


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: httpx.Headers
    content: bytes


class _TemporaryFailure(LinkFailed):
    """A failure that may pass; `retry_after` is the seconds that the server asks to wait, or None."""

    retry_after: float | None = None


class _ServerBusy(_TemporaryFailure):
    @classmethod
    def of(cls, status: int, headers: httpx.Headers) -> LinkFailed:
        retry_after = _seconds_in(headers.get("Retry-After", ""))
        if retry_after is not None and retry_after > MAX_WAIT_SECONDS:
            return _refused(status)
        error = cls(str(_refused(status)))
        error.retry_after = retry_after
        return error


def _server(link: httpx.URL) -> str:
    return str(link.copy_with(raw_path=b"/"))


def _link(written: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return a valid link without user name, password and fragment; raises LinkFailed."""
    try:
        link = base.join(written) if base else httpx.URL(written.strip())
        link = link.copy_with(username=None, password=None, fragment=None)
        port = link.port
    except (httpx.InvalidURL, ValueError):
        raise LinkFailed("not a link", lasting=True) from None
    if link.scheme not in ("http", "https") or not link.host:
        raise LinkFailed("not a link of http or https", lasting=True)
    if port is not None and port not in (80, 443) and not MIN_UNRESERVED_PORT <= port < 65_536:
        raise LinkFailed(f"no web server is at port {port}", lasting=True)
    return link


def _refused(status: int) -> LinkFailed:
    return LinkFailed(f"the server answered {status}", lasting=400 <= status < 500 and status not in TEMPORARY_STATUSES)


def _validator(headers: httpx.Headers, name: str) -> str | None:
    """Return a validator header; None if it cannot be sent back unchanged."""
    value = str(headers.get(name, ""))
    usable = value.isascii() and value.isprintable() and len(value) <= MAX_VALIDATOR_CHARACTERS
    return value if value and usable else None


def _seconds_in(written: str) -> float | None:
    """Return the seconds to wait that a Retry-After header gives, as a number or as a date."""
    if written.strip().isdecimal():
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _version() -> str:
    try:
        return version("clippings")
    except PackageNotFoundError:
        return "0"
