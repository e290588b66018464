"""The bot while its archive server is away or slow: users learn it within seconds, and nothing is sent twice."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.access import Access
from bot.search_pool import SERVER_TIMEOUT
from bot.startup import TRY_AGAIN
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import wanted_spec
from retrieval.errors import ArchiveMissing, ArchiveUnreachable
from retrieval.sources.source import Source
from tests.bot.running_bot import FAST, Running, an_archive, bot, elsewhere
from tests.bot.test_process import run_bot
from tests.bot.watched_archive import OLD, QUESTION, meeting, wait_until, watches
from tests.fakes import FakeEncoder, take_in
from tests.milvus_servers import LiteServer, free_ports, missing
from tests.news_site import Site, site
from tests.telegram_server.server import TOKEN, BotApiServer

__all__ = ["site"]

SAID = "I can't reach the archive right now. Please try again in a minute."
ASKED = "Which lawyer has the court jailed?"


class Server:
    """A real archive that behaves as if on a server: it can be unreachable, missing, or hang until it is released."""

    def __init__(self, fails: Callable[[], Exception] | None = None) -> None:
        self.archive = an_archive(OLD)
        self.fails = fails
        self.going = threading.Event()
        self.going.set()
        self.calls = 0

    def away(self) -> None:
        self.fails = lambda: ArchiveUnreachable("milvus://there/news does not answer. See that the server runs.")

    def back(self) -> None:
        self.fails = None

    def __getattr__(self, name: str) -> Any:
        if name == "close":
            return self.archive.close
        self.calls += 1
        assert self.going.wait(30)
        if self.fails:
            raise self.fails()
        return getattr(self.archive, name)


def as_archive(server: Server) -> Archive:
    return cast("Archive", server)


@pytest.fixture
def served() -> Server:
    return Server()


@pytest.fixture
def library(served: Server) -> Answerer:
    return Answerer(as_archive(served), FakeEncoder(), strictness=0.5)


def test_the_user_gets_one_sentence_and_the_log_one_line(
    server: BotApiServer, library: Answerer, served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    chat, chinese = server.private_chat(), server.private_chat(server.user("Li", "zh-hans"))
    with bot(server, library):
        assert "Xu Zhiyong" in chat.says(ASKED).text
        served.away()
        assert [chat.says(words).text for words in (ASKED, "/latest", "/about", f"/watch {QUESTION}")] == [SAID] * 4
        assert chinese.says(ASKED).text == "暂时连不上资料库，请过一分钟再试。"
        assert "Ask me about the news" in chat.says("/start").text
        assert "/watches" in chat.says("/help").text
        served.back()
        wait_until(lambda: "The archive answers again." in caplog.text)
        assert "Xu Zhiyong" in chat.says(ASKED).text
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == [
        "The archive is out of reach, and users are told so: "
        "milvus://there/news does not answer. See that the server runs.",
        "The archive answers again.",
    ]


def test_a_dropped_archive_counts_as_unreachable(server: BotApiServer, library: Answerer, served: Server) -> None:
    chat = server.private_chat()
    with bot(server, library):
        served.fails = lambda: ArchiveMissing("No archive at milvus://there/news.")
        assert chat.says(ASKED).text == SAID


def test_a_tap_and_an_inline_question_say_so_and_work_again_later(
    server: BotApiServer, library: Answerer, served: Server
) -> None:
    chat, user = server.private_chat(), server.user()
    with bot(server, library):
        answer = chat.says(ASKED)
        served.away()
        chat.taps(answer, "👍")
        assert chat.notices[-1].text == SAID
        typed = user.inline(ASKED)
        assert (typed.results, typed.button) == ([], "I can't reach the archive right now")
        served.back()
        wait_until(lambda: bool(user.inline(ASKED).results))
        chat.presses(answer, "👍")
        assert "Undo" in str(chat.waits_for_edit(answer).labels)


def test_an_admin_gets_the_reason_and_can_tap_again(server: BotApiServer, library: Answerer, served: Server) -> None:
    chat = server.private_chat()
    with bot(server, library, access=Access(admins=[chat.id])):
        choices = chat.says(f"/remove {OLD.card.title}")
        served.away()
        button = choices.labels[0][0]
        chat.taps(choices, button)
        assert chat.notices[-1].text == SAID
        assert chat.says("/status").text.startswith(SAID)
        assert str(chat.id) in chat.says("/status").text
        served.back()
        wait_until(lambda: "Passages" in chat.says("/status").text)
        chat.taps(choices, button)
        assert "Remove this article?" in chat.waits_for_edit(choices).text


def test_articles_added_during_an_outage_are_notified_once(
    server: BotApiServer, library: Answerer, served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    chat = server.private_chat()
    with bot(server, library) as running:
        chat.says(f"/watch {QUESTION}")
        wait_until(lambda: served.calls > 10)
        served.away()
        take_in(served.archive, FakeEncoder(), meeting(1))
        so_far = served.calls
        wait_until(lambda: served.calls > so_far + 3)
        served.back()
        assert chat.replies(2)[1].bold[0] == "Meeting 1"
        generation = served.archive.generation().number
        wait_until(lambda: all(watch.since == generation for watch in watches(running)))
    assert len(chat.received) == 2
    assert "could not be checked" not in caplog.text


def test_a_digest_that_is_due_during_an_outage_is_sent_once_afterwards(
    server: BotApiServer, library: Answerer, served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    chat, now = server.private_chat(), [datetime(2026, 1, 5, 7, tzinfo=UTC)]
    with bot(server, library, now=lambda: now[0]) as running:
        chat.says(f"/watch {QUESTION}")
        chat.says("/digest 8")
        served.away()
        take_in(served.archive, FakeEncoder(), meeting(1))
        so_far = served.calls
        now[0] = datetime(2026, 1, 5, 8, tzinfo=UTC)
        wait_until(lambda: served.calls > so_far + 3)
        served.back()
        assert "Meeting 1" in chat.replies(3)[2].text
        wait_until(lambda: not running.bot.digests.due(now[0].timestamp()))
    assert len(chat.received) == 3
    assert "could not be" not in caplog.text


def test_all_calls_that_wait_for_a_hanging_server_end_together(server: BotApiServer, served: Server) -> None:
    library = Answerer(as_archive(served), FakeEncoder())
    chats = [server.private_chat(f"User {number}") for number in range(12)]
    with bot(server, library, timeout=0.5, retry_after=30.0):
        chats[0].says(ASKED)
        served.going.clear()
        started = time.monotonic()
        for chat in chats:
            chat.sends(text=ASKED)
        # A command that needs no archive is answered meanwhile.
        other = server.private_chat("Bystander")
        assert "/watches" in other.says("/help").text
        replies = [chat.replies(2 if chat is chats[0] else 1)[-1].text for chat in chats]
        assert time.monotonic() - started < 10
        served.going.set()
    assert replies == [SAID] * 12


def test_a_greeting_does_not_wait_long_for_a_hanging_server(
    server: BotApiServer, library: Answerer, served: Server
) -> None:
    chat = server.private_chat()
    with bot(server, library, times=replace(FAST, examples=0.05)):
        served.going.clear()
        assert "Ask me about the news" in chat.says("/start").text
        served.going.set()


def test_a_question_that_waits_for_the_server_at_shutdown_is_answered_after_the_next_start(
    server: BotApiServer, served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    chat, library = server.private_chat(), Answerer(as_archive(served), FakeEncoder(), strictness=0.5)

    def let_go() -> None:
        wait_until(lambda: "1 questions are still unanswered" in caplog.text)
        served.going.set()

    running = Running(server, library, times=replace(FAST, shutdown=0.05))
    chat.says("/help")
    running.idle()
    served.going.clear()
    chat.sends(text=ASKED)
    wait_until(lambda: len(running.bot.pending_updates.pending()) == 1)
    with ThreadPoolExecutor(1) as threads:
        later = threads.submit(let_go)
        running.stop()
        later.result()
    assert len(chat.received) == 1
    restarted = Answerer(elsewhere(Answerer(served.archive, FakeEncoder())), FakeEncoder(), strictness=0.5)
    with bot(server, restarted):
        assert "Xu Zhiyong" in chat.replies(2)[1].text
    assert len(chat.received) == 2


def test_sources_are_read_once_the_server_is_back(
    server: BotApiServer,
    library: Answerer,
    served: Server,
    site: Site,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    site.page("/bridge", "Bridge opened", "The mayor opened a bridge on Monday.")
    source = Source("The Paper", f"{site.url}/bridge", private=True)
    served.away()
    with bot(server, library, folder=Path("sources"), sources=(source,)):
        wait_until(lambda: served.calls > 10)
        served.back()
        wait_until(lambda: len(served.archive.cards()) == 2)
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.partition(",")[0] for line in warnings] == [
        "The archive is out of reach",
        "The archive answers again.",
    ]


def test_the_bot_recovers_when_a_killed_server_is_restarted(server: BotApiServer, tmp_path: Path) -> None:
    if reason := missing("lite"):
        pytest.skip(reason)
    from retrieval.archive.milvus.archive import MilvusArchive

    fake, chat = FakeEncoder(), server.private_chat()
    with LiteServer(tmp_path / "lite") as lite:

        def open_archive() -> MilvusArchive:
            place = lite.place("news", timeout=1.0)
            return MilvusArchive.open_or_create(place, lambda: wanted_spec(fake, 0))

        writer = open_archive()
        take_in(writer, fake, OLD)
        with bot(server, Answerer(open_archive(), fake, strictness=0.5), timeout=SERVER_TIMEOUT) as running:
            assert "Xu Zhiyong" in chat.says(ASKED).text
            chat.says(f"/watch {QUESTION}")
            lite.kill()
            started = time.monotonic()
            assert chat.says(ASKED).text == SAID
            assert time.monotonic() - started < 10
            lite.restart()
            take_in(writer, fake, meeting(1))
            assert chat.replies(4)[3].bold[0] == "Meeting 1"
            assert "Xu Zhiyong" in chat.says(ASKED).text
            generation = writer.generation().number
            wait_until(lambda: all(watch.since == generation for watch in watches(running)))
        writer.close()
    assert len(chat.received) == 5


def test_a_start_without_the_server_ends_with_one_line_and_status_75() -> None:
    nowhere = f"milvus://127.0.0.1:{free_ports(1)[0]}/news"
    result = run_bot(TELEGRAM_BOT_TOKEN=TOKEN, CLIPPINGS_ARCHIVE=nowhere, CLIPPINGS_MILVUS_TIMEOUT="1")
    assert result.returncode == TRY_AGAIN
    assert result.stderr.count("\n") == 1
    assert nowhere in result.stderr
    assert "See that the server runs" in result.stderr
