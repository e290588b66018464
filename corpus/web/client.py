"""Links to pages: what is there, or why it cannot be had."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from ssl import SSLCertVerificationError
from time import sleep
from types import TracebackType
from typing import Self

import httpcore
import httpx
import stamina

from corpus.documents import DEFAULT_OPTIONS, ReadOptions, SourceFile
from corpus.errors import LinkFailed
from corpus.web.robots import MOST_ROBOTS_BYTES, Manners, Rules
from corpus.web.transport import Patience, Transport, unpacked

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
TRIES = 3
# What may be otherwise in a moment; of these, what is tried again at once.
PASSING = (408, 425, 429)
AGAIN = (429, 502, 503, 504)
LONGEST_WAIT = 60.0  # for a server that asks to be left alone for a while
LOWEST_OPEN_PORT = 1024
LONGEST_MARK = 500
ACCEPTED = {
    "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,*/*;q=0.8",
    "Accept-Encoding": "gzip",
}
MANNERS = Manners()


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched: from which link in the end, and what the server told of it.

    `type` is what it calls it ("text/html", or ""), which is no proof; `etag` and `modified` are its words, for asking
    whether it has changed since.
    """

    url: str
    asked: str
    content: bytes
    type: str = ""
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None

    def as_file(self, *, max_bytes: int, options: ReadOptions = DEFAULT_OPTIONS) -> SourceFile:
        """Return it as something to read, which comes from the link that was asked for."""
        file = SourceFile.of(self.content, self.asked, self.asked, self.asked, max_bytes)
        return replace(file, url=self.url, options=options, charset=self.charset)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What was asked for is as it was."""

    url: str
    asked: str


class Client:
    """Fetches pages as a guest does: by robots.txt, a pause between two requests, no cookies, nothing asked twice.

    `max_bytes` bounds a page once it is unpacked, `seconds` all that its servers take to answer, redirects included.
    `pause` is the least time between two requests to one server, in seconds: a second, and none on one's own network.
    Proxies are not used: behind one, no address can be checked.
    """

    def __init__(
        self,
        *,
        agent: str | None = None,
        max_bytes: int = 10_000_000,
        seconds: float = 30.0,
        allow_private: bool = False,
        pause: float | None = None,
        manners: Manners = MANNERS,
    ) -> None:
        for name, level in (("httpx", logging.WARNING), ("httpcore", logging.WARNING), ("stamina", logging.ERROR)):
            logging.getLogger(name).setLevel(level)  # they would write down links
        self._agent = agent or f"Clippings/{_version()} (news archive)"
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._pause = (0.0 if allow_private else 1.0) if pause is None else pause
        self._manners = manners
        self._transport = Transport(allow_private=allow_private)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._transport.close()

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Page | Unchanged:
        """Fetch what is at a link, or learn that it is as it was when the server told `etag` and `modified` of it.

        Raises LinkFailed.
        """
        marks = {"If-None-Match": etag, "If-Modified-Since": modified}
        asked = {name: mark for name, mark in marks.items() if mark}
        link, answer = self._followed(_link(url), asked, Patience(self._seconds), self._max_bytes, by_rules=True)
        if answer.status == 304 and asked:
            return Unchanged(str(link), url)
        if answer.status != 200:
            raise _refused(answer.status)
        headers = answer.headers
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        charset = httpx.Response(200, headers=headers).charset_encoding
        etag, modified = _mark(headers, "ETag"), _mark(headers, "Last-Modified")
        return Page(str(link), url, answer.content, kind, charset, etag, modified)

    def _followed(
        self, link: httpx.URL, headers: Mapping[str, str], patience: Patience, max_bytes: int, *, by_rules: bool
    ) -> tuple[httpx.URL, "_Answer"]:
        met: list[httpx.URL] = []
        while True:
            if by_rules:
                self._permit(link, patience)
            answer = self._asked(link, headers, patience, max_bytes)
            met.append(link)
            if answer.status not in REDIRECTS:
                return link, answer
            link = _link(answer.headers.get("Location", ""), link)
            if link in met:
                raise LinkFailed("redirected in a circle", lasting=True)
            if len(met) > MOST_REDIRECTS:
                raise LinkFailed(f"redirected more than {MOST_REDIRECTS} times", lasting=True)

    # ── Manners ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _permit(self, link: httpx.URL, patience: Patience) -> None:
        """Wait until the link may be asked for; raises LinkFailed where it may not."""
        server = str(link.copy_with(raw_path=b"/"))
        rules = self._manners.rules(server)
        if rules is None:
            rules = self._rules(link, patience)
            self._manners.learn(server, rules)
        if isinstance(rules, LinkFailed):
            raise LinkFailed(str(rules), lasting=rules.lasting)
        if not rules.allow(str(link), self._agent):
            raise LinkFailed("robots.txt forbids it", lasting=True)
        sleep(self._manners.turn(server, max(self._pause, rules.delay(self._agent))))

    def _rules(self, link: httpx.URL, patience: Patience) -> Rules | LinkFailed:
        """Return a server's rules, as RFC 9309 says: none where it has none, and nothing where they cannot be had."""
        try:
            robots = link.copy_with(raw_path=b"/robots.txt")
            _, answer = self._followed(robots, {}, patience, MOST_ROBOTS_BYTES, by_rules=False)
        except _Busy as busy:
            return LinkFailed(f"robots.txt cannot be read: {busy}")
        except LinkFailed as failed:
            if failed.lasting:
                raise
            return failed
        if answer.status == 200:
            return Rules(answer.content.decode("utf-8-sig", errors="replace"))
        if 400 <= answer.status < 500 and answer.status not in PASSING:
            return Rules()
        return LinkFailed(f"robots.txt cannot be read: {_refused(answer.status)}")

    # ── One question, one answer ─────────────────────────────────────────────────────────────────────────────────────

    def _asked(self, link: httpx.URL, headers: Mapping[str, str], patience: Patience, max_bytes: int) -> "_Answer":
        """Ask, and again where it may help."""
        for attempt in stamina.retry_context(
            _Fleeting.wait,
            attempts=TRIES,
            timeout=None,
            wait_initial=self._pause,
            wait_max=LONGEST_WAIT,
            wait_jitter=self._pause,
        ):
            with attempt:
                return self._answer(link, headers, patience, max_bytes)
        raise AssertionError("the last try returns or raises")

    def _answer(self, link: httpx.URL, headers: Mapping[str, str], patience: Patience, max_bytes: int) -> "_Answer":
        request = httpx.Request("GET", link, headers={"User-Agent": self._agent, **ACCEPTED, **headers})
        try:
            with patience.spent():
                response = self._transport.handle_request(request)
                try:
                    status, told = response.status_code, response.headers
                    if status in AGAIN:
                        raise _Busy.of(status, told)
                    return _Answer(status, told, _body(response, max_bytes) if status == 200 else b"")
                finally:
                    response.close()
        except httpcore.TimeoutException:
            if patience.left <= 0:
                raise LinkFailed(f"took longer than {self._seconds:g} s") from None
            raise _Fleeting("the server does not answer") from None
        except httpcore.NetworkError as error:
            if isinstance(error.__context__, SSLCertVerificationError):
                raise LinkFailed(f"its certificate is not valid: {error.__context__.verify_message}") from None
            raise _Fleeting("the connection failed") from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            raise _Fleeting("the server does not speak HTTP") from None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    content: bytes


class _Fleeting(LinkFailed):
    """What another try, `after` seconds where the server tells them, may well mend."""

    after: float | None = None

    @staticmethod
    def wait(error: Exception) -> bool | float:
        if not isinstance(error, _Fleeting):
            return False
        return True if error.after is None else error.after


class _Busy(_Fleeting):
    @classmethod
    def of(cls, status: int, headers: httpx.Headers) -> LinkFailed:
        after = _seconds_in(headers.get("Retry-After", ""))
        if after is not None and after > LONGEST_WAIT:
            return _refused(status)
        busy = cls(str(_refused(status)))
        busy.after = after
        return busy


def _body(response: httpx.Response, max_bytes: int) -> bytes:
    content = bytearray()
    for piece in unpacked(response.iter_raw(), response.headers.get("Content-Encoding", "")):
        content += piece
        if len(content) > max_bytes:
            raise LinkFailed(f"larger than {max_bytes / 1e6:g} MB", lasting=True)
    return bytes(content)


def _link(written: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return a link that may be asked for, without name, password and fragment; raises LinkFailed."""
    try:
        link = base.join(written) if base else httpx.URL(written.strip())
        # A name and password are told to nobody.
        link = link.copy_with(username=None, password=None, fragment=None)
        port = link.port
    except (httpx.InvalidURL, ValueError):
        raise LinkFailed("not a link", lasting=True) from None
    if link.scheme not in ("http", "https") or not link.host:
        raise LinkFailed("not a link of http or https", lasting=True)
    if port is not None and port not in (80, 443) and not LOWEST_OPEN_PORT <= port < 65_536:
        raise LinkFailed(f"no web server is at port {port}", lasting=True)
    return link


def _refused(status: int) -> LinkFailed:
    return LinkFailed(f"the server answered {status}", lasting=400 <= status < 500 and status not in PASSING)


def _mark(headers: httpx.Headers, name: str) -> str | None:
    """Return what tells one version from another, if it can be sent back as it came."""
    mark = str(headers.get(name, ""))
    return mark if mark and len(mark) <= LONGEST_MARK and mark.isascii() and mark.isprintable() else None


def _seconds_in(written: str) -> float | None:
    """Read a Retry-After: seconds, or a date."""
    if written.strip().isdecimal():
        return float(written)
    try:
        when = parsedate_to_datetime(written)
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _version() -> str:
    try:
        return version("clippings")
    except PackageNotFoundError:
        return "0"
