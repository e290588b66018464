"""HTTP on loopback: receives calls and downloads; sends answers, or fails as a fault demands."""

import email
import email.policy
import json
import re
import select
import socket
import struct
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.telegram_server.errors import RefusedError
from tests.telegram_server.faults import Fault, FaultError

if TYPE_CHECKING:
    from tests.telegram_server.server import BotApiServer

OPTION_RESET = struct.pack("ii", 1, 0)  # closing sends a reset
POLL_SECONDS = 0.02


class Listener(ThreadingHTTPServer):
    """A listening port and its open connections."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, server: "BotApiServer", port: int) -> None:
        self._server = server
        self.open: set[socket.socket] = set()
        self.closed = threading.Event()
        super().__init__(("127.0.0.1", port), _handler(server, self))
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, daemon=True).start()

    def close(self) -> None:
        """Refuse new connections and reset the open ones."""
        self.closed.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, OPTION_RESET)
                connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # no orderly shutdown: it would undo a reset

    def handle_error(self, *_: Any) -> None:
        """Fail the tests on an error in this server, except when a client has hung up."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            with self._server.lock:
                self._server.violations.append(f"The tests' server itself failed: {error!r}")


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """Read the parameters of a call: multipart, JSON or URL-encoded."""
    if content_type.startswith("multipart/form-data"):
        header = f"Content-Type: {content_type}\r\n\r\n".encode()
        parts = email.message_from_bytes(header + body, policy=email.policy.HTTP).iter_parts()
        return {
            str(part.get_param("name", header="content-disposition")): cast(
                "bytes", part.get_payload(decode=True)
            ).decode("utf-8", "replace")
            for part in parts
        }
    if content_type.startswith("application/json"):
        values = json.loads(body)
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _handler(server: "BotApiServer", listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer goes out in one piece

        def setup(self) -> None:
            super().setup()
            listener.open.add(self.connection)
            if listener.closed.is_set():  # the connection came while the port was being closed
                self.connection.shutdown(socket.SHUT_RDWR)

        def finish(self) -> None:
            listener.open.discard(self.connection)
            with suppress(OSError):
                super().finish()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # the client has hung up in the middle: not a call
                self.close_connection = True
                return
            try:
                self._answer(200, "application/json", self._carry_out(body))
            except RefusedError as refusal:
                self._answer(refusal.code, "application/json", refusal.body)
            except FaultError as error:
                self._apply(error.fault, error.result)

        do_GET = do_POST  # noqa: N815 - Telegram takes both

        def _carry_out(self, body: bytes) -> Any:
            address = urlsplit(self.path)
            if download := re.fullmatch(r"/file/bot([^/]*)/(.+)", address.path):
                return server.download(unquote(download[1]), unquote(download[2]))
            path = re.fullmatch(r"/bot([^/]*)/(\w+)", address.path)
            token, method = path.groups() if path else ("", "")
            form = dict(parse_qsl(address.query)) | read_form(self.headers.get("Content-Type", ""), body)
            return {"ok": True, "result": server.call(token, method, form)}

        def _apply(self, fault: Fault, result: Any) -> None:
            match fault.kind:
                case "error":
                    refusal = RefusedError(fault.code, fault.description, **fault.parameters)
                    self._answer(fault.code, "application/json", refusal.body)
                case "page":
                    self._answer(fault.code, "text/html", b"<html><body><h1>Something went wrong</h1></body></html>")
                case "slow":
                    listener.closed.wait(fault.seconds)
                    self._answer(200, "application/json", {"ok": True, "result": result})
                case "hang":
                    self._wait_until_hung_up()
                    self.close_connection = True
                case "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, OPTION_RESET)
                    self.close_connection = True

        def _wait_until_hung_up(self) -> None:
            with suppress(OSError):
                while not listener.closed.is_set():
                    ready, _, _ = select.select([self.connection], [], [], POLL_SECONDS)
                    if ready and not self.connection.recv(1, socket.MSG_PEEK):
                        return

        def _answer(self, code: int, content_type: str, body: Any) -> None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            with suppress(OSError):  # the client may have hung up
                self.send_response(code)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Log nothing: the token is in every path."""

    return Handler
