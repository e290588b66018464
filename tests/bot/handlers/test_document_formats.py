"""A document of every supported format can be added in the chat, and is read the same from its folder."""

import pytest

from bot.access import Access
from corpus.reading import read_all
from retrieval.answer.answerer import Answerer
from tests.bot.handlers.test_add_by_link import ADD_ALL
from tests.bot.handlers.test_admin import ADD, FOLDER, LEAVE, MEGABYTE, edited, files, sent_document, titles
from tests.bot.running_bot import an_archive, bot
from tests.corpus.sample_files import MANY, ONE
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server.server import BotApiServer


@pytest.mark.parametrize("name", [*ONE, *MANY])
def test_a_document_of_any_format_is_added_and_reads_the_same_from_its_folder(server: BotApiServer, name: str) -> None:
    archive, ada = an_archive(), server.private_chat("Ada")
    headlines = {"Bridge opened"} if name in ONE else {"Bridge opened", "Strike ends"}
    answers = Answerer(archive, FakeEncoder(), strictness=0.0)
    with bot(server, answers, access=Access([ada.user.id])):
        shown = sent_document(ada, {**ONE, **MANY}[name], name)
        assert headlines <= set(shown.text.splitlines())
        assert shown.labels == [[ADD if name in ONE else ADD_ALL], [LEAVE]]
        edited(ada, shown, shown.labels[0][0])
        assert "The mayor opened a bridge" in ada.says("who opened a bridge over the Traun?").text
    assert titles(archive) == headlines
    assert len(files()) == 1
    report = take_in(archive, FakeEncoder(), *read_all([FOLDER], MEGABYTE))
    assert (report.unchanged, report.added, report.changed) == (len(headlines), 0, 0)


def test_a_list_of_links_cannot_be_added_as_a_document(server: BotApiServer) -> None:
    ada = server.private_chat("Ada")
    sitemap = b"<urlset><url><loc>https://example.org/a</loc></url></urlset>"
    with bot(server, Answerer(an_archive(), FakeEncoder()), access=Access([ada.user.id])):
        shown = sent_document(ada, sitemap, "sitemap.xml")
    assert shown.text == "I can't read that as an article: only a link: https://example.org/a."
    assert (shown.buttons, files()) == ([], [])
