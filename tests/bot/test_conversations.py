"""Sixty messages to the bot, and what must come back (conversations/conversations.toml), with the real model."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.i18n.translation import LANGUAGES
from bot.i18n.unread_question import SENTENCES
from corpus.article import Article, Card, article_id
from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from tests.bot.running_bot import bot
from tests.fakes import archive_at, take_in
from tests.telegram_server.chat import Chat, Message
from tests.telegram_server.server import BotApiServer

FOLDER = Path(__file__).with_name("conversations")
MESSAGES: list[dict[str, Any]] = tomllib.loads((FOLDER / "conversations.toml").read_text(encoding="utf-8"))["message"]
NOTHING = ("Nothing in this archive answers that.", "这个资料库里没有内容能回答这个问题。")
REFUSALS = (
    "That question has",
    "There is nothing to search for in that question.",
    "since “",
    "No article in this archive has",
)
READS_ENGLISH = "So far I read only English. Please try asking in English."
UNREAD = {
    *tomllib.loads(SENTENCES.read_text(encoding="utf-8")).values(),
    *(language.say(READS_ENGLISH) for language in LANGUAGES.values()),
}


def cases() -> list[Article]:
    """Read the archive of cases that are followed over three years."""
    rows = map(json.loads, (FOLDER / "followed_cases.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Article(
            Card(
                article_id(row["id"]),
                row["title"],
                source=row["source"],
                author=row["author"],
                published=date.fromisoformat(row["date"]),
                language="en",
            ),
            row["text"],
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def folders(encoder: Encoder, seed_article: Article, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The archives that are asked."""
    articles = {"example": [seed_article], "chat": cases()}
    folders = {name: tmp_path_factory.mktemp(name) / "archive" for name in articles}
    for name, folder in folders.items():
        archive = archive_at(folder, encoder)
        take_in(archive, encoder, *articles[name])
        archive.close()
    return folders


@pytest.fixture
def answerers(folders: Mapping[str, Path], encoder: Encoder) -> Iterator[Mapping[str, Answerer]]:
    answerers = {name: Answerer(LocalArchive.open(folder), encoder) for name, folder in folders.items()}
    yield answerers
    for answerer in answerers.values():
        answerer.close()


def comes_back(chat: Chat, message: Mapping[str, Any], count: int) -> list[str]:
    """Return what the bot sends to the last of a user's messages, without the passages below each answer."""
    for text in message.get("after", ()):
        chat.says(text)
    before = len(chat.received)
    chat.sends(text=message["text"])
    return [without_passage(reply) for reply in chat.replies(before + count)[before:]]


def without_passage(reply: Message) -> str:
    """Return the text of a message without what it quotes in a block, but for the words in bold there."""
    quoted = [*reply.marked("blockquote"), *reply.marked("expandable_blockquote")]
    text = reply.text
    for passage in quoted:
        bold = [piece for piece in reply.bold if piece in passage]
        text = text.replace(passage, " ".join(bold))
    return text


def kind_of(text: str) -> str:
    """Return what kind of message of the bot this is."""
    if any(text.startswith(sentence) for sentence in UNREAD):
        return "unread"
    if text.startswith(REFUSALS):
        return "refusal"
    if any(line.startswith(NOTHING) for line in text.splitlines()):
        return "no"
    if text.startswith(("Newest in this archive", "资料库里最新的文章")):
        return "list"
    # An answer has a headline with a date below it.
    return "answer" if " · " in text else "talk"


def fits(message: Mapping[str, Any], texts: list[str]) -> bool:
    """Tell whether what came back is what must come back."""
    whole = "\n".join(texts)
    kinds = {kind_of(text) for text in texts}
    expected = {"list", "answer"} if message["expect"] == "list" else {message["expect"]}
    return (
        bool(kinds & expected)
        and all(words in whole for words in message["contains"])
        and not any(words in whole for words in message.get("not_contains", ()))
    )


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["text"][:40])
def test_what_comes_back(server: BotApiServer, answerers: Mapping[str, Answerer], message: dict[str, Any]) -> None:
    questions = message.get("questions", 1)
    chat = server.private_chat(language=message.get("language", "en"))
    with bot(server, answerers[message["archive"]]):
        texts = comes_back(chat, message, questions)
    assert fits(message, texts) != bool(message.get("short")), texts


def test_there_are_sixty_messages_of_two_archives() -> None:
    assert len(MESSAGES) >= 60
    assert {message["archive"] for message in MESSAGES} == {"example", "chat"}
    assert len(cases()) == 40
