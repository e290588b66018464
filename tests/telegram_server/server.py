"""A Bot API server for tests: HTTP on loopback, every call checked, and users who talk to the bot.

    with BotApiServer() as server:
        chat = server.private_chat("Ada")
        reply = chat.says("who met Kerry?")
        chat.taps(reply, "More")

The server refuses calls that the Bot API does not allow, and lists them in `server.violations`: the tests fail on them.
"""

import re
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.telegram_server.account import User
from tests.telegram_server.api_schema import decode, method_named, violations
from tests.telegram_server.chat import Chat
from tests.telegram_server.errors import (
    NOT_FOUND,
    TOO_MANY,
    UNAUTHORIZED,
    BreachError,
    RefusedError,
    breach,
)
from tests.telegram_server.faults import FailedCall, Fault, FaultError, Faults, error
from tests.telegram_server.files import Files
from tests.telegram_server.flood_limits import Flood, FloodCounter, Limits, is_limited
from tests.telegram_server.http import Listener
from tests.telegram_server.messages import BOT
from tests.telegram_server.methods import Methods
from tests.telegram_server.queries import Queries
from tests.telegram_server.update_queue import Updates
from tests.telegram_server.webhook import Webhook

__all__ = ["BOT", "TOKEN", "BotApiServer", "RefusedError"]

TOKEN = "123456:the-bots-own-secret-which-nobody-may-see"  # noqa: S105 - valid on this server only
WAIT_SECONDS = 15.0
FIRST_SUPERGROUP = -1_000_000_000_000


class BotApiServer:
    """The server. All state is read and written under one lock; `changed` is notified of every change."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.wait_seconds = wait_seconds
        self.calls: list[tuple[float, str, dict[str, Any]]] = []
        self.violations: list[str] = []
        self.chats: dict[int, Chat] = {}
        self.updates = Updates(self.lock, self.next_id)
        self.webhook = Webhook(self.updates)
        self.queries = Queries(self.lock)
        self.files = Files()
        self.faults = Faults()
        self.limits: Limits | None = None
        self.floods: list[Flood] = []
        self._flood_counter = FloodCounter()
        self._methods = Methods(self)
        self._last_id = 1000
        self._listener: Listener | None = Listener(self, 0)
        self._port = self._listener.server_address[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.webhook.end()
        self.down()

    # --- users and chats

    def user(self, name: str = "Ada", language: str | None = None) -> User:
        """Create a user; the language is a code of Telegram's."""
        info = {"id": 5_000_000_000 + self.next_id(), "is_bot": False, "first_name": name}
        return User(self, info | ({"language_code": language} if language else {}))

    def private_chat(self, user: str | User = "Ada", *, language: str | None = None) -> Chat:
        """Open a private chat."""
        member = self._user(user, language)
        return self._chat({"id": member.id, "type": "private", "first_name": member.info["first_name"]}, member)

    def group(
        self,
        title: str = "Newsroom",
        user: str | User = "Grace",
        *,
        forum: bool = False,
        basic: bool = False,
        language: str | None = None,
    ) -> Chat:
        """Open a group; in a forum every topic exists that a user writes in."""
        number = -self.next_id() if basic else FIRST_SUPERGROUP - self.next_id()
        info = {"id": number, "type": "group" if basic else "supergroup", "title": title}
        return self._chat({**info, "is_forum": True} if forum else info, self._user(user, language))

    def channel(self, title: str = "The Wire", username: str | None = None) -> Chat:
        """Open a channel that the bot is a member of."""
        info = {"id": FIRST_SUPERGROUP - self.next_id(), "type": "channel", "title": title}
        return self._chat(info | ({"username": username} if username else {}), self._user("Editor", None))

    # --- failures

    def fail_next(self, method: str, code: int, description: str, retry_after: int | None = None) -> None:
        """Answer the next call of a method with an error; called twice, the next two calls."""
        with self.lock:
            parameters = {} if retry_after is None else {"retry_after": retry_after}
            self.faults.plan(method, error(code, description, **parameters))

    def down(self) -> None:
        """Go down: reset open connections and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener:
            listener.close()
        self.updates.end_poll("the server is gone")

    def up(self) -> None:
        """Come up again, at the same address."""
        self._listener = self._listener or Listener(self, self._port)

    # --- for the tests

    def wait_for(self, condition: Callable[[], bool], what: str = "a change", seconds: float | None = None) -> None:
        """Wait until a condition on the server holds.

        Raises AssertionError after `seconds`, or after the server's own.
        """
        with self.changed:
            met = self.changed.wait_for(condition, self.wait_seconds if seconds is None else seconds)
            assert met, f"Missing: {what}"

    def called(self, method: str) -> list[dict[str, Any]]:
        """List the parameters of all calls of a method so far."""
        with self.lock:
            return [params for _, name, params in self.calls if name == method]

    def times(self, method: str) -> list[float]:
        """List when a method was called, in seconds."""
        with self.lock:
            return [at for at, name, _ in self.calls if name == method]

    @property
    def waiting(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self.updates)

    # --- calls and updates

    def push(self, update: dict[str, Any]) -> None:
        """Queue an update, unless the bot has said that it does not want its kind."""
        with self.lock:
            self.updates.push(update)
            self.changed.notify_all()

    def next_id(self) -> int:
        with self.lock:
            self._last_id += 1
            return self._last_id

    def next_query_id(self) -> str:
        return str(4_300_000_000_000_000_000 + self.next_id())

    def call(self, token: str, name: str, form: dict[str, str]) -> Any:
        """Carry out a call.

        Raises RefusedError, FaultError.
        """
        _check(token)
        method = method_named(name)
        params = decode(method, form) if method else {}
        problems = violations(method, params) if method else []
        with self.lock:
            try:
                if method is None:
                    raise BreachError(NOT_FOUND, f"Not Found: method {name}")
                self.calls.append((time.monotonic(), method, params))
                self.changed.notify_all()
                if problems:
                    raise breach("; ".join(problems))
                return self._carry_out(method, params)
            except BreachError as error:
                self.violations.append(error.description)
                raise

    def download(self, token: str, path: str) -> bytes:
        """Return a file's content.

        Raises RefusedError, FaultError.
        """
        _check(token)
        with self.lock:
            content = self.files.content_at(path)
            fault = self.faults.next("file")
            if fault:
                self.faults.failed.append(FailedCall("file", {"path": path}, fault))
                raise FaultError(fault)
        if content is None:
            raise RefusedError(NOT_FOUND, "Not Found")
        return content

    def _carry_out(self, method: str, params: dict[str, Any]) -> Any:
        fault: Fault | None = self.faults.next(method)
        if fault and not fault.accepted:
            self.faults.failed.append(FailedCall(method, params, fault))
            raise FaultError(fault)
        self._count(method, params)
        result = self._methods.named(method)(params)
        if fault:
            self.faults.failed.append(FailedCall(method, params, fault))
            raise FaultError(fault, result)
        return result

    def _count(self, method: str, params: dict[str, Any]) -> None:
        chat = params.get("chat_id")
        if self.limits is None or not is_limited(method) or not isinstance(chat, int):
            return
        if flood := self._flood_counter.count(self.limits, method, chat, time.monotonic()):
            self.floods.append(flood)
            seconds = flood.retry_after
            raise RefusedError(TOO_MANY, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def _user(self, user: str | User, language: str | None) -> User:
        return user if isinstance(user, User) else self.user(user, language)

    def _chat(self, info: dict[str, Any], user: User) -> Chat:
        with self.lock:
            self.chats[info["id"]] = chat = Chat(self, info, user)
            return chat


def _check(token: str) -> None:
    if token != TOKEN:
        well_formed = re.fullmatch(r"\d+:[\w-]+", token)
        raise RefusedError(UNAUTHORIZED, "Unauthorized") if well_formed else RefusedError(NOT_FOUND, "Not Found")
