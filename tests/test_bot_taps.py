"""Buttons under answers, tapped by readers of the real application over a real archive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from corpus.article import Article
from retrieval.answer.answerer import Answerer
from retrieval.archive.embedded import EmbeddedArchive
from tests.bot_api_chat import Chat
from tests.bot_api_faults import reset
from tests.bot_api_messages import Message
from tests.bot_api_server import BotApiServer
from tests.fakes import FakeEncoder, take_in
from tests.running_bot import Running, a_library, an_article, bot

FIRST = an_article(
    1, "Kerry met four bloggers in Beijing. They asked him for help.", "A meeting", published=date(2014, 2, 17)
)
LATER = an_article(
    2, "Kerry met the bloggers once more, in a hotel in Shanghai.", "Another meeting", published=date(2014, 5, 1)
)
COURT = an_article(
    3, "The court jailed the lawyer Xu Zhiyong.", "A sentence", published=date(2013, 1, 9), url="https://example.org/3"
)
LONG = an_article(
    4, "\n\n".join(f"Paragraph {n} tells of the river Yongding and of its {n} bridges." for n in range(200)), "A river"
)
QUESTION = "Which four bloggers has Kerry met in Beijing?"
GONE = "The archive has moved on, and this is no longer in it. Please ask again."


def headline(message: Message) -> str:
    return message.bold[0]


@pytest.fixture
def library() -> Answerer:
    return a_library(FIRST, LATER, COURT, LONG, strictness=0.5)


def remade(article: Article, text: str) -> Article:
    return replace(article, text=text)


def elsewhere(answerer: Answerer) -> EmbeddedArchive:
    """Open an answerer's archive once more, as another process would."""
    assert isinstance(answerer.archive, EmbeddedArchive)
    return EmbeddedArchive.open(answerer.archive.store.database.folder)


# --- the hits


def test_more_shows_the_next_hit_in_place_says_which_it_is_and_leads_back(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        first = chat.says(QUESTION)
        assert headline(first) == "A meeting"
        assert first.labels[0] == ["1 of 5", "More ▸"]
        second = chat.taps(first, "More ▸")
        second = chat.waits_for_edit(first)
        assert headline(second) == "Another meeting"
        assert second.labels[0] == ["◂", "2 of 5", "More ▸"]
        chat.taps(second, "2 of 5")
        assert chat.message(first) == second
        chat.taps(second, "◂")
        back = chat.waits_for_edit(second)
    assert replace(back, version=0) == first
    assert len(chat.received) == 1


def test_the_last_hit_leads_no_further(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        shown = chat.says(QUESTION)
        for _ in range(4):
            chat.taps(shown, "More ▸")
            shown = chat.waits_for_edit(shown)
    assert shown.labels[0] == ["◂", "5 of 5"]


def test_newest_first_asks_again_and_best_first_leads_back(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        best = chat.says(QUESTION)
        chat.taps(best, "Newest first")
        newest = chat.waits_for_edit(best)
        assert newest.text.startswith(f"Searched for: {QUESTION} sort:new\n\nAnother meeting")
        # What answers nothing is not shown because it is new.
        assert newest.labels[0] == ["1 of 2", "More ▸"]
        chat.taps(newest, "Best first")
        back = chat.waits_for_edit(newest)
    assert replace(back, version=0) == best


def test_newest_first_on_what_was_asked_with_a_slice_keeps_the_slice(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        best = chat.says(f"{QUESTION} since:2013")
        chat.taps(best, "Newest first")
        newest = chat.waits_for_edit(best)
        assert newest.marked("code") == [f"{QUESTION} since:2013-01-01 sort:new"]
        chat.taps(newest, "Best first")
        assert replace(chat.waits_for_edit(newest), version=0) == best


def test_newest_first_counts_as_a_question(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, a_minute=1):
        answer = chat.says(QUESTION)
        assert chat.taps(answer, "Newest first") == answer
    assert chat.notices[0].text.startswith("Too many questions in a minute. Please ask again in ")
    assert chat.notices[0].alert


# --- reading on


def test_context_shows_what_is_before_and_after_and_back_leads_to_the_passage(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("What tells paragraph 100 of the river Yongding and its 100 bridges?")
        chat.taps(answer, "Context")
        context = chat.waits_for_edit(answer)
        (said,) = answer.marked("blockquote")
        assert said in context.text
        assert len(context.marked("blockquote")[0]) > len(said)
        assert context.bold[-1] == answer.bold[-1]
        chat.taps(context, "▾ Later")
        later = chat.waits_for_edit(context)
        assert said not in later.text or not later.text.endswith(said)
        chat.taps(later, "▴ Earlier")
        chat.taps(chat.waits_for_edit(later), "◂ Back")
        chat.wait_for(lambda: chat.message(answer).version == 4, "the passage again")
    assert replace(chat.message(answer), version=0) == answer


def test_an_article_without_a_link_can_be_read_whole_page_by_page(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("What tells paragraph 7 of the river Yongding and its 7 bridges?")
        chat.taps(answer, "Full text")
        pages = [chat.waits_for_edit(answer)]
        count = int(pages[0].labels[0][0].rpartition("/")[2])
        for number in range(2, count + 1):
            chat.taps(pages[-1], f"▸ {number}/{count}")
            pages.append(chat.waits_for_edit(pages[-1]))
        chat.taps(pages[-1], "◂ Back")
        assert replace(chat.waits_for_edit(pages[-1]), version=0) == answer
    assert count > 2
    body = " ".join(page.text.partition("\n\n")[2] for page in pages)
    assert body.split() == LONG.text.split()


def test_an_article_with_a_link_is_read_where_the_link_leads(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("Which lawyer has the court jailed?")
    assert answer.links == {"A sentence": "https://example.org/3"}
    assert "Full text" not in str(answer.labels)


# --- the no


def test_a_no_says_what_was_searched_and_offers_what_is_closest(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says("Do pumpkins float?")
        assert no.text == (
            "Nothing in this archive answers that.\n"
            "Searched 4 articles from 9 January 2013 to 1 May 2014.\n\n"
            "Closest, but not an answer:"
        )
        *closest, (watch,) = no.labels
        assert len(closest) == 2  # each headline once, though one of them has many passages
        assert watch == "🔔 Tell me when something does"
        (title,) = closest[1]
        chat.taps(no, title)
        shown = chat.waits_for_edit(no)
        assert shown.text.startswith(f"Closest, but not an answer:\n\n{title}\n")
        chat.taps(shown, "Context")
        chat.taps(chat.waits_for_edit(shown), "◂ Back")
        chat.wait_for(lambda: chat.message(no).version == 3, "the passage again")
        chat.taps(chat.message(no), "◂ Back")
        chat.wait_for(lambda: chat.message(no).version == 4, "the no again")
    assert replace(chat.message(no), version=0) == no


def test_a_no_to_a_slice_is_the_same_no_after_a_look_at_what_is_closest(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says("Do pumpkins float? since:2014-02")
        assert no.text.startswith("Searched for: Do pumpkins float? since:2014-02-01\n\nNothing in this archive")
        chat.taps(no, no.labels[0][0])
        chat.taps(chat.waits_for_edit(no), "◂ Back")
        chat.wait_for(lambda: chat.message(no).version == 2, "the no again")
    assert replace(chat.message(no), version=0) == no


def test_a_no_from_an_empty_archive_offers_a_watch_alone(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library()):
        no = chat.says("Who met Kerry?")
    assert no.text == "Nothing in this archive answers that.\nThere are no articles in this archive yet."
    assert no.labels == [["🔔 Tell me when something does"]]


# --- verdicts


def verdicts(running: Running) -> list[tuple[str, bool]]:
    return [(one.question, one.good) for one in running.desk.feedback.all()]


@pytest.mark.parametrize(("thumb", "good"), [("👍", True), ("👎", False)])
def test_a_verdict_is_kept_once_and_only_on_a_tap_that_says_what_is_kept(
    server: BotApiServer, library: Answerer, thumb: str, good: bool
) -> None:
    chat = server.private_chat("Ada Lovelace")
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, thumb)
        asking = chat.waits_for_edit(answer)
        assert chat.notices[-1].alert
        assert chat.notices[-1].text.startswith(f"What would be kept: your question, this passage and {thumb}.")
        assert asking.labels[-2:] == [[f"Keep the question and {thumb}, not my name"], ["Don't keep anything"]]
        assert asking.text == answer.text
        assert verdicts(running) == []
        keep = "Keep the question"
        # An impatient finger taps twice before the button is gone.
        chat.presses(asking, keep)
        chat.taps(asking, keep)
        kept = chat.waits_for_edit(asking)
        running.idle()
        assert verdicts(running) == [(QUESTION, good)]
        (verdict,) = running.desk.feedback.all()
        with running.state.change() as db:
            (row,) = db.execute("SELECT * FROM feedback").fetchall()
    assert [notice.text for notice in chat.notices[1:]] == ["Kept. Thank you."] * 2
    assert "👍" not in str(kept.labels)
    assert kept.text == answer.text
    assert len({verdict.passage, *verdict.beside}) == 5
    assert verdict.passage.startswith(FIRST.id)
    # Nothing of who or when: what is in the row beside the question, the passages and the verdict is its number.
    assert list(row[1:]) == [QUESTION, row[2], 1 if good else -1]
    assert "Ada" not in repr(row)
    assert str(chat.id) not in repr(row)


def test_a_verdict_that_comes_again_after_a_restart_is_kept_once(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        asking = chat.waits_for_edit(answer)
    server.updates.repeat_next()
    with bot(server, a_library(FIRST, LATER, COURT, LONG, strictness=0.5)) as running:
        chat.taps(asking, "Keep the question")
        server.wait_for(lambda: server.waiting == 0)
        running.idle()
        assert verdicts(running) == [(QUESTION, True)]


def test_another_verdict_on_the_same_answer_takes_the_place_of_the_first(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        shown = chat.says(QUESTION)
        for label in ("👍", "Keep", "Context", "◂ Back", "👎", "Keep"):
            chat.taps(shown, label)
            shown = chat.waits_for_edit(shown)
        assert verdicts(running) == [(QUESTION, False)]


def test_who_does_not_want_it_kept_gets_the_answer_back_and_nothing_is_kept(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        chat.taps(chat.waits_for_edit(answer), "Don't keep anything")
        chat.wait_for(lambda: chat.message(answer).version == 2, "the answer again")
        assert verdicts(running) == []
    assert replace(chat.message(answer), version=0) == answer


def test_where_the_question_has_been_deleted_nothing_is_kept_or_asked_again(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        chat.taps(answer, "👍")
        asking = chat.waits_for_edit(answer)
        assert answer.reply_to is not None
        chat.deletes(answer.reply_to)
        for label in ("Keep the question", "Newest first"):
            chat.taps(asking, label)
            assert chat.notices[-1].text == "Your question is no longer here, and I keep none. Please ask again."
            assert chat.notices[-1].alert
        # To read on needs no question.
        chat.taps(asking, "More ▸")
        assert headline(chat.waits_for_edit(asking)) == "Another meeting"
        chat.taps(chat.message(answer), "👎")
        assert verdicts(running) == []


# --- what time brings


def test_buttons_work_after_a_restart(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer, no = chat.says(QUESTION), chat.says("Do pumpkins float?")
    again = a_library(FIRST, LATER, COURT, LONG, strictness=0.5)
    with bot(server, again, state=Path("another.db")):
        chat.taps(answer, "Newest first")
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"
        chat.taps(no, "A river")
        assert "A river" in chat.waits_for_edit(no).text


def remove(archive: EmbeddedArchive) -> None:
    archive.remove([FIRST.id])


def rewrite(archive: EmbeddedArchive) -> None:
    take_in(archive, FakeEncoder(), remade(FIRST, "All of it was invented, and the paper regrets it."))


@pytest.mark.parametrize("change", [remove, rewrite])
@pytest.mark.parametrize("label", ["Context", "Full text", "👍"])
def test_a_button_says_kindly_that_the_archive_has_moved_on(
    server: BotApiServer, library: Answerer, change: Callable[[EmbeddedArchive], None], label: str
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        with (archive := elsewhere(library)).writing("test"):
            if change is remove:
                change(archive)
        if change is rewrite:
            change(archive)
        assert chat.taps(answer, label) == answer
        assert [(notice.text, notice.alert) for notice in chat.notices] == [(GONE, True)]
        # What is still there is still shown.
        chat.taps(answer, "More ▸")
        assert headline(chat.waits_for_edit(answer)) == "Another meeting"


def test_a_no_whose_closest_are_gone_is_still_a_no(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says("Do pumpkins float?")
        titles = [row[0] for row in no.labels[:-1]]
        chat.taps(no, titles[0])
        shown = chat.waits_for_edit(no)
        gone = next(one for one in (FIRST, LATER, COURT, LONG) if one.title == titles[0])
        with (archive := elsewhere(library)).writing("test"):
            archive.remove([gone.id])
        chat.taps(shown, "◂ Back")
        back = chat.waits_for_edit(shown)
    assert "Searched 3 articles" in back.text
    assert [row[0] for row in back.labels[:-1]] == titles[1:]


def forged(chat: Chat, message: Message, data: str) -> None:
    """Tap a button that this bot did not make."""
    chat._server.push(
        {
            "callback_query": {
                "id": chat._server.queries.opened(f"{len(data)}{data[:9]}", "answerCallbackQuery").id,
                "from": chat.user,
                "chat_instance": "1",
                "message": chat.given(message.id),
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
        (told,) = server.called("answerCallbackQuery")
        assert chat.says("Do pumpkins float?")
    assert told["show_alert"]
    assert chat.message(answer) == answer
    if data != "qaAAAA":
        assert told["text"] == GONE
        assert "could not be dealt with" not in caplog.text


def test_a_tap_that_is_too_old_is_carried_out_all_the_same(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
    chat.presses(answer, "More ▸")
    server.queries.expire()
    with bot(server, a_library(FIRST, LATER, COURT, LONG, strictness=0.5)):
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
    assert "could not be dealt with" not in caplog.text


# --- groups


def test_in_a_group_anybody_reads_on_in_their_own_language(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.group(), server.reader("小明", "zh-hans")
    with bot(server, library):
        answer = chat.says(f"/ask {QUESTION}")
        chat.taps(answer, "More ▸", by=other)
        shown = chat.waits_for_edit(answer)
    assert headline(shown) == "Another meeting"
    assert "2014年5月1日" in shown.text


def test_newest_first_asks_the_question_without_the_command_and_the_name(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.group()
    with bot(server, library):
        answer = chat.says(f"@clippings_test_bot, {QUESTION}")
        chat.taps(answer, "Newest first")
        assert chat.waits_for_edit(answer).marked("code") == [f"{QUESTION} sort:new"]
