"""Who may ask, who gets a refusal, and how often a user may ask."""

from dataclasses import replace

import pytest

from bot.access import Access
from bot.question_limit import MINUTE, QuestionLimit
from retrieval.types import Answer
from tests.bot.running_bot import TEXT, Running, Stub, answer_to, bot
from tests.telegram_server.server import BotApiServer

NO = "This archive is private. Its owner can let you in."
ANSWER = "He met <four> bloggers in Beijing."


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def settled(server: BotApiServer, running: Running) -> None:
    server.wait_for(lambda: server.waiting == 0)
    running.idle()


# --- who may ask


def test_a_public_bot_answers_everybody() -> None:
    assert Access().may_ask(1)
    assert Access(admins=[1]).may_ask(2, 3)
    assert not Access().is_admin(1)


def test_a_private_bot_answers_listed_admins_users_and_groups() -> None:
    access = Access(admins=[1], users=[2, -3], public=False)
    assert [access.may_ask(id_, 9) for id_ in (1, 2, 4, None)] == [True, True, False, False]
    assert access.may_ask(4, -3)
    assert [access.is_admin(id_) for id_ in (1, 2, None)] == [True, False, False]


def test_a_stranger_gets_a_refusal_with_their_id_in_private(server: BotApiServer) -> None:
    stub, chat, chinese = Stub(), server.private_chat(), server.private_chat("小明", language="zh-hans")
    with bot(server, stub, access=Access(public=False)):
        for text in ("who met Kerry?", "/start", "/watch who met Kerry?"):
            assert chat.says(text).text == f"{NO} Your Telegram id is {chat.id}."
        assert str(chinese.id) in chinese.says("who met Kerry?").text
        question = chat.received[0].reply_to
        assert question is not None
        chat.edits(question, "who met Kerry then?")
        assert chat.replies(4)[3].text.startswith(NO)
    assert stub.questions == []


def test_in_a_group_a_stranger_gets_a_refusal_only_when_they_address_the_bot(server: BotApiServer) -> None:
    stub, group = Stub(), server.group()
    with bot(server, stub, access=Access(public=False)) as running:
        group.sends(text="good morning")
        group.sends(text="/ask@another_bot who met Kerry?")
        group.adds_bot()
        settled(server, running)
        assert group.received == []
        for text in ("/ask who met Kerry?", "@clippings_test_bot who met Kerry?", "/ask"):
            assert group.says(text).text == f"{NO} Your Telegram id is {group.user.id}."
        refusal = group.received[0]
        assert group.says("but why?", reply_to=refusal).text.startswith(NO)
    assert stub.questions == []


def test_a_strangers_tap_gets_a_refusal(server: BotApiServer) -> None:
    stub, group, stranger = Stub(), server.group(), server.user("Mallory")
    with bot(server, stub, access=Access(users=[group.user.id], public=False)):
        answer = group.says("/ask who met Kerry?")
        assert group.taps(answer, "👍", by=stranger) == answer
        (notice,) = group.notices
        assert (notice.text, notice.alert) == (f"{NO} Your Telegram id is {stranger.id}.", True)
        group.taps(answer, "👍")
        assert group.waits_for_edit(answer).version == 1


def test_a_strangers_inline_question_is_offered_nothing(server: BotApiServer) -> None:
    stub = Stub()
    with bot(server, stub, access=Access(public=False)):
        assert server.user("Mallory").inline("who met Kerry?").results == []
    assert stub.questions == []


def test_privacy_and_forget_are_answered_to_everybody(server: BotApiServer) -> None:
    stub, chat, group = Stub(), server.private_chat(), server.group()
    with bot(server, stub, access=Access(public=False)) as running:
        assert chat.says("/privacy").text.startswith("What I store")
        assert chat.says("/forget").text.startswith("I stored nothing about you.")
        assert group.says("/privacy@clippings_test_bot").text.startswith("What I store")
        assert group.says("/forget@clippings_test_bot").text.startswith("I stored nothing about you.")
        group.sends(text="/privacy")
        group.sends(text="/forget@another_bot")
        settled(server, running)
        assert len(group.received) == 2
        assert chat.says("/help").text.startswith(NO)
        assert chat.says("privacy, please").text.startswith(NO)
    assert stub.questions == []


def test_an_error_at_the_gate_lets_nobody_in(server: BotApiServer) -> None:
    stub = Stub()
    chat, user = server.private_chat(), server.user()
    with bot(server, stub, access=Access(public=False)):
        server.fail_next("sendMessage", 400, "Bad Request: not enough rights")
        assert chat.says("who met Kerry?").text.startswith("Sorry")
        server.fail_next("answerInlineQuery", 400, "Bad Request: query is too old and response timeout expired")
        user.types_inline("who met Kerry?")
    assert stub.questions == []


def test_admins_and_listed_users_are_answered(server: BotApiServer) -> None:
    admin, user = server.private_chat("Olive"), server.private_chat("Rita")
    with bot(server, access=Access(admins=[admin.id], users=[user.id], public=False)):
        for chat in (admin, user):
            assert chat.says("who met Kerry?").text.startswith(ANSWER)
            assert len(chat.user.inline("who met Kerry?").results) == 1


def test_in_a_listed_group_everybody_is_answered_and_outside_it_nobody(server: BotApiServer) -> None:
    group, other = server.group(), server.group()
    member = server.user("Bob")
    with bot(server, access=Access(users=[group.id], public=False)):
        answer = group.says("/ask who met Kerry?", by=member)
        assert answer.text.startswith(ANSWER)
        group.taps(answer, "👎", by=member)
        assert group.notices[-1].text.startswith("Thank you! Saved without your name: ")
        assert other.says("/ask who met Kerry?", by=member).text.startswith(NO)
        assert server.private_chat(member).says("who met Kerry?").text.startswith(NO)


def test_a_stranger_can_still_block_the_bot_and_that_is_noticed(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server) as running:
        chat.says("/watch who met Kerry?")
        assert len(running.bot.watches.all()) == 1
    with bot(server, access=Access(public=False)) as running:
        chat.blocks()
        settled(server, running)
        assert running.bot.watches.all() == []


# --- how often


def test_the_limit_counts_the_questions_of_the_last_minute() -> None:
    clock = Clock()
    question_limit = QuestionLimit(2, clock)
    assert question_limit.take(1) == 0
    clock.now += 20
    assert question_limit.take(1) == 0
    assert question_limit.take(1) == pytest.approx(40)
    assert question_limit.take(2) == 0  # another user
    clock.now += 39.5
    assert question_limit.take(1) == pytest.approx(0.5)  # a refused question does not count
    clock.now += 0.5
    assert question_limit.take(1) == 0
    assert question_limit.take(1) == pytest.approx(20)


def test_without_a_limit_everybody_may_ask_as_often_as_they_like() -> None:
    question_limit = QuestionLimit(0, Clock())
    assert {question_limit.take(1) for _ in range(1000)} == {0.0}


def test_users_without_questions_for_a_minute_are_dropped() -> None:
    clock = Clock()
    question_limit = QuestionLimit(3, clock)
    for user in range(100):
        question_limit.take(user)
        assert question_limit.may_tell(user)
    clock.now += MINUTE / 2
    question_limit.take(7)
    clock.now += MINUTE / 2
    question_limit.take(100)
    assert question_limit.may_tell(100)
    assert set(question_limit._asked) == {7, 100}
    assert set(question_limit._told) == {100}


def test_a_user_who_asks_too_often_learns_how_long_to_wait(server: BotApiServer) -> None:
    stub, chat, other = Stub(), server.private_chat(), server.private_chat("Bob")
    clock = Clock()
    with bot(server, stub, a_minute=2) as running:
        running.bot.question_limit._clock = clock
        chat.says("who?")
        clock.now += 12.5
        chat.says("when?")
        assert chat.says("where?").text == "That was a lot of questions. Please ask again in 48 s."
        assert other.says("who?").text.startswith(ANSWER)
        clock.now += 47.5
        assert chat.says("where?").text.startswith(ANSWER)
    assert stub.questions == ["who?", "when?", "who?", "where?"]


def test_a_flood_gets_one_message_a_minute(server: BotApiServer) -> None:
    def two_hits(question: str) -> Answer:
        first, second = answer_to(question).hits[0], answer_to(question, TEXT + " Or so.").hits[0]
        return Answer(question, (first, replace(second, rank=2)))

    stub, chat, clock = Stub(two_hits), server.private_chat(), Clock()
    with bot(server, stub, a_minute=2) as running:
        running.bot.question_limit._clock = clock
        answer = chat.says("who?")
        chat.says("when?")
        for number in range(20):
            chat.sends(text=f"where {number}?")
        chat.sends(text="/timeline Xu")
        settled(server, running)
        assert [message.text for message in chat.received[2:]] == [
            "That was a lot of questions. Please ask again in 60 s."
        ]
        # A tap and a line typed inline send no message, and always say why nothing happens.
        for _ in range(2):
            chat.taps(answer, "Newest first")
            assert chat.notices.pop().text.startswith("That was a lot of questions")
        assert chat.user.inline("where?").button == "Too many questions: please wait a minute"
        clock.now += MINUTE
        for text in ("where?", "why?", "whence?"):
            chat.sends(text=text)
        settled(server, running)
        told = [message.text.startswith("That was a lot of questions") for message in chat.received[3:]]
        assert told == [False, False, True]
    assert stub.questions == ["who?", "when?", "where?", "why?"]


def test_an_edit_above_the_limit_leaves_the_answer(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_minute=1) as running:
        answer = chat.says("who?")
        assert chat.says("when?").text.startswith("That was a lot of questions")
        chat.edits(answer.reply_to or 0, "who met Kerry?")
        settled(server, running)
        assert chat.message(answer).version == 0


def test_in_a_group_each_user_has_their_own_limit(server: BotApiServer) -> None:
    group, bob = server.group(), server.user("Bob")
    with bot(server, a_minute=1):
        assert group.says("/ask who?").text.startswith(ANSWER)
        assert group.says("/ask who?").text.startswith("That was a lot of questions")
        group.sends(text="/ask who?")
        assert group.says("/ask who?", by=bob).text.startswith(ANSWER)
        assert len(group.received) == 3


def test_commands_and_buttons_that_ask_nothing_are_not_counted(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_minute=1):
        chat.says("/start")
        chat.says("/watches")
        answer = chat.says("who?")
        assert answer.text.startswith(ANSWER)
        chat.taps(answer, "👍")
        assert chat.notices[-1].text.startswith("Thank you! Saved without your name: ")
