"""Verdicts on answers: saved once, at one tap, without the user, and taken back for a few seconds."""

from dataclasses import replace

import pytest

from bot.store import feedback
from retrieval.answer.answerer import Answerer
from tests.bot.meeting_articles import FIRST, QUESTION, meetings
from tests.bot.running_bot import FAST, Running, bot
from tests.telegram_server.server import BotApiServer


@pytest.fixture
def library() -> Answerer:
    return meetings()


def verdicts(running: Running) -> list[tuple[str, bool]]:
    return [(verdict.question, verdict.good) for verdict in running.bot.feedback.all()]


@pytest.mark.parametrize(("thumb", "good"), [("👍", True), ("👎", False)])
def test_a_verdict_is_saved_once_at_one_tap(server: BotApiServer, library: Answerer, thumb: str, good: bool) -> None:
    chat = server.private_chat("Ada Lovelace")
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        # An impatient finger taps twice before the button is gone.
        chat.presses(answer, thumb)
        chat.taps(answer, thumb)
        saved = chat.waits_for_edit(answer)
        running.idle()
        assert verdicts(running) == [(QUESTION, good)]
        (verdict,) = running.bot.feedback.all()
        with running.database.change() as db:
            (row,) = db.execute("SELECT * FROM feedback").fetchall()
    text = f"Thank you! Saved without your name: the question, the passages and {thumb}."
    assert [(notice.text, notice.alert) for notice in chat.notices] == [(text, False)] * 2
    assert saved.labels[-1] == [f"Undo {thumb}", "Share"]
    assert saved.text == answer.text
    assert len({verdict.passage, *verdict.other_passages}) == 2
    assert verdict.passage.startswith(FIRST.id)
    # The row holds its number, the question, the passages and the verdict: neither the user nor the time.
    assert list(row[1:]) == [QUESTION, row[2], 1 if good else -1]
    assert "Ada" not in repr(row)
    assert str(chat.id) not in repr(row)


def test_undo_erases_the_verdict_and_offers_both_again(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👎")
        saved = chat.waits_for_edit(answer)
        chat.taps(saved, "Undo 👎")
        undone = chat.waits_for_edit(saved)
        assert chat.notices[-1].text == "Undone. Nothing of it is kept."
        assert undone.labels == answer.labels
        assert verdicts(running) == []


def test_the_button_that_undoes_goes_after_a_while(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, undo=0.05)) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        chat.wait_for(lambda: chat.message(answer).version == 2, "an answer without the button")
        assert chat.message(answer).labels == [*answer.labels[:-1], ["Share"]]
        assert chat.message(answer).text == answer.text
        assert verdicts(running) == [(QUESTION, True)]


def test_a_message_that_was_changed_by_another_tap_stays_as_it_is(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, undo=0.3)):
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        context = chat.waits_for_edit(answer)
        chat.taps(context, "Context")
        shown = chat.waits_for_edit(context)
        other = chat.says(QUESTION)
        chat.taps(other, "👍")
        chat.wait_for(lambda: chat.message(other).version == 2, "the time in which the first one would have changed")
        assert chat.message(answer) == shown


def test_after_a_restart_nothing_tells_whose_a_verdict_is(
    server: BotApiServer, library: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        saved = chat.waits_for_edit(answer)
        monkeypatch.setattr(feedback, "SALT", b"another process's")
        chat.taps(saved, "Undo 👍")
        assert chat.notices[-1].text == "I can't tell any more which one was yours, so it stays."
        assert chat.notices[-1].alert
        assert verdicts(running) == [(QUESTION, True)]


def test_a_verdict_delivered_again_after_a_restart_is_saved_once(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
    server.updates.repeat_next()
    with bot(server, meetings()) as running:
        chat.taps(answer, "👍")
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
        assert verdicts(running) == [(QUESTION, True)]


def test_a_second_verdict_on_an_answer_replaces_the_first(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        shown = chat.says(QUESTION)
        for label in ("👍", "Context", "◂ Back", "👎"):
            chat.taps(shown, label)
            shown = chat.waits_for_edit(shown)
        assert verdicts(running) == [(QUESTION, False)]


def test_without_its_question_no_verdict_is_saved(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        assert answer.reply_to is not None
        chat.deletes(answer.reply_to)
        chat.taps(answer, "👍")
        assert chat.notices[-1].text == "I can't see that question any more. Please ask again."
        assert chat.notices[-1].alert
        # Reading on needs no question.
        chat.taps(answer, "More ▸")
        assert chat.waits_for_edit(answer).bold[0] == "Another meeting"
        assert verdicts(running) == []
