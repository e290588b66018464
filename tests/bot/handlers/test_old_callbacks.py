"""Taps after a restart, on buttons of another version, too late, or after the archive has changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from tests.bot.meeting_articles import ARTICLES, FIRST, QUESTION, meetings
from tests.bot.running_bot import bot, elsewhere
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server.chat import Chat
from tests.telegram_server.faults import reset
from tests.telegram_server.messages import Message
from tests.telegram_server.server import BotApiServer

GONE = "That is no longer in the archive. Please ask again."


def headline(message: Message) -> str:
    return message.bold[0]


@pytest.fixture
def library() -> Answerer:
    return meetings()


def test_buttons_work_after_a_restart(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer, no = chat.says(QUESTION), chat.says("Do pumpkins float?")
    restarted = meetings()
    with bot(server, restarted, state=Path("another.db")):
        chat.taps(answer, "Newest first")
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"
        chat.taps(no, "A river")
        assert "A river" in chat.waits_for_edit(no).text


def remove(archive: LocalArchive) -> None:
    archive.remove([FIRST.id])


def rewrite(archive: LocalArchive) -> None:
    take_in(archive, FakeEncoder(), replace(FIRST, text="All of it was invented, and the paper regrets it."))


@pytest.mark.parametrize("change", [remove, rewrite])
@pytest.mark.parametrize("label", ["Context", "Full text", "👍"])
def test_a_button_whose_passage_is_gone_says_so(
    server: BotApiServer, library: Answerer, change: Callable[[LocalArchive], None], label: str
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        with (archive := elsewhere(library)).write_lock("test"):
            if change is remove:
                change(archive)
        if change is rewrite:
            change(archive)
        assert chat.taps(answer, label) == answer
        assert [(notice.text, notice.alert) for notice in chat.notices] == [(GONE, True)]
        # The passages that are not gone can still be shown.
        chat.taps(answer, "More ▸")
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"


def test_no_answer_stays_when_its_closest_hits_are_gone(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says("Do pumpkins float?")
        titles = [row[0] for row in no.labels[:-1]]
        chat.taps(no, titles[0])
        shown = chat.waits_for_edit(no)
        gone = next(article for article in ARTICLES if article.title == titles[0])
        with (archive := elsewhere(library)).write_lock("test"):
            archive.remove([gone.id])
        chat.taps(shown, "◂ Back")
        back = chat.waits_for_edit(shown)
    assert "Searched 3 articles" in back.text
    assert [row[0] for row in back.labels[:-1]] == titles[1:]


def forged(chat: Chat, message: Message, data: str) -> None:
    """Tap a button with data that this bot did not write."""
    chat._server.push(
        {
            "callback_query": {
                "id": chat._server.queries.open(f"{len(data)}{data[:9]}", "answerCallbackQuery").id,
                "from": chat.user.info,
                "chat_instance": "1",
                "message": chat.payload(message.id),
                "data": data,
            }
        }
    )


@pytest.mark.parametrize("data", ["x", "saAAAA", "😀" * 16, "saAAAA!!!!!!!!!!!", "saEAAA" + "A" * 11, "qaAAAA"])
def test_a_button_of_another_version_leads_nowhere_and_says_so(
    server: BotApiServer, library: Answerer, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        forged(chat, answer, data)
        server.wait_for(lambda: bool(server.called("answerCallbackQuery")))
        (callback_answer,) = server.called("answerCallbackQuery")
        assert chat.says("Do pumpkins float?")
    assert callback_answer["show_alert"]
    assert chat.message(answer) == answer
    if data != "qaAAAA":
        assert callback_answer["text"] == GONE
        assert "could not be processed" not in caplog.text


def test_an_expired_tap_is_carried_out_all_the_same(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
    chat.presses(answer, "More ▸")
    server.queries.expire()
    with bot(server, meetings()):
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"


def test_a_tap_whose_answer_gets_lost_is_carried_out_all_the_same(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        server.faults.plan("answerCallbackQuery", reset(accepted=True))
        server.faults.plan("editMessageText", reset(accepted=True), reset())
        chat.presses(answer, "More ▸")
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"


def test_a_tap_on_a_message_that_telegram_no_longer_gives_says_so(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        query = chat.presses(answer, "More ▸", inaccessible=True)
        server.queries.wait(query, 15)
    assert [notice.text for notice in chat.notices] == ["This message is too old for its buttons. Please ask again."]
    assert chat.message(answer) == answer


def test_a_tap_on_an_answer_that_is_deleted_meanwhile_is_no_error(
    server: BotApiServer, library: Answerer, caplog: pytest.LogCaptureFixture
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        with server.lock:
            chat.presses(answer, "More ▸")
            chat.deletes(answer)
        assert chat.says("Do pumpkins float?")
    assert "could not be processed" not in caplog.text
