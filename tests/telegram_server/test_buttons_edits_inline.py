"""Buttons, edits and inline queries of the tests' Bot API server are as Telegram's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.telegram_server.api_client import MORE, call, edit, keyboard, send, sent, updates
from tests.telegram_server.chat import Chat
from tests.telegram_server.messages import BOT
from tests.telegram_server.queries import TOO_OLD, Notice
from tests.telegram_server.server import BotApiServer


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat("Ada", language="zh-hans")


def article(id_: str = "1", text: str = "<b>shared</b>") -> dict[str, Any]:
    content = {"message_text": text, "parse_mode": "HTML"}
    return {"type": "article", "id": id_, "title": "Title", "input_message_content": content}


def answer(server: BotApiServer, query_id: str, **params: Any) -> dict[str, Any]:
    return call(server, "answerCallbackQuery", callback_query_id=query_id, **params)


# --- buttons


def test_a_tap_comes_with_the_message_of_its_button_and_the_message_that_it_replies_to(
    server: BotApiServer, chat: Chat
) -> None:
    question = chat.sends(text="who met Kerry?")
    reply = {"message_id": question}
    message = sent(server, chat, "<b>He</b>", parse_mode="HTML", reply_parameters=reply, reply_markup=keyboard([MORE]))
    chat.edits(question, "who met Kerry, really?")
    chat.presses(chat.received[0], "More")
    chat.presses(chat.received[0], "More", inaccessible=True)
    chat.deletes(question)
    chat.presses(chat.received[0], "More")
    first, second, third = (update["callback_query"] for update in updates(server) if "callback_query" in update)
    assert (first["data"], first["from"]["language_code"]) == ("m:1", "zh-hans")
    assert first["message"]["reply_to_message"]["text"] == "who met Kerry, really?"
    assert "edit_date" in first["message"]["reply_to_message"]
    shown = {name: value for name, value in first["message"].items() if name != "reply_to_message"}
    assert shown == {name: value for name, value in message.items() if name != "reply_to_message"}
    assert (shown["from"], shown["text"], shown["reply_markup"]) == (BOT, "He", keyboard([MORE]))
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert second["message"] == {"chat": chat.info, "message_id": message["message_id"], "date": 0}
    assert "reply_to_message" not in third["message"]
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_a_tap_waits_for_its_answer_which_can_be_given_once(server: BotApiServer, chat: Chat) -> None:
    sent(server, chat, reply_markup=keyboard([MORE]))
    with ThreadPoolExecutor() as pool:
        tapped = pool.submit(chat.taps, chat.received[0], "More")
        (update,) = updates(server, timeout=10)
        edit(server, chat, chat.received[0].id, "changed")
        assert answer(server, update["callback_query"]["id"], text="Done", show_alert=True)["result"] is True
        assert tapped.result(10).text == "changed"
    assert chat.notices == [Notice("Done", alert=True)]
    assert answer(server, update["callback_query"]["id"])["description"] == f"Bad Request: {TOO_OLD}"
    assert answer(server, "1")["description"] == f"Bad Request: {TOO_OLD}"
    assert server.violations == []


def test_a_tap_without_an_answer_becomes_too_old_and_an_impossible_tap_fails(server: BotApiServer, chat: Chat) -> None:
    link = {"text": "Source", "url": "https://example.org"}
    sent(server, chat, reply_markup=keyboard([MORE], [link]))
    query = chat.presses(chat.received[0], "More")
    server.queries.lifetime = 0.0
    assert answer(server, query.id)["description"] == f"Bad Request: {TOO_OLD}"
    server.queries.lifetime = 60.0
    query = chat.presses(chat.received[0], "Mor")
    server.queries.expire()
    assert answer(server, query.id)["description"] == f"Bad Request: {TOO_OLD}"
    server.wait_seconds = 0.01
    with pytest.raises(AssertionError, match="answerCallbackQuery"):
        chat.taps(chat.received[0], "More")
    for label in ("Source", "Less"):
        with pytest.raises(AssertionError):
            chat.presses(chat.received[0], label)


@pytest.mark.parametrize(
    ("row", "description"),
    [
        ([{"text": "x"}], "exactly one action"),
        ([MORE | {"url": "https://example.org"}], "exactly one action"),
        ([{"text": " ", "callback_data": "x"}], "must be non-empty"),
        ([{"text": "x", "url": "https://"}], "Wrong HTTP URL"),
        ([{"text": "x", "callback_data": "汉" * 22}], "is 66, not 1 to 64 bytes"),
        ([MORE] * 9, "too long"),
    ],
)
def test_buttons_that_telegram_does_not_take_are_refused(
    server: BotApiServer, chat: Chat, row: list[dict[str, Any]], description: str
) -> None:
    assert description in send(server, chat, reply_markup=keyboard(row))["description"]
    assert len(server.violations) == 1
    assert chat.received == []


# --- edits


def test_an_edit_changes_the_shown_message_and_its_versions_stay(server: BotApiServer, chat: Chat) -> None:
    first = sent(server, chat, "one", reply_markup=keyboard([MORE]))["message_id"]
    sent(server, chat, "two")
    before = chat.message(first)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(chat.waits_for_edit, before)
        result = edit(server, chat, first, "<i>1</i>", parse_mode="HTML")["result"]
        assert waiting.result(10).text == "1"
    assert result["entities"] == [{"type": "italic", "offset": 0, "length": 1}]
    assert "reply_markup" not in result  # an edit without buttons takes them away
    assert call(server, "editMessageReplyMarkup", chat_id=chat.id, message_id=first, reply_markup=keyboard([MORE]))[
        "ok"
    ]
    assert [(message.text, message.labels, message.version) for message in chat.versions(first)] == [
        ("one", [["More"]], 0),
        ("1", [], 1),
        ("1", [["More"]], 2),
    ]
    assert [message.text for message in chat.received] == ["1", "two"]


def test_an_edit_that_changes_nothing_or_is_not_the_bots_to_make_is_refused(server: BotApiServer, chat: Chat) -> None:
    question, first = chat.sends(text="?"), sent(server, chat, "one", reply_markup=keyboard([MORE]))["message_id"]
    description = edit(server, chat, first, "one", reply_markup=keyboard([MORE]))["description"]
    assert description.startswith(
        "Bad Request: message is not modified: specified new message content and reply markup are"
    )
    assert edit(server, chat, first, "one")["ok"]
    assert edit(server, chat, 9, "x")["description"] == "Bad Request: message to edit not found"
    assert server.violations == []
    assert edit(server, chat, first, "<b>", parse_mode="HTML")["ok"] is False
    assert edit(server, chat, first, "x" * 4097)["ok"] is False
    assert edit(server, chat, question, "x")["description"] == "Bad Request: message can't be edited"
    assert len(server.violations) == 3


def test_a_deleted_message_is_gone_but_was_delivered(server: BotApiServer, chat: Chat) -> None:
    first = sent(server, chat)["message_id"]
    assert call(server, "deleteMessage", chat_id=chat.id, message_id=first)["result"] is True
    assert (len(chat.received), chat.shown) == (1, [])
    gone = call(server, "deleteMessage", chat_id=chat.id, message_id=first)["description"]
    assert gone == "Bad Request: message to delete not found"
    assert edit(server, chat, first, "x")["description"] == "Bad Request: message to edit not found"
    group = server.group()
    theirs = group.sends(text="x")
    assert "can't be deleted" in call(server, "deleteMessage", chat_id=group.id, message_id=theirs)["description"]


def test_an_edited_question_comes_again_with_its_new_text(server: BotApiServer, chat: Chat) -> None:
    chat.edits(chat.sends(text="/ask one"), "two")
    channel = server.channel()
    channel.edits(channel.sends(text="news"), "newer")
    _, second, third, fourth = updates(server)
    assert second["edited_message"]["text"] == "two"
    assert "entities" not in second["edited_message"]
    assert "from" not in third["channel_post"]
    assert fourth["edited_channel_post"]["text"] == "newer"


# --- inline


def test_inline_results_reach_the_user_and_can_be_shared(server: BotApiServer, chat: Chat) -> None:
    with ThreadPoolExecutor() as pool:
        answered = pool.submit(chat.user.inline, "who met Kerry?")
        (update,) = updates(server, timeout=10)
        query = update["inline_query"]
        results = [article("1"), article("2") | {"reply_markup": keyboard([MORE])}]
        assert call(server, "answerInlineQuery", inline_query_id=query["id"], results=results, next_offset="2")["ok"]
        shown = answered.result(10)
    assert (query["query"], query["from"]["language_code"]) == ("who met Kerry?", "zh-hans")
    assert [(result.id, result.text, len(result.entities), len(result.buttons)) for result in shown.results] == [
        ("1", "shared", 1, 0),
        ("2", "shared", 1, 1),
    ]
    assert (shown.next_offset, shown.button) == ("2", None)
    chat.shares(shown.results[1])
    (update,) = updates(server)
    assert (update["message"]["via_bot"], update["message"]["text"]) == (BOT, "shared")
    again = call(server, "answerInlineQuery", inline_query_id=query["id"], results=[])
    assert again["description"] == f"Bad Request: {TOO_OLD}"
    assert server.violations == []


@pytest.mark.parametrize(
    ("results", "description"),
    [
        ([article(str(number)) for number in range(51)], "RESULTS_TOO_MUCH"),
        ([article(), article()], "RESULT_ID_DUPLICATE"),
        ([article("é" * 33)], "RESULT_ID_INVALID"),
        ([article(text="<b>x")], "can't parse entities"),
        ([article(text="x" * 4097)], "message is too long"),
        ([article() | {"colour": "red"}], "colour is unknown"),
    ],
)
def test_inline_results_that_telegram_does_not_take_are_refused(
    server: BotApiServer, chat: Chat, results: list[dict[str, Any]], description: str
) -> None:
    query = chat.user.types_inline("?")
    assert description in call(server, "answerInlineQuery", inline_query_id=query.id, results=results)["description"]
    assert query.answer is None
    long = article(text="<b>" + "&amp;" * 4096 + "</b>")  # counted after parsing
    assert call(server, "answerInlineQuery", inline_query_id=query.id, results=[long])["ok"]
