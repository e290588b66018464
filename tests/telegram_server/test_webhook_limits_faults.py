"""Webhooks, flood limits and faults of the tests' Bot API server."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tests.telegram_server.api_client import NO_CERTIFICATES, call, edit, request, send, sent, updates
from tests.telegram_server.chat import Chat
from tests.telegram_server.faults import ANY, error, hang, page, reset, slow
from tests.telegram_server.flood_limits import Limits
from tests.telegram_server.server import TOKEN, BotApiServer


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat()


class Receiver:
    """A bot's end of a webhook; it refuses the next `refusals` updates."""

    def __init__(self) -> None:
        self.received: list[tuple[str | None, dict[str, Any]]] = []
        self.refusals = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.received.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], update))
                receiver.refusals -= 1
                self.send_response(200 if receiver.refusals < 0 else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.http.shutdown()
    receiver.http.server_close()


def wait_until_drained(server: BotApiServer) -> None:
    with server.updates.arrived:
        assert server.updates.arrived.wait_for(lambda: server.waiting == 0, 10)


# --- webhooks


def test_a_webhook_gets_each_update_in_order_until_it_takes_it(
    server: BotApiServer, chat: Chat, receiver: Receiver
) -> None:
    chat.sends(text="old")
    receiver.refusals = 2
    hook = {"url": receiver.url, "secret_token": "s-1"}
    assert call(server, "setWebhook", **hook, allowed_updates=["message"], drop_pending_updates=True)["result"] is True
    chat.sends(text="one")
    chat.edits(chat.sends(text="two"), "unwanted")
    wait_until_drained(server)
    assert receiver.texts == ["one", "one", "one", "two"]
    assert {secret for secret, _ in receiver.received} == {"s-1"}
    info = call(server, "getWebhookInfo")["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert (info["url"], info["pending_update_count"], info["allowed_updates"]) == (receiver.url, 0, ["message"])


def test_while_a_webhook_is_set_polls_are_refused(server: BotApiServer, chat: Chat, receiver: Receiver) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(call, server, "getUpdates", timeout=10)
        server.wait_for(lambda: bool(server.called("getUpdates")))
        call(server, "setWebhook", url=receiver.url)
        assert poll.result(10)["description"] == "Conflict: terminated by setWebhook request"
    refused = call(server, "getUpdates")
    assert refused["error_code"] == 409
    assert refused["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    receiver.http.shutdown()
    receiver.http.server_close()
    chat.sends(text="later")
    assert call(server, "deleteWebhook")["result"] is True
    assert [update["message"]["text"] for update in updates(server)] == ["later"]
    assert call(server, "getWebhookInfo")["result"]["url"] == ""
    assert server.violations == []


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"url": "http://example.org/hook"}, "An HTTPS URL must be provided"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a b"}, "unallowed characters"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "x" * 257}, "secret_token is 257"),
    ],
)
def test_a_webhook_that_telegram_does_not_take_is_refused(
    server: BotApiServer, params: dict[str, Any], description: str
) -> None:
    assert description in call(server, "setWebhook", **params)["description"]
    assert len(server.violations) == 1


def test_an_update_may_come_twice_by_poll_and_by_webhook(server: BotApiServer, chat: Chat, receiver: Receiver) -> None:
    server.updates.repeat_next()
    chat.sends(text="one")
    first = call(server, "getUpdates")["result"]
    offset = first[0]["update_id"] + 1
    assert call(server, "getUpdates", offset=offset)["result"] == first
    assert call(server, "getUpdates", offset=offset)["result"] == []
    server.updates.repeat_next()
    call(server, "setWebhook", url=receiver.url)
    chat.sends(text="two")
    wait_until_drained(server)
    assert receiver.texts == ["two", "two"]


def test_a_negative_offset_forgets_all_but_the_last(server: BotApiServer, chat: Chat) -> None:
    for text in ("one", "two", "three"):
        chat.sends(text=text)
    last = call(server, "getUpdates", offset=-1)["result"]
    assert [update["message"]["text"] for update in last] == ["three"]
    assert server.waiting == 1


# --- flood limits


def test_a_message_above_the_limit_is_refused_until_retry_after(server: BotApiServer, chat: Chat) -> None:
    server.limits = Limits(chat=(1, 1.0), overall=(100, 1.0))
    first = sent(server, chat)["message_id"]
    refused = edit(server, chat, first, "edits count too")
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 1})
    assert refused["description"] == "Too Many Requests: retry after 1"
    assert call(server, "sendChatAction", chat_id=chat.id, action="typing")["ok"]
    assert send(server, server.private_chat())["ok"]
    deadline = time.monotonic() + 10
    while not edit(server, chat, first, "now")["ok"]:
        assert time.monotonic() < deadline
    assert server.floods[0].method == "editMessageText"
    assert {flood.scope for flood in server.floods} == {"chat"}
    assert server.violations == []


def test_a_group_and_all_chats_together_have_their_own_limits(server: BotApiServer, chat: Chat) -> None:
    group = server.group()
    server.limits = Limits(chat=(9, 1.0), group=(2, 60.0), overall=(4, 60.0))
    assert [send(server, group)["ok"] for _ in range(3)] == [True, True, False]
    assert [send(server, chat)["ok"] for _ in range(3)] == [True, True, False]
    assert [(flood.scope, flood.retry_after > 55) for flood in server.floods] == [("group", True), ("overall", True)]
    assert (len(group.received), len(chat.received)) == (2, 2)


# --- faults


def test_errors_come_as_json_or_as_a_page(server: BotApiServer, chat: Chat) -> None:
    server.faults.plan("sendMessage", error(500), page(502))
    server.faults.plan(ANY, error(429, "Too Many Requests: retry after 2", retry_after=2))
    first, second = (request(server, "sendMessage", chat_id=chat.id, text="x") for _ in range(2))
    assert (first.status_code, first.json()["description"]) == (500, "Internal Server Error")
    assert (second.status_code, second.headers["Content-Type"]) == (502, "text/html")
    assert call(server, "getMe")["parameters"] == {"retry_after": 2}
    assert chat.received == []
    assert send(server, chat)["ok"]
    assert [failed.method for failed in server.faults.failed] == ["sendMessage", "sendMessage", "getMe"]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_connection_breaks_or_hangs_before_or_after_the_message_is_out(
    server: BotApiServer, chat: Chat, *, accepted: bool
) -> None:
    server.faults.plan("sendMessage", reset(accepted=accepted), hang(accepted=accepted))
    with pytest.raises(httpx.NetworkError):
        send(server, chat)
    with pytest.raises(httpx.ReadTimeout):
        request(server, "sendMessage", seconds=0.1, chat_id=chat.id, text="x")
    assert send(server, chat)["ok"]
    assert len(chat.received) == (3 if accepted else 1)


def test_a_slow_answer_arrives(server: BotApiServer, chat: Chat) -> None:
    server.faults.plan("sendMessage", slow(0.2))
    started = time.monotonic()
    sent(server, chat)
    assert time.monotonic() - started >= 0.2


def test_a_share_of_calls_fails_the_same_way_each_time(server: BotApiServer) -> None:
    def run() -> tuple[int, list[bool], int]:
        chat, before = server.private_chat(), len(server.faults.failed)
        server.faults.fail_share(0.4, seed=7, accepted=None, kinds=(error(500),))
        answers = [send(server, chat)["ok"] for _ in range(50)]
        lost = [failed.fault.accepted for failed in server.faults.failed[before:]]
        assert len(chat.received) == sum(answers) + sum(lost)
        return sum(answers), lost, len(chat.received)

    passed, lost, delivered = run()
    assert 20 < passed < 40
    assert {True, False} == set(lost)
    assert run() == (passed, lost, delivered)
    server.faults.clear()
    assert send(server, server.private_chat())["ok"]


def test_a_server_that_is_down_resets_and_refuses_connections_and_comes_back_at_its_address(
    server: BotApiServer, chat: Chat
) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(call, server, "getUpdates", timeout=10)
        server.wait_for(lambda: bool(server.called("getUpdates")))
        server.down()
        with pytest.raises(httpx.TransportError):
            poll.result(10)
    with pytest.raises(httpx.ConnectError):
        send(server, chat)
    chat.sends(text="meanwhile")
    server.up()
    assert [update["message"]["text"] for update in updates(server)] == ["meanwhile"]
    assert send(server, chat)["ok"]


def test_two_hundred_chats_are_served_at_once(server: BotApiServer) -> None:
    chats = [server.private_chat(f"User {number}") for number in range(200)]

    def talk(chat: Chat) -> None:
        with httpx.Client(verify=NO_CERTIFICATES, trust_env=False) as client:
            for number in range(5):
                form = {"chat_id": str(chat.id), "text": f"{chat.id} {number}"}
                client.post(f"{server.url}/bot{TOKEN}/sendMessage", data=form)

    started = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(talk, chats))
    assert time.monotonic() - started < 30
    for chat in chats:
        assert [message.text for message in chat.replies(5)] == [f"{chat.id} {number}" for number in range(5)]
