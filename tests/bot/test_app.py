"""The real application over real HTTP: questions, groups, typing, failures of the network, shutdown."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SecondInstance, StateBusy, TokenRefused
from bot.handlers.error_handler import trace
from bot.outgoing.sending import MAX_TYPING
from corpus.article import Span
from retrieval.errors import InvalidFilter, QuestionError, QuestionTooLong, UnknownName
from retrieval.types import Answer, Filters, Query
from tests.bot.running_bot import FAST, TEXT, Gated, Running, Stub, answer_to, bot
from tests.telegram_server.faults import Fault, error, page, reset
from tests.telegram_server.server import TOKEN, BotApiServer

APOLOGY = "Sorry, something went wrong and I couldn't answer. Please ask again in a minute."
UNKNOWN_COMMAND = "I don't know that command. Just write your question, or see /help."
ONLY_TEXT = "I can only read text. Please ask me in words."


# --- answers


def test_a_question_gets_its_passage_as_a_reply(server: BotApiServer) -> None:
    chat = server.private_chat("Ada")
    with bot(server):
        reply = chat.says("who met Kerry?")
    assert reply.text == (
        "He met <four> bloggers in Beijing.\n\n"
        f"Kerry & the Bloggers\n17 February 2014 · Site Default · Sangwon Yoon\n\n{TEXT}"
    )
    assert reply.links == {"Kerry & the Bloggers": "https://example.org/k"}
    assert "He met <four> bloggers in Beijing." in reply.bold[1]
    assert reply.reply_to in chat.known
    assert not reply.preview
    assert len(chat.received) == 1


def test_a_long_answer_is_one_message_whose_pages_are_turned(server: BotApiServer) -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    chat = server.private_chat()
    with bot(server, Stub(lambda question: answer_to(question, text, Span(0, 5)))):
        message = chat.says("tell me everything")
    assert len(chat.received) == 1
    assert message.text.split()[-1] in text
    assert message.labels[0] == ["page 1 of 5", "›"]


def test_no_answer_shows_no_passage(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Stub(lambda question: answer_to(question, answered=False))):
        reply = chat.says("what is the capital of France?")
    assert reply.text == (
        "Nothing in this archive answers that.\nSearched 1 article of 17 February 2014.\n\nClosest, but not an answer:"
    )
    assert reply.labels == [["Kerry & the Bloggers"], ["🔔 Tell me when something does"]]


def test_a_question_that_cannot_be_asked_is_answered_with_the_reason(server: BotApiServer) -> None:
    def refuse(_question: str) -> Answer:
        raise QuestionTooLong("Too long: <1000 & more> characters.")

    chat = server.private_chat()
    with bot(server, Stub(refuse)):
        assert chat.says("why?").text == "Too long: <1000 & more> characters."


def test_filters_reach_the_search_and_are_shown_above_the_answer(server: BotApiServer) -> None:
    stub = Stub(lambda question: replace(answer_to(question), searched=Query("who?", Filters(source="A&B"))))
    chat = server.private_chat()
    with bot(server, stub):
        reply = chat.says("/ask who? source:“A&B” sort:new")
    assert stub.questions == ["who? source:“A&B” sort:new"]
    assert reply.text.startswith('Searched for: who? source:"A&B"\n\nHe met <four> bloggers in Beijing.\n\nKerry &')


@pytest.mark.parametrize("error", [UnknownName("No source '<b>&x'."), InvalidFilter("since '<i>': no date.")])
def test_an_invalid_filter_is_answered_with_the_reason(server: BotApiServer, error: QuestionError) -> None:
    def refuse(_question: str) -> Answer:
        raise error

    chat = server.private_chat()
    with bot(server, Stub(refuse)):
        assert chat.says("who? since:<i>").text == str(error)
    # The exception holds what the user wrote: its text must not reach the log.
    assert trace(error).endswith(type(error).__name__)


def test_an_error_gives_the_user_an_apology_and_the_log_a_traceback_without_the_question(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(question: str) -> Answer:
        try:
            return answer_to(question, highlight=Span(int(question), 0))
        except ValueError as error:
            raise RuntimeError(f"worse: {question}") from error

    caplog.set_level(logging.INFO)
    chat = server.private_chat("Ada Lovelace")
    with bot(server, Stub(fail)):
        reply = chat.says("my secret question")
        assert chat.says("still there?").text == APOLOGY
    assert reply.text == APOLOGY
    assert reply.reply_to is not None
    log_text = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    assert "in fail" in log_text
    assert log_text.index("ValueError") < log_text.index("RuntimeError")
    for private in ("secret", "Ada", str(chat.info["id"]), TOKEN.partition(":")[2]):
        assert private not in log_text


def test_a_user_who_has_blocked_the_bot_is_no_error(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    chat, other = server.private_chat(), server.private_chat()
    with bot(server):
        server.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
        chat.sends(text="who?")
        server.wait_for(lambda: len(server.called("sendMessage")) == 1)
        other.says("who?")
    assert chat.received == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# --- other messages


def test_an_unknown_command_is_answered(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server):
        assert chat.says("/frobnicate").text == UNKNOWN_COMMAND


def test_ask_works_in_private_and_asks_for_a_missing_question(server: BotApiServer) -> None:
    stub = Stub()
    chat = server.private_chat()
    with bot(server, stub):
        assert chat.says("/ask").text.startswith("Please write your question")
        chat.says("/ask who  met\nKerry?")
    assert stub.questions == ["who  met\nKerry?"]


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
         | {"is_animated": False, "is_video": False}},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "caption": "who?"},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
    ],
    ids=["sticker", "voice", "photo", "location"],
)  # fmt: skip
def test_anything_but_text_gets_one_polite_line(server: BotApiServer, content: dict[str, Any]) -> None:
    chat, group = server.private_chat(), server.group()
    with bot(server):
        chat.sends(**content)
        group.sends(**content)
    assert [message.text for message in chat.received] == [ONLY_TEXT]
    assert group.received == []


def test_an_album_gets_one_line_and_a_service_message_none(server: BotApiServer) -> None:
    chat = server.private_chat()
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    with bot(server):
        for _ in range(3):
            chat.sends(photo=photo, media_group_id="album")
        chat.sends(message_auto_delete_timer_changed={"message_auto_delete_time": 60})
    assert len(chat.received) == 1


def test_a_question_sent_before_the_start_is_answered(server: BotApiServer) -> None:
    chat = server.private_chat()
    question = chat.sends(text="who met Kerry?")
    with bot(server):
        assert chat.replies(1)[0].reply_to == question
    assert all(not call.get("drop_pending_updates") for call in server.called("deleteWebhook"))
    # The first request only detects other processes, and the last one only acknowledges.
    assert all(call["timeout"] >= 10 for call in server.called("getUpdates")[:-1] if call["limit"] > 1)


# --- groups


def test_in_a_group_only_messages_addressed_to_the_bot_are_answered(server: BotApiServer) -> None:
    stub = Stub()
    group = server.group()
    from_bot = {"message_id": 1, "date": 1, "chat": group.info, "text": "an answer"}
    from_bot["from"] = {"id": 123456, "is_bot": True, "first_name": "Clippings"}
    from_user = from_bot | {"from": group.user.info}
    with bot(server, stub):
        group.sends(text="who met Kerry?")
        group.sends(text="ask @clippings_test_bot_too about it")
        group.sends(text="/help")
        group.sends(text="/ask@another_bot who?")
        group.sends(text="/frobnicate")
        group.sends(text="no idea", reply_to_message=from_user)
        group.sends(text="/ask one")
        group.sends(text="/ask@clippings_test_bot two")
        group.sends(text="@Clippings_Test_Bot, three")
        group.sends(text="four, @clippings_test_bot?")
        group.sends(text="five", reply_to_message=from_bot)
        group.sends(text="@clippings_test_bot，六呢？")
    assert sorted(stub.questions) == ["five", "four, ?", "one", "three", "two", "六呢？"]
    assert len(group.received) == 6
    assert all(message.reply_to is not None for message in group.received)


def test_help_in_a_group_is_for_the_bot_that_is_named(server: BotApiServer) -> None:
    group = server.group()
    with bot(server):
        assert "reply to one of my messages" in group.says("/help@clippings_test_bot").text


def test_an_answer_stays_in_its_topic(server: BotApiServer) -> None:
    forum, group = server.group(forum=True), server.group()
    opening = {
        "message_id": 7,
        "date": 1,
        "chat": forum.info,
        "forum_topic_created": {"name": "News", "icon_color": 1},
    }
    opening["from"] = {"id": 123456, "is_bot": True, "first_name": "Clippings"}
    topic: dict[str, Any] = {"message_thread_id": 7, "is_topic_message": True}
    stub = Gated()
    with bot(server, stub):
        forum.sends(text="/ask a slow question", **topic)
        server.wait_for(lambda: bool(forum.actions), "typing")
        stub.gate.set()
        assert forum.replies(1)[0].topic == 7
        assert forum.actions[0]["message_thread_id"] == 7
        assert group.says("/ask who?", message_thread_id=7).topic is None  # a thread of replies is no topic
        forum.sends(text="not for you", reply_to_message=opening, **topic)
    assert len(stub.questions) == 2


def test_another_bot_is_not_answered_but_an_anonymous_admin_is(server: BotApiServer) -> None:
    stub = Stub()
    group = server.group()
    robot: dict[str, Any] = {"from": {"id": 77, "is_bot": True, "first_name": "Robot"}}
    with bot(server, stub):
        group.sends(text="/ask as a robot", **robot)
        group.sends(text="/ask as an admin", sender_chat=group.info, **robot)
    assert stub.questions == ["as an admin"]


# --- typing, and messages that get lost


def test_typing_is_shown_again_and_again_and_others_are_answered_meanwhile(server: BotApiServer) -> None:
    times = replace(FAST, typing_repeat=0.05)
    stub = Gated()
    slow, quick = server.private_chat(), server.private_chat()
    with bot(server, stub, times=times):
        slow.sends(text="a slow question")
        server.wait_for(lambda: len(slow.actions) >= 3, "typing, shown three times")
        quick.says("a quick question")
        assert slow.received == []
        stub.gate.set()
        slow.replies(1)
    assert {action["action"] for action in slow.actions} == {"typing"}


def test_typing_is_shown_to_a_limited_number_of_users(server: BotApiServer) -> None:
    times = replace(FAST, typing_repeat=0.05)
    stub = Gated()
    chats = [server.private_chat() for _ in range(3 * MAX_TYPING)]
    with bot(server, stub, times=times):
        for chat in chats:
            chat.sends(text="a slow question")
        server.wait_for(lambda: any(len(chat.actions) >= 5 for chat in chats), "typing, again and again")
        assert len([chat for chat in chats if chat.actions]) == MAX_TYPING
        stub.gate.set()
        for chat in chats:
            chat.replies(1)


def test_an_answer_does_not_depend_on_typing(server: BotApiServer) -> None:
    times = replace(FAST, typing_repeat=0.01)
    stub = Gated()
    chat = server.private_chat()
    with bot(server, stub, times=times):
        server.fail_next("sendChatAction", 400, "Bad Request: not enough rights to send text messages to the chat")
        chat.sends(text="a slow question")
        server.wait_for(lambda: bool(chat.actions), "typing, tried again")
        stub.gate.set()
        assert TEXT in chat.replies(1)[0].text


def test_a_deleted_question_is_answered_all_the_same(server: BotApiServer) -> None:
    stub = Gated()
    chat = server.private_chat()
    with bot(server, stub):
        chat.deletes(chat.sends(text="a slow question"))
        stub.gate.set()
        assert chat.replies(1)[0].reply_to is None


def test_a_message_that_telegram_delays_or_loses_is_sent_again(server: BotApiServer) -> None:
    chat = server.private_chat()
    server.fail_next("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    server.fail_next("sendMessage", 502, "Bad Gateway")
    with bot(server):
        assert TEXT in chat.says("who?").text
    assert len(chat.received) == 1
    first, second, _third = server.times("sendMessage")
    assert second - first >= 1.0


def test_telegram_may_be_gone_for_a_long_time_and_the_answer_comes_when_it_is_back(server: BotApiServer) -> None:
    chat = server.private_chat()
    for _ in range(50):
        server.fail_next("sendMessage", 502, "Bad Gateway")
    with bot(server):
        assert TEXT in chat.says("who?").text
    assert len(chat.received) == 1


@pytest.mark.parametrize("fault", [error(413, "Request Entity Too Large"), error(500), page(500), page(413), page(501)])
@pytest.mark.parametrize("edit", [False, True])
def test_a_call_that_always_meets_an_http_error_is_given_up_and_its_chat_goes_on(
    server: BotApiServer, fault: Fault, caplog: pytest.LogCaptureFixture, edit: bool
) -> None:
    chat = server.private_chat()
    with bot(server):
        question = chat.sends(text="who is my secret friend?")
        chat.replies(1)
        server.faults.plan("editMessageText" if edit else "sendMessage", *[fault] * 3)
        if edit:
            chat.edits(question, "who is my other secret friend?")
        else:
            chat.sends(text="who is my other secret friend?")
        assert chat.replies(2)[1].text == APOLOGY
        assert TEXT in chat.says("and now?").text
    assert len(server.faults.failed) == 3
    assert "An update could not be processed." in caplog.text
    assert "secret" not in caplog.text


def test_while_telegram_is_out_of_order_no_message_is_given_up(server: BotApiServer) -> None:
    """It then responds to every call with an HTTP error."""
    chat = server.private_chat()
    with bot(server):
        server.wait_for(lambda: len(server.called("setMyCommands")) == 5, "a menu in every language")
        for method in ("sendMessage", "getMe"):
            server.faults.plan(method, *[error(500)] * 10)
        assert TEXT in chat.says("who?").text
    assert len(chat.received) == 1


def test_an_http_error_or_two_do_not_stop_a_message(server: BotApiServer) -> None:
    chat = server.private_chat()
    server.faults.plan("sendMessage", error(500), reset(), page(413), *[page(502)] * 5, reset())
    with bot(server):
        assert TEXT in chat.says("who?").text
    assert len(chat.received) == 1


def test_updates_are_fetched_although_telegram_restarts_its_numbering(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.updates.polling.POLL_SECONDS", 1)
    chat, numbers = server.private_chat(), iter(range(7, 100))
    with bot(server):
        chat.says("who?")
        polls = len(server.called("getUpdates"))
        # A poll that brings nothing, and the one after it.
        server.wait_for(lambda: len(server.called("getUpdates")) > polls + 1, "a quiet time")
        server.updates._next_id = lambda: next(numbers)
        assert TEXT in chat.says("whom?").text
        assert TEXT in chat.says("whose?").text
    assert len(chat.received) == 3


def test_a_message_that_telegram_refuses_is_given_up_and_logged(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    chat = server.private_chat()
    for _ in range(2):
        server.fail_next("sendMessage", 400, "Bad Request: not enough rights to send text messages to the chat")
    with bot(server):
        chat.sends(text="who?")
        server.wait_for(lambda: len(server.called("sendMessage")) == 2)
        assert TEXT in chat.says("and now?").text
    assert "The apology could not be sent either (BadRequest)." in caplog.text


# --- start and end


def test_a_question_in_progress_is_answered_before_the_bot_stops_and_only_once(
    server: BotApiServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = Gated()

    def open_gate(record: logging.LogRecord) -> None:
        if "Stopping" in record.getMessage():
            stub.gate.set()

    chat = server.private_chat()
    with bot(server, stub) as running:
        chat.sends(text="a slow question")
        server.wait_for(lambda: bool(chat.actions), "the question under way")
        caplog.set_level(logging.INFO)
        monkeypatch.setattr(caplog.handler, "emit", open_gate)
        running.stop()
    assert len(chat.received) == 1
    assert stub.closed
    assert server.waiting == 0
    with bot(server):
        chat.says("another one")
    assert len(chat.received) == 2


def test_the_bot_waits_for_telegram_to_come_back(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for method in ("getMe", "getWebhookInfo", "setMyCommands", "getUpdates"):
        server.fail_next(method, 502, "Bad Gateway")
    server.fail_next("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1)
    with bot(server):
        assert TEXT in server.private_chat().says("who?").text
    assert caplog.text.count("No answer from Telegram (NetworkError); trying again") == 3
    assert "The menu of commands could not be set (NetworkError)." in caplog.text


def test_a_second_instance_ends_and_the_first_continues(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server) as first:
        chat.says("are you there?")
        with pytest.raises(StateBusy, match=r"Another bot is running on bot\.db"):
            Running(server, Stub())
        second = Running(server, Stub(), state=Path("another.db"))
        second.wait()
        second.stop()
        assert isinstance(second.error, SecondInstance)
        assert TEXT in chat.says("still there?").text
    assert first.error is None


def test_a_token_that_is_revoked_ends_the_bot(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server) as running:
        chat.says("are you there?")
        server.wait_for(lambda: "offset" in server.called("getUpdates")[-1], "the next poll")
        server.fail_next("getUpdates", 401, "Unauthorized")
        chat.says("who?")
        running.wait()
    assert isinstance(running.error, TokenRefused)
    assert TOKEN.partition(":")[2] not in str(running.error)
    assert running.error.__cause__ is None
