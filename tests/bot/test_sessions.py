"""Sessions: a user's last question, for that user alone, for a short while, and only in memory."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from telegram import Chat, Message, User

from bot.sessions import MAX_QUESTIONS, MAX_SESSIONS, SESSION_SECONDS, Answered, Sessions
from retrieval.errors import QuestionTooLong
from retrieval.types import Answer, Query
from tests.bot.running_bot import Stub, answer_to, bot
from tests.telegram_server.server import BotApiServer


class Clock:
    """A clock that tests set, and the calls that are scheduled on it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, Callable[[], None]]] = []

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        self._planned.append((self.now + seconds, do))

    def passes(self, seconds: float) -> None:
        self.now += seconds
        for when, do in self._planned:
            if when <= self.now:
                do()


def message(chat: int = 1, user: int = 1, **more: Any) -> Message:
    sent = datetime(2014, 2, 17, tzinfo=UTC)
    return Message(1, sent, Chat(chat, "supergroup"), User(user, "Ada", is_bot=False), text="?", **more)


def replied(id_: int) -> Message:
    return Message(id_, datetime(2014, 2, 17, tzinfo=UTC), Chat(1, "supergroup"))


def remembering() -> tuple[Sessions, Clock]:
    clock = Clock()
    return Sessions(clock, clock.later), clock


def last(sessions: Sessions, of: Message) -> str | None:
    answered = sessions.last(of)
    return answered.turn.query.text if answered else None


def answered(question: str, message: int = 2) -> Answered:
    return Answered.of(answer_to(question), message)


def test_the_last_question_comes_first_and_a_reply_finds_its_own() -> None:
    sessions, _ = remembering()
    sessions.remember(message(), answered("one", 11))
    sessions.remember(message(), answered("two", 12))
    assert last(sessions, message()) == "two"
    assert last(sessions, message(reply_to_message=replied(11))) == "one"
    assert last(sessions, message(reply_to_message=replied(99))) == "two"
    assert len(sessions) == 1


def test_an_edited_question_is_the_last_one_and_its_answer_stands_for_it_alone() -> None:
    sessions, _ = remembering()
    for question, id_ in (("one", 11), ("two", 12), ("uno", 11)):
        sessions.remember(message(), answered(question, id_))
    assert last(sessions, message()) == "uno"
    assert last(sessions, message(reply_to_message=replied(11))) == "uno"


def test_each_question_of_a_session_is_dropped_in_its_own_time() -> None:
    sessions, clock = remembering()
    sessions.remember(message(), answered("early", 11))
    clock.passes(SESSION_SECONDS / 2)
    sessions.remember(message(), answered("late", 12))
    assert last(sessions, message(reply_to_message=replied(11))) == "early"
    clock.passes(SESSION_SECONDS / 2)
    assert last(sessions, message(reply_to_message=replied(11))) == "late"
    clock.passes(SESSION_SECONDS)
    assert len(sessions) == 0


def test_a_session_has_a_limited_number_of_questions() -> None:
    sessions, _ = remembering()
    for number in range(MAX_QUESTIONS + 1):
        sessions.remember(message(), answered(str(number), number))
    assert last(sessions, message(reply_to_message=replied(0))) == str(MAX_QUESTIONS)
    assert last(sessions, message(reply_to_message=replied(1))) == "1"


def test_the_searched_query_is_stored_if_it_differs_from_the_question() -> None:
    sessions, _ = remembering()
    sessions.remember(message(), Answered.of(Answer("when?", searched=Query("when? (Xu)")), 2))
    assert last(sessions, message()) == "when? (Xu)"


def test_each_user_chat_and_topic_has_its_own_session() -> None:
    sessions, _ = remembering()
    own = message(message_thread_id=7, is_topic_message=True)
    sessions.remember(own, answered("mine"))
    others = [
        message(user=2, message_thread_id=7, is_topic_message=True),
        message(chat=2, message_thread_id=7, is_topic_message=True),
        message(message_thread_id=8, is_topic_message=True),
        message(),
        message(message_thread_id=7, is_topic_message=True, sender_chat=Chat(-5, "supergroup")),
    ]
    assert [last(sessions, other) for other in others] == [None] * 5
    assert last(sessions, own) == "mine"
    sessions.forget(others[0])
    assert last(sessions, own) == "mine"
    # A thread of replies is no topic.
    sessions.remember(message(message_thread_id=9), answered("in a thread"))
    assert last(sessions, message()) == "in a thread"


def test_a_tap_belongs_to_the_session_of_the_user_who_taps() -> None:
    sessions, _ = remembering()
    sessions.remember(message(user=1), answered("tapped"), user=2)
    assert last(sessions, message(user=2)) == "tapped"
    assert last(sessions, message(user=1)) is None


def test_forget_ends_all_sessions_of_one_user_only() -> None:
    sessions, _ = remembering()
    sessions.remember(message(chat=1), answered("here"))
    sessions.remember(message(chat=2), answered("there"))
    sessions.remember(message(chat=2, user=2), answered("somebody else"))
    assert sessions.forget_user(1) == 2
    assert [last(sessions, message(chat=chat)) for chat in (1, 2)] == [None, None]
    assert last(sessions, message(chat=2, user=2)) == "somebody else"
    assert sessions.forget_user(1) == 0


def test_sessions_are_dropped_in_time_even_if_nobody_writes() -> None:
    sessions, clock = remembering()
    sessions.remember(message(user=1), answered("early"))
    clock.passes(SESSION_SECONDS / 2)
    sessions.remember(message(user=2), answered("late"))
    clock.passes(SESSION_SECONDS / 2)
    assert last(sessions, message(user=1)) is None
    assert last(sessions, message(user=2)) == "late"
    clock.passes(SESSION_SECONDS)
    assert len(sessions) == 0


def test_beyond_the_limit_the_oldest_session_is_dropped() -> None:
    sessions, _ = remembering()
    for user in range(MAX_SESSIONS):
        sessions.remember(message(user=user), answered(str(user)))
    sessions.remember(message(user=0), answered("again"))
    sessions.remember(message(user=MAX_SESSIONS), answered("one more"))
    assert len(sessions) == MAX_SESSIONS
    assert last(sessions, message(user=1)) is None
    assert last(sessions, message(user=0)) == "again"


# --- the bot


def test_a_question_is_searched_with_the_one_before_it(server: BotApiServer) -> None:
    stub, chat, other = Stub(), server.private_chat(), server.private_chat("Grace")
    with bot(server, stub):
        chat.says("what happened to Xu Zhiyong?")
        other.says("who met Kerry?")
        chat.says("when was he detained?")
        other.says("and where?")
    leant_on = dict(zip(stub.questions, stub.previous_questions, strict=True))
    assert leant_on == {
        "what happened to Xu Zhiyong?": None,
        "who met Kerry?": None,
        "when was he detained?": "what happened to Xu Zhiyong?",
        "and where?": "who met Kerry?",
    }


def test_two_users_of_a_group_do_not_share_a_session(server: BotApiServer) -> None:
    stub, group = Stub(), server.group()
    another = {"from": {"id": 777, "is_bot": False, "first_name": "Alan"}}
    with bot(server, stub):
        group.says("/ask what happened to Xu Zhiyong?")
        group.says("/ask who is he?", **another)
        group.says("/ask when was he detained?")
    assert stub.previous_questions == [None, None, "what happened to Xu Zhiyong?"]


def test_start_ends_the_session(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says("what happened to Xu Zhiyong?")
        chat.says("/help")
        chat.says("when?")
        assert chat.says("/start").text.startswith("Hello!")
        chat.says("why?")
    # At its start the bot searches for example questions, which belong to no session.
    assert dict(zip(stub.questions, stub.previous_questions, strict=True)) == {
        "what happened to Xu Zhiyong?": None,
        "when?": "what happened to Xu Zhiyong?",
        "Kerry & the Bloggers": None,  # searched at the start, as an example question
        "why?": None,
    }


def test_a_refused_question_leaves_the_session_unchanged(server: BotApiServer) -> None:
    def respond(question: str) -> Answer:
        if "long" in question:
            raise QuestionTooLong("Too long.")
        return answer_to(question)

    stub, chat = Stub(respond), server.private_chat()
    with bot(server, stub):
        chat.says("what happened to Xu Zhiyong?")
        assert chat.says("how long").text == "Too long."
        chat.says("when?")
    assert stub.previous_questions[-1] == "what happened to Xu Zhiyong?"
