"""A bot that is nothing but its calls, for the tests of the Bot API server itself."""

import json
from typing import Any

import httpx

from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN, BotApiServer


def call(server: BotApiServer, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
    """Call a method; returns the body of the answer."""
    answer: dict[str, Any] = request(server, method, token, **params).json()
    return answer


def request(
    server: BotApiServer, method: str, token: str = TOKEN, patience: float = 10.0, **params: Any
) -> httpx.Response:
    """Call a method.

    Raises httpx.TransportError.
    """
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    return httpx.post(f"{server.url}/bot{token}/{method}", data=form, timeout=patience, trust_env=False)


def send(server: BotApiServer, chat: Chat, text: str = "hello", **params: Any) -> dict[str, Any]:
    """Send a message to a chat."""
    return call(server, "sendMessage", **{"chat_id": chat.info["id"], "text": text, **params})


def sent(server: BotApiServer, chat: Chat, text: str = "hello", **params: Any) -> dict[str, Any]:
    """Send a message that gets through; returns it."""
    answer = send(server, chat, text, **params)
    assert answer["ok"], answer
    result: dict[str, Any] = answer["result"]
    return result


def edit(server: BotApiServer, chat: Chat, message_id: int, text: str, **params: Any) -> dict[str, Any]:
    """Change a message's text."""
    return call(server, "editMessageText", chat_id=chat.id, message_id=message_id, text=text, **params)


def updates(server: BotApiServer, **params: Any) -> list[dict[str, Any]]:
    """Fetch what waits, and confirm it."""
    fetched: list[dict[str, Any]] = call(server, "getUpdates", **params)["result"]
    if fetched:
        call(server, "getUpdates", offset=fetched[-1]["update_id"] + 1, limit=1)
    return fetched


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


MORE = {"text": "More", "callback_data": "m:1"}
