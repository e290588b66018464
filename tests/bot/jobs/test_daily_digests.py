"""The daily digest: what the watches of a chat have found, in one message a day, at the hour that the user sets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.access import Access
from bot.store.digests import Digest
from retrieval.answer.answerer import Answerer
from retrieval.types import NO_FILTERS, Answer, Filters
from tests.bot.running_bot import Running, a_library, an_archive, an_article, bot, elsewhere
from tests.bot.watched_archive import OLD, QUESTION, add, flood, meeting, wait_until, watches
from tests.fakes import FakeEncoder
from tests.telegram_server.chat import Chat
from tests.telegram_server.faults import hang, reset
from tests.telegram_server.server import BotApiServer

BERLIN = ZoneInfo("Europe/Berlin")
HEADING = "🔔 Your daily digest"


class Clock:
    """A clock in Berlin that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 7, tzinfo=BERLIN)

    def __call__(self) -> datetime:
        return self.now

    def set(self, hour: int, day: int = 5) -> None:
        self.now = datetime(2026, 1, day, hour, tzinfo=BERLIN)


@pytest.fixture
def library() -> Answerer:
    return a_library(OLD, strictness=0.5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def digests(running: Running) -> list[Digest]:
    return running.bot.digests.all()


def due(running: Running) -> list[datetime]:
    return [datetime.fromtimestamp(digest.due, BERLIN) for digest in digests(running)]


def wait_until_sent(running: Running, clock: Clock) -> None:
    """Wait until no digest is due any more."""
    wait_until(lambda: all(when > clock.now for when in due(running)))


# --- setting the hour


def test_the_hour_is_set_changed_and_ended(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock) as running:
        assert chat.says("/digest").text == (
            "You get each new article at once. /digest 8 brings them in one message a day, at 08:00 (Europe/Berlin, "
            "UTC+1); /digest 8 UTC+3 does so in another time zone."
        )
        assert chat.says("/digest 8").text.startswith(
            "You get what is new in one message, every day at 08:00 (Europe/Berlin, UTC+1), if there is anything."
        )
        assert due(running) == [datetime(2026, 1, 5, 8, tzinfo=BERLIN)]
        assert "every day at 20:30 (UTC+3), if there is anything." in chat.says("/digest 8:30pm UTC+3").text
        assert due(running) == [datetime(2026, 1, 5, 17, 30, tzinfo=UTC)]
        assert "every day at 20:30 (UTC+3), if there is anything." in chat.says("/digest").text
        assert "It comes with your daily digest, at 20:30 (UTC+3)." in chat.says(f"/watch {QUESTION}").text
        assert chat.says("/digest at noon").text.startswith("I can't read that hour.")
        assert len(digests(running)) == 1
        assert chat.says("/digest off").text.startswith("You get each new article at once.")
        assert digests(running) == []


def test_each_topic_of_a_group_has_its_own_hour(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    group = server.group(forum=True)
    early, late = group.opens_topic("Early"), group.opens_topic("Late")
    with bot(server, library, now=clock) as running:
        for topic, hour in ((early, 8), (late, 9)):
            group.says(f"/watch {QUESTION}", topic=topic)
            group.says(f"/digest {hour}", topic=topic)
        add(library, meeting(1), meeting(2))
        clock.set(8)
        assert group.replies(5)[4].topic == early
        wait_until_sent(running, clock)
        clock.set(9)
        assert group.replies(6)[5].topic == late
    assert len(group.received) == 6


# --- what is in it


def test_a_digest_lists_by_watch_what_was_found_since_the_last_one(
    server: BotApiServer, library: Answerer, clock: Clock
) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    flooded = an_article(50, "The dam above Velmora broke.", "Flood <1>", url="https://example.org/flood")
    with bot(server, library, now=clock) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/watch dam Velmora")
        chat.says("/watch Ngozi Okafor")
        chat.says("/digest 8")
        other.says(f"/watch {QUESTION}")
        add(library, meeting(1), flooded, flood(1))
        assert other.replies(2)[1].bold[0] == "Meeting 1"  # at once, while the digest waits
        add(library, meeting(2))
        assert other.replies(3)[2].bold[0] == "Meeting 2"
        assert len(chat.received) == 4
        clock.set(8)
        digest = chat.replies(5)[4]
        wait_until_sent(running, clock)
        head, answers, words = digest.text.split("\n\n")
        assert (head, digest.reply_to, digest.labels) == (HEADING, None, [])
        assert answers.split("\n")[0] == QUESTION
        assert sorted(answers.split("\n")[1:]) == ["• Meeting 1, 18 January 2014", "• Meeting 2, 19 January 2014"]
        assert words == "dam Velmora\n• Flood <1>, 23 January 2014"
        assert digest.links == {"Flood <1>": "https://example.org/flood"}
        # The next day has nothing new and so no message; the day after has one article.
        clock.set(8, day=6)
        wait_until_sent(running, clock)
        add(library, meeting(3))
        clock.set(8, day=7)
        assert chat.replies(6)[5].text == f"{HEADING}\n\n{QUESTION}\n• Meeting 3, 20 January 2014"
        assert due(running) == [datetime(2026, 1, 8, 8, tzinfo=BERLIN)]
    assert len(chat.received) == 6


def test_what_waits_for_the_digest_comes_at_once_when_it_is_turned_off(
    server: BotApiServer, library: Answerer, clock: Clock
) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library, now=clock):
        for each in (chat, other):
            each.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        add(library, meeting(1))
        other.replies(2)
        assert len(chat.received) == 2
        chat.says("/digest off")
        assert chat.replies(4)[3].bold[0] == "Meeting 1"


class Failing(Answerer):
    """Fails at one question, when it is asked of new articles only."""

    def answer(self, question: str, *more: Any, filters: Filters = NO_FILTERS, **named: Any) -> Answer:
        if question.startswith("who failed") and filters.added_after is not None:
            raise RuntimeError
        return super().answer(question, *more, filters=filters, **named)


def test_a_watch_that_cannot_be_searched_does_not_hold_back_the_others(
    server: BotApiServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    chat, library = server.private_chat(), Failing(an_archive(OLD), FakeEncoder(), strictness=0.5)
    with bot(server, library, now=clock) as running:
        chat.says("/watch who failed?")
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        add(library, meeting(1))
        clock.set(8)
        assert chat.replies(4)[3].text == f"{HEADING}\n\n{QUESTION}\n• Meeting 1, 18 January 2014"
        wait_until_sent(running, clock)
        failed, searched = watches(running)
        assert failed.since < searched.since
    assert "A watch could not be checked (RuntimeError)." in caplog.text


# --- once, and never twice


def test_a_missed_digest_is_sent_once_at_the_next_start(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock):
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
    restarted = Answerer(elsewhere(library), FakeEncoder())
    add(restarted, meeting(1))
    clock.set(12, day=9)
    with bot(server, restarted, now=clock) as running:
        assert "• Meeting 1" in chat.replies(3)[2].text
        wait_until_sent(running, clock)
        assert due(running) == [datetime(2026, 1, 10, 8, tzinfo=BERLIN)]
    assert len(chat.received) == 3


@pytest.mark.parametrize("accepted", [True, False])
def test_what_was_claimed_for_a_digest_is_not_sent_again_after_a_crash(
    server: BotApiServer, library: Answerer, clock: Clock, accepted: bool
) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock):
        chat.says(f"/watch {QUESTION}")
        chat.says("/watch Kerry bloggers")
        chat.says("/digest 8")
        add(library, meeting(1))
        server.faults.plan("sendMessage", hang(accepted=accepted))
        clock.set(8)
        server.wait_for(lambda: len(server.called("sendMessage")) == 4)
    restarted = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, restarted, now=clock) as running:
        add(restarted, meeting(2))
        clock.set(8, day=6)
        last = chat.replies(4 + accepted)[-1]
        wait_until_sent(running, clock)
    assert last.text.count("Meeting 2") == 2
    assert "Meeting 1" not in last.text
    assert len(chat.received) == 4 + accepted


def test_a_kill_between_claim_and_sending_sends_nothing_twice(
    server: BotApiServer, library: Answerer, clock: Clock
) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        (watch,) = watches(running)
        add(library, meeting(1), meeting(2))
        # As a process leaves it that dies right after the claim: the digest is still due.
        running.bot.watches.claim(watch, [meeting(1).id])
        clock.set(8)
        assert chat.replies(3)[2].text == f"{HEADING}\n\n{QUESTION}\n• Meeting 2, 19 January 2014"
        wait_until_sent(running, clock)
    assert len(chat.received) == 3


def test_a_digest_that_may_have_arrived_is_not_repeated(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        server.faults.plan("sendMessage", reset(accepted=True))
        add(library, meeting(1))
        clock.set(8)
        chat.replies(3)
        wait_until_sent(running, clock)
        add(library, meeting(2))
        clock.set(8, day=6)
        assert chat.replies(4)[3].text == f"{HEADING}\n\n{QUESTION}\n• Meeting 2, 19 January 2014"
    assert len(chat.received) == 4


def test_while_telegram_cannot_be_reached_a_digest_claims_nothing(
    server: BotApiServer, library: Answerer, clock: Clock
) -> None:
    chat = server.private_chat()
    with bot(server, library, now=clock) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        add(library, meeting(1))
        before = len(server.called("getMe"))
        server.faults.plan("getMe", reset(), reset())
        clock.set(8)
        server.wait_for(lambda: len(server.called("getMe")) > before)
        assert "• Meeting 1" in chat.replies(3)[2].text
        wait_until_sent(running, clock)
    assert len(chat.received) == 3


# --- chats and users that go


def block(chat: Chat) -> None:
    chat.blocks()


def remove(chat: Chat) -> None:
    chat.removes_bot()


def deactivate(chat: Chat) -> None:
    chat.deactivates()


@pytest.mark.parametrize("leave", [block, remove, deactivate])
def test_a_digest_ends_in_a_chat_that_the_bot_cannot_write_to(
    server: BotApiServer, library: Answerer, clock: Clock, leave: Callable[[Chat], None]
) -> None:
    chat = server.group() if leave is remove else server.private_chat()
    with bot(server, library, now=clock) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        leave(chat)
        if leave is deactivate:  # Telegram does not report this to the bot
            add(library, meeting(1))
            clock.set(8)
        wait_until(lambda: (watches(running), digests(running)) == ([], []))
    assert len(chat.received) == 2


def test_a_deleted_topic_ends_only_its_own_digest(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    group = server.group(forum=True)
    deleted, other = group.opens_topic("Old"), group.opens_topic("News")
    with bot(server, library, now=clock) as running:
        for topic, hour in ((deleted, 8), (other, 9)):
            group.says(f"/watch {QUESTION}", topic=topic)
            group.says(f"/digest {hour}", topic=topic)
        server.fail_next("sendMessage", 400, "Bad Request: message thread not found")
        add(library, meeting(1))
        clock.set(8)
        wait_until(lambda: [digest.topic for digest in digests(running)] == [other])
        assert [watch.topic for watch in watches(running)] == [other]
        clock.set(9)
        assert group.replies(5)[4].topic == other


def test_forget_ends_a_users_digests_in_groups_too(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    ada = server.user("Ada")
    chat, group, other = server.private_chat(ada), server.group(user=ada), server.private_chat("Bob")
    with bot(server, library, now=clock) as running:
        for each in (chat, group, other):
            each.says(f"/watch {QUESTION}")
            each.says("/digest 8")
        reply = chat.says("/forget").text
        assert reply.startswith("Deleted: 2 watches; the hour of the daily digest; your last questions.")
        assert [digest.chat for digest in digests(running)] == [other.id]
        add(library, meeting(1))
        clock.set(8)
        assert "• Meeting 1" in other.replies(3)[2].text
    assert (len(chat.received), len(group.received)) == (3, 2)


def test_users_who_may_no_longer_ask_get_no_digest(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    chat, other = server.private_chat(), server.private_chat("Bob")
    with bot(server, library, now=clock):
        for each in (chat, other):
            each.says(f"/watch {QUESTION}")
            each.says("/digest 8")
    restarted = Answerer(elsewhere(library), FakeEncoder())
    with bot(server, restarted, now=clock, access=Access(users=[other.id], public=False)) as running:
        add(restarted, meeting(1))
        clock.set(8)
        assert "• Meeting 1" in other.replies(3)[2].text
        wait_until(lambda: [digest.chat for digest in digests(running)] == [other.id])
        wait_until(lambda: [watch.chat for watch in watches(running)] == [other.id])
    assert len(chat.received) == 2


def test_a_digest_moves_with_its_group(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    group = server.group(basic=True)
    with bot(server, library, now=clock) as running:
        group.says(f"/watch {QUESTION}")
        group.says("/digest 8")
        new = group.migrates()
        wait_until(lambda: [digest.chat for digest in digests(running)] == [new.id])
        add(library, meeting(1))
        clock.set(8)
        assert "• Meeting 1" in new.replies(1)[0].text


def test_a_digest_follows_a_group_whose_move_was_missed(server: BotApiServer, library: Answerer, clock: Clock) -> None:
    group = server.group(basic=True)
    with bot(server, library, now=clock) as running:
        group.says(f"/watch {QUESTION}")
        group.says("/digest 8")
        server.updates.wanted = ["callback_query"]
        new = group.migrates()
        add(library, meeting(1))
        clock.set(8)
        assert "• Meeting 1" in new.replies(1)[0].text
        wait_until(lambda: [digest.chat for digest in digests(running)] == [new.id])
        assert clock.now + timedelta(days=1) == due(running)[0]
        assert [watch.chat for watch in watches(running)] == [new.id]
