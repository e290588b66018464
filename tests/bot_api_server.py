"""A Bot API of the tests' own: real HTTP on loopback, every call checked, readers to talk to.

    with BotApiServer() as server:
        chat = server.private_chat("Ada")
        reply = chat.says("who met Kerry?")

Calls that the Bot API does not allow are refused, and kept in `server.violations` for the tests to fail on.
"""

import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit

from tests.bot_api_chat import Chat, Message
from tests.bot_api_facts import decode, method_named, violations
from tests.bot_api_html import CannotParseError, Parsed, parse, units

TOKEN = "123456:the-bots-own-secret-which-nobody-may-see"  # noqa: S105 - good on this server alone
BOT = {"id": 123456, "is_bot": True, "first_name": "Clippings", "username": "clippings_test_bot"}
PATIENCE = 15.0  # seconds until something is missed
LONGEST_TEXT = 4096
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, CONFLICT = 400, 401, 404, 409


class RefusedError(Exception):
    """A call answered with an error, in Telegram's words."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.body = {"ok": False, "error_code": code, "description": description}
        if retry_after is not None:
            self.body["parameters"] = {"retry_after": retry_after}


class BotApiServer:
    """The server. All of it is read and written under `changed`, which wakes whoever waits for news."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.calls: list[tuple[float, str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self._faults: list[tuple[str, RefusedError]] = []
        self._chats: dict[int, Chat] = {}
        self._updates: list[dict[str, Any]] = []
        self._wanted: list[str] = []
        self._poll = 0
        self._last_id = 1000
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        with self.changed:
            self._poll += 1
            self.changed.notify_all()

    def private_chat(self, user: str = "Ada") -> Chat:
        """Open a private chat."""
        reader = self._reader(user)
        return self._chat({"id": reader["id"], "type": "private", "first_name": user}, reader)

    def group(self, title: str = "Newsroom", user: str = "Grace", *, forum: bool = False) -> Chat:
        """Open a group; in a forum every topic that a reader writes in exists."""
        info = {"id": -1_000_000_000_000 - self.next_id(), "type": "supergroup", "title": title}
        return self._chat({**info, "is_forum": True} if forum else info, self._reader(user))

    def fail_next(self, method: str, code: int, description: str, retry_after: int | None = None) -> None:
        """Answer the next call of a method with an error instead; said twice, the next two."""
        self._faults.append((method, RefusedError(code, description, retry_after)))

    def wait_for(
        self, condition: Callable[[], bool], what: str = "what is waited for", seconds: float = PATIENCE
    ) -> None:
        """Wait until the server is in a state.

        Raises AssertionError after a while.
        """
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"Missing: {what}"

    def called(self, method: str) -> list[dict[str, Any]]:
        """List the parameters of all calls of a method so far."""
        with self.changed:
            return [params for _, name, params in self.calls if name == method]

    def times(self, method: str) -> list[float]:
        """List when a method was called, in seconds."""
        with self.changed:
            return [at for at, name, _ in self.calls if name == method]

    @property
    def waiting(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self._updates)

    def push(self, update: dict[str, Any]) -> None:
        """Queue an update, unless the bot has said that it does not want its kind."""
        with self.changed:
            if not self._wanted or set(update) & set(self._wanted):
                self._updates.append({"update_id": self.next_id(), **update})
                self.changed.notify_all()

    def next_id(self) -> int:
        with self.changed:
            self._last_id += 1
            return self._last_id

    def call(self, token: str, name: str, form: dict[str, str]) -> Any:
        """Carry out a call.

        Raises RefusedError.
        """
        method = method_named(name)
        if token != TOKEN:
            well_formed = re.fullmatch(r"\d+:[\w-]+", token)
            raise (RefusedError(UNAUTHORIZED, "Unauthorized") if well_formed else RefusedError(NOT_FOUND, "Not Found"))
        with self.changed:
            if method is None:
                raise self._violation(NOT_FOUND, f"Not Found: method {name}")
            params = decode(method, form)
            self.calls.append((time.monotonic(), method, params))
            self.changed.notify_all()
            if problems := violations(method, params):
                raise self._violation(BAD_REQUEST, f"Bad Request: {'; '.join(problems)}")
            for fault in self._faults:
                if fault[0] == method:
                    self._faults.remove(fault)
                    raise fault[1]
            carry_out = getattr(self, f"_on_{method}", None)
            return carry_out(params) if carry_out else True

    def _on_getMe(self, _params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - as the method is named
        return BOT

    def _on_getUpdates(self, params: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        self._poll += 1
        poll, offset = self._poll, params.get("offset", 0)
        self._wanted = params.get("allowed_updates", self._wanted)
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        self.changed.notify_all()
        until = time.monotonic() + params.get("timeout", 0)
        while not self._updates and poll == self._poll and (left := until - time.monotonic()) > 0:
            self.changed.wait(left)
        if poll != self._poll:
            raise RefusedError(
                CONFLICT, "Conflict: terminated by other getUpdates request; make sure that only one bot runs"
            )
        return self._updates[: params.get("limit", 100)]

    def _on_sendChatAction(self, params: dict[str, Any]) -> bool:  # noqa: N802
        self._chat_of(params).actions.append(params)
        return True

    def _on_sendMessage(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        chat = self._chat_of(params)
        parsed = self._parsed(params)
        reply = params.get("reply_parameters", {})
        reply_to = reply.get("message_id")
        if reply and reply_to not in chat.known:
            if not reply.get("allow_sending_without_reply"):
                raise RefusedError(BAD_REQUEST, "Bad Request: message to be replied not found")
            reply_to = None
        preview = not params.get("link_preview_options", {}).get("is_disabled", False)
        topic = params.get("message_thread_id")
        message = Message(self.next_id(), parsed.text, parsed.entities, reply_to, topic, preview)
        chat.known.add(message.id)
        chat.received.append(message)
        self.changed.notify_all()
        sent = {"message_id": message.id, "date": 1, "chat": chat.info, "from": BOT, "text": message.text}
        return {**sent, "entities": message.entities}

    def _chat_of(self, params: dict[str, Any]) -> Chat:
        chat = self._chats.get(params["chat_id"])
        if chat is None:
            raise self._violation(BAD_REQUEST, "Bad Request: chat not found")
        topic = params.get("message_thread_id")
        if topic is not None and not chat.info.get("is_forum"):
            raise self._violation(BAD_REQUEST, "Bad Request: message thread not found")
        return chat

    def _parsed(self, params: dict[str, Any]) -> Parsed:
        mode = params.get("parse_mode")
        if mode not in {None, "HTML"}:
            raise self._violation(BAD_REQUEST, f"Bad Request: unsupported parse_mode {mode}, here at least")
        try:
            parsed = parse(params["text"]) if mode else Parsed(params["text"].strip(), params.get("entities", []))
        except CannotParseError as error:
            raise self._violation(BAD_REQUEST, f"Bad Request: can't parse entities: {error}") from error
        if not parsed.text:
            raise self._violation(BAD_REQUEST, "Bad Request: message text is empty")
        if units(parsed.text) > LONGEST_TEXT:
            raise self._violation(BAD_REQUEST, "Bad Request: message is too long")
        return parsed

    def _violation(self, code: int, description: str) -> RefusedError:
        self.violations.append(description)
        return RefusedError(code, description)

    def _reader(self, name: str) -> dict[str, Any]:
        return {"id": 5_000_000_000 + self.next_id(), "is_bot": False, "first_name": name}

    def _chat(self, info: dict[str, Any], user: dict[str, Any]) -> Chat:
        chat = Chat(self, info, user)
        self._chats[info["id"]] = chat
        return chat


def _form(content_type: str, body: bytes) -> dict[str, str]:
    if content_type.startswith("multipart/form-data"):
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts()
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


def _handler(server: BotApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever called has hung up in the middle: no call has come
                self.close_connection = True
                return
            path = re.fullmatch(r"/bot([^/]*)/(\w+)", urlsplit(self.path).path)
            token, method = path.groups() if path else ("", "")
            try:
                form = dict(parse_qsl(urlsplit(self.path).query)) | _form(self.headers.get("Content-Type", ""), body)
                self._answer(200, {"ok": True, "result": server.call(token, method, form)})
            except RefusedError as refusal:
                self._answer(int(str(refusal.body["error_code"])), refusal.body)

        do_GET = do_POST  # noqa: N815 - Telegram takes both

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            with suppress(ConnectionError):  # whoever asked may have hung up
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Stay silent: the token is in every path."""

    return Handler
