"""The example article, which is in English, asked in other languages through the bot with the multilingual model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Article
from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from tests.bot.running_bot import bot
from tests.fakes import archive_at, take_in
from tests.telegram_server.server import BotApiServer

# Three sentences say whom Kerry met.
MET_KERRY = "meeting with four bloggers|The other two bloggers|meetings with Chinese leadership"
TITLE = "Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall"


@pytest.fixture(scope="module")
def folder(multilingual: Encoder, seed_article: Article, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("multilingual") / "archive"
    archive = archive_at(folder, multilingual)
    take_in(archive, multilingual, seed_article)
    archive.close()
    return folder


@pytest.fixture
def answerer(folder: Path, multilingual: Encoder) -> Iterator[Answerer]:
    """It answers whatever is asked: how sure it is, is not tested here."""
    archive = LocalArchive.open(folder)
    yield Answerer(archive, multilingual, strictness=0.0)
    archive.close()


@pytest.mark.parametrize(
    ("code", "question", "sentence", "origin"),
    [
        ("zh-hans", "谁见了克里？", MET_KERRY, "2014年2月17日 · Site Default · Sangwon Yoon · 英语原文"),
        (
            "zh-hans",
            "许志永被判了几年？",
            "four years in prison",
            "2014年2月17日 · Site Default · Sangwon Yoon · 英语原文",
        ),
        (
            "ru",
            "К скольким годам тюрьмы приговорили Сюй Чжиюна?",
            "four years in prison",
            "17 февраля 2014\u202fг. · Site Default · Sangwon Yoon · язык: английский",
        ),
        (
            "ar",
            "كم سنة حُكم على شو تشي يونغ بالسجن؟",
            "four years in prison",
            "\u206717 فبراير 2014\u2069 · Site Default · Sangwon Yoon · باللغة الإنجليزية",
        ),
    ],
)
def test_the_english_sentence_is_quoted_and_its_language_named(
    server: BotApiServer, answerer: Answerer, code: str, question: str, sentence: str, origin: str
) -> None:
    chat = server.private_chat("Ada", language=code)
    with bot(server, answerer):
        reply = chat.says(question)
    assert reply.text.splitlines()[2:4] == [TITLE, origin]
    assert any(part in reply.bold[1] for part in sentence.split("|"))


def test_an_english_question_names_no_language(server: BotApiServer, answerer: Answerer) -> None:
    chat = server.private_chat("Ada")
    with bot(server, answerer):
        reply = chat.says("What happened to Xu Zhiyong?")
    assert reply.text.splitlines()[3] == "17 February 2014 · Site Default · Sangwon Yoon"
    assert "four years in prison" in reply.bold[1]
