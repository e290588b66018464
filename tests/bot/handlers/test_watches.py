"""Watched questions: how a watch begins, is listed, moves with its chat and ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access import Access
from retrieval.answer.answerer import Answerer
from tests.bot.running_bot import FAST, REST, Stub, a_library, an_article, bot, elsewhere
from tests.bot.watched_archive import BEGUN, OLD, QUESTION, add, meeting, next_notification, wait_until, watches
from tests.fakes import FakeEncoder
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import BotApiServer


@pytest.fixture
def library() -> Answerer:
    return a_library(OLD, strictness=0.5)


# --- beginning a watch


def test_a_question_without_an_answer_can_be_watched_by_a_button(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says(f"{QUESTION} sort:new")
        chat.taps(no, "🔔 Tell me")
        begun = chat.waits_for_edit(no)
        assert begun.text.startswith(BEGUN)
        notification = next_notification(library, chat, 1)
        assert notification.bold[0] == "Meeting 1"
        chat.taps(begun, "End this watch")
        assert chat.waits_for_edit(begun).text == "You aren't watching anything here. Start with /watch and a question."
        assert chat.notices[-1].text == "Ended, and deleted."


def test_a_deleted_question_cannot_be_watched(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        no = chat.says(QUESTION)
        assert no.reply_to is not None
        chat.deletes(no.reply_to)
        assert chat.taps(no, "🔔 Tell me") == no
        assert watches(running) == []
    assert [notice.text[:35] for notice in chat.notices] == ["I can't see that question any more."]


def test_watch_without_a_question_watches_the_last_question(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        assert chat.says("/watch").text.startswith("Please write your question after it")
        chat.says("What did the court do to Xu Zhiyong?")
        chat.says("And where?")
        chat.says("/watch")
        (watch,) = watches(running)
    # A follow-up question is stored with its context.
    assert watch.question.startswith("And where? (")
    assert "Xu Zhiyong" in watch.question


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        ("???", "There is nothing to search for"),
        ("the", "There is nothing to search for"),
        ("who? since:soon", "since “soon”"),
        ("a" * 1001, "That question has"),
    ],
)
def test_an_invalid_question_cannot_be_watched(
    server: BotApiServer, library: Answerer, question: str, refusal: str
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        assert chat.says(f"/watch {question}").text.startswith(refusal)
        assert watches(running) == []


def test_a_source_without_articles_can_be_watched(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION} source:Tribune")
        add(library, meeting(1))
        add(library, an_article(9, "Kerry has met the bloggers in Beijing.", "At last", source="Tribune"))
        assert chat.replies(2)[1].bold[0] == "At last"
    assert len(chat.received) == 2


def test_an_equal_watch_is_stored_once_and_a_chat_has_a_limit(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library, watches=2) as running:
        for question in ("who met Kerry?", "who met  Kerry?", "Who met kerry", "who jailed Xu?"):
            assert chat.says(f"/watch {question}").text.startswith("🔔 Watching ")
        refused = chat.says("/watch who else?").text
        assert refused == "You can watch 2 questions here at most. End one first: /watches"
        # An equal watch does not count towards the limit, and each chat has its own limit.
        assert chat.says("/watch who met Kerry?").text.startswith("🔔 Watching ")
        other.says("/watch who else?")
        assert [(watch.chat, watch.question) for watch in watches(running)] == [
            (chat.id, "who met Kerry?"),
            (chat.id, "who jailed Xu?"),
            (other.id, "who else?"),
        ]


# --- what the archive answers now


def test_a_watch_first_says_what_the_archive_answers_now(server: BotApiServer) -> None:
    # There is more of each article to read than the passage that answers.
    ferries = f"\n\nThe ferries {', '.join(f'Velmora {number}' for number in range(24))} cast off at dusk."
    longer = [replace(meeting(1), text=meeting(1).text + REST), replace(meeting(2), text=meeting(2).text + ferries)]
    chat, library = server.private_chat(), a_library(OLD, *longer, strictness=0.5)
    with bot(server, library) as running:
        answer = chat.says(QUESTION)
        begun = chat.says(f"/watch {QUESTION}")
        assert begun.text == (
            f"🔔 Watching {QUESTION}\n\n{answer.text}\n\n"
            "I'll message you here when a new article answers this. "
            "To end it: /watches"
        )
        assert begun.labels[-1] == ["End this watch"]
        (watch,) = watches(running)
        # Both may be read here, so neither is reported.
        assert running.bot.watches.claim(watch, [meeting(1).id, meeting(2).id]) == set()
        chat.taps(begun, "More ▸")
        second = chat.waits_for_edit(begun)
        assert second.text.startswith(f"🔔 Watching {QUESTION}\n\n")
        assert second.labels[-1] == ["End this watch"]
        chat.taps(second, "Context")
        context = chat.waits_for_edit(second)
        chat.taps(context, "◂ Back")
        back = chat.waits_for_edit(context)
        assert (back.text, back.labels) == (second.text, second.labels)
        chat.taps(back, "End this watch")
        ended = chat.waits_for_edit(back)
        assert (ended.text, ended.labels) == (back.text, back.labels[:-1])
        assert watches(running) == []


def test_an_article_that_was_shown_when_the_watch_began_is_not_notified(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, watch_quiet=0.5)):
        chat.says(f"/watch {QUESTION}")
        add(library, meeting(1))  # the watch has not been checked since
        assert "Meeting 1" in chat.says(f"/watch {QUESTION}").text
        assert next_notification(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_a_followup_goes_on_from_the_question_that_is_watched(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says("/watch what happened to Xu?")
        chat.says("and when?")
    assert stub.previous_questions == [None, "what happened to Xu?"]


def test_a_watch_counts_as_a_question_in_a_minute(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub, a_minute=1) as running:
        chat.says("/watch who met Kerry?")
        assert chat.says("/watch who jailed Xu?").text.startswith("That was a lot of questions.")
        assert [watch.question for watch in watches(running)] == ["who met Kerry?"]
    assert stub.questions == ["who met Kerry?"]


def test_a_tap_that_watches_counts_as_a_question_in_a_minute(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, a_minute=1) as running:
        no = chat.says(QUESTION)
        assert chat.taps(no, "🔔 Tell me") == no
        assert watches(running) == []
    assert chat.notices[-1].text.startswith("That was a lot of questions.")


# --- watches of words


def test_words_are_watched_as_words_and_the_newest_article_with_them_is_shown(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        begun = chat.says("/watch Xu Zhiyong")
        assert begun.text.startswith(f"🔔 Watching Xu Zhiyong\n\n{OLD.text}\n\n{OLD.card.title}\n9 January 2013")
        assert "I'll message you here about every new article with these words." in begun.text
        none = chat.says("/watch dam Velmora source:Tribune")
        assert none.text.startswith(
            '🔔 Watching dam Velmora source:"Tribune"\n\nNo article in this archive has these words yet.\n\n'
            "I'll message you here about every new article with these words."
        )
        assert none.labels == [["End this watch"]]
        assert [watch.words for watch in watches(running)] == [True, True]
        chat.says("/watch Xu Zhiyong?")
        assert watches(running)[-1].words is False


# --- listing and ending watches


def test_watches_are_listed_and_ended_by_a_tap(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library) as running:
        assert chat.says("/watches").text == "You aren't watching anything here. Start with /watch and a question."
        chat.says("/watch who met Kerry?")
        chat.says("/watch who jailed Xu?")
        other.says("/watch who else?")
        listed = chat.says("/watches")
        assert listed.labels == [["✕ who met Kerry?"], ["✕ who jailed Xu?"]]
        chat.taps(listed, "✕ who met Kerry?")
        remaining = chat.waits_for_edit(listed)
        assert remaining.labels == [["✕ who jailed Xu?"]]
        chat.taps(remaining, "✕ who jailed Xu?")
        assert (
            chat.waits_for_edit(remaining).text
            == "You aren't watching anything here. Start with /watch and a question."
        )
        assert [watch.chat for watch in watches(running)] == [other.id]


def test_an_ended_watch_sends_nothing(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library):
        begun = chat.says(f"/watch {QUESTION}")
        other.says(f"/watch {QUESTION}")
        chat.taps(begun, "End this watch")
        assert next_notification(library, other, 1).bold[0] == "Meeting 1"
        assert chat.says("/watches").text == "You aren't watching anything here. Start with /watch and a question."
    assert len(chat.received) == 2


def block(chat: Chat) -> None:
    chat.blocks()


def remove(chat: Chat) -> None:
    chat.removes_bot()


def deactivate(chat: Chat) -> None:
    chat.deactivates()


@pytest.mark.parametrize("leave", [block, remove, deactivate])
def test_watches_end_in_a_chat_that_the_bot_cannot_write_to(
    server: BotApiServer, library: Answerer, leave: Callable[[Chat], None]
) -> None:
    chat = server.group() if leave is remove else server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        leave(chat)
        if leave is deactivate:  # Telegram does not report this to the bot
            add(library, meeting(1))
        wait_until(lambda: watches(running) == [])
    assert len(chat.received) == 1


def test_a_deleted_topic_ends_only_its_own_watches(server: BotApiServer, library: Answerer) -> None:
    group = server.group(forum=True)
    deleted_topic, other_topic = group.opens_topic("Old"), group.opens_topic("News")
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}", topic=deleted_topic)
        group.says(f"/watch {QUESTION}", topic=other_topic)
        server.fail_next("sendMessage", 400, "Bad Request: message thread not found")
        assert next_notification(library, group, 1).topic == other_topic
        assert [watch.topic for watch in watches(running)] == [other_topic]


def test_forget_ends_a_users_watches_in_groups_too(server: BotApiServer, library: Answerer) -> None:
    chat, group, other = server.private_chat(), server.group(), server.private_chat("Bob")
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        group.sends(text=f"/watch {QUESTION}", by=chat.user)
        group.replies(1)
        other.says(f"/watch {QUESTION}")
        assert chat.says("/forget").text
        assert next_notification(library, other, 1).bold[0] == "Meeting 1"
        assert [watch.chat for watch in watches(running)] == [other.id]
    assert (len(chat.received), len(group.received)) == (2, 1)


def test_users_who_may_no_longer_ask_are_no_longer_notified(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        other.says(f"/watch {QUESTION}")
    restarted = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, restarted, access=Access(users=[other.id], public=False)) as running:
        assert next_notification(restarted, other, 1).bold[0] == "Meeting 1"
        wait_until(lambda: [watch.chat for watch in watches(running)] == [other.id])
    assert len(chat.received) == 1


# --- groups that become supergroups


def test_a_watch_moves_with_its_group(server: BotApiServer, library: Answerer) -> None:
    group = server.group(basic=True)
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}")
        new = group.migrates()
        wait_until(lambda: [watch.chat for watch in watches(running)] == [new.id])
        assert next_notification(library, new, 1).bold[0] == "Meeting 1"
        assert new.says("/watches").labels == [[f"✕ {QUESTION}"]]
    assert len(group.received) == 1


def test_a_watch_follows_a_group_whose_move_was_missed(server: BotApiServer, library: Answerer) -> None:
    group = server.group(basic=True)
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}")
        server.updates.wanted = ["callback_query"]
        new = group.migrates()
        assert next_notification(library, new, 1).bold[0] == "Meeting 1"
        wait_until(lambda: [watch.chat for watch in watches(running)] == [new.id])
        assert next_notification(library, new, 2).bold[0] == "Meeting 2"
        assert len([call for call in server.called("sendMessage") if call["chat_id"] == group.id]) == 2


def test_an_ended_watch_leaves_nothing_in_bot_db(server: BotApiServer, library: Answerer) -> None:
    def on_disk() -> bytes:
        return b"".join(file.read_bytes() for file in Path().glob("bot.db*"))

    chat = server.private_chat()
    with bot(server, library) as running:
        begun = chat.says(f"/watch {QUESTION}")
        running.idle()
        assert QUESTION.encode() in on_disk()
        chat.taps(begun, "End this watch")
        wait_until(lambda: QUESTION.encode() not in on_disk())
