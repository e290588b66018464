"""Adding articles by link, and documents with one or many articles."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.access import Access
from corpus.article import article_id
from corpus.reading import read_all
from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.sources.source import Source
from tests.bot.handlers.test_admin import (
    ADD,
    ADDED,
    FOLDER,
    LEAVE,
    MEGABYTE,
    edited,
    files,
    sent,
    sent_document,
    titles,
)
from tests.bot.running_bot import Running, an_archive, an_article, bot
from tests.fakes import FakeEncoder, take_in
from tests.news_site import Site, site, until
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import BotApiServer

__all__ = ["site"]
ADD_ALL = "Add them all"
PAGE = (
    "On 03/02/2014 by The Paper\n\nThe mayor opened a bridge on Monday.\n\nTwo Years\n\n"
    "It took *two* years & <3 days>, said <b>the mayor</b>."
)
TEXT = "The mayor opened a bridge on Monday.\n\nTwo Years\n\nIt took *two* years & <3 days>, said <b>the mayor</b>."


@pytest.fixture
def archive() -> LocalArchive:
    return an_archive(an_article(1, "A dog barked all night in Graz.", "Dog found"))


@pytest.fixture
def ada(server: BotApiServer) -> Chat:
    """The chat of an admin."""
    return server.private_chat("Ada")


@pytest.fixture
def running(server: BotApiServer, archive: LocalArchive, ada: Chat, site: Site) -> Iterator[Running]:
    """A bot with a source on the site, so that it may fetch from the site's private address."""
    answers = Answerer(archive, FakeEncoder(), strictness=0.0)
    config: dict[str, Any] = {
        "folder": archive.database.folder,
        "sources": (Source("site", f"{site.url}/source", private=True),),
    }
    with bot(server, answers, access=Access([ada.user.id]), **config) as running_bot:
        until(lambda: "/source" in {request.path for request in site.new_requests()})
        yield running_bot


def lines(count: int) -> bytes:
    return b"".join(
        json.dumps({"title": f"Headline {number}", "text": f"The text of {number}."}).encode() + b"\n"
        for number in range(count)
    )


# ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("how", ["after the command", "in a reply", "behind a word"])
def test_a_link_is_read_shown_and_answers_once_it_is_added(
    archive: LocalArchive, ada: Chat, site: Site, how: str
) -> None:
    site.page("/bridge", "Bridge opened", PAGE)
    link = f"{site.url}/bridge"
    if how == "after the command":
        shown = sent(ada, text=f"/add {link}.")
    elif how == "in a reply":
        message = ada.sends(text=f"Have you seen this? ({link})")
        ada.replies(len(ada.received) + 1)
        shown = sent(ada, text="/add", reply_to=message)
        assert shown.reply_to == message
    else:
        marked = {"type": "text_link", "offset": 5, "length": 4, "url": link}
        command = {"type": "bot_command", "offset": 0, "length": 4}
        shown = sent(ada, text="/add this", entities=[command, marked])
    assert shown.text == (f"Here is what I read:\n\nBridge opened\n3 February 2014 · The Paper\n20 words\n\n{TEXT}")
    assert shown.links == {"Bridge opened": link}
    assert (shown.labels, files()) == ([[ADD], [LEAVE]], [])
    assert edited(ada, shown, ADD).text.startswith(ADDED)
    assert "The mayor opened a bridge" in ada.says("who opened a bridge on Monday?").text
    assert titles(archive) == {"Dog found", "Bridge opened"}
    article = archive.article(article_id(link))
    assert article
    assert [article.text[start:end] for start, end in article.headings] == ["Two Years"]
    # Indexing the folder finds the same article, even without the web.
    report = take_in(archive, FakeEncoder(), *read_all([FOLDER], MEGABYTE))
    assert (report.unchanged, report.added, report.changed, report.skipped) == (1, 0, 0, [])


@pytest.mark.usefixtures("running")
def test_a_page_changed_since_it_was_shown_is_shown_again(archive: LocalArchive, ada: Chat, site: Site) -> None:
    site.page("/bridge", "Bridge opened", PAGE)
    shown = sent(ada, text=f"/add {site.url}/bridge")
    site.page("/bridge", "Bridge closed", PAGE)
    changed = edited(ada, shown, ADD)
    assert ada.notices[-1].text == "It has changed since. This is how it reads now."
    assert changed.bold == ["Bridge closed"]
    assert "Bridge closed" not in titles(archive)
    ada.taps(changed, ADD)
    ada.waits_for_edit(changed)
    assert "Bridge closed" in titles(archive)


@pytest.mark.usefixtures("running")
def test_a_link_without_an_article_gets_the_reason(ada: Chat, site: Site) -> None:
    site.page("/empty", "Only a headline", "")
    site.feed("/feed", ("one", None), ("two", None))
    for path, reason in [
        ("/nothing", "I can't read what is there: the server answered 404."),
        ("/empty", "I can't read what is there: a headline, and no text under it."),
        ("/feed", "That's a list of articles. Add it to the sources in the settings, and I'll read what is new there."),
    ]:
        shown = sent(ada, text=f"/add {site.url}{path}")
        assert (shown.text, shown.buttons) == (reason, [])
    site.page("/gone", "A headline", "A text.")
    shown = sent(ada, text=f"/add {site.url}/gone")
    site.fails("/gone", 410)
    ada.taps(shown, ADD)
    assert ada.notices[-1].text == "I can't read what is there: the server answered 410."
    assert files() == []


def test_private_network_addresses_are_never_fetched(
    server: BotApiServer, archive: LocalArchive, ada: Chat, site: Site
) -> None:
    answers = Answerer(archive, FakeEncoder(), strictness=0.0)
    with bot(server, answers, access=Access([ada.user.id])):
        shown = sent(ada, text=f"/add {site.url}/bridge")
    assert "private address" in shown.text
    assert (shown.buttons, site.new_requests()) == ([], [])


@pytest.mark.usefixtures("running")
def test_links_are_read_only_for_admins_and_only_on_command(server: BotApiServer, ada: Chat, site: Site) -> None:
    bob = server.private_chat("Bob")
    assert bob.says(f"/add {site.url}/bridge").text == "Only this archive's owners can do that."
    ada.says(f"{site.url}/bridge")  # is a question
    assert site.new_requests() == []


@pytest.mark.usefixtures("running")
def test_a_link_that_the_bot_itself_shows_is_not_read(ada: Chat, site: Site) -> None:
    site.page("/bridge", "Bridge opened", PAGE)
    added = edited(ada, sent(ada, text=f"/add {site.url}/bridge"), ADD)
    assert added.links
    site.new_requests()
    assert sent(ada, text="/add", reply_to=added).text.startswith("Send me a document with the caption /add")
    assert site.new_requests() == []


# ── Documents of many articles ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("running")
def test_a_document_of_many_articles_is_added_whole(archive: LocalArchive, ada: Chat) -> None:
    shown = sent_document(ada, lines(7), "export.JSONL")
    assert shown.text == "I found 7 articles:\n\n" + "\n".join(f"Headline {n}" for n in range(5)) + "\n\nand 2 more"
    assert shown.labels == [[ADD_ALL], [LEAVE]]
    assert edited(ada, shown, ADD_ALL).text == "Added 7 articles. I can quote them now."
    assert len(titles(archive)) == 8
    (name,) = files()
    assert name.endswith(".jsonl")
    again = sent_document(ada, lines(7), "export.jsonl")
    assert "7 are in the archive already." in again.text
    report = take_in(archive, FakeEncoder(), *read_all([FOLDER], MEGABYTE))
    assert (report.unchanged, report.added, report.changed) == (7, 0, 0)


@pytest.mark.usefixtures("running")
def test_a_file_that_was_added_stays_until_its_last_article_is_removed(ada: Chat) -> None:
    edited(ada, sent_document(ada, lines(2), "export.jsonl"), ADD_ALL)
    for number, file_count in ((0, 1), (1, 0)):
        confirmation = edited(ada, ada.says(f"/remove headline {number}"), f"Headline {number}")
        ada.taps(confirmation, "Remove")
        after = ada.waits_for_edit(confirmation)
        assert ("Its file is still there" in after.text) is bool(file_count)
        assert len(files()) == file_count


def test_a_document_with_too_many_articles_is_for_the_command_line(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    answers = Answerer(archive, FakeEncoder(), strictness=0.0)
    with bot(server, answers, access=Access([ada.user.id]), max_articles=3):
        assert sent_document(ada, lines(3), "export.jsonl").labels == [[ADD_ALL], [LEAVE]]
        shown = sent_document(ada, lines(4), "export.jsonl")
    assert shown.text == (
        "It has more than 3 articles. Please add it on the machine that I run on: python -m retrieval add FILE"
    )
    assert (shown.buttons, files(), len(titles(archive))) == ([], [], 1)
