"""A web server on loopback. A test sets its responses, and reads the requests that it received.

    with WebServer() as server:
        server.put("/story", "<html>…", etag='"1"')
        server.answer("/busy", Answer(503), Answer(200, b"at last"))
        server.redirect("/old", "/story")
        …
        assert server.requests("/story")[-1].headers["If-None-Match"] == '"1"'

It answers 304 to conditional requests for what has not changed, and 404 where nothing was put.
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
class Request:
    """A request: its path, its headers (case does not matter), and its time in seconds."""

    path: str
    headers: Message
    at: float = field(default_factory=time.monotonic)

    @property
    def conditional(self) -> bool:
        return "If-None-Match" in self.headers or "If-Modified-Since" in self.headers


@dataclass(frozen=True)
class Answer:
    """A response. `drip` is the number of seconds between two bytes; `raw` is sent in place of everything else."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float | None = None
    raw: bytes | None = None


class WebServer:
    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._requests: list[Request] = []
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
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign] # a client may hang up
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
        """Give the requests for a path these responses in turn, then the last of them again and again."""
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
        all_headers = {"Content-Type": type_, "ETag": etag, "Last-Modified": modified, **(headers or {})}
        content = body.encode() if isinstance(body, str) else body
        self.answer(path, Answer(200, content, {name: value for name, value in all_headers.items() if value}))

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.answer(path, Answer(status, b"", {"Location": to}))

    def robots(self, text: str) -> None:
        self.put("/robots.txt", text, "text/plain")

    def remove(self, path: str) -> None:
        with self._lock:
            del self._answers[path]

    def requests(self, path: str | None = None) -> list[Request]:
        """Return the requests in order: those for a path, or all but those for robots.txt."""
        with self._lock:
            requests = list(self._requests)
        return [request for request in requests if (request.path == path if path else request.path != "/robots.txt")]

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._requests.append(Request(handler.path, handler.headers))
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
            handler.close_connection = True  # the client has hung up


def _unchanged(request: Message, response: Mapping[str, str]) -> bool:
    """Return whether to answer 304, as in RFC 9110: compare the ETag if one was sent, else the date."""
    if tag := request["If-None-Match"]:
        return bool(tag == response.get("ETag"))
    since = request["If-Modified-Since"]
    return bool(since) and since == response.get("Last-Modified")
