"""Edited questions, and the line that shows the searched query if it differs from the written question."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from retrieval.answer.answerer import Answerer
from tests.bot.running_bot import REST, Stub, a_library, an_archive, an_article, bot
from tests.fakes import FakeEncoder
from tests.telegram_server.server import BotApiServer

FIRST = an_article(
    1, "Kerry met four bloggers in Beijing on Saturday.", "A meeting", source="The Paper", published=date(2014, 2, 17)
)
LATER = an_article(2, "Kerry met bloggers in Shanghai, too.", "Another", source="The Globe", published=date(2014, 5, 1))
COURT = an_article(3, "The court jailed the lawyer Xu Zhiyong in Haidian.", "A sentence", published=date(2013, 1, 9))
QUESTION = "Which four bloggers has Kerry met in Beijing?"


@pytest.fixture
def library() -> Answerer:
    return a_library(FIRST, LATER, COURT, strictness=0.5)


# --- edits


def test_an_edited_question_changes_its_answer_in_place(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, "Do pumpkins float?")
        no = chat.waits_for_edit(answer)
        assert no.text.startswith("Nothing in this archive answers that.")
        chat.edits(answer.reply_to, "Which lawyer has the court jailed?")
        other = chat.waits_for_edit(no)
        assert other.bold[0] == "A sentence"
        chat.edits(answer.reply_to, "???")
        assert chat.waits_for_edit(other).text.startswith("There is nothing to search for in that question.")
    assert len(chat.received) == 1


def test_a_command_is_edited_like_any_question(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(f"/ask {QUESTION}")
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, "/ask Which lawyer has the court jailed?")
        assert chat.waits_for_edit(answer).bold[0] == "A sentence"
    assert len(chat.received) == 1


def test_an_edited_watch_is_another_watch(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says("/watch Xu Zhiyong")
        begun = chat.says("/watch Do pumpkins float?")
        assert begun.reply_to is not None
        chat.edits(begun.reply_to, f"/watch {QUESTION}")
        changed = chat.waits_for_edit(begun)
        assert changed.marked("code") == [QUESTION]
        assert chat.says("/watches").labels == [["✕ Xu Zhiyong"], [f"✕ {QUESTION}"]]
        chat.edits(begun.reply_to, "/watch ?!")
        assert chat.waits_for_edit(changed).text.startswith("There is nothing to search for in that question.")
        assert chat.says("/watches").labels == [["✕ Xu Zhiyong"]]


def test_an_edit_ends_only_the_watch_that_its_message_began(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says("/watch Xu Zhiyong")
        again = chat.says("/watch xu zhiyong")
        assert again.reply_to is not None
        chat.edits(again.reply_to, QUESTION)
        assert chat.waits_for_edit(again).bold[0] == "A meeting"
        assert chat.says("/watches").labels == [["✕ Xu Zhiyong"]]


def test_an_edited_list_and_an_edited_timeline_are_shown_anew(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        newest = chat.says("/latest Paper")
        assert newest.reply_to is not None
        assert newest.bold[0] == "Newest in The Paper"
        chat.edits(newest.reply_to, "/latest Globe")
        globe = chat.waits_for_edit(newest)
        assert globe.bold[0] == "Newest in The Globe"
        chat.edits(newest.reply_to, "/timeline Xu Zhiyong")
        assert chat.waits_for_edit(globe).bold[0] == "Xu Zhiyong"
    assert len(chat.received) == 1


def test_the_buttons_of_a_changed_answer_ask_the_question_as_it_is_now(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says("Do pumpkins float?")
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, QUESTION)
        answer = chat.waits_for_edit(answer)
        chat.taps(answer, "Newest first")
        newest = chat.waits_for_edit(answer)
        assert newest.marked("code") == [f"{QUESTION} sort:new"]
        chat.taps(newest, "👍")
        chat.waits_for_edit(newest)
        assert [verdict.question for verdict in running.bot.feedback.all()] == [f"{QUESTION} sort:new"]


def test_an_edit_that_leaves_the_question_as_it_is_leaves_the_answer(
    server: BotApiServer, library: Answerer, caplog: pytest.LogCaptureFixture
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, link_preview_options={"is_disabled": True})
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
    assert chat.received == [answer]
    assert caplog.messages == []


def test_an_edit_after_a_restart_is_answered_anew(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
    assert answer.reply_to is not None
    with bot(server, a_library(FIRST, LATER, COURT, strictness=0.5)):
        chat.edits(answer.reply_to, "Which lawyer has the court jailed?")
        _, other = chat.replies(2)
    assert other.bold[0] == "A sentence"
    assert other.reply_to == answer.reply_to


def test_an_edit_of_a_question_whose_answer_was_deleted_is_answered_anew(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        assert answer.reply_to is not None
        chat.deletes(answer)
        chat.edits(answer.reply_to, "Which lawyer has the court jailed?")
        _, other = chat.replies(2)
        chat.edits(answer.reply_to, QUESTION)
        assert chat.waits_for_edit(other).bold[0] == "A meeting"
    assert len(chat.received) == 2


def test_in_a_group_only_edits_addressed_to_the_bot_are_answered(server: BotApiServer) -> None:
    stub, chat = Stub(), server.group()
    with bot(server, stub) as running:
        aside = chat.sends(text="who met Kerry?")
        addressed = chat.says("@clippings_test_bot who met Kerry?")
        assert addressed.reply_to is not None
        # An edit that no longer addresses the bot changes no answer, and the bot ignores messages between users.
        chat.edits(addressed.reply_to, "does anybody know?")
        chat.edits(aside, "who met Kerry yesterday?")
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
        assert chat.received == [addressed]
        chat.edits(aside, "@clippings_test_bot who met Kerry yesterday?")
        _, answer = chat.replies(2)
        assert answer.reply_to == aside
        chat.edits(addressed.reply_to, "/ask@clippings_test_bot who met Kerry?")
        server.wait_for(lambda: server.waiting == 0)
    assert stub.questions == ["who met Kerry?", "who met Kerry yesterday?", "who met Kerry?"]
    assert len(chat.received) == 2


def test_each_edited_question_changes_its_own_answer(server: BotApiServer, library: Answerer) -> None:
    chat = server.group(forum=True)
    topic = chat.opens_topic("News")
    with bot(server, library):
        first = chat.says(f"/ask {QUESTION}", topic=topic)
        second = chat.says("/ask Do pumpkins float?", topic=topic)
        assert first.reply_to is not None
        assert second.reply_to is not None
        chat.edits(first.reply_to, "/ask Do pumpkins sink?")
        assert chat.waits_for_edit(first).text.startswith("Nothing in this archive answers that.")
        chat.edits(second.reply_to, "/ask Which lawyer has the court jailed?")
        assert chat.waits_for_edit(second).bold[0] == "A sentence"
    assert len(chat.received) == 2


# --- searched for


def test_the_context_of_a_follow_up_is_shown_and_survives_a_change_of_order(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        plain = chat.says(QUESTION)
        assert "Searched for" not in plain.text
        answer = chat.says("And in Shanghai?")
        (resolved,) = answer.marked("code")
        assert resolved.startswith("And in Shanghai? (")
        assert "Kerry" in resolved
        chat.taps(answer, "Newest first")
        newest = chat.waits_for_edit(answer)
        assert newest.marked("code") == [f"{resolved} sort:new"]
        chat.taps(newest, "Best first")
        best = chat.waits_for_edit(newest)
        assert best.marked("code") == [resolved]
        assert best.text == answer.text
        chat.taps(best, "Newest first")
        assert chat.waits_for_edit(best).marked("code") == [f"{resolved} sort:new"]


class Pieces(FakeEncoder):
    """The fake encoder, which splits one name into pieces."""

    @property
    def fingerprint(self) -> str:
        return FakeEncoder().fingerprint

    def token_ends(self, text: str) -> list[int]:
        return [2, 6] if text == "Zhyong" else super().token_ends(text)


def test_a_corrected_question_is_shown_and_asked_again(server: BotApiServer) -> None:
    chat = server.private_chat()
    long = replace(COURT, text=COURT.text + REST)
    with bot(server, Answerer(an_archive(FIRST, LATER, long), Pieces())):
        answer = chat.says("Did the court jail Xu Zhyong in Haidian?")
        assert answer.marked("code") == ["Did the court jail Xu Zhiyong in Haidian?"]
        chat.taps(answer, "Context")
        shown = chat.waits_for_edit(answer)
        assert shown.marked("code") == answer.marked("code")
        chat.taps(shown, "◂ Back")
        assert chat.waits_for_edit(shown).text == answer.text


@pytest.mark.parametrize(
    ("filters", "written", "headline"),
    [
        ("since:2014-05", "since:2014-05-01", "Another"),
        ("until:2014-02", "until:2014-02-28", "A meeting"),
        ("source:“the globe”", 'source:"the globe"', "Another"),
        ("sort:new", "sort:new", "Another"),
    ],
)
def test_filters_narrow_the_search_and_are_shown(
    server: BotApiServer, library: Answerer, filters: str, written: str, headline: str
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(f"Who has met the bloggers, Kerry? {filters}")
    assert answer.text.startswith(f"Searched for: Who has met the bloggers, Kerry? {written}\n\nKerry met ")
    assert answer.bold[0] == headline


def test_an_invalid_filter_is_reported(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        assert chat.says("Who met Kerry? since:soon").text.startswith("since “soon”: there is no such date.")
        assert "Daily Planet" in chat.says("Who met Kerry? source:'Daily Planet'").text
        assert chat.says("Who met Kerry? sort:old").text.startswith("There is no order “old”.")


def test_an_edited_follow_up_still_refers_to_the_question_before(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, state=Path("bot.db")):
        chat.says(QUESTION)
        answer = chat.says("And in Shangai?")
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, "And in Shanghai?")
        (resolved,) = chat.waits_for_edit(answer).marked("code")
    assert resolved.startswith("And in Shanghai? (")
    assert "Kerry" in resolved
