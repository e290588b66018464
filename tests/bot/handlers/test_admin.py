"""The admins' commands: /add, /remove and /status, which other users may not use."""

import hashlib
import logging
import os
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import submitted_articles
from bot.access import Access
from bot.handlers import admin
from corpus.reading import read_all
from retrieval.answer.answerer import Answerer
from retrieval.archive import last_backup
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup
from retrieval.archive.local.record_store import Store
from tests.bot.running_bot import REST, Running, an_archive, an_article, bot
from tests.corpus.pdf_files import pdf
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server import faults as faults
from tests.telegram_server import forward_origins as origins
from tests.telegram_server.chat import Chat, Message
from tests.telegram_server.server import BotApiServer

NEWS = (
    b"Bridge opened\nOn 03/02/2014 by The Paper\nhttps://example.org/bridge\n\nThe mayor opened a bridge on Monday.\n"
)
POST = "Strike ends\nThe bakers of Linz went back to work.\n\nThey had asked for more pay."
ADD, LEAVE, REMOVE, KEEP = "Add to the archive", "Leave it", "Remove", "Keep"
ADDED = "Added. I can quote it now."
ONLY_ADMINS = "Only this archive's owners can do that."
GONE = "That is no longer in the archive. Please ask again."
FOLDER = Path("added")
MEGABYTE = 1_000_000


@pytest.fixture
def archive() -> LocalArchive:
    return an_archive(
        an_article(1, "The council of Wels cut the tax on beer. Nobody voted against it.", "Tax cut"),
        an_article(2, f"A dog barked all night in Graz.{REST}", "Dog found"),
        an_article(3, "A dog of Linz ran off again.", "Dog lost"),
    )


@pytest.fixture
def ada(server: BotApiServer) -> Chat:
    """The chat of an admin."""
    return server.private_chat("Ada")


def bot_with_admins(
    server: BotApiServer, archive: LocalArchive, *admins: Chat, **more: Any
) -> AbstractContextManager[Running]:
    access = Access([chat.user.id for chat in admins])
    return bot(server, Answerer(archive, FakeEncoder(), strictness=0.0), access=access, **more)


def titles(archive: LocalArchive) -> set[str]:
    assert archive.verify() == []
    return {card.title for card in archive.cards()}


def files() -> list[str]:
    return sorted(file.name for file in FOLDER.iterdir()) if FOLDER.exists() else []


def sent(chat: Chat, **content: Any) -> Message:
    """Send a message, and return the reply."""
    before = len(chat.received)
    chat.sends(**content)
    return chat.replies(before + 1)[before]


def sent_document(chat: Chat, content: bytes = NEWS, name: str = "news.txt", **more: Any) -> Message:
    before = len(chat.received)
    chat.sends_document(name, content, **more)
    return chat.replies(before + 1)[before]


def forwarded(chat: Chat, origin: dict[str, Any], text: str = POST, **more: Any) -> Message:
    return sent(chat, forward_origin=origin, text=text, **more)


def edited(chat: Chat, message: Message, label: str, **more: Any) -> Message:
    """Tap a button, and return the changed message."""
    chat.taps(message, label, **more)
    return chat.waits_for_edit(message)


def noticed(chat: Chat, message: Message, label: str, **more: Any) -> str:
    """Tap a button, and return the notice."""
    chat.taps(message, label, **more)
    return chat.notices[-1].text


# ── Adding a document ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("caption", [None, "/add", "/ADD@clippings_test_bot please"])
def test_a_document_is_shown_as_it_was_understood_and_answers_once_it_is_added(
    server: BotApiServer, archive: LocalArchive, ada: Chat, caption: str | None
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada, caption=caption)
        assert shown.text == (
            "Here is what I read:\n\nBridge opened\n3 February 2014 · The Paper\n7 words\n\n"
            "The mayor opened a bridge on Monday."
        )
        assert shown.links == {"Bridge opened": "https://example.org/bridge"}
        assert shown.labels == [[ADD], [LEAVE]]
        assert (files(), len(titles(archive))) == ([], 3)
        after = edited(ada, shown, ADD)
        assert after.text == f"{ADDED}\n\nBridge opened\n3 February 2014 · The Paper"
        assert after.buttons == []
        assert "The mayor opened a bridge on Monday." in ada.says("who opened a bridge on Monday?").text
    assert files() == [f"{hashlib.sha256(NEWS).hexdigest()}.txt"]
    # Indexing the folder finds the same article.
    report = take_in(archive, FakeEncoder(), *read_all([FOLDER], MEGABYTE))
    assert (report.unchanged, report.added, report.changed) == (1, 0, 0)


def test_a_declined_document_is_not_added(server: BotApiServer, archive: LocalArchive, ada: Chat) -> None:
    with bot_with_admins(server, archive, ada):
        after = edited(ada, sent_document(ada), LEAVE)
    assert (after.text, after.buttons) == ("Nothing was changed.", [])
    assert (files(), len(titles(archive))) == ([], 3)


def test_in_a_group_an_admin_adds_by_a_reply_and_only_an_admin_can_confirm(
    server: BotApiServer, archive: LocalArchive
) -> None:
    group, bob = server.group(), server.user("Bob")
    with bot_with_admins(server, archive, group):
        document = group.sends_document("news.txt", NEWS, by=bob)
        shown = sent(group, text="/add", reply_to=document)
        assert shown.reply_to == document
        assert noticed(group, shown, ADD, by=bob) == noticed(group, shown, LEAVE, by=bob) == ONLY_ADMINS
        assert group.notices[-1].alert
        assert group.message(shown).version == 0
        assert "Bridge opened" not in titles(archive)
        assert edited(group, shown, ADD).text.startswith(ADDED)
        assert sent(group, text="/add", reply_to=document, by=bob).text == ONLY_ADMINS
    assert "Bridge opened" in titles(archive)
    assert len(group.received) == 2  # the document alone was not for the bot


def test_the_proposal_stays_in_its_topic(server: BotApiServer, archive: LocalArchive) -> None:
    forum = server.group(forum=True)
    with bot_with_admins(server, archive, forum):
        topic = forum.opens_topic("News")
        document = forum.sends_document("news.txt", NEWS, topic=topic)
        shown = sent(forum, text="/add", topic=topic, reply_to=document)
        assert (shown.topic, shown.reply_to) == (topic, document)
        assert edited(forum, shown, ADD).text.startswith(ADDED)


def test_the_same_document_twice_is_one_article_and_a_tap_twice_is_one_tap(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada)
        first, second = ada.presses(shown, ADD), ada.presses(shown, ADD)
        server.wait_for(lambda: first.answer is not None and second.answer is not None, "two answers")
        again = sent_document(ada, name="other name.txt")
        assert "It is in the archive already." in again.text
        assert edited(ada, again, ADD).text.startswith(ADDED)
    assert titles(archive) == {"Tax cut", "Dog found", "Dog lost", "Bridge opened"}
    assert len(files()) == 1


def test_replacing_an_article_with_the_same_link_is_announced(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        edited(ada, sent_document(ada), ADD)
        other = sent_document(ada, NEWS.replace(b"opened", b"closed").replace(b"03/02/2014", b"31/02/2014"))
        assert "It will replace the article that has the same link." in other.text
        assert "⚠ '31/02/2014' is no date, so the article has none" in other.text
        edited(ada, other, ADD)
    assert titles(archive) == {"Tax cut", "Dog found", "Dog lost", "Bridge closed"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x.txt", "a\0b", "", "n" * 5000, "-rf *"])
def test_the_senders_file_name_is_never_used(
    server: BotApiServer, archive: LocalArchive, ada: Chat, name: str, tmp_path: Path
) -> None:
    before = {file for file in tmp_path.parent.rglob("*") if tmp_path not in file.parents}
    with bot_with_admins(server, archive, ada):
        edited(ada, sent_document(ada, name=name), ADD)
    assert files() == [f"{hashlib.sha256(NEWS).hexdigest()}.txt"]
    assert {file for file in tmp_path.parent.rglob("*") if tmp_path not in file.parents} == before
    assert {file.name for file in tmp_path.iterdir()} <= {"added", "archive-0", "bot.db", "bot.db.lock"}


UNREADABLE = [
    (b"{\\rtf1 }", "a headline, and no text under it."),
    (
        b"<!DOCTYPE html><title>Bridge</title><p> </p>",
        "a page with no article in it: save the text of the article as plain text.",
    ),
    (b"%PDF-1.7 ...", "a broken PDF file: copy it again, or save it anew."),
    (b"", "an empty file."),
    (b" \n\n\t", "an empty file."),
    (b"\x7fELF\0\1\2\0" * 100, "a program, no article: leave it out."),
    (bytes(range(1, 32)) * 50, "not a text file: save its text as plain text, HTML or PDF."),
    (bytes(range(1, 256)) * 50, "not a text file, or in an unknown encoding: save its text in UTF-8."),
    (b"Only a headline", "a headline, and no text under it."),
]


@pytest.mark.parametrize(("content", "reason"), UNREADABLE, ids=[f"{n}" for n in range(len(UNREADABLE))])
def test_a_document_that_is_no_article_gets_the_reason_in_one_line(
    server: BotApiServer, archive: LocalArchive, ada: Chat, content: bytes, reason: str
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada, content)
    assert (shown.text, shown.buttons) == (f"I can't read that as an article: {reason}", [])
    assert files() == []


@pytest.mark.parametrize(
    ("content", "claimed"),
    [(b"", 30 * MEGABYTE), (b"x", 21 * MEGABYTE), (b"x" * (2 * MEGABYTE + 1), None), (b"x" * (2 * MEGABYTE + 1), 10)],
)
def test_a_document_that_is_too_large_is_refused_whatever_size_it_claims(
    server: BotApiServer, archive: LocalArchive, ada: Chat, content: bytes, claimed: int | None
) -> None:
    with bot_with_admins(server, archive, ada, article_megabytes=2):
        shown = sent_document(ada, content, size=claimed)
    assert (shown.text, shown.buttons) == ("That's too big: I take documents of up to 2 MB.", [])
    assert len(server.called("getFile")) == (claimed == 10)


def test_telegrams_size_limit_applies_if_the_setting_is_larger(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada, article_megabytes=100):
        assert sent_document(ada, size=30 * MEGABYTE).text == "That's too big: I take documents of up to 20 MB."
        server.fail_next("getFile", 400, "Bad Request: file is too big")
        assert sent_document(ada).text == "That's too big: I take documents of up to 20 MB."


def test_a_failed_download_is_reported_and_can_be_repeated(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    reason = "Telegram didn't let me fetch the document. Please try again."
    with bot_with_admins(server, archive, ada):
        server.fail_next("getFile", 400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        assert sent_document(ada).text == reason
        for fault in (faults.error(404, "Not Found"), faults.page(502), faults.reset()):
            server.faults.plan("file", fault)
            assert sent_document(ada).text == reason
        shown = sent_document(ada)
        server.faults.plan("file", faults.error(500))
        assert noticed(ada, shown, ADD) == reason
        assert (ada.message(shown).version, files()) == (0, [])
        server.faults.plan("getFile", faults.reset(), faults.page(502))  # the network comes and goes
        assert edited(ada, shown, ADD).text.startswith(ADDED)


@pytest.mark.parametrize("method", ["getFile", "file", "answerCallbackQuery"])
def test_a_document_is_added_when_telegram_allows_what_it_has_refused_for_its_limits(
    server: BotApiServer, archive: LocalArchive, ada: Chat, method: str
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada)
        server.fail_next(method, 429, "Too Many Requests: retry after 1", retry_after=1)
        assert edited(ada, shown, ADD).text.startswith(ADDED)
    assert [call.method for call in server.faults.failed] == [method]


@pytest.mark.parametrize("how", ["text", "reply"])
def test_add_without_a_document_explains_its_use(
    server: BotApiServer, archive: LocalArchive, ada: Chat, how: str
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = ada.says("/add") if how == "text" else sent(ada, text="/add", reply_to=ada.says("who barked?"))
    assert shown.text == (
        "Send me a document with the caption /add, write a link after it, or reply with it to a document, a forwarded "
        "post or a link."
    )


PICTURE = "That's a picture, and I can't read text in pictures. Please send the text, a link or a document."
SCAN = (
    "That's a scan: its pages are pictures, and I can't read text in pictures. Please send the text, a link or a "
    "document."
)


@pytest.mark.parametrize("how", ["caption", "reply"])
def test_a_picture_is_called_a_picture(server: BotApiServer, archive: LocalArchive, ada: Chat, how: str) -> None:
    photo = [{"file_id": "p", "file_unique_id": "up", "width": 1, "height": 1}]
    with bot_with_admins(server, archive, ada):
        if how == "caption":
            shown = sent(ada, caption="/add", photo=photo)
        else:
            other = sent(ada, forward_origin=origins.from_channel(), photo=photo)  # without a text
            shown = sent(ada, text="/add", reply_to=other.reply_to)
    assert shown.text == PICTURE


@pytest.mark.parametrize(
    ("content", "told"), [(b"\x89PNG\r\n\x1a\n", PICTURE), (pdf([]), SCAN), (b"AT&TFORM\0\0\1\0DJVU", SCAN)]
)
def test_a_document_without_text_is_called_what_it_is(
    server: BotApiServer, archive: LocalArchive, ada: Chat, content: bytes, told: str
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada, content, "article.pdf")
    assert (shown.text, shown.buttons, files()) == (told, [], [])


def test_a_document_deleted_before_the_tap_has_to_be_sent_again(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada)
        ada.deletes(shown.reply_to or 0)
        after = edited(ada, shown, ADD)
    assert after.text == "I can't see what you sent any more. Please send it again."
    assert (after.buttons, files(), len(titles(archive))) == ([], [], 3)


def test_a_document_changed_before_the_tap_is_shown_again_first(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = forwarded(ada, origins.from_channel())
        ada.edits(shown.reply_to or 0, POST.replace("ends", "begins"))
        changed = edited(ada, shown, ADD)
        assert ada.notices[-1].text == "It has changed since. This is how it reads now."
        assert changed.bold == ["Strike begins"]
        assert "Strike begins" not in titles(archive)
        ada.taps(changed, ADD)
        assert ada.waits_for_edit(changed).text.startswith(ADDED)
    assert "Strike begins" in titles(archive)


# ── Adding a post ────────────────────────────────────────────────────────────────────────────────────────────────────

SECRET = origins.hidden("Some\u200bbody \n Else")


@pytest.mark.parametrize(
    ("origin", "source", "link"),
    [
        (origins.from_channel("The Wire", username="wire", message_id=7), "The Wire", "https://t.me/wire/7"),
        (origins.from_channel("The Wire"), "The Wire", None),
        (origins.from_chat("Newsroom"), "Newsroom", None),
        (origins.from_user("Bob"), "Bob", None),
        (SECRET, "Somebody Else", None),
        (origins.hidden("\u200b"), None, None),
    ],
)
def test_a_forwarded_post_becomes_an_article(
    server: BotApiServer,
    archive: LocalArchive,
    ada: Chat,
    origin: dict[str, Any],
    source: str | None,
    link: str | None,
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = forwarded(ada, origin)
        assert shown.bold == ["Strike ends"]
        edited(ada, shown, ADD)
    (card,) = (card for card in archive.cards() if card.title == "Strike ends")
    assert (card.source, card.url) == (source, link)
    assert (str(card.published) == "2014-02-17") is (source is not None)
    article = archive.article(card.id)
    assert article
    assert article.text == "The bakers of Linz went back to work.\n\nThey had asked for more pay."


def test_a_post_cannot_say_that_it_is_from_somewhere_else(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    text = "Strike ends\nOn 01/01/1999 by Another Paper\nhttps://example.org/other\nThe bakers went back to work."
    with bot_with_admins(server, archive, ada):
        edited(ada, forwarded(ada, origins.from_channel("The Wire", username="wire"), text), ADD)
    (card,) = (card for card in archive.cards() if card.title == "Strike ends")
    assert (card.source, card.url, str(card.published)) == ("The Wire", "https://t.me/wire/7", "2014-02-17")


def test_a_picture_with_a_text_is_a_post_and_one_line_is_none(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    photo = {"photo": [{"file_id": "p", "file_unique_id": "up", "width": 1, "height": 1}]}
    with bot_with_admins(server, archive, ada):
        assert sent(ada, forward_origin=origins.from_channel(), caption=POST, **photo).bold == ["Strike ends"]
        line = forwarded(ada, origins.from_channel(), "Strike ends\n \n")
        assert line.text.startswith("That post is only one line.")
        assert line.buttons == []


def test_a_post_in_a_group_is_added_by_a_reply_only(server: BotApiServer, archive: LocalArchive) -> None:
    group = server.group()
    with bot_with_admins(server, archive, group):
        post = group.forwards(origins.from_channel(), text=POST)
        assert edited(group, sent(group, text="/add", reply_to=post), ADD).text.startswith(ADDED)
    assert len(group.received) == 1


# ── Articles that cannot be added ────────────────────────────────────────────────────────────────────────────────────


def test_while_another_process_writes_the_tap_says_so_and_can_be_repeated(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada)
        with archive.write_lock("index"):
            assert noticed(ada, shown, ADD).startswith("The archive is being changed right now")
            assert (files(), ada.message(shown).buttons) == ([], shown.buttons)
            confirmation = edited(ada, ada.says("/remove tax"), "Tax cut")
            assert noticed(ada, confirmation, REMOVE).startswith("The archive is being changed right now")
        edited(ada, shown, ADD)
        with archive.write_lock("index"):
            again = sent_document(ada)
            assert noticed(ada, again, ADD).startswith("The archive is being changed right now")
    assert len(files()) == 1  # it existed before the second proposal, so it stays
    assert titles(archive) == {"Tax cut", "Dog found", "Dog lost", "Bridge opened"}


def test_a_full_disk_is_reported(
    server: BotApiServer, archive: LocalArchive, ada: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    FOLDER.write_text("a file where the folder should be")
    with bot_with_admins(server, archive, ada):
        shown = sent_document(ada)
        assert noticed(ada, shown, ADD) == "I couldn't write to the disk; it may be full. Nothing was changed."
        FOLDER.unlink()
        FOLDER.mkdir()
        assert edited(ada, shown, ADD).text.startswith(ADDED)
    assert "Traceback" not in caplog.text


def test_an_unfinished_file_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    file = tmp_path / "folder" / "x.txt"
    with pytest.raises(OSError, match="No space left"):
        submitted_articles._write(file, b"text")
    assert list(file.parent.iterdir()) == []


def test_an_archive_of_another_model_is_reported_with_the_remedy(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    answerer = Answerer(archive, FakeEncoder(name="another"), strictness=0.0)
    with bot(server, answerer, access=Access([ada.user.id])):
        notice = noticed(ada, sent_document(ada), ADD)
    assert "model" in notice
    assert len(notice) <= 200
    assert files() == []


# ── Removing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_article_is_found_by_its_headline_and_removed_once_that_is_confirmed(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        list_ = ada.says("/remove dog")
        assert list_.text == "Which article shall I remove?"
        assert sorted(row[0] for row in list_.labels) == [
            "3 January 2014 · Dog found",
            "4 January 2014 · Dog lost",
            KEEP,
        ]
        confirmation = edited(ada, list_, "Dog lost")
        assert confirmation.text == (
            "Dog lost\n4 January 2014 · The Paper\n\nRemove this article? I'll stop quoting it at once."
        )
        assert confirmation.labels == [[REMOVE, KEEP]]
        assert "Dog lost" in titles(archive)
        ada.taps(confirmation, REMOVE)
        gone = ada.waits_for_edit(confirmation)
        assert gone.text == "Removed. I won't quote it any more.\n\nDog lost\n4 January 2014 · The Paper"
        assert gone.buttons == []
        assert "ran off" not in ada.says("who ran off again?").text
    assert titles(archive) == {"Tax cut", "Dog found"}


def test_words_of_the_text_are_searched_if_no_headline_has_them_and_keep_removes_nothing(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    with bot_with_admins(server, archive, ada):
        list_ = ada.says("/remove barked all night")
        assert list_.labels[0] == ["3 January 2014 · Dog found"]
        assert edited(ada, list_, KEEP).text == "Nothing was changed."
        again = edited(ada, ada.says("/remove barked all night"), "Dog found")
        ada.taps(again, KEEP)
        assert ada.waits_for_edit(again).text == "Nothing was changed."
    assert len(titles(archive)) == 3


def test_words_without_a_match_list_nothing(server: BotApiServer, archive: LocalArchive, ada: Chat) -> None:
    with bot(server, Answerer(archive, FakeEncoder(), strictness=1.0), access=Access([ada.user.id])):
        shown = ada.says("/remove dogs of Vienna")
    assert (shown.text, shown.buttons) == ("I found no article with these words in its headline.", [])


def test_removing_an_article_deletes_a_file_that_the_bot_wrote_and_names_any_other(
    server: BotApiServer, archive: LocalArchive, ada: Chat, tmp_path: Path
) -> None:
    own_file = tmp_path / "own" / "council.txt"
    own_file.parent.mkdir()
    own_file.write_text("Council meets\n\nThe council of Steyr met.\n")
    take_in(archive, FakeEncoder(), *read_all([own_file], MEGABYTE))
    with bot_with_admins(server, archive, ada):
        edited(ada, sent_document(ada), ADD)
        (name,) = files()
        for headline, more in [
            ("Bridge opened", ""),
            ("Council meets", "\n\nIts file is still there, so the next indexing will add it again: council.txt"),
        ]:
            confirmation = edited(ada, ada.says(f"/remove {headline}"), headline)
            ada.taps(confirmation, REMOVE)
            assert ada.waits_for_edit(confirmation).text.partition("\n\n")[2].removeprefix(headline).endswith(more)
    assert (files(), own_file.exists(), len(name)) == ([], True, 68)
    assert len(titles(archive)) == 3


@pytest.mark.parametrize("button", [None, "Context", "Full text"])
def test_a_reply_to_an_answer_removes_what_it_shows(
    server: BotApiServer, archive: LocalArchive, ada: Chat, button: str | None
) -> None:
    with bot_with_admins(server, archive, ada):
        answer = ada.says("a dog")
        second = edited(ada, answer, "More ▸")
        if button:
            ada.taps(second, button)
            second = ada.waits_for_edit(second)
        confirmation = sent(ada, text="/remove", reply_to=second)
        headline = confirmation.text.partition("\n")[0]
        assert headline in second.text.splitlines()
        assert headline not in answer.text.splitlines()
        edited(ada, confirmation, REMOVE)
        assert sent(ada, text="/remove", reply_to=second).text == "That article is no longer in the archive."
    assert headline not in titles(archive)


def test_a_button_whose_article_is_gone_says_so(server: BotApiServer, archive: LocalArchive, ada: Chat) -> None:
    with bot_with_admins(server, archive, ada):
        list_, same = ada.says("/remove dog lost"), ada.says("/remove dog lost")
        confirmation = edited(ada, same, "Dog lost")
        first, second = ada.presses(confirmation, REMOVE), ada.presses(confirmation, REMOVE)
        server.wait_for(lambda: first.answer is not None and second.answer is not None, "two answers")
        assert [notice.text for notice in ada.notices[-2:]] == ["Removed. I won't quote it any more.", GONE]
        assert noticed(ada, list_, "Dog lost") == GONE
    assert len(titles(archive)) == 2


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("/remove", "Please write words of the headline after it, or reply with /remove to one of my answers."),
        ("/remove ?!", "There is nothing to search for in that question. Ask in words, such as: Who met Kerry?"),
        (f"/remove {'dog ' * 400}", "That question has 1,599 characters; 1,000 is the most. Ask it in fewer words."),
    ],
)
def test_remove_without_words_explains_its_use(
    server: BotApiServer, archive: LocalArchive, ada: Chat, text: str, usage: str
) -> None:
    with bot_with_admins(server, archive, ada):
        shown = ada.says(text)
    assert (shown.text, shown.buttons) == (usage, [])


def test_a_reply_to_what_shows_no_article_or_several_removes_nothing(
    server: BotApiServer, archive: LocalArchive, ada: Chat
) -> None:
    answerer = Answerer(archive, FakeEncoder(), strictness=1.0)
    with bot(server, answerer, access=Access([ada.user.id])):
        usage = ada.says("/remove")
        for to in (usage, usage.reply_to, ada.says("who is the king of dogs?")):
            assert sent(ada, text="/remove", reply_to=to).text.startswith("Please write words of the headline")


# ── Access, and /status ──────────────────────────────────────────────────────────────────────────────────────────────


def test_only_admins_add_or_remove(server: BotApiServer, archive: LocalArchive, ada: Chat) -> None:
    bob = server.private_chat("Bob")
    with bot_with_admins(server, archive, ada):
        for reply in (
            sent_document(bob, caption="/add"),
            bob.says("/add"),
            bob.says("/remove dog"),
            sent(bob, text="/add", reply_to=bob.received[0]),
        ):
            assert (reply.text, reply.buttons) == (ONLY_ADMINS, [])
        assert sent_document(bob).text.startswith("I can only read text.")
        assert forwarded(bob, origins.from_channel()).labels[0] != [ADD]
    assert server.called("getFile") == []


def test_a_message_in_the_name_of_a_chat_is_not_from_an_admin(server: BotApiServer, archive: LocalArchive) -> None:
    group = server.group()
    with bot_with_admins(server, archive, group):
        assert sent(group, text="/add", sender_chat=group.info).text == ONLY_ADMINS
        assert sent(group, text="/status", sender_chat=group.info).text == f"The id of this chat is {group.id}."


def test_status_shows_figures_to_admins_and_everybody_their_id(
    server: BotApiServer, archive: LocalArchive, ada: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "version_here", lambda: "1.2.3")
    bob, group = server.private_chat("Bob"), server.group()
    with bot_with_admins(server, archive, ada, group) as running:
        bob.says("/watch who barked?")
        server.wait_for(lambda: not running.bot.pending_updates.pending(), "the end of the watch's update")
        status = archive.status()
        assert ada.says("/status").text.splitlines() == [
            "Articles: 3",
            f"Passages: {status.passages}",
            f"Different stories: {status.distinct_articles}",
            "Languages: unknown 3",
            "From: 2 January 2014",
            "To: 4 January 2014",
            f"Size: {(status.size_bytes or 0) // 1000:,} kB",
            f"Changes: {status.generation}",
            "Messages waiting: 0",
            "Watches: 1",
            "Feedback: 0",
            "Version: 1.2.3",
            f"Your Telegram id is {ada.user.id}.",
        ]
        reply = bob.says("/status")
        assert reply.text == f"Your Telegram id is {bob.user.id}."
        assert reply.marked("code") == [str(bob.user.id)]
        assert group.says("/status").text.splitlines()[-2:] == [
            f"Your Telegram id is {group.user.id}.",
            f"The id of this chat is {group.id}.",
        ]


def test_status_warns_of_a_backup_that_is_old_if_backups_are_made(
    server: BotApiServer, archive: LocalArchive, ada: Chat, tmp_path: Path
) -> None:
    folder = archive.database.folder
    with bot_with_admins(server, archive, ada, folder=folder):
        assert "backup" not in ada.says("/status").text
        backup(Store.open(folder), tmp_path / "backup.db")
        assert "backup" not in ada.says("/status").text
        noted = datetime.fromisoformat((folder / last_backup.FILE).read_text().strip())
        assert abs(datetime.now(UTC) - noted) < timedelta(minutes=1)
        (folder / last_backup.FILE).write_text(f"{noted - timedelta(days=8)}")
        warned = ada.says("/status")
        assert (
            "⚠ The last backup was made 1 week ago. The command clippings backup makes a new one."
            in warned.text.splitlines()
        )
        assert "clippings backup" in warned.marked("code")
        (folder / last_backup.FILE).write_text("?")
        assert "backup" not in ada.says("/status").text


def test_nothing_that_admins_send_is_logged(
    server: BotApiServer, archive: LocalArchive, ada: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    with bot_with_admins(server, archive, ada):
        edited(ada, sent_document(ada), ADD)
        sent_document(ada, b"%PDF-1.7 secret")
        confirmation = edited(ada, ada.says("/remove bridge opened"), "Bridge opened")
        edited(ada, confirmation, REMOVE)
    for word in ("Bridge", "secret", "mayor", str(ada.user.id)):
        assert word not in caplog.text
