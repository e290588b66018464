"""Watched questions: a chat is notified of each new article once."""

import logging
from dataclasses import replace

import pytest

from bot.outgoing.rate_limiter import Allowance, RateLimiter
from corpus.article import Article
from retrieval.answer.answerer import Answerer
from retrieval.archive.index_spec import wanted_spec
from retrieval.indexing.reembed import reembed
from tests.bot.running_bot import FAST, REST, a_library, an_archive, an_article, bot, elsewhere
from tests.bot.watched_archive import (
    BEGUN,
    OLD,
    QUESTION,
    add,
    flood,
    meeting,
    next_notification,
    wait_until,
    wait_until_looked,
    watches,
)
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server.faults import hang, page, reset
from tests.telegram_server.server import BotApiServer

OTHER = FakeEncoder("other")


@pytest.fixture
def library() -> Answerer:
    return a_library(OLD, strictness=0.5)


# --- notifications


def test_a_chat_is_notified_when_a_new_article_answers(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        begun = chat.says(f"/watch {QUESTION}")
        assert begun.text.startswith(BEGUN)
        assert begun.labels == [["End this watch"]]
        add(library, flood(1))
        notification = next_notification(library, chat, 1)
        assert notification.text.startswith(f"🔔 New on {QUESTION}\n\n{meeting(1).text}\n\nMeeting 1\n")
        assert notification.reply_to is None
        # The notification shows all of the article.
        assert notification.labels == [["👍", "👎", "Share"], ["End this watch"]]
        assert next_notification(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_existing_articles_are_not_notified(server: BotApiServer) -> None:
    chat, library = server.private_chat(), a_library(OLD, meeting(1), strictness=0.5)
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        assert next_notification(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_a_watch_survives_a_restart_and_finds_articles_added_meanwhile(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
    restarted = Answerer(elsewhere(library), FakeEncoder())
    add(restarted, meeting(1))
    with bot(server, restarted):
        assert chat.replies(2)[1].bold[0] == "Meeting 1"
        assert next_notification(restarted, chat, 2).bold[0] == "Meeting 2"


def test_the_buttons_of_a_notification_work_in_place(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, undo=1.0)) as running:
        chat.says(f"/watch {QUESTION}")
        add(library, replace(meeting(1), text=meeting(1).text + REST))
        notification = chat.replies(2)[1]
        assert notification.labels[0] == ["Context", "Full text"]
        chat.taps(notification, "Context")
        shown = chat.waits_for_edit(notification)
        chat.taps(shown, "◂ Back")
        back = chat.waits_for_edit(shown)
        assert (back.text, back.labels) == (notification.text, notification.labels)
        chat.taps(back, "👍")
        saved = chat.waits_for_edit(back)
        assert [verdict.question for verdict in running.bot.feedback.all()] == [QUESTION]
        assert saved.labels == [["Context", "Full text"], ["Undo 👍", "Share"], ["End this watch"]]
        chat.taps(saved, "End this watch")
        ended = chat.waits_for_edit(saved)
        # The notification stays, so that it can still be read.
        assert ended.text == saved.text
        assert sorted(map(str, ended.entities)) == sorted(map(str, saved.entities))
        assert ended.labels == saved.labels[:-1]
        assert chat.notices[-1].text == "Ended, and deleted."
        assert watches(running) == []
        # Nor does the button that undoes a verdict stay for ever.
        assert chat.waits_for_edit(ended).labels == [["Context", "Full text"], ["Share"]]


def test_a_bulk_import_in_several_batches_gives_one_digest(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, watch_quiet=1.0)) as running:
        chat.says(f"/watch {QUESTION}")
        for batch in range(3):
            add(library, *(meeting(10 * batch + number) for number in range(10)))
        digest = chat.replies(2)[1]
        wait_until_looked(running, library)
        assert next_notification(library, chat, 40).bold[0] == "Meeting 40"
    first, _, *lines = digest.text.split("\n")
    assert first == f"🔔 New on {QUESTION}"
    assert len(lines) == 11
    assert all(line.startswith("• Meeting ") for line in lines[:10])
    assert lines[10] == "and more"
    assert digest.labels == [["End this watch"]]
    assert len(chat.received) == 3


def test_a_few_articles_that_come_together_are_all_in_the_digest(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, watch_quiet=0.5)):
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


def test_re_embedding_and_edits_notify_nobody(server: BotApiServer) -> None:
    archive = an_archive(OLD, meeting(1))
    library = Answerer(archive, FakeEncoder(), load=lambda name: OTHER if name == "other" else FakeEncoder())
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        with (writer := elsewhere(library)).write_lock("index --re-embed"):
            assert reembed(writer, OTHER, wanted_spec(OTHER, 0))
        wait_until_looked(running, library)
        edited = Article(meeting(1).card, "Kerry has met the bloggers in Beijing, as this paper now knows better.")
        take_in(elsewhere(library), OTHER, edited)
        wait_until_looked(running, library)
        take_in(elsewhere(library), OTHER, meeting(2))
        assert chat.replies(2)[1].bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_an_article_is_notified_once_even_if_it_is_removed_and_added_again(
    server: BotApiServer, library: Answerer
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        next_notification(library, chat, 1)
        with (writer := elsewhere(library)).write_lock("test"):
            writer.remove([meeting(1).id])
        wait_until_looked(running, library)
        add(library, meeting(1))
        wait_until_looked(running, library)
        assert next_notification(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_a_restored_backup_notifies_nobody(server: BotApiServer) -> None:
    chat, newer = server.private_chat(), a_library(OLD, strictness=0.5)
    for number in range(5):
        add(newer, flood(number))
    with bot(server, newer):
        chat.says(f"/watch {QUESTION}")
    older = a_library(OLD, meeting(1), strictness=0.5)
    assert older.archive.generation().number < newer.archive.generation().number - 1
    with bot(server, older) as running:
        wait_until_looked(running, older)
        assert next_notification(older, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 2


def test_a_watch_notifies_in_its_topic_and_language(server: BotApiServer, library: Answerer) -> None:
    group = server.group(forum=True, language="zh-hans")
    topic = group.opens_topic("News")
    with bot(server, library):
        group.says(f"/watch {QUESTION} since:2014", topic=topic)
        notification = next_notification(library, group, 1)
    assert notification.topic == topic
    assert notification.marked("code") == [f"{QUESTION} since:2014-01-01"]
    assert "2014年1月18日" in notification.text


# --- words


def test_words_notify_of_every_new_article_with_all_of_them(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    text = "It rained for days. The dams above Velmora may break, says Okafor. Nobody left."
    with bot(server, library):
        chat.says("/watch dam Velmora")
        add(library, an_article(21, "The dam of Lisse held.", "Rain"), an_article(22, "Velmora waits.", "Waiting"))
        add(library, an_article(23, text, "A Warning"))
        notification = chat.replies(2)[1]
        assert notification.text.startswith(
            "🔔 New on dam Velmora\n\nThe dams above Velmora may break, says Okafor.\n\nA Warning\n"
        )
        assert notification.bold == ["A Warning", "The dams above Velmora may break, says Okafor."]
        assert notification.labels[-1] == ["End this watch"]
        # The headline counts, too; and the words need not be in one sentence.
        add(library, an_article(24, "Engineers left the dam. They are gone.", "Velmora in Fear"))
        assert chat.replies(3)[2].bold == ["Velmora in Fear", "Engineers left the dam."]
    assert len(chat.received) == 3


def test_a_phrase_and_a_chinese_name_are_found_only_in_one_piece(server: BotApiServer, library: Answerer) -> None:
    chat, chinese = server.private_chat(), server.private_chat("Li")
    with bot(server, library):
        chat.says('/watch "new dam" source:Paper')
        chinese.says("/watch 许志永")
        add(
            library,
            an_article(21, "A dam and a new bridge.", "Apart"),
            an_article(22, "The new dam.", "Elsewhere", source="Tribune"),
            an_article(23, "许多人同志永远", "Apart"),
            an_article(24, "The new dams are high.", "Together"),
            an_article(25, "北京很冷。法院判許志永入狱。", "中国"),
        )
        assert chat.replies(2)[1].bold[0] == "Together"
        assert chinese.replies(2)[1].bold == ["中国", "法院判許志永入狱。"]


# --- never twice


@pytest.mark.parametrize("accepted", [True, False])
def test_a_claimed_article_is_not_notified_again_after_a_crash(
    server: BotApiServer, library: Answerer, accepted: bool
) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        server.faults.plan("sendMessage", hang(accepted=accepted))
        add(library, meeting(1))
        server.wait_for(lambda: len(server.called("sendMessage")) == 2)
    restarted = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, restarted):
        assert next_notification(restarted, chat, 2).bold[0] == "Meeting 2"
    assert [message.bold[0] for message in chat.received[1:]] == ["Meeting 1"] * accepted + ["Meeting 2"]


def test_a_notification_that_may_have_arrived_is_not_repeated(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        server.faults.plan("sendMessage", reset(accepted=True))
        next_notification(library, chat, 1)
        assert next_notification(library, chat, 2).bold[0] == "Meeting 2"
    assert len(chat.received) == 3


def test_while_telegram_cannot_be_reached_a_watch_waits(
    server: BotApiServer, library: Answerer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.outgoing.sending")
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        server.down()
        add(library, meeting(1))
        wait_until(lambda: "Telegram could not be reached" in caplog.text)
        # No article is claimed yet: a bot that is stopped now must still notify after its next start.
        with running.database.change() as db:
            assert db.execute("SELECT * FROM told").fetchall() == []
        server.up()
        assert chat.replies(2)[1].bold[0] == "Meeting 1"
    assert len(chat.received) == 2


def test_a_network_failure_before_a_notification_loses_nothing(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(f"/watch {QUESTION}")
        server.faults.plan("getMe", reset(), page(), reset(accepted=True))
        assert next_notification(library, chat, 1).bold[0] == "Meeting 1"
    assert len(chat.received) == 2


# --- waiting


def test_a_rate_limited_chat_does_not_delay_the_others(server: BotApiServer, library: Answerer) -> None:
    chats = server.private_chat(), server.private_chat("Bob")
    limits = RateLimiter(Allowance(1, 0.0), Allowance(20, 0.0), Allowance(30, 0.0))
    with bot(server, library, limits=limits) as running:
        for chat in chats:
            chat.says(f"/watch {QUESTION}")
        server.fail_next("sendMessage", 429, "Too Many Requests: retry after 300", retry_after=300)
        add(library, meeting(1))
        # Telegram has refused one of the two notifications.
        server.wait_for(lambda: sum(len(chat.received) for chat in chats) == 3)
        slow, other = sorted(chats, key=lambda chat: len(chat.received))
        assert other.received[1].bold[0] == "Meeting 1"
        assert next_notification(library, other, 2).bold[0] == "Meeting 2"
        assert len(watches(running)) == 2
    assert len(slow.received) == 1


def test_an_archive_that_changes_all_the_time_is_checked_after_a_while(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, watch_quiet=60.0, watch_longest=0.5)):
        chat.says(f"/watch {QUESTION}")
        add(library, meeting(1))
        for number in range(200):
            add(library, flood(number))
            if len(chat.received) > 1:
                break
    assert chat.received[1].bold[0] == "Meeting 1"
