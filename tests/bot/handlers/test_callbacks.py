"""Taps on the buttons under answers, in the real application over a real archive."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.types import Answer, Filters, Query
from tests.bot.meeting_articles import ARTICLES, COURT, LONG, QUESTION, meetings
from tests.bot.running_bot import REST, Stub, a_library, an_article, bot
from tests.telegram_server.messages import Message
from tests.telegram_server.server import BotApiServer

SINCE_2014 = Filters(since=date(2014, 1, 1))


def headline(message: Message) -> str:
    return message.bold[0]


@pytest.fixture
def library() -> Answerer:
    return meetings()


# --- the hits


def test_more_shows_the_next_hit_in_place_says_which_it_is_and_leads_back(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        first = chat.says(QUESTION)
        assert headline(first) == "A meeting"
        # Passages that do not answer are not offered.
        assert first.labels[0] == ["1 of 2", "More ▸"]
        second = chat.taps(first, "More ▸")
        second = chat.waits_for_edit(first)
        assert headline(second) == "Another meeting"
        assert second.labels[0] == ["◂", "2 of 2"]
        chat.taps(second, "2 of 2")
        assert chat.message(first) == second
        chat.taps(second, "◂")
        back = chat.waits_for_edit(second)
    assert replace(back, version=0) == first
    assert len(chat.received) == 1


def test_the_last_hit_leads_no_further(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        shown = chat.says(QUESTION)
        for _ in range(4):
            chat.taps(shown, "More ▸")
            shown = chat.waits_for_edit(shown)
    assert shown.labels[0] == ["◂", "5 of 5"]


def test_a_single_hit_has_no_more_and_no_order(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("Which lawyer has the court jailed?")
    assert answer.labels == [["Open ↗"], ["👍", "👎", "Share"]]


def test_newest_first_asks_again_and_best_first_leads_back(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        best = chat.says(QUESTION)
        chat.taps(best, "Newest first")
        newest = chat.waits_for_edit(best)
        assert newest.text.startswith(f"Searched for: {QUESTION} sort:new\n\nKerry met the bloggers once more")
        assert headline(newest) == "Another meeting"
        # Passages that do not answer are left out, also if they are new.
        assert newest.labels[0] == ["1 of 2", "More ▸"]
        chat.taps(newest, "Best first")
        back = chat.waits_for_edit(newest)
    assert replace(back, version=0) == best


def test_newest_first_keeps_the_filters_of_the_question(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        best = chat.says(f"{QUESTION} since:2013")
        chat.taps(best, "Newest first")
        newest = chat.waits_for_edit(best)
        assert newest.marked("code") == [f"{QUESTION} since:2013-01-01 sort:new"]
        chat.taps(newest, "Best first")
        assert replace(chat.waits_for_edit(newest), version=0) == best


def test_without_its_question_an_answer_is_put_in_order_of_date(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        best = chat.says(QUESTION)
        assert best.reply_to is not None
        chat.deletes(best.reply_to)
        chat.taps(best, "Newest first")
        newest = chat.waits_for_edit(best)
        assert headline(newest) == "Another meeting"
        assert newest.labels[:2] == [["1 of 2", "More ▸"], ["Best first"]]
        chat.taps(newest, "More ▸")
        second = chat.waits_for_edit(newest)
        assert headline(second) == "A meeting"
        # Which was the best, only the question says.
        assert chat.taps(second, "Best first") == second
        assert chat.notices[-1].text == "I can't see that question any more. Please ask again."


def test_newest_first_counts_as_a_question(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, a_minute=1):
        answer = chat.says(QUESTION)
        assert chat.taps(answer, "Newest first") == answer
    assert chat.notices[0].text.startswith("That was a lot of questions. Please ask again in ")
    assert chat.notices[0].alert


# --- filters in plain words


def test_plain_filters_are_shown_on_every_view_and_one_tap_takes_them_back(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    question = f"{QUESTION.rstrip('?')} in February 2014?"
    with bot(server, library):
        answer = chat.says(question)
        assert answer.text.startswith("🗓 from February 2014\n\n")
        assert not answer.marked("code")
        context = chat.taps(answer, "Context")
        context = chat.waits_for_edit(answer)
        assert context.text.startswith("🗓 from February 2014\n\n")
        chat.taps(context, "◂ Back")
        back = chat.waits_for_edit(context)
        assert back.text == answer.text
        chat.taps(back, "Search everything")
        everything = chat.waits_for_edit(back)
        assert "🗓" not in everything.text
        assert "Search everything" not in str(everything.labels)
        chat.taps(everything, "◂ Back")
        assert chat.waits_for_edit(everything).text == answer.text


def test_where_nothing_of_the_time_answers_it_is_said_on_every_view(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    said = "🔎 Nothing from 2019 answers that, so I searched everything.\n\n"
    with bot(server, library):
        answer = chat.says(f"{QUESTION.rstrip('?')} in 2019?")
        assert answer.text.startswith(said)
        assert "Search everything" not in str(answer.labels)
        chat.taps(answer, "Context")
        assert chat.waits_for_edit(answer).text.startswith(said)
        assert chat.says("How do I bake a chocolate cake in 2019?").text.startswith(said)


def test_articles_of_a_time_are_listed_newest_first(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat(language="zh")
    with bot(server, library):
        answer = chat.says("2014年发生了什么？")
        assert answer.text.startswith("🗓 2014年\n\n")
        assert len(answer.labels[0]) == 2
        chat.taps(answer, answer.labels[0][-1])
        second = chat.waits_for_edit(answer)
        assert second.text.startswith("🗓 2014年\n\n")
        # Without the year there is nothing to search for.
        assert "搜索全部文章" not in f"{answer.labels}{second.labels}"


def test_a_search_without_filters_that_finds_nothing_leads_back(server: BotApiServer) -> None:
    class OnlyWithFilters(Stub):
        def answer(self, question: str, hits: int | None = None, *, literal: bool = False, **named: Any) -> Answer:
            found = super().answer(question, hits, literal=literal, **named)
            return (
                replace(found, hits=()) if literal else replace(found, understood=Query("who met Kerry?", SINCE_2014))
            )

    chat = server.private_chat()
    with bot(server, OnlyWithFilters()):
        answer = chat.says("who met Kerry in 2014?")
        chat.taps(answer, "Search everything")
        nothing = chat.waits_for_edit(answer)
        assert "Nothing in this archive answers that." in nothing.text
        chat.taps(nothing, "◂ Back")
        assert chat.waits_for_edit(nothing).text == answer.text


# --- reading on


def test_context_shows_what_is_before_and_after_and_back_leads_to_the_passage(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says("What tells paragraph 100 of the river Yongding and its 100 bridges?")
        chat.taps(answer, "Context")
        context = chat.waits_for_edit(answer)
        (quote,) = answer.marked("expandable_blockquote")
        assert quote in context.text
        assert len(context.marked("blockquote")[0]) > len(quote)
        assert context.bold[-1] == answer.bold[-1]
        chat.taps(context, "▾ Later")
        later = chat.waits_for_edit(context)
        assert quote not in later.text or not later.text.endswith(quote)
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
        count = int(pages[0].labels[0][0].removeprefix("page 1 of "))
        for _ in range(2, count + 1):
            chat.taps(pages[-1], "›")
            pages.append(chat.waits_for_edit(pages[-1]))
        assert pages[-1].labels == [["‹", f"page {count} of {count}"], ["◂ Back"]]
        chat.taps(pages[-1], "◂ Back")
        assert replace(chat.waits_for_edit(pages[-1]), version=0) == answer
    assert count > 2
    body = " ".join(page.text.partition("\n\n")[2] for page in pages)
    assert body.split() == LONG.text.split()


@pytest.mark.parametrize("number", [2, 100, 198])
def test_the_full_text_opens_at_the_sentence_that_the_context_marks(
    server: BotApiServer, library: Answerer, number: int
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(f"What tells paragraph {number} of the river Yongding and its {number} bridges?")
        chat.taps(answer, "Context")
        context = chat.waits_for_edit(answer)
        chat.taps(context, "◂ Back")
        back = chat.waits_for_edit(context)
        chat.taps(back, "Full text")
        page = chat.waits_for_edit(back)
    (place,) = [label for label in page.labels[0] if label.startswith("page ")]
    assert (place.startswith("page 1 "), "›" in page.labels[0]) == (number == 2, number != 198)
    marked = [text.strip() for text in page.bold]
    assert marked == [text.strip() for text in context.bold]
    assert marked == ["A river", f"Paragraph {number} tells of the river Yongding and of its {number} bridges."]


def test_a_linked_article_is_opened_or_read_here(server: BotApiServer) -> None:
    chat = server.private_chat()
    linked = replace(COURT, text=COURT.text + REST)
    with bot(server, a_library(linked, strictness=0.5)):
        answer = chat.says("Which lawyer has the court jailed?")
        assert answer.labels[0] == ["Context", "Open ↗", "Full text"]
        assert answer.links == {"A sentence": "https://example.org/3"}
        assert answer.button("Open ↗")["url"] == "https://example.org/3"
        chat.taps(answer, "Full text")
        assert chat.waits_for_edit(answer).text.endswith(linked.text)


def test_nothing_under_one_passage_offers_more_of_it(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        assert "Context" in str(answer.labels)
        chat.taps(answer, "More ▸")
        other = chat.waits_for_edit(answer)
        assert headline(other) == "Another meeting"
        assert other.labels == [["◂", "2 of 2"], ["Newest first"], ["Timeline: Kerry"], ["👍", "👎", "Share"]]
        chat.taps(other, "👍")
        assert chat.waits_for_edit(other).labels == [*other.labels[:-1], ["Undo 👍", "Share"]]
    with bot(server, a_library(COURT, strictness=1.0), state=Path("another.db")):
        no = chat.says("Do pumpkins float?")
        chat.taps(no, "A sentence")
        assert chat.waits_for_edit(no).labels == [["Open ↗"], ["◂ Back"], ["👍", "👎"]]


# --- no answer


def test_no_answer_offers_each_headline_once(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        *closest, _ = chat.says("Do pumpkins swim in a river?").labels
    assert closest == [["A river"]]


def test_no_answer_says_what_was_searched_and_offers_the_closest_hits(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says("Do pumpkins float?")
        assert no.text == (
            "Nothing in this archive answers that.\n"
            "Searched 4 articles from 9 January 2013 to 1 May 2014.\n\n"
            "Closest, but not an answer:"
        )
        *closest, (watch,) = no.labels
        assert len(closest) == 3
        assert watch == "🔔 Tell me when something does"
        title = "A river"
        assert [title] in closest
        chat.taps(no, title)
        shown = chat.waits_for_edit(no)
        assert shown.text.startswith(f"Closest, but not an answer:\n\n{title}\n")
        chat.taps(shown, "Context")
        chat.taps(chat.waits_for_edit(shown), "◂ Back")
        chat.wait_for(lambda: chat.message(no).version == 3, "the passage again")
        chat.taps(chat.message(no), "◂ Back")
        chat.wait_for(lambda: chat.message(no).version == 4, "the no again")
    assert replace(chat.message(no), version=0) == no


def test_no_answer_to_a_question_with_filters_is_the_same_after_a_look_at_a_closest_hit(
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


def test_no_answer_from_an_empty_archive_offers_only_a_watch(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library()):
        no = chat.says("Who met Kerry?")
    assert no.text == "Nothing in this archive answers that.\nThere are no articles in this archive yet."
    assert no.labels == [["🔔 Tell me when something does"]]


def test_near_duplicates_are_named_again_on_the_way_back(server: BotApiServer) -> None:
    text = " ".join(
        f"Kerry met {name}, a blogger, in Beijing." for name in ("Ma", "Zhang", "Wang", "Liu", "Chen", "Yao")
    )
    copies = [an_article(number, text, f"Copy {number}", source=f"Paper {number}") for number in (1, 2)]
    chat = server.private_chat()
    with bot(server, a_library(*copies)):
        answer = chat.says("Which bloggers has Kerry met?")
        assert "The same story: Copy " in answer.text
        chat.taps(answer, "Context")
        chat.taps(chat.waits_for_edit(answer), "◂ Back")
        chat.wait_for(lambda: chat.message(answer).version == 2, "the answer again")
    assert chat.message(answer).text == answer.text


# --- groups


def test_in_a_group_each_user_taps_in_their_own_language(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.group(), server.user("小明", "zh-hans")
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
