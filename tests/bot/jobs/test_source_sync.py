"""The bot reads its sources by itself, and no user waits for it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from bot.access import Access
from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.sources.source import Source
from tests.bot.running_bot import an_archive, an_article, bot
from tests.fakes import FakeEncoder
from tests.news_site import Site, site, until
from tests.telegram_server.server import BotApiServer

__all__ = ["site"]


@pytest.fixture
def archive() -> LocalArchive:
    return an_archive(an_article(1, "A dog barked all night in Graz.", "Dog found"))


def source_config(archive: LocalArchive, *sources: Source) -> dict[str, Any]:
    return {"folder": archive.database.folder, "sources": sources}


def library(archive: LocalArchive) -> Answerer:
    return Answerer(archive, FakeEncoder(), strictness=0.0)


def test_articles_of_a_source_answer_questions_and_notify_watches(
    server: BotApiServer, archive: LocalArchive, site: Site
) -> None:
    site.page("/bridge", "Bridge opened", "The mayor opened a bridge on Monday.")
    site.feed("/feed", ("bridge", None))
    site.gate.clear()
    ada = server.private_chat("Ada")
    source = Source("The Paper", f"{site.url}/feed", private=True)
    with bot(server, library(archive), access=Access([ada.user.id]), **source_config(archive, source)):
        ada.says("/watch who opened a bridge?")
        assert "• The Paper: not read yet" in ada.says("/status").text
        # While the server of the source does not answer, the bot answers questions.
        assert "A dog barked" in ada.says("who barked?").text
        before = len(ada.received)
        site.gate.set()
        assert "Bridge opened" in ada.replies(before + 1)[before].text
        assert "The mayor opened a bridge on Monday." in ada.says("who opened a bridge on Monday?").text
        text = ada.says("/status").text
    assert "Sources\n• The Paper: read " in text
    assert "1 added, 0 changed, next in " in text


def test_a_failing_source_is_shown_to_admins_only(server: BotApiServer, archive: LocalArchive, site: Site) -> None:
    site.page("/bridge", "Bridge opened", "The mayor opened a bridge on Monday.")
    site.feed("/feed", ("bridge", None), ("gone", None))
    sources = (
        Source("<Gone>", f"{site.url}/nothing", private=True),
        Source("The Paper", f"{site.url}/feed", private=True),
    )
    ada, bob = server.private_chat("Ada"), server.private_chat("Bob")
    with bot(server, library(archive), access=Access([ada.user.id]), **source_config(archive, *sources)):
        until(lambda: len(archive.cards()) == 2)
        until(lambda: "The Paper: read" in ada.says("/status").text)
        text = ada.says("/status").text
        assert bob.says("/status").text == f"Your Telegram id is {bob.user.id}."
    assert "⚠ <Gone>: failing since " in text
    assert "404" in text
    assert "⚠ 1 link gave nothing" in text


def test_a_bot_stops_during_a_visit_and_continues_at_the_next_start(
    server: BotApiServer, archive: LocalArchive, site: Site
) -> None:
    for number in range(5):
        site.page(f"/{number}", f"Headline {number}", "Some text.")
    site.sitemap("/map", {f"/{number}": "2014-02-17" for number in range(5)})
    source = Source("map", f"{site.url}/map", private=True)
    site.stops_at("/3")
    with bot(server, library(archive), **source_config(archive, source)) as running:
        assert site.reached.wait(20)
        thread = threading.Thread(target=running.stop)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    site.gate.set()
    with bot(server, library(LocalArchive.open(archive.database.folder)), **source_config(archive, source)):
        until(lambda: len(archive.cards()) == 6)


def test_while_another_process_reads_the_sources_or_writes_the_bot_tries_again_later(
    server: BotApiServer,
    archive: LocalArchive,
    site: Site,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from retrieval.archive.lock import sources_lock

    site.page("/page", "Bridge opened", "The mayor opened a bridge on Monday.")
    source = Source("page", f"{site.url}/page", private=True)
    folder = archive.database.folder
    caplog.set_level("WARNING", "bot")
    with sources_lock(folder), bot(server, library(archive), **source_config(archive, source)):
        until(lambda: "are being read by another process" in caplog.text)
        assert site.new_requests() == []
    with archive.write_lock("index"), bot(server, library(archive), **source_config(archive, source)) as running:
        until(lambda: "is being written to by" in caplog.text)
        assert len(archive.cards()) == 1
        running.idle()
    with bot(server, library(archive), **source_config(archive, source)):
        until(lambda: len(archive.cards()) == 2)
    assert caplog.text.count("are being read by another process") == 1  # of many tries
    assert "Traceback" not in caplog.text


def test_without_sources_no_sources_db_is_created(server: BotApiServer, archive: LocalArchive) -> None:
    ada = server.private_chat("Ada")
    with bot(server, library(archive), access=Access([ada.user.id]), **source_config(archive)):
        assert "Sources" not in ada.says("/status").text
    assert not Path(archive.database.folder, "sources.db").exists()
