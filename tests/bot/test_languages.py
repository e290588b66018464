"""What the bot says of languages: questions and articles that the model does not read, passages in another language."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.access import Access
from corpus.article import Article
from retrieval.answer.answerer import Answerer
from tests.bot.running_bot import CARD, REST, a_library, an_article, bot
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.telegram_server.server import BotApiServer

ENGLISH = an_article(1, "Kerry met four bloggers in Beijing. He left on Tuesday.", "Kerry", language="en")
CHINESE = an_article(2, "克里星期一在北京会见了四名博主。他星期二离开。", "克里访华", language="zh")
UNKNOWN = an_article(3, "Kerry.", "Kerry again")
REFUSED = "我目前主要能看懂英文，请试试用英文提问。"


def bundled(*articles: Article, strictness: float) -> Answerer:
    """Return an answerer whose model reads only English; with strictness 1 it answers nothing."""
    encoder = FakeEncoder(name="bundled")
    archive = archive_at(Path("archive"), encoder)
    take_in(archive, encoder, *articles)
    return Answerer(archive, encoder, strictness=strictness)


def test_a_question_in_an_unread_language_is_told_so_in_it_wherever_it_is_asked(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, bundled(ENGLISH, strictness=1)):
        # What is closest is offered only if it shares a word with the question.
        assert chat.says("克里是谁？").labels == [["🔔 Tell me when something does"]]
        told = chat.says("Kerry见了谁？")
        assert told.text.splitlines()[0] == REFUSED
        assert chat.user.inline("克里是谁？").button == REFUSED
        chat.taps(told, "Kerry")
        shown = chat.waits_for_edit(told)
        assert "in English" in shown.text.splitlines()[3]
        chat.taps(shown, "◂ Back")
        assert chat.waits_for_edit(shown).text.splitlines()[0] == REFUSED
        assert chat.says("Кто такой Керри?").text.startswith("Пока я читаю только по-английски.")
        assert chat.says("Керри").text.startswith("Пока я читаю только по-английски.")
        assert chat.says("Who is Kerry?").text.startswith("Nothing in this archive answers that.")


@pytest.mark.parametrize(
    ("code", "languages", "comma", "warning"),
    [
        (
            "en",
            "Languages: Chinese 1, English 1, unknown 1",
            ", ",
            "⚠ The model does not read 1 of 3 articles: Chinese 1.",
        ),
        ("zh-hans", "语言: 中文 1、英语 1、未知 1", "、", "⚠ 3 篇文章里有 1 篇模型看不懂：中文 1。"),
    ],
)
def test_status_names_languages_and_warns_of_those_that_the_model_does_not_read(
    server: BotApiServer, code: str, languages: str, comma: str, warning: str
) -> None:
    ada = server.private_chat("Ada", language=code)
    with bot(server, bundled(ENGLISH, CHINESE, UNKNOWN, strictness=0), access=Access([ada.user.id])):
        lines = ada.says("/status").text.splitlines()
    name, _, counts = languages.partition(": ")
    (shown,) = [line for line in lines if line.startswith(name)]
    assert sorted(shown.partition(": ")[2].split(comma)) == sorted(counts.split(comma))
    assert warning in lines


def test_status_does_not_warn_if_the_model_may_read_all_languages(server: BotApiServer) -> None:
    ada = server.private_chat("Ada")
    with bot(server, a_library(ENGLISH, CHINESE), access=Access([ada.user.id])):
        assert "does not read" not in ada.says("/status").text


def test_the_language_of_a_passage_is_named_on_every_view_of_it(server: BotApiServer) -> None:
    chat = server.private_chat()
    article = Article(replace(CARD, url=None, language="en"), ENGLISH.text + REST)
    line = "17 February 2014 · Site Default · Sangwon Yoon · in English"
    with bot(server, a_library(article)):
        shown = chat.says("克里 Kerry 见了谁？")
        assert shown.text.splitlines()[3] == line
        for label in ("Context", "◂ Back", "Full text", "◂ Back", "👍"):
            chat.taps(shown, label)
            shown = chat.waits_for_edit(shown)
            assert line in shown.text.splitlines(), label
        offered, *_ = chat.user.inline("克里 Kerry 见了谁？").results
        assert line in offered.text.splitlines()
        assert line.removesuffix(" · in English") in chat.says("who met Kerry?").text.splitlines()
