"""Messages with several questions: each is answered, three at most, and the rest are named."""

import time

import pytest

from bot.several_questions import questions_in
from tests.bot.running_bot import Stub, bot
from tests.telegram_server.server import BotApiServer


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Who met Kerry? And where?", ["Who met Kerry?", "And where?"]),
        ("Who won? Who won? Who lost?", ["Who won?", "Who lost?"]),
        ("Who won? Who won?", ["Who won?"]),
        ("Was he freed??? When?", ["Was he freed???", "When?"]),
        ("1) Who is the mayor?\n2) What did they find?", ["Who is the mayor?", "What did they find?"]),
        (
            "When will the train run, and what does a berth cost?",
            ["When will the train run?", "what does a berth cost?"],
        ),
        ("谁见了克里？许志永怎么了？", ["谁见了克里？", "许志永怎么了？"]),
        ("谁赢了女子比赛?市长是谁?", ["谁赢了女子比赛?", "市长是谁?"]),
        ("Q1: who won? Q2: who lost?", ["who won?", "who lost?"]),
        ("من هو؟ أين؟", ["من هو؟", "أين؟"]),
        ("Who met Kerry? Where? since:2014", ["Who met Kerry? since:2014", "Where? since:2014"]),
        ("It rained. Who met him? Where? Please tell me.", ["It rained. Who met him?", "Where? Please tell me."]),
    ],
)
def test_each_question_ends_with_its_mark(text: str, questions: list[str]) -> None:
    assert questions_in(text) == questions


@pytest.mark.parametrize(
    "text",
    [
        "Who met Kerry?",
        "who met kerry",
        'What does "Who are you?" mean?',
        "What is the song “Where is she?” about?",
        "Who met Kerry, and when?",
        "Ann asked, and what did he say to her?",
        "https://example.org/?a=b is that it?",
        "I read about Kerry. Who met him? Please tell me.",
        "???",
        "",
    ],
)
def test_one_question_stays_as_it_is(text: str) -> None:
    assert questions_in(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "?" * 4096,
        "a? " + "a:" * 2000 + "(",
        "a? " + "a:a " * 1000 + "(",
        "“" * 4096,
        "(" * 4096,
        ", and who " * 400,
        "?)" * 2000,
    ],
)
def test_hostile_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    questions_in(text)
    assert time.process_time() - start < 2  # it takes tenths of a second at most


def test_each_question_is_answered_and_goes_on_from_the_one_before(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.sends(text="Who met Kerry? And where?")
        replies = chat.replies(2)
    assert stub.questions[-2:] == ["Who met Kerry?", "And where?"]
    assert stub.previous_questions[-2:] == [None, "Who met Kerry?"]
    assert [reply.marked("code") for reply in replies] == [["Who met Kerry?"], ["And where?"]]


def test_more_than_three_are_named_and_asked_by_a_tap(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    long = "What about " + "a very " * 30 + "long one?"
    with bot(server, stub):
        chat.sends(text=f"Who? One? Two? Three? {long}")
        left = chat.replies(4)[-1]
        assert left.text == f"I answer three questions at a time. These are left:\n• Three?\n• {long}"
        assert left.labels == [["Three?"]]
        chat.taps(left, "Three?")
        chat.replies(5)
    assert stub.questions[-1] == "Three?"


def test_an_edit_changes_adds_and_removes_answers(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        first = chat.says("Who met Kerry?")
        assert first.reply_to is not None
        chat.edits(first.reply_to, "Who met Kerry? And where?")
        chat.replies(2)
        assert chat.waits_for_edit(first).marked("code") == ["Who met Kerry?"]
        second = chat.received[1]
        assert second.marked("code") == ["And where?"]
        chat.edits(first.reply_to, "Who met Kerry?")
        chat.wait_for(lambda: second.id not in chat.known, "one answer less")
    assert [message.id for message in chat.shown] == [first.id]


def test_the_limit_ends_the_answers_of_one_message_too(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub, a_minute=2):
        chat.sends(text="Who? Where? When?")
        assert chat.replies(3)[-1].text.startswith("That was a lot of questions")
    assert stub.questions[-2:] == ["Who?", "Where?"]
