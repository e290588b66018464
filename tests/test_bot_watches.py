"""Watched questions: what is told, where, how often, and what ends a watch."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot import watcher
from bot.access import Access
from bot.limits import Allowance, Limits
from bot.watchlist import Watch
from corpus.article import Article
from retrieval.answer.answerer import Answerer
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.reembed import reembed
from retrieval.archive.sync import wanted_making
from tests.bot_api_chat import Chat
from tests.bot_api_faults import hang, reset
from tests.bot_api_messages import Message
from tests.bot_api_server import BotApiServer
from tests.fakes import FakeEncoder, take_in
from tests.running_bot import Running, a_library, an_archive, an_article, bot

OLD = an_article(1, "The court jailed the lawyer Xu Zhiyong.", published=date(2013, 1, 9))
QUESTION = "Which bloggers has Kerry met in Beijing?"
BEGUN = f"🔔 New on {QUESTION}\n\nI keep this question"
OTHER = FakeEncoder("other")


def meeting(number: int, place: str = "Beijing") -> Article:
    """An article that answers."""
    text = f"Kerry has met the bloggers in {place}, for the time number {number}, and talked of {'x' * number}."
    return an_article(100 + number, text, f"Meeting {number}")


def flood(number: int) -> Article:
    """An article that does not."""
    return an_article(500 + number, f"The river rose by {number} metres.", f"Flood {number}")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(watcher, "QUIET", 0.05)


@pytest.fixture
def library() -> Answerer:
    return a_library(OLD, strictness=0.5)


def elsewhere(answerer: Answerer) -> EmbeddedArchive:
    """Open an answerer's archive once more, as another process would."""
    assert isinstance(answerer.archive, EmbeddedArchive)
    return EmbeddedArchive.open(answerer.archive.store.database.folder)


def add(answerer: Answerer, *articles: Article) -> None:
    take_in(elsewhere(answerer), FakeEncoder(), *articles)


def watches(running: Running) -> list[Watch]:
    return running.desk.watchlist.all()


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def wait_until_looked(running: Running, answerer: Answerer) -> None:
    """Wait until every watch knows of all that is in the archive."""
    generation = answerer.archive.generation()
    wait_until(lambda: all(watch.since == generation for watch in watches(running)))


def told_next(answerer: Answerer, chat: Chat, number: int) -> Message:
    """Add an article that answers and return what is told of it: of a chat's news, each is told after the last."""
    before = len(chat.received)
    add(answerer, meeting(number))
    return chat.replies(before + 1)[before]


# --- told


def test_a_reader_is_told_when_an_article_added_since_answers(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        begun = chat.says(f"/watch {QUESTION}")
        assert begun.text.startswith(BEGUN)
        assert begun.labels == [["End this watch"]]
        add(library, flood(1))
        told = told_next(library, chat, 1)
        assert told.text.startswith(f"🔔 New on {QUESTION}\n\nMeeting 1\n")
        assert told.reply_to is None
        assert told.labels == [["Context", "Full text"], ["👍", "👎"], ["End this watch"]]
        assert told_next(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_what_is_there_already_is_not_told(server: BotApiServer) -> None:
    chat, library = server.private_chat(), a_library(OLD, meeting(1), strictness=0.5)
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        assert told_next(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_a_watch_survives_a_restart_and_tells_what_came_meanwhile(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
    again = Answerer(elsewhere(library), FakeEncoder())
    add(again, meeting(1))
    with bot(server, again):
        assert chat.replies(2)[1].bold[0] == "Meeting 1"
        assert told_next(again, chat, 2).bold[0] == "Meeting 2"


def test_what_was_told_is_read_on_judged_and_ended_where_it_stands(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        told = told_next(library, chat, 1)
        chat.taps(told, "Context")
        shown = chat.waits_for_edit(told)
        chat.taps(shown, "◂ Back")
        back = chat.waits_for_edit(shown)
        assert (back.text, back.labels) == (told.text, told.labels)
        chat.taps(back, "👍")
        asking = chat.waits_for_edit(back)
        chat.taps(asking, "Keep the question")
        kept = chat.waits_for_edit(asking)
        assert [one.question for one in running.desk.feedback.all()] == [QUESTION]
        assert kept.labels == [["Context", "Full text"], ["End this watch"]]
        chat.taps(kept, "End this watch")
        ended = chat.waits_for_edit(kept)
        # What was told stays there to be read.
        assert ended.text == kept.text
        assert sorted(map(str, ended.entities)) == sorted(map(str, kept.entities))
        assert ended.labels == [["Context", "Full text"]]
        assert chat.notices[-1].text == "Ended. I keep nothing of it."
        assert watches(running) == []


def test_a_bulk_import_in_several_batches_is_told_in_one_digest(
    server: BotApiServer, library: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "QUIET", 1.0)
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        for batch in range(3):
            add(library, *(meeting(10 * batch + number) for number in range(10)))
        digest = chat.replies(2)[1]
        monkeypatch.setattr(watcher, "QUIET", 0.05)
        wait_until_looked(running, library)
        assert told_next(library, chat, 40).bold[0] == "Meeting 40"
    first, _, *lines = digest.text.split("\n")
    assert first == f"🔔 New on {QUESTION}"
    assert len(lines) == 11
    assert all(line.startswith("• Meeting ") for line in lines[:10])
    assert lines[10] == "and more"
    assert digest.labels == [["End this watch"]]
    assert len(chat.received) == 3


def test_a_few_articles_that_come_together_are_all_in_the_digest(
    server: BotApiServer, library: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "QUIET", 0.5)
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        add(library, *map(meeting, range(1, 4)), flood(1))
        digest = chat.replies(2)[1]
        chat.taps(digest, "End this watch")
        ended = chat.waits_for_edit(digest)
    assert sorted(digest.text.split("\n")[2:]) == [
        "• Meeting 1, 18 January 2014",
        "• Meeting 2, 19 January 2014",
        "• Meeting 3, 20 January 2014",
    ]
    assert (ended.text, ended.labels) == (digest.text, [])


def test_nothing_is_told_of_a_re_embedding_nor_of_an_article_that_was_edited(server: BotApiServer) -> None:
    archive = an_archive(OLD, meeting(1))
    library = Answerer(archive, FakeEncoder(), load=lambda name: OTHER if name == "other" else FakeEncoder())
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        with (writer := elsewhere(library)).writing("index --re-embed"):
            assert reembed(writer.store, OTHER, wanted_making(OTHER, 0))
        wait_until_looked(running, library)
        edited = Article(meeting(1).card, "Kerry has met the bloggers in Beijing, as this paper now knows better.")
        take_in(elsewhere(library), OTHER, edited)
        wait_until_looked(running, library)
        take_in(elsewhere(library), OTHER, meeting(2))
        assert chat.replies(2)[1].bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_an_article_is_told_once_whatever_becomes_of_it(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        told_next(library, chat, 1)
        with (writer := elsewhere(library)).writing("test"):
            writer.remove([meeting(1).id])
        wait_until_looked(running, library)
        add(library, meeting(1))
        wait_until_looked(running, library)
        assert told_next(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_an_older_archive_that_is_put_back_is_not_news(server: BotApiServer) -> None:
    chat, newer = server.private_chat(), a_library(OLD, strictness=0.5)
    for number in range(5):
        add(newer, flood(number))
    with bot(server, newer):
        chat.says(f"/watch {QUESTION}")
    older = a_library(OLD, meeting(1), strictness=0.5)
    assert older.archive.generation() < newer.archive.generation() - 1
    with bot(server, older) as running:
        wait_until_looked(running, older)
        assert told_next(older, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_a_watch_tells_in_its_topic_and_in_the_language_it_was_set_in(server: BotApiServer, library: Answerer) -> None:
    group = server.group(forum=True, language="zh-hans")
    topic = group.opens_topic("News")
    with bot(server, library):
        group.says(f"/watch {QUESTION} since:2014", topic=topic)
        told = told_next(library, group, 1)
    assert told.topic == topic
    assert told.marked("code") == [f"{QUESTION} since:2014-01-01"]
    assert "2014年1月18日" in told.text


# --- never twice


@pytest.mark.parametrize("accepted", [True, False])
def test_what_was_claimed_when_the_bot_died_is_never_told_again(
    server: BotApiServer, library: Answerer, accepted: bool
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        server.faults.plan("sendMessage", hang(accepted=accepted))
        add(library, meeting(1))
        server.wait_for(lambda: len(server.called("sendMessage")) == 2)
    again = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, again):
        assert told_next(again, chat, 2).bold[0] == "Meeting 2"
    assert [message.bold[0] for message in chat.received[1:]] == ["Meeting 1"] * accepted + ["Meeting 2"]


def test_what_may_have_arrived_is_never_told_again(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        server.faults.plan("sendMessage", reset(accepted=True))
        told_next(library, chat, 1)
        assert told_next(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_while_telegram_cannot_be_reached_a_watch_waits(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        server.down()
        add(library, meeting(1))
        wait_until_looked(running, library)
        server.up()
        assert chat.replies(2)[1].bold[0] == "Meeting 1"
    assert len(chat.received) == 2


# --- begun


def test_a_no_can_be_watched_by_its_button(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        no = chat.says(f"{QUESTION} sort:new")
        chat.taps(no, "🔔 Tell me")
        begun = chat.waits_for_edit(no)
        assert begun.text.startswith(BEGUN)
        told = told_next(library, chat, 1)
        assert told.bold[0] == "Meeting 1"
        chat.taps(begun, "End this watch")
        assert chat.waits_for_edit(begun).text == "Nothing is watched here. Begin with /watch and a question."
        assert chat.notices[-1].text == "Ended. I keep nothing of it."


def test_a_no_whose_question_was_deleted_cannot_be_watched(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        no = chat.says(QUESTION)
        assert no.reply_to is not None
        chat.deletes(no.reply_to)
        assert chat.taps(no, "🔔 Tell me") == no
        assert watches(running) == []
    assert [notice.text[:35] for notice in chat.notices] == ["Your question is no longer here, an"]


def test_watch_without_a_question_watches_what_was_asked_last(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        assert chat.says("/watch").text.startswith("Please write your question after it")
        chat.says("What did the court do to Xu Zhiyong?")
        chat.says("And where?")
        chat.says("/watch")
        (watch,) = watches(running)
    # A follow-up is kept as what it meant.
    assert watch.question.startswith("And where? (")
    assert "Xu Zhiyong" in watch.question


@pytest.mark.parametrize(
    ("question", "said"),
    [("???", "There is nothing to search for"), ("who? since:soon", "since 'soon'"), ("a" * 1001, "That question has")],
)
def test_what_cannot_be_asked_cannot_be_watched(
    server: BotApiServer, library: Answerer, question: str, said: str
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        assert chat.says(f"/watch {question}").text.startswith(said)
        assert watches(running) == []


def test_a_source_that_nothing_is_from_yet_can_be_watched(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION} source:Tribune")
        add(library, meeting(1))
        add(library, an_article(9, "Kerry has met the bloggers in Beijing.", "At last", source="Tribune"))
        assert chat.replies(2)[1].bold[0] == "At last"
    assert len(chat.received) == 2


def test_the_same_watch_twice_is_one_and_a_chat_has_only_so_many(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library, watches=2) as running:
        for question in ("who met Kerry?", "who met  Kerry?", "who jailed Xu?"):
            assert chat.says(f"/watch {question}").text.startswith("🔔 New on ")
        assert chat.says("/watch who else?").text == "No more than 2 questions can be watched here. End one first: /watches"
        # What is watched already may be said again all the same, and another chat has its own.
        assert chat.says("/watch who met Kerry?").text.startswith("🔔 New on ")
        other.says("/watch who else?")
        assert [(one.chat, one.question) for one in watches(running)] == [
            (chat.id, "who met Kerry?"),
            (chat.id, "who jailed Xu?"),
            (other.id, "who else?"),
        ]


# --- listed, and ended


def test_watches_are_listed_and_ended_by_a_tap(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library) as running:
        assert chat.says("/watches").text == "Nothing is watched here. Begin with /watch and a question."
        chat.says("/watch who met Kerry?")
        chat.says("/watch who jailed Xu?")
        other.says("/watch who else?")
        listed = chat.says("/watches")
        assert listed.labels == [["✕ who met Kerry?"], ["✕ who jailed Xu?"]]
        chat.taps(listed, "✕ who met Kerry?")
        rest = chat.waits_for_edit(listed)
        assert rest.labels == [["✕ who jailed Xu?"]]
        chat.taps(rest, "✕ who jailed Xu?")
        assert chat.waits_for_edit(rest).text == "Nothing is watched here. Begin with /watch and a question."
        assert [one.chat for one in watches(running)] == [other.id]


def test_a_watch_that_has_ended_tells_nothing(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library):
        begun = chat.says(f"/watch {QUESTION}")
        other.says(f"/watch {QUESTION}")
        chat.taps(begun, "End this watch")
        assert told_next(library, other, 1).bold[0] == "Meeting 1"
        assert chat.says("/watches").text == "Nothing is watched here. Begin with /watch and a question."
    assert len(chat.received) == 2


def block(chat: Chat) -> None:
    chat.blocks()


def remove(chat: Chat) -> None:
    chat.removes_bot()


def deactivate(chat: Chat) -> None:
    chat.deactivates()


@pytest.mark.parametrize("leave", [block, remove, deactivate])
def test_where_the_bot_cannot_write_any_more_watches_end(
    server: BotApiServer, library: Answerer, leave: Callable[[Chat], None]
) -> None:
    chat = server.group() if leave is remove else server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        leave(chat)
        if leave is deactivate:  # which nobody tells the bot
            add(library, meeting(1))
        wait_until(lambda: watches(running) == [])
    assert len(chat.received) == 1


def test_a_topic_that_is_no_more_ends_its_watches_alone(server: BotApiServer, library: Answerer) -> None:
    group = server.group(forum=True)
    gone, there = group.opens_topic("Old"), group.opens_topic("News")
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}", topic=gone)
        group.says(f"/watch {QUESTION}", topic=there)
        server.fail_next("sendMessage", 400, "Bad Request: message thread not found")
        assert told_next(library, group, 1).topic == there
        assert [watch.topic for watch in watches(running)] == [there]


def test_forgetting_a_reader_ends_what_they_watch_in_groups_too(server: BotApiServer, library: Answerer) -> None:
    chat, group, other = server.private_chat(), server.group(), server.private_chat("Bob")
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        group.sends(text=f"/watch {QUESTION}", by=chat.reader)
        group.replies(1)
        other.says(f"/watch {QUESTION}")
        running.state.forget(chat.id, but=0)
        assert told_next(library, other, 1).bold[0] == "Meeting 1"
        assert [watch.chat for watch in watches(running)] == [other.id]
    assert (len(chat.received), len(group.received)) == (1, 1)


def test_who_may_not_ask_any_more_is_told_no_more(server: BotApiServer, library: Answerer) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        other.says(f"/watch {QUESTION}")
    again = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, again, access=Access(readers=[other.id], public=False)) as running:
        assert told_next(again, other, 1).bold[0] == "Meeting 1"
        wait_until(lambda: [watch.chat for watch in watches(running)] == [other.id])
    assert len(chat.received) == 1


# --- moved


def test_a_watch_moves_with_its_group(server: BotApiServer, library: Answerer) -> None:
    group = server.group(basic=True)
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}")
        new = group.migrates()
        wait_until(lambda: [watch.chat for watch in watches(running)] == [new.id])
        assert told_next(library, new, 1).bold[0] == "Meeting 1"
        assert new.says("/watches").labels == [[f"✕ {QUESTION}"]]
    assert len(group.received) == 1


def test_a_watch_follows_a_group_that_moved_unnoticed(server: BotApiServer, library: Answerer) -> None:
    group = server.group(basic=True)
    with bot(server, library) as running:
        group.says(f"/watch {QUESTION}")
        server.updates.wanted = ["callback_query"]
        new = group.migrates()
        assert told_next(library, new, 1).bold[0] == "Meeting 1"
        wait_until(lambda: [watch.chat for watch in watches(running)] == [new.id])
        assert told_next(library, new, 2).bold[0] == "Meeting 2"
        assert len([call for call in server.called("sendMessage") if call["chat_id"] == group.id]) == 2


# --- patience


def test_a_chat_that_telegram_makes_wait_does_not_hold_up_the_others(server: BotApiServer, library: Answerer) -> None:
    slow, other = server.private_chat(), server.private_chat("Bob")
    limits = Limits(Allowance(1, 0.0), Allowance(20, 0.0), Allowance(30, 0.0))
    with bot(server, library, limits=limits) as running:
        slow.says(f"/watch {QUESTION}")
        other.says(f"/watch {QUESTION}")
        server.fail_next("sendMessage", 429, "Too Many Requests: retry after 300", retry_after=300)
        add(library, meeting(1))
        assert other.replies(2)[1].bold[0] == "Meeting 1"
        assert told_next(library, other, 2).bold[0] == "Meeting 2"
        assert len(watches(running)) == 2
    assert len(slow.received) == 1


def test_an_archive_that_never_is_quiet_is_told_of_all_the_same(
    server: BotApiServer, library: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "QUIET", 60.0)
    monkeypatch.setattr(watcher, "LONGEST", 0.5)
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        add(library, meeting(1))
        number = 0
        while len(chat.received) < 2:
            number += 1
            assert number < 200
            add(library, flood(number))
    assert chat.received[1].bold[0] == "Meeting 1"


def test_watches_are_in_bot_db_until_they_end_and_nothing_of_them_after(
    server: BotApiServer, library: Answerer
) -> None:
    def on_disk() -> bytes:
        return b"".join(file.read_bytes() for file in Path().glob("bot.db*"))

    chat = server.private_chat()
    with bot(server, library) as running:
        begun = chat.says(f"/watch {QUESTION}")
        running.idle()
        assert QUESTION.encode() in on_disk()
        chat.taps(begun, "End this watch")
        wait_until(lambda: QUESTION.encode() not in on_disk())
