"""Calls of the Bot API, for the tests of the server itself."""

import json
import ssl
from typing import Any

import httpx

from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN, BotApiServer

# A client reads all certificates at its start, for 40 ms. The server speaks no TLS: this context has none.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def call(server: BotApiServer, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
    """Call a method; returns the body of the answer."""
    answer: dict[str, Any] = request(server, method, token, **params).json()
    return answer


def request(
    server: BotApiServer, method: str, token: str = TOKEN, seconds: float = 10.0, **params: Any
) -> httpx.Response:
    """Call a method; returns the HTTP response.

    Raises httpx.TransportError.
    """
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    with httpx.Client(verify=NO_CERTIFICATES, timeout=seconds, trust_env=False) as client:
        return client.post(f"{server.url}/bot{token}/{method}", data=form)


def send(server: BotApiServer, chat: Chat, text: str = "hello", **params: Any) -> dict[str, Any]:
    """Send a message to a chat."""
    return call(server, "sendMessage", **{"chat_id": chat.info["id"], "text": text, **params})


def sent(server: BotApiServer, chat: Chat, text: str = "hello", **params: Any) -> dict[str, Any]:
    """Send a message that must be accepted; returns it."""
    answer = send(server, chat, text, **params)
    assert answer["ok"], answer
    result: dict[str, Any] = answer["result"]
    return result


def edit(server: BotApiServer, chat: Chat, message_id: int, text: str, **params: Any) -> dict[str, Any]:
    """Change a message's text."""
    return call(server, "editMessageText", chat_id=chat.id, message_id=message_id, text=text, **params)


def updates(server: BotApiServer, **params: Any) -> list[dict[str, Any]]:
    """Fetch the updates that wait, and confirm them."""
    fetched: list[dict[str, Any]] = call(server, "getUpdates", **params)["result"]
    if fetched:
        call(server, "getUpdates", offset=fetched[-1]["update_id"] + 1, limit=1)
    return fetched


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


MORE = {"text": "More", "callback_data": "m:1"}
