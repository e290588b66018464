"""Questions that go on from an answer: from the one that they reply to, else from the newest."""

from datetime import date

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.indexing.single_articles import take_out
from retrieval.types import Answer, Filters
from tests.bot.meeting_articles import QUESTION, meetings
from tests.bot.running_bot import Stub, an_archive, an_article, answer_to, bot, elsewhere
from tests.telegram_server.server import BotApiServer

XU, KERRY = "what happened to Xu Zhiyong?", "who met Kerry?"


@pytest.fixture
def library() -> Answerer:
    return meetings()


def test_a_reply_goes_on_from_the_answer_that_it_replies_to(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        of_xu = chat.says(XU)
        chat.says(KERRY)
        chat.says("when?", reply_to=of_xu)
        chat.says("and where?")
    assert stub.previous_questions[-2:] == [XU, "when?"]


def test_a_follow_up_goes_on_from_the_passage_that_is_shown(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        assert len(answer.labels[0]) == 2
        chat.taps(answer, "More ▸")
        second = chat.waits_for_edit(answer)
        assert second.bold != answer.bold
        assert chat.says("source?").bold[0] == second.bold[0]


def test_a_question_edited_into_small_talk_is_taken_back(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says(XU)
        answer = chat.says(KERRY)
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, "good morning")
        chat.waits_for_edit(answer)
        chat.says("when?")
    assert stub.previous_questions[-1] == XU


def test_an_answer_that_is_not_remembered_stands_for_its_headline(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
    stub = Stub()
    assert isinstance(library.archive, LocalArchive)
    stub.archive = library.archive
    with bot(server, stub):  # another process, which remembers nothing
        chat.says("when?", reply_to=answer)
    assert stub.previous_questions[-1] == answer.bold[0]


def test_a_reply_to_a_timeline_goes_on_from_its_name(server: BotApiServer) -> None:
    stub, chat, chinese = Stub(), server.private_chat(), server.private_chat(language="zh")
    stub.archive = an_archive(
        an_article(1, "Xu Zhiyong was detained in Beijing. He said nothing."),
        an_article(2, "许志永在北京被捕。他什么也没说。", language="zh"),
    )
    with bot(server, stub):
        timeline = chat.says("/timeline Xu Zhiyong since:2014")
        chat.says(KERRY)
        chat.says("what happened to him?", reply_to=timeline)
        assert stub.previous_questions[-1] == "what happened to Xu Zhiyong?"
        assert stub.previous_filters[-1] == Filters(since=date(2014, 1, 1))
        timeline = chinese.says("/timeline 许志永")
        chinese.says("为什么？", reply_to=timeline)
        assert stub.previous_questions[-1] == "许志永怎么了？"
        none = chat.says("/timeline Nobody Else")
        chat.says("why?", reply_to=none)
    assert stub.previous_questions[-1] == "what happened to him?"


@pytest.mark.parametrize("text", ["Xu was freed in May.", "Xu was freed in May. " * 400])
def test_a_reply_to_an_article_of_a_list_goes_on_from_its_headline(server: BotApiServer, text: str) -> None:
    stub, chat = Stub(), server.private_chat()
    stub.archive = an_archive(an_article(1, text, "Scholar Xu Zhiyong freed"))
    with bot(server, stub):
        chat.says(KERRY)
        newest = chat.says("/latest")
        chat.says("why?", reply_to=newest)
        assert stub.previous_questions[-1] == KERRY
        chat.taps(newest, "📄 Scholar Xu Zhiyong freed")
        article = chat.waits_for_edit(newest)
        chat.says("why?", reply_to=article)
    assert stub.previous_questions[-1] == "Scholar Xu Zhiyong freed"


def test_an_edited_question_does_not_go_on_from_itself(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says(XU)
        answer = chat.says("when?")
        assert answer.reply_to is not None
        chat.edits(answer.reply_to, "where?")
        chat.wait_for(lambda: stub.questions[-1] == "where?", "the edited question")
    assert stub.previous_questions[-1] == XU


def test_a_reply_to_a_message_without_an_answer_goes_on_from_the_last_one(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says(XU)
        hello = chat.says("hello")
        chat.says("when?", reply_to=hello)
    assert stub.previous_questions[-1] == XU


@pytest.mark.parametrize("more", ["tell me more", "more", "More please!", "再多说一点"])
def test_more_shows_the_article_that_answered(server: BotApiServer, library: Answerer, more: str) -> None:
    chat = server.private_chat()
    with bot(server, library):
        answer = chat.says(QUESTION)
        article = chat.says(more)
        assert article.marked("code") == [QUESTION]
        assert answer.bold[0] in article.bold
        chat.taps(article, "◂ Back")
        assert answer.bold[0] in chat.waits_for_edit(article).bold


def test_more_without_an_answer_before_is_a_question(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        chat.says("more")
    assert stub.questions[-1] == "more"


def test_an_answer_whose_article_is_gone_has_no_more(server: BotApiServer, library: Answerer) -> None:
    chat = server.private_chat()
    with bot(server, library):
        chat.says(QUESTION)
        archive = elsewhere(library)
        take_out(archive, [card.id for card in archive.cards()])
        archive.close()
        assert chat.says("more").text.startswith("That is no longer in the archive.")


def test_a_message_that_names_nothing_and_is_not_answered_is_nothing_to_go_on_from(server: BotApiServer) -> None:
    stub, chat = (
        Stub(lambda question: Answer(question) if "really" in question else answer_to(question)),
        server.private_chat(),
    )
    with bot(server, stub):
        for text in (XU, "is it really so?", "when?"):
            chat.says(text)
    assert stub.previous_questions[-1] == XU
