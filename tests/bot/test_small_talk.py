"""Small talk: what is no question to the archive, in five languages, and what only looks like it."""

import time
import tomllib

import pytest

from bot.small_talk import TABLE, SmallTalk, small_talk, without_greeting
from tests.bot.meeting_articles import QUESTION, meetings
from tests.bot.running_bot import Stub, a_library, an_article, bot
from tests.telegram_server.server import BotApiServer

ARTICLES = tuple(an_article(number, f"Harbour news number {number}.", source="The Coast") for number in (1, 2))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("hello!", SmallTalk.GREETING),
        ("Hi there", SmallTalk.GREETING),
        ("Helloooo", SmallTalk.GREETING),
        ("bye bye", SmallTalk.FAREWELL),
        ("ok thanks a lot!!", SmallTalk.THANKS),
        ("haha ok got it thx", SmallTalk.THANKS),
        ("Who are you?", SmallTalk.WHO),
        ("What can you do?", SmallTalk.ABILITIES),
        ("help me please", SmallTalk.ABILITIES),
        ("How many articles do you have?", SmallTalk.COUNT),
        ("What’s new?", SmallTalk.NEWS),
        ("latest", SmallTalk.NEWS),
        ("how are you?", SmallTalk.GREETING),
        ("no thanks", SmallTalk.REMARK),
        ("lol", SmallTalk.REMARK),
        ("who wrote this?", SmallTalk.SOURCE),
        ("Really?", SmallTalk.DOUBT),
        ("are you sure about that?", SmallTalk.DOUBT),
        ("Source?", SmallTalk.SOURCE),
        ("真的吗？", SmallTalk.DOUBT),
        ("出處？", SmallTalk.SOURCE),
        ("Кто это сказал?", SmallTalk.SOURCE),
        ("你好！", SmallTalk.GREETING),
        ("好的，谢谢啊", SmallTalk.THANKS),
        ("謝謝", SmallTalk.THANKS),
        ("你是誰？", SmallTalk.WHO),
        ("¡Hola!", SmallTalk.GREETING),
        ("شكرًا", SmallTalk.THANKS),
        ("Что нового?", SmallTalk.NEWS),
    ],
)
def test_small_talk_is_known_whatever_stands_around_it(message: str, kind: SmallTalk) -> None:
    assert small_talk(message) == kind


@pytest.mark.parametrize(
    "message",
    [
        "hello, who met Kerry?",
        "Who are you calling a liar, asked Judge Sollenby?",
        "what's new at the harbour?",
        "help: how many signatures were collected?",
        "Perfect storm",
        "How many articles did Dana Ruiz write?",
        "latest on Okafor",
        "is it true that Okafor was released?",
        "who says that Okafor was released?",
        "where is the source of the Yongding?",
        "谢谢谁救了他",
        "👍",
        "?!",
        "thanks " * 20,
    ],
)
def test_questions_are_no_small_talk(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("Thanks! And when was she arrested?", "And when was she arrested?"),
        ("Hey Clippings, who is Adela Ruskin?", "who is Adela Ruskin?"),
        ("你好，谁见了克里？", "谁见了克里？"),
        ("Xu Zhiyong, what happened to him?", "Xu Zhiyong, what happened to him?"),
        ("who met Kerry?", "who met Kerry?"),
    ],
)
def test_a_greeting_in_front_of_a_question_is_left_out(message: str, question: str) -> None:
    assert without_greeting(message) == question


@pytest.mark.parametrize(
    "text",
    [
        "a" * 4096,
        "a " * 2048,
        "哈" * 79,
        "ok " * 26 + "x",
        "谢谢" * 39 + "x",
        "thanks' " * 500,
        "a'" * 2000,
        "hi," * 1300,
    ],
)
def test_hostile_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    small_talk(text)
    small_talk(text[:80])
    without_greeting(text)
    assert time.process_time() - start < 1  # it takes thousandths of a second


def test_every_phrase_of_the_table_is_known() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    del table["around"]
    for kind, by_language in table.items():
        for phrases in by_language.values():
            assert {small_talk(phrase) for phrase in phrases} == {SmallTalk(kind)}


def test_each_kind_gets_one_line_and_no_search(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        replies = [
            chat.says(text) for text in ("hello!", "thanks", "who are you", "what can you do", "how many articles?")
        ]
    assert [reply.text for reply in replies] == [
        "Hello! What would you like to know?",
        "You're welcome. Ask again whenever you like.",
        "I'm a bot that looks things up in this archive of news articles. I quote them word for word and never make "
        "anything up.",
        "Ask me a question, as you would ask a person, and I'll quote the sentence that answers. /help has more.",
        "1 article of 17 February 2014.",
    ]
    assert stub.questions == []


def test_the_source_is_that_of_the_last_answer(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, meetings()):
        assert chat.says("source?").text == "Each answer names its article: headline, date, source and link."
        answer = chat.says(QUESTION)
        assert chat.says("are you sure?").text.startswith("I only quote what articles say")
        named = chat.says("source?")
    assert named.bold == answer.bold[:1]
    assert named.text in answer.text
    assert not named.labels


def test_whats_new_lists_the_newest_articles(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        listed = chat.says("what's new?")
        assert listed.text == chat.says("/latest").text
    assert listed.text.startswith("Newest in this archive\n\n• Headline 2")


def test_thanks_in_a_group_get_no_reply(server: BotApiServer) -> None:
    group = server.group()
    with bot(server, Stub()):
        answer = group.says("/ask who met Kerry?")
        group.sends(text="thanks!", reply_to=answer)
        assert group.says("/ask and where?").reply_to is not None
    assert len(group.received) == 2


def test_small_talk_does_not_end_a_conversation(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        for text in ("what happened to Xu Zhiyong?", "thanks", "when was he detained?"):
            chat.says(text)
    assert stub.previous_questions[-1] == "what happened to Xu Zhiyong?"


def test_the_newest_of_one_source_lead_back_to_that_list(server: BotApiServer) -> None:
    chat = server.private_chat()
    globe = an_article(3, "The globe turns.", "Round", source="The Globe")
    with bot(server, a_library(*ARTICLES, globe)):
        listed = chat.says("/latest the coast")
        assert listed.text.startswith("Newest in The Coast")
        assert "Round" not in listed.text
        chat.taps(listed, "📄 Headline 2")
        article = chat.waits_for_edit(listed)
        chat.taps(article, "◂ Back")
        assert chat.waits_for_edit(article).text == listed.text
        assert "No article in this archive has the source “Moon”" in chat.says("/latest Moon").text
