"""Verdicts on answers: saved once, only after a confirmation, and without the user."""

from dataclasses import replace

import pytest

from retrieval.answer.answerer import Answerer
from tests.bot.meeting_articles import FIRST, QUESTION, meetings
from tests.bot.running_bot import Running, bot
from tests.telegram_server.server import BotApiServer


@pytest.fixture
def library() -> Answerer:
    return meetings()


def verdicts(running: Running) -> list[tuple[str, bool]]:
    return [(verdict.question, verdict.good) for verdict in running.bot.feedback.all()]


@pytest.mark.parametrize(("thumb", "good"), [("👍", True), ("👎", False)])
def test_a_verdict_is_saved_once_and_only_after_a_confirmation(
    server: BotApiServer, library: Answerer, thumb: str, good: bool
) -> None:
    chat = server.private_chat("Ada Lovelace")
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, thumb)
        asking = chat.waits_for_edit(answer)
        assert chat.notices[-1].alert
        assert chat.notices[-1].text.startswith(f"What would be kept: your question, the passages and {thumb}.")
        assert asking.labels[-2:] == [[f"Keep the question and {thumb}, not my name"], ["Keep nothing"]]
        assert asking.text == answer.text
        assert verdicts(running) == []
        keep = "Keep the question"
        # An impatient finger taps twice before the button is gone.
        chat.presses(asking, keep)
        chat.taps(asking, keep)
        saved = chat.waits_for_edit(asking)
        running.idle()
        assert verdicts(running) == [(QUESTION, good)]
        (verdict,) = running.bot.feedback.all()
        with running.database.change() as db:
            (row,) = db.execute("SELECT * FROM feedback").fetchall()
    assert [notice.text for notice in chat.notices[1:]] == ["Kept. Thank you."] * 2
    assert not any("👍" in row for row in saved.labels)
    assert saved.text == answer.text
    assert len({verdict.passage, *verdict.other_passages}) == 2
    assert verdict.passage.startswith(FIRST.id)
    # The row holds its number, the question, the passages and the verdict: neither the user nor the time.
    assert list(row[1:]) == [QUESTION, row[2], 1 if good else -1]
    assert "Ada" not in repr(row)
    assert str(chat.id) not in repr(row)


def test_a_verdict_delivered_again_after_a_restart_is_saved_once(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        asking = chat.waits_for_edit(answer)
    server.updates.repeat_next()
    with bot(server, meetings()) as running:
        chat.taps(asking, "Keep the question")
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
        assert verdicts(running) == [(QUESTION, True)]


def test_a_second_verdict_on_an_answer_replaces_the_first(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        shown = chat.says(QUESTION)
        for label in ("👍", "Keep the question", "Context", "◂ Back", "👎", "Keep the question"):
            chat.taps(shown, label)
            shown = chat.waits_for_edit(shown)
        assert verdicts(running) == [(QUESTION, False)]


def test_keep_nothing_shows_the_answer_again_and_saves_nothing(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        chat.taps(chat.waits_for_edit(answer), "Keep nothing")
        chat.wait_for(lambda: chat.message(answer).version == 2, "the answer again")
        assert verdicts(running) == []
    assert replace(chat.message(answer), version=0) == answer


def test_without_its_question_no_verdict_is_saved(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        asking = chat.waits_for_edit(answer)
        assert answer.reply_to is not None
        chat.deletes(answer.reply_to)
        chat.taps(asking, "Keep the question")
        assert chat.notices[-1].text == "Your question is no longer here, and I keep none. Please ask again."
        assert chat.notices[-1].alert
        # Reading on needs no question.
        chat.taps(asking, "More ▸")
        assert chat.waits_for_edit(asking).bold[0] == "Another meeting"
        chat.taps(chat.message(answer), "👎")
        assert verdicts(running) == []
