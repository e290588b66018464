"""Updates received by webhook."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bot.errors import WebhookRefused
from bot.updates.webhook import MAX_BODY_BYTES, SECRET_HEADER
from tests.bot.running_bot import TEXT, Running, Stub
from tests.telegram_server.server import BotApiServer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(server: BotApiServer, stub: Stub | None = None, **more: Any) -> Iterator[tuple[Running, str]]:
    """Run a bot that has set its webhook."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/from-telegram"
    before = len(server.called("setWebhook"))
    running = Running(server, stub or Stub(), webhook_url=url, webhook_listen=f"127.0.0.1:{port}", **more)
    try:
        server.wait_for(lambda: len(server.called("setWebhook")) > before, "a webhook")
        yield running, url
        server.wait_for(lambda: server.waiting == 0, "updates that are delivered")
        running.idle()
    finally:
        running.stop()


def update(number: int, text: str = "who met Kerry?") -> dict[str, object]:
    message = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": text}
    return {"update_id": number, "message": message}


def test_questions_are_answered_by_webhook(server: BotApiServer) -> None:
    chat, group = server.private_chat(), server.group()
    with listening(server):
        assert TEXT in chat.says("who met Kerry?").text
        assert TEXT in group.says("/ask who met Kerry?").text
        chat.presses(chat.received[0], "👍")
        after = chat.waits_for_edit(chat.received[0])
    assert "Undo 👍" in str(after.labels)
    # The bot polls only at its start, to detect another process.
    assert all(call["limit"] == 1 and "offset" not in call for call in server.called("getUpdates"))
    (webhook_call,) = server.called("setWebhook")
    assert not webhook_call.get("drop_pending_updates")
    assert len(webhook_call["secret_token"]) >= 32


def test_requests_without_the_secret_are_refused(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stub = Stub()
    with listening(server, stub) as (running, url):
        (webhook_call,) = server.called("setWebhook")
        good = {SECRET_HEADER: webhook_call["secret_token"]}
        for headers in (
            {},
            {SECRET_HEADER: "wrong"},
            {SECRET_HEADER: webhook_call["secret_token"] + "x"},
            {SECRET_HEADER: "ä".encode()},
        ):
            reply = httpx.post(url, json=update(1), headers=headers)  # type: ignore[arg-type]
            assert (reply.status_code, reply.text) == (403, "")
        assert httpx.get(url, headers=good).status_code == 405
        assert httpx.post(url, content=b"{", headers=good).status_code == 400
        assert httpx.post(url, content=b"\xff\xfe", headers=good).status_code == 400
        big = json.dumps(update(2, "x" * MAX_BODY_BYTES)).encode()
        with pytest.raises(httpx.HTTPError):
            httpx.post(url, content=big, headers=good).raise_for_status()
        assert httpx.post(url, json=[], headers=good).status_code == 200  # no update, and no use in sending it again
        assert running.bot.pending_updates.pending() == []
    assert stub.questions == []
    log_text = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    assert "HTTPError" in log_text
    assert webhook_call["secret_token"] not in log_text


def test_an_update_sent_twice_is_answered_once(server: BotApiServer) -> None:
    chat = server.private_chat()
    stub = Stub()
    with listening(server, stub):
        server.updates.repeat_next(1)
        chat.says("who met Kerry?")
    assert stub.questions == ["who met Kerry?"]
    assert len(chat.received) == 1


def test_updates_sent_while_no_bot_ran_are_answered_by_polling_later(server: BotApiServer) -> None:
    chat = server.private_chat()
    with listening(server):
        chat.says("one?")
    chat.sends(text="two?")
    with listening(server):
        chat.replies(2)
    chat.sends(text="three?")
    running = Running(server, Stub())
    try:
        chat.replies(3)
    finally:
        running.stop()
    assert len(chat.received) == 3


def test_an_address_that_telegram_refuses_is_reported(server: BotApiServer) -> None:
    server.fail_next("setWebhook", 400, "Bad Request: bad webhook: HTTPS url must be provided for webhook")
    running = Running(server, Stub(), webhook_url="http://example.org/", webhook_listen=f"127.0.0.1:{free_port()}")
    running.wait()
    running.stop()
    assert isinstance(running.error, WebhookRefused)
    assert "bot.webhook_url" in str(running.error)


@pytest.mark.parametrize("listen", ["127.0.0.1:taken", "127.0.0.1", "127.0.0.1:99999", "nowhere.invalid:80"])
def test_an_address_where_the_bot_cannot_listen_is_reported(server: BotApiServer, listen: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        place = listen.replace("taken", str(listener.getsockname()[1]))
        running = Running(server, Stub(), webhook_url="https://example.org/", webhook_listen=place)
        running.wait()
        running.stop()
    assert isinstance(running.error, WebhookRefused)
    assert "bot.webhook_listen" in str(running.error)
