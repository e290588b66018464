"""Inline queries: passages to share in any chat, and nothing for users who may not ask."""

from datetime import date
from pathlib import Path

import pytest

from bot.access import Access
from retrieval.errors import QuestionTooLong
from retrieval.types import Answer
from tests.bot.running_bot import Gated, Stub, a_library, an_article, bot
from tests.telegram_server.server import BotApiServer

FIRST = an_article(
    1,
    "He came late. Kerry met four <bloggers> in Beijing. They asked him for help.",
    "A & B",
    published=date(2014, 2, 17),
    url="https://example.org/1",
)
LATER = an_article(2, "Kerry met bloggers in Shanghai, too.", "", published=date(2014, 5, 1))
QUESTION = "Which four bloggers has Kerry met in Beijing?"


def test_passages_are_offered_best_first_and_shared_with_their_source(server: BotApiServer) -> None:
    user = server.user("Ada")
    with bot(server, a_library(FIRST, LATER, strictness=0.5)):
        offered = user.inline(QUESTION)
    best, second = offered.results
    assert (best.title, best.description) == ("A & B", "Kerry met four <bloggers> in Beijing.")
    assert best.text == f"Kerry met four <bloggers> in Beijing.\n\nA & B\n17 February 2014 · The Paper\n\n{FIRST.text}"
    marked = {entity["type"] for entity in best.entities}
    assert {"bold", "text_link", "blockquote"} <= marked
    assert best.buttons == []  # none of them would work where it is shared
    assert "link_preview_options" in best.raw["input_message_content"]
    assert second.title == "Headline 2"
    assert offered.button is None


def test_only_what_answers_is_offered(server: BotApiServer) -> None:
    articles = [FIRST, LATER, *(an_article(number, f"The river rose by {number} metres.") for number in range(3, 9))]
    user = server.user("Ada")
    with bot(server, a_library(*articles, strictness=0.5)):
        assert [result.title for result in user.inline(QUESTION).results] == ["A & B", "Headline 2"]
    with bot(server, a_library(*articles, strictness=0.0), state=Path("another.db")):
        assert len(user.inline(QUESTION).results) == 5


def test_inline_results_are_personal_and_not_cached(server: BotApiServer) -> None:
    user = server.user("Ada")
    with bot(server, Stub()):
        offered = user.inline("who?")
    assert offered.raw["is_personal"]
    assert offered.raw["cache_time"] == 0


def test_a_shared_passage_is_not_taken_for_a_question(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub) as running:
        (offered,) = chat.user.inline("who met Kerry?").results
        group = server.group("Newsroom", chat.user)
        group.shares(offered)
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
    assert group.received == []
    assert stub.questions == ["who met Kerry?"]


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_inline_query_asks_for_a_question(server: BotApiServer, nothing: str) -> None:
    stub = Stub()
    with bot(server, stub):
        offered = server.user().inline(nothing)
    assert offered.results == []
    assert offered.button == "Write a question, and choose a passage"
    assert stub.questions == []


def test_without_an_answer_no_passage_is_offered_and_the_reason_is_shown(server: BotApiServer) -> None:
    with bot(server, a_library(FIRST, LATER, strictness=0.5)):
        offered = server.user().inline("Do pumpkins float?")
        chinese = server.user("小明", "zh-hans").inline("Do pumpkins float?")
    assert offered.results == chinese.results == []
    assert offered.button == "Nothing in this archive answers that"
    assert chinese.button


def test_the_reason_why_a_question_cannot_be_asked_is_cut_to_the_button(server: BotApiServer) -> None:
    def refuse(_question: str) -> Answer:
        raise QuestionTooLong("That question has {length:,} characters; {most:,} is the most.", length=2000, most=1000)

    with bot(server, Stub(refuse)):
        offered = server.user().inline("who?")
    assert offered.results == []
    assert offered.button == "That question has 2,000 characters; 1,000 is the most."


def test_a_user_who_asks_too_often_is_asked_to_wait(server: BotApiServer) -> None:
    stub, user = Stub(), server.user()
    with bot(server, stub, a_minute=1):
        assert len(user.inline("who?").results) == 1
        offered = user.inline("whom?")
    assert (offered.results, offered.button) == ([], "Too many questions: please wait a minute")
    assert stub.questions == ["who?"]


def test_an_expired_inline_query_is_no_error(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    user = server.user()
    with bot(server, Stub()) as running:
        with server.lock:
            user.types_inline("who met Kerry?")
            server.queries.expire()
        server.wait_for(lambda: len(server.called("answerInlineQuery")) == 1)
        running.idle()
    assert caplog.messages == []


def test_results_are_offered_when_telegram_allows_what_it_has_refused_for_its_limits(server: BotApiServer) -> None:
    server.fail_next("answerInlineQuery", 429, "Too Many Requests: retry after 1", retry_after=1)
    with bot(server, Stub()):
        assert len(server.user().inline("who met Kerry?").results) == 1
    refused, accepted = server.times("answerInlineQuery")
    assert accepted - refused >= 1.0


def test_of_many_pending_keystrokes_only_the_last_is_answered(server: BotApiServer) -> None:
    gated, user, other = Gated(), server.user(), server.user("Bob")
    with bot(server, gated) as running:
        first = user.types_inline("slow who")
        server.wait_for(lambda: bool(running.bot.pending_updates.pending()) and server.waiting == 0)
        typed = [user.types_inline(text) for text in ("who m", "who met", "who met K", "who met Kerry")]
        # Other users do not wait, and their queries do not count towards this user's limit.
        assert other.inline("who else?").results
        server.wait_for(lambda: server.waiting == 0)
        gated.gate.set()
        server.queries.wait(typed[-1], 15)
    assert first.answer is not None
    assert [query.answer for query in typed[:-1]] == [None] * 3
    assert gated.questions == ["who else?", "slow who", "who met Kerry"]


def test_users_who_may_not_ask_are_offered_nothing(server: BotApiServer) -> None:
    stub, listed, stranger = Stub(), server.user("Ada"), server.user("Mallory")
    with bot(server, stub, access=Access(users=[listed.id], public=False)):
        assert stranger.inline("who met Kerry?").results == []
        assert len(listed.inline("who met Kerry?").results) == 1
    assert stub.questions == ["who met Kerry?"]
