"""The tests' Bot API server refuses what Telegram's would refuse."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.telegram_server.api_client import call, send
from tests.telegram_server.chat import Chat
from tests.telegram_server.html import CannotParseError, parse
from tests.telegram_server.server import TOKEN, BotApiServer


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat()


def post(url: str, body: bytes, content_type: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.post(
        url, content=body, headers={"Content-Type": content_type}, trust_env=False
    ).json()
    return answer


def button(data: object) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "More", "callback_data": data}]]}}


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"chat_id": 1}, "sendMessage.text is missing"),
        ({"colour": "red"}, "sendMessage.colour is unknown"),
        ({"chat_id": [1]}, "sendMessage.chat_id is no"),
        ({"message_thread_id": "one"}, "message_thread_id is no Integer"),
        ({"message_thread_id": None}, "message_thread_id is no Integer"),
        ({"protect_content": "yes"}, "protect_content is no Boolean"),
        ({"reply_parameters": 5}, "reply_parameters is no ReplyParameters"),
        ({"reply_parameters": {}}, "reply_parameters.message_id is missing"),
        ({"link_preview_options": {"disabled": True}}, "link_preview_options.disabled is unknown"),
        (button(5), "reply_markup.inline_keyboard[0][0].callback_data is no String"),
        (button("é" * 33), "callback_data is 66, not 1 to 64 bytes"),
    ],
)
def test_a_message_that_the_bot_api_does_not_allow_is_refused_and_recorded(
    server: BotApiServer, params: dict[str, Any], description: str
) -> None:
    text = {} if params == {"chat_id": 1} else {"text": "hello"}
    refused(server, "sendMessage", {"chat_id": 1, **text, **params}, description)


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("frobnicate", {}, "method frobnicate"),
        ("setMyCommands", {"commands": {"command": "ask"}}, "setMyCommands.commands is no array"),
        ("setMyCommands", {"commands": [{"command": "ask"}]}, "commands[0].description is missing"),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "x"}]}, "is 33, not 1 to 32"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat", "chat": 1}}, "chat is unknown"),
        ("getUpdates", {"limit": 101}, "limit is 101, not 1 to 100 value"),
        ("sendLocation", {"chat_id": 1, "latitude": "north", "longitude": 2}, "latitude is no Float"),
    ],
)
def test_a_call_that_the_bot_api_does_not_allow_is_refused_and_recorded(
    server: BotApiServer, method: str, params: dict[str, Any], description: str
) -> None:
    refused(server, method, params, description)


def refused(server: BotApiServer, method: str, params: dict[str, Any], description: str) -> None:
    answer = call(server, method, **params)
    assert answer["ok"] is False
    assert description in answer["description"]
    assert server.violations == [answer["description"]]


def test_a_call_that_the_bot_api_allows_is_accepted(server: BotApiServer, chat: Chat) -> None:
    keyboard = {"inline_keyboard": [[{"text": "More", "callback_data": "é" * 32}]]}
    assert send(server, chat, message_thread_id=None, reply_markup=keyboard)["ok"] is False  # null is no Integer
    server.violations.clear()
    assert send(server, chat, reply_markup=keyboard)["result"]["text"] == "hello"
    assert call(server, "setmycommands", commands=[], scope={"type": "chat", "chat_id": 1})["result"] is True
    assert call(server, "sendLocation", chat_id="@news", latitude=1, longitude=2.5)["result"] is True
    assert server.violations == []


def test_json_and_multipart_bodies_are_read_too(server: BotApiServer, chat: Chat) -> None:
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    content = json.dumps({"chat_id": chat.info["id"], "text": "5"}).encode()
    assert post(url, content, "application/json")["result"]["text"] == "5"
    parts = {"chat_id": str(chat.info["id"]), "text": "schön 😀"}
    body = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    answer = post(url, f"{body}--edge--\r\n".encode(), "multipart/form-data; boundary=edge")
    assert answer["result"]["text"] == "schön 😀"


@pytest.mark.parametrize(("token", "code"), [("1:other", 401), ("nonsense", 404)])
def test_another_token_is_refused_as_telegram_does(server: BotApiServer, token: str, code: int) -> None:
    assert call(server, "getMe", token)["error_code"] == code
    assert call(server, "getMe")["result"]["username"] == "clippings_test_bot"


@pytest.mark.parametrize(
    ("html", "description"),
    [
        ("<x>text</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>text", 'Can\'t find end tag corresponding to start tag "b"'),
        ("text</b>", "Unexpected end tag at byte offset 4"),
        ("<b><i>text</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ('<a href="x>text</a>', "Unclosed start tag at byte offset 0"),
        ("<span>text</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<blockquote><blockquote>text</blockquote></blockquote>", "can't be nested"),
    ],
)
def test_html_that_telegram_cannot_parse_is_refused(
    server: BotApiServer, chat: Chat, html: str, description: str
) -> None:
    answer = send(server, chat, html, parse_mode="HTML")
    assert answer["error_code"] == 400
    assert answer["description"].startswith("Bad Request: can't parse entities: ")
    assert description in answer["description"]
    assert len(server.violations) == 1
    assert chat.received == []


def test_html_becomes_text_and_entities_counted_in_utf_16() -> None:
    html = (
        " 😀 <b>A &amp; <i>B</i></b> &lt;&#1080;&#x1F600;&nbsp;> <a href='http://x/?a=1&amp;b=2'>C</a>"
        '<span class="tg-spoiler">D</span><blockquote expandable>E</blockquote> '
    )
    parsed = parse(html)
    assert parsed.text == "😀 A & B <и😀&nbsp;> CDE"
    assert parsed.entities == [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "italic", "offset": 7, "length": 1},
        {"type": "text_link", "url": "http://x/?a=1&b=2", "offset": 21, "length": 1},
        {"type": "spoiler", "offset": 22, "length": 1},
        {"type": "expandable_blockquote", "offset": 23, "length": 1},
    ]


def test_an_empty_tag_marks_nothing() -> None:
    assert parse("a<b></b>").entities == []
    with pytest.raises(CannotParseError):
        parse("a<>b")


def test_length_is_counted_after_parsing_in_utf_16(server: BotApiServer, chat: Chat) -> None:
    assert send(server, chat, "<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")["ok"] is True
    assert send(server, chat, "😀" * 2048)["ok"] is True
    assert server.violations == []
    for text in ("x" * 4097, "😀" * 2049):
        assert send(server, chat, text)["description"] == "Bad Request: message is too long"
    for text, mode in ((" \n", {}), ("<b> </b>", {"parse_mode": "HTML"})):
        assert send(server, chat, text, **mode)["description"] == "Bad Request: message text is empty"
    assert len(server.violations) == 4


def test_entities_beyond_a_hundred_are_dropped_and_entities_outside_of_the_text_are_refused(
    server: BotApiServer, chat: Chat
) -> None:
    assert len(send(server, chat, "<b>x</b> " * 101, parse_mode="HTML")["result"]["entities"]) == 100
    outside = [{"type": "bold", "offset": 3, "length": 3}]
    assert "outside of the text" in send(server, chat, "hello", entities=outside)["description"]


def test_an_error_in_the_server_itself_is_recorded_too(server: BotApiServer) -> None:
    with pytest.raises(httpx.TransportError):
        post(f"{server.url}/bot{TOKEN}/getMe", b"no JSON", "application/json")
    assert "itself failed: JSONDecodeError" in server.violations[0]
    assert "chat not found" in call(server, "editMessageText", text="x")["description"]


def test_a_missing_chat_message_or_topic_is_refused(server: BotApiServer, chat: Chat) -> None:
    assert call(server, "sendMessage", chat_id=999, text="x")["description"] == "Bad Request: chat not found"
    gone = chat.sends(text="soon gone")
    chat.deletes(gone)
    reply = {"message_id": gone}
    assert "to be replied not found" in send(server, chat, reply_parameters=reply)["description"]
    assert send(server, chat, reply_parameters=reply | {"allow_sending_without_reply": True})["ok"] is True
    assert "message thread not found" in send(server, chat, message_thread_id=5)["description"]


def test_updates_come_in_order_until_they_are_confirmed(server: BotApiServer, chat: Chat) -> None:
    for text in ("one", "two", "three"):
        chat.sends(text=text)
    first = call(server, "getUpdates", limit=2)["result"]
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert call(server, "getUpdates", limit=2)["result"] == first
    rest = call(server, "getUpdates", offset=first[-1]["update_id"] + 1)["result"]
    assert [update["message"]["text"] for update in rest] == ["three"]
    assert server.waiting == 1


def test_only_the_requested_kinds_of_updates_are_delivered(server: BotApiServer, chat: Chat) -> None:
    call(server, "getUpdates", allowed_updates=["message"])
    chat.sends(kind="edited_message", text="edited")
    chat.sends(text="new")
    (update,) = call(server, "getUpdates")["result"]
    assert update["message"]["text"] == "new"


def test_a_long_poll_waits_for_an_update_and_is_ended_by_another_poll(server: BotApiServer, chat: Chat) -> None:
    answers: list[dict[str, Any]] = []

    def poll() -> None:
        answers.append(call(server, "getUpdates", timeout=10))

    first = threading.Thread(target=poll)
    first.start()
    server.wait_for(lambda: len(server.called("getUpdates")) == 1)
    second = threading.Thread(target=poll)
    second.start()
    first.join(10)
    assert answers[0]["error_code"] == 409
    assert answers[0]["description"].startswith("Conflict: terminated by other getUpdates request")
    chat.sends(text="news")
    second.join(10)
    assert answers[1]["result"][0]["message"]["text"] == "news"


def test_a_planned_fault_happens_once_and_only_to_its_method(server: BotApiServer, chat: Chat) -> None:
    server.fail_next("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
    assert call(server, "getMe")["ok"] is True
    fault = send(server, chat)
    assert (fault["error_code"], fault["parameters"]) == (429, {"retry_after": 3})
    assert send(server, chat)["ok"] is True
    assert server.violations == []


def test_commands_and_mentions_are_marked_as_telegram_does(server: BotApiServer, chat: Chat) -> None:
    chat.sends(text="😀 @one_bot and /ask@two_bot or mail@example")
    (update,) = call(server, "getUpdates")["result"]
    assert update["message"]["entities"] == [
        {"type": "bot_command", "offset": 16, "length": 12},
        {"type": "mention", "offset": 3, "length": 8},
    ]
