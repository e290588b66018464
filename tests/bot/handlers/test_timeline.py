"""/timeline, its pages, and the button under an answer, in the real application over a real archive."""

import json
from datetime import date
from pathlib import Path

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.answer.names_in_question import subjects_of
from retrieval.timeline.build_timeline import timeline_of
from tests.bot.running_bot import a_library, an_article, bot
from tests.telegram_server.server import BotApiServer

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "retrieval" / "followed_archive.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture
def library() -> Answerer:
    """An answerer over sixty articles that follow cases."""
    articles = (
        an_article(number, row["text"], row["title"], source=row["source"], published=date.fromisoformat(row["date"]))
        for number, row in enumerate(ROWS)
    )
    return a_library(*articles)


def test_a_timeline_is_read_page_by_page(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    told = [event.text for event in timeline_of("Ngozi Okafor", library.archive).events]
    with bot(server, library):
        shown = chat.says("/timeline Ngozi Okafor")
        pages = [shown]
        while "›" in shown.labels[0]:
            chat.taps(shown, "›")
            shown = chat.waits_for_edit(shown)
            pages.append(shown)
        count = len(pages)
        chat.taps(shown, f"page {count} of {count}")
        assert chat.message(shown) == shown
    assert count > 1
    assert [page.labels[0][-2:][0] for page in pages[:-1]] == [
        f"page {number} of {count}" for number in range(1, count)
    ]
    assert all(page.bold[0] == "Ngozi Okafor" for page in pages)
    assert f"{len(told)} sentences from 18 articles, word for word" in pages[0].text
    text = "\n".join(page.text for page in pages)
    places = [text.index(sentence) for sentence in told]
    assert places == sorted(places)
    assert "12 February 2019" in pages[0].bold


def test_filters_of_a_timeline_hold_on_every_page(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        shown = chat.says("/timeline Ngozi Okafor since:2020")
        assert shown.text.startswith("Ngozi Okafor since:2020-01-01\n")
        pages = [shown]
        while "›" in shown.labels[0]:
            chat.taps(shown, "›")
            shown = chat.waits_for_edit(shown)
            pages.append(shown)
    assert len(pages) > 1
    assert all(page.text.startswith("Ngozi Okafor since:2020-01-01\n") for page in pages)
    assert "2019" not in "".join(" ".join(page.bold) for page in pages)


def test_a_name_that_nobody_has_and_no_name_are_told(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        assert chat.says("/timeline Xu Zhiyong").text.startswith("No sentence in this archive says what happened to")
        assert "write a name after it" in chat.says("/timeline").text
        assert "There is no name in that" in chat.says("/timeline ?!").text
        assert "There is no name in that" in chat.says("/timeline The").text
        assert len(chat.says(f"/timeline {'x' * 3000}").text) < 300


def test_names_that_share_a_word_are_offered_for_one_that_nobody_has(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        none = chat.says("/timeline Ngozi Quill")
        assert none.text == "No sentence in this archive says what happened to Ngozi Quill."
        assert {label for (label,) in none.labels} >= {"Ngozi Okafor", "Teresa Quill"}
        chat.taps(none, "Teresa Quill")
        assert chat.waits_for_edit(none).bold[0] == "Teresa Quill"
        none = chat.says("/timeline Ngozi Quill since:2019")
        chat.taps(none, "Teresa Quill")
        assert chat.waits_for_edit(none).text.startswith("Teresa Quill since:2019-01-01\n")


@pytest.mark.parametrize(
    "question", ["what did the court say in Q1 2021?", 'Who won? source:"Ngozi Okafor"', "Which US court?"]
)
def test_no_timeline_is_offered_of_what_is_no_subject(question: str) -> None:
    assert subjects_of(question) == []


def test_an_answer_to_a_question_with_a_name_leads_to_its_timeline(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("Which court sentenced Ngozi Okafor to prison?")
        chat.taps(answer, "Timeline: Ngozi Okafor")
        timeline = chat.replies(2)[1]
        assert timeline.bold[0] == "Ngozi Okafor"
        assert "Timeline" not in str(chat.says("which court sentenced the lawyer to prison?").labels)
