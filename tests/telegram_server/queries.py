"""Callback and inline queries: each is open until it is answered or too old."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.errors import bad_request, breach
from tests.telegram_server.html import Parsed
from tests.telegram_server.messages import keyboard_of, text_of

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
MAX_RESULTS, MAX_ID_BYTES = 50, 64


@dataclass
class Query:
    """A query of a user, and the bot's answer."""

    id: str
    method: str  # that answers it
    at: float = field(default_factory=time.monotonic)
    answer: dict[str, Any] | None = None
    answered_at: float | None = None
    notices: list["Notice"] | None = None  # where a notice in the answer is shown


@dataclass(frozen=True)
class Notice:
    """A text that pops up after a button was tapped."""

    text: str
    alert: bool


@dataclass(frozen=True)
class InlineResult:
    """A result that a user can share: its line in the list, and its message once it is shared."""

    id: str
    title: str
    description: str
    text: str
    entities: list[dict[str, Any]]
    buttons: list[list[dict[str, Any]]]
    raw: dict[str, Any]


@dataclass(frozen=True)
class InlineAnswer:
    """The results that a user sees while typing an inline query."""

    results: list[InlineResult]
    raw: dict[str, Any]

    @property
    def next_offset(self) -> str:
        return str(self.raw.get("next_offset", ""))

    @property
    def button(self) -> str | None:
        button = self.raw.get("button")
        return str(button["text"]) if button else None


class Queries:
    """The open queries. All methods run under the server's lock."""

    def __init__(self, lock: "threading.RLock") -> None:
        self.answered = threading.Condition(lock)
        self.lifetime = 60.0  # seconds
        self._open: dict[str, Query] = {}

    def open(self, query_id: str, method: str) -> Query:
        """Add a query that a call of `method` will answer."""
        self._open[query_id] = query = Query(query_id, method)
        return query

    def expire(self) -> None:
        """Let all open queries be too old."""
        with self.answered:
            self._open.clear()

    def answer(self, method: str, query_id: str, params: dict[str, Any]) -> Query:
        """Answer an open query.

        Raises RefusedError.
        """
        query = self._open.get(query_id)
        if query is None or query.method != method or query.at + self.lifetime < time.monotonic():
            raise bad_request(TOO_OLD)
        del self._open[query_id]
        query.answer, query.answered_at = params, time.monotonic()
        self.answered.notify_all()
        return query

    def wait(self, query: Query, seconds: float) -> dict[str, Any]:
        """Wait until a query is answered.

        Raises AssertionError after a while.
        """
        with self.answered:
            assert self.answered.wait_for(lambda: query.answer is not None, seconds), f"Missing: {query.method}"
        assert query.answer is not None
        return query.answer


def inline_answer(params: Mapping[str, Any]) -> InlineAnswer:
    """Check the parameters of answerInlineQuery and return the results.

    Raises BreachError.
    """
    ids = [result.get("id", "") for result in params["results"]]
    if len(ids) > MAX_RESULTS:
        raise breach("RESULTS_TOO_MUCH")
    if len(set(ids)) < len(ids):
        raise breach("RESULT_ID_DUPLICATE")
    if not all(0 < len(id_.encode()) <= MAX_ID_BYTES for id_ in ids):
        raise breach("RESULT_ID_INVALID")
    button = params.get("button")
    if button and len(set(button) - {"text"}) != 1:
        raise breach("can't parse inline query results button: exactly one action is needed")
    return InlineAnswer([_result(result) for result in params["results"]], dict(params))


def _result(raw: dict[str, Any]) -> InlineResult:
    content = raw.get("input_message_content", {})
    parsed = text_of(content, "message_text") if "message_text" in content else Parsed()
    title, description = raw.get("title", ""), raw.get("description", "")
    return InlineResult(raw["id"], title, description, parsed.text, parsed.entities, keyboard_of(raw), raw)
