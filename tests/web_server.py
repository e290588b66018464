"""A web server on loopback, which answers as a test writes it and remembers what it was asked.

    with WebServer() as server:
        server.put("/story", "<html>…", etag='"1"')
        server.answer("/busy", Answer(503), Answer(200, b"at last"))
        server.redirect("/old", "/story")
        …
        assert server.asked("/story")[-1].headers["If-None-Match"] == '"1"'

It tells by ETag and Last-Modified what has not changed, as servers do. Where nothing is, it answers 404.
"""

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Asked:
    """A request: for what, when, and with which headers (whose names are read in any case)."""

    path: str
    headers: Message
    at: float = field(default_factory=time.monotonic)

    @property
    def conditional(self) -> bool:
        return "If-None-Match" in self.headers or "If-Modified-Since" in self.headers


@dataclass(frozen=True)
class Answer:
    """What is answered: `drip` is the seconds between two bytes of the body, `raw` all that is sent, as it is."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float | None = None
    raw: bytes | None = None


class WebServer:
    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._asked: list[Asked] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign] # whoever has read enough hangs up
        if context:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_port
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, path: str, *answers: Answer) -> None:
        """Answer so, one after another; the last again and again."""
        with self._lock:
            self._answers[path] = list(answers)

    def put(
        self,
        path: str,
        body: str | bytes,
        type_: str = HTML,
        *,
        etag: str | None = None,
        modified: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        told = {"Content-Type": type_, "ETag": etag, "Last-Modified": modified, **(headers or {})}
        content = body.encode() if isinstance(body, str) else body
        self.answer(path, Answer(200, content, {name: value for name, value in told.items() if value}))

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.answer(path, Answer(status, b"", {"Location": to}))

    def robots(self, text: str) -> None:
        self.put("/robots.txt", text, "text/plain")

    def remove(self, path: str) -> None:
        with self._lock:
            del self._answers[path]

    def asked(self, path: str | None = None) -> list[Asked]:
        """Return what was asked for, in order: at one path, or everywhere but for robots.txt."""
        with self._lock:
            return [one for one in self._asked if (one.path == path if path else one.path != "/robots.txt")]

    def forget(self) -> None:
        """Forget what was asked for."""
        with self._lock:
            self._asked.clear()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._asked.append(Asked(handler.path, handler.headers))
            answers = self._answers.get(handler.path, [Answer(404, b"Nothing here.")])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer.raw is not None:
            handler.close_connection = True
            self._send(handler, answer.raw, answer.drip)
            return
        unchanged = answer.status == 200 and _unchanged(handler.headers, answer.headers)
        body = b"" if unchanged else answer.body
        handler.send_response(304 if unchanged else answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if not unchanged:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        self._send(handler, body, answer.drip)

    def _send(self, handler: BaseHTTPRequestHandler, body: bytes, drip: float | None) -> None:
        try:
            if drip is None:
                handler.wfile.write(body)
                return
            for byte in body:
                handler.wfile.write(bytes([byte]))
                if self._closed.wait(drip):
                    return
        except OSError:
            handler.close_connection = True  # whoever asked has gone


def _unchanged(asked: Message, told: Mapping[str, str]) -> bool:
    """Tell whether nothing has changed since, as RFC 9110 says: by the ETag if one was sent, else by the date."""
    if tag := asked["If-None-Match"]:
        return bool(tag == told.get("ETag"))
    since = asked["If-Modified-Since"]
    return bool(since) and since == told.get("Last-Modified")
