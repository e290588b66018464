"""/start with its example questions, /help, /latest, /about, and the menu of commands."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.access import Access
from bot.i18n.translation import CHINESE
from bot.sessions import SESSION_SECONDS
from bot.views import info
from bot.views.keyboards import MAX_LABEL
from bot.views.telegram_html import units
from corpus.article import Article
from retrieval.types import Answer
from tests.bot.running_bot import FAST, Stub, a_library, an_archive, an_article, bot
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server.chat import Chat, Message
from tests.telegram_server.server import BotApiServer

COMMANDS = "ask watch watches digest timeline latest about help privacy forget start".split()
HEBREW = "חדשות היום"
XU = an_article(1, "A court in Beijing sentenced legal scholar Xu Zhiyong. He appealed.", "The Sentence")
KERRY = an_article(2, "It was cold. Later that day John Kerry said nothing to <anybody> & left.", "The Visit")
TOWER = an_article(3, "The tower has bells. They ring at noon.", "Why Does the Tower Ring?")
LONG = an_article(4, "The ferry waits. It leaves at six.", f"The {'very ' * 12}Long Ferry")
OF_XU, OF_KERRY = "What happened to Xu Zhiyong?", "What did John Kerry say?"


def surely(answer: Answer) -> Answer:
    return replace(answer, hits=tuple(replace(hit, confidence=0.9) for hit in answer.hits))


class Library(Stub):
    """An answerer over articles that answers every question."""

    def __init__(self, *articles: Article) -> None:
        library = a_library(*articles)
        super().__init__(lambda question: surely(library.answer(question)))
        self.archive = an_archive() if not articles else library.archive  # type: ignore[assignment]


def labels(message: Message) -> list[str]:
    return [label for row in message.labels for label in row]


def says_after(chat: Chat, action: Callable[[], object]) -> Message:
    """Return the next message of the bot."""
    before = len(chat.received)
    action()
    return chat.replies(before + 1)[before]


def edited_by(chat: Chat, message: Message, label: str) -> Message:
    """Return a message as it is after a tap."""
    chat.presses(message, label)
    return chat.waits_for_edit(message)


# --- /start


def test_start_says_what_the_bot_does_and_offers_questions_that_the_archive_answers(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Library(XU, KERRY, TOWER, LONG)):
        reply = chat.says("/start")
        again = chat.says("/start inline")  # from the button above the inline results
    assert reply.text.startswith("Hello!")
    assert "I only quote" in reply.text
    assert set(labels(reply)) == {OF_XU, OF_KERRY, TOWER.title}
    assert all(len(row) == 1 and units(row[0]) <= MAX_LABEL for row in reply.labels)
    assert (again.text, again.buttons) == (reply.text, reply.buttons)


def test_a_tapped_question_is_answered_in_a_message_of_its_own_and_can_be_followed_up(server: BotApiServer) -> None:
    chat, stub = server.private_chat(), Library(XU, KERRY, TOWER)
    with bot(server, stub):
        start = chat.says("/start")
        answer = says_after(chat, lambda: chat.taps(start, OF_XU))
        sentence = "A court in Beijing sentenced legal scholar Xu Zhiyong."
        assert answer.text.startswith(f"Searched for: {OF_XU}\n\n{sentence}\n\n{XU.title}\n")
        assert answer.marked("code") == [OF_XU]
        assert chat.message(start).version == 0
        # The buttons search again for the question above the answer.
        chat.taps(answer, "Newest first")
        assert stub.questions[-1] == OF_XU
        chat.says("and when?")
        other = says_after(chat, lambda: chat.taps(start, OF_KERRY))
        assert other.marked("code") == [OF_KERRY]
    assert stub.previous_questions[stub.questions.index("and when?")] == OF_XU
    assert stub.previous_questions[-1] is None  # nobody wrote it, so it has no previous question


def test_a_tapped_question_counts_as_a_question(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Library(XU), a_minute=1):
        start = chat.says("/start")
        answer = says_after(chat, lambda: chat.taps(start, OF_XU))
        chat.taps(start, OF_XU)
        assert (chat.notices[-1].text or "").startswith("That was a lot of questions.")
    assert chat.received[-1].id == answer.id


def test_example_questions_are_searched_once_for_each_generation_of_the_archive(server: BotApiServer) -> None:
    chat, stub = server.private_chat(), Library(XU)
    with bot(server, stub):
        first = chat.says("/start")
        searched = len(stub.questions)
        assert chat.says("/start").buttons == first.buttons
        assert len(stub.questions) == searched
        take_in(stub.archive, FakeEncoder(), KERRY)
        assert OF_KERRY in labels(chat.says("/start"))


def test_example_questions_are_in_the_language_of_the_user_if_the_model_reads_it(server: BotApiServer) -> None:
    chat, english = server.private_chat("小明", language="zh-hans"), server.private_chat()
    with bot(server, Library(XU)):
        assert "Xu Zhiyong怎么了？" in labels(chat.says("/start"))
        assert OF_XU in labels(english.says("/start"))
    unread = Library(XU)
    unread.encoder = FakeEncoder(name="bundled")
    with bot(server, unread):
        assert OF_XU in labels(chat.says("/start"))


def test_start_does_not_wait_long_for_example_questions(server: BotApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, chat, stub = threading.Event(), server.private_chat(), Library(XU)
    respond = stub.answer

    def slowly(question: str, *_: object, **__: object) -> Answer:
        assert gate.wait(20)
        return respond(question)

    monkeypatch.setattr(stub, "answer", slowly)
    with bot(server, stub, times=replace(FAST, examples=0.01)) as running:
        assert labels(chat.says("/start")) == []
        gate.set()
        running.bot.examples.timeout = 20.0
        assert OF_XU in labels(chat.says("/start"))


def test_an_empty_archive_has_no_example_questions(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Library()):
        assert chat.says("/start").buttons == []
        assert chat.says("/latest").text == "There are no articles in this archive yet."
        assert "There are no articles in this archive yet." in chat.says("/about").text


def test_in_a_topic_the_answer_stays_there_and_the_session_is_that_of_the_user_who_tapped(server: BotApiServer) -> None:
    forum, stub, alan = server.group(forum=True), Library(XU, KERRY), server.user("Alan")
    with bot(server, stub):
        topic = forum.opens_topic("News")
        start = says_after(forum, lambda: forum.sends(text="/start@clippings_test_bot", topic=topic))
        answer = says_after(forum, lambda: forum.taps(start, OF_XU, by=alan))
        assert answer.topic == start.topic == topic
        says_after(forum, lambda: forum.sends(text="when?", reply_to=answer, topic=topic))
        says_after(forum, lambda: forum.sends(text="where?", reply_to=answer, topic=topic, by=alan))
    leant_on = dict(zip(stub.questions, stub.previous_questions, strict=True))
    # A reply goes on from the answer that it replies to, whoever asked for it.
    assert (leant_on["when?"], leant_on["where?"]) == (OF_XU, OF_XU)


# --- /help


def test_help_explains_how_to_ask_and_what_is_remembered(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server):
        reply = chat.says("/help")
    for word in (
        "/ask",
        "/watch",
        "/watches",
        "/digest 8",
        "/latest",
        "/about",
        "/privacy",
        "@clippings_test_bot",
        "mention me",
    ):
        assert word in reply.text
    assert all(f"{key}:" in reply.text for key in ("since", "source", "author", "sort"))
    assert f"{SESSION_SECONDS / 60:.0f} minutes" in reply.text
    assert reply.marked("italic") == [
        "when was he detained?",
        "and then?",
        "tell me more",
        "what happened in 2019?",
        "latest on Xu Zhiyong",
    ]


def test_in_a_group_only_commands_to_this_bot_are_answered(server: BotApiServer) -> None:
    group = server.group()
    with bot(server):
        for command in ("start", "help", "latest", "about", "privacy", "forget"):
            group.sends(text=f"/{command}")
            group.sends(text=f"/{command}@another_bot")
        reply = says_after(group, lambda: group.sends(text="/help@clippings_test_bot"))
        again = says_after(group, lambda: group.sends(text="/about", reply_to=reply))
    assert [message.id for message in group.received] == [reply.id, again.id]
    assert "only when you ask me" in reply.text


# --- /latest


def test_latest_lists_the_newest_articles_with_their_links(server: BotApiServer) -> None:
    day = [date(2014, 1, number) for number in range(1, 8)]
    old = [an_article(number, "Old.", published=day[number - 1]) for number in (1, 2)]
    linked = an_article(3, "Text.", "A <b> & C", published=day[2], url="https://example.org/3", source="A&B")
    bare = an_article(4, "First. Second.", HEBREW, published=day[3], source=HEBREW)
    plain = an_article(5, "Words.", published=None, source=None)
    more = [an_article(number, "New.", published=day[number - 1]) for number in (6, 7)]
    chat = server.private_chat()
    with bot(server, Library(*old, linked, bare, plain, *more)):
        reply = chat.says("/latest")
    assert reply.text.split("\n\n") == [
        "Newest in this archive",
        "• Headline 7\n7 January 2014 · The Paper",
        "• Headline 6\n6 January 2014 · The Paper",
        f"• \u2068{HEBREW}\u2069\n4 January 2014 · \u2068{HEBREW}\u2069",
        "• A <b> & C\n3 January 2014 · A&B",
        "• Headline 2\n2 January 2014 · The Paper",
    ]
    assert reply.links == {"A <b> & C": "https://example.org/3"}
    assert labels(reply) == ["📄 Headline 7", "📄 Headline 6", f"📄 {HEBREW}", "📄 Headline 2"]


def test_an_article_without_a_link_is_read_in_the_chat_and_leads_back_to_the_list(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Library(XU, KERRY)):
        listed = chat.says("/latest")
        read = edited_by(chat, listed, KERRY.title)
        assert KERRY.text in read.text
        back = edited_by(chat, read, "◂ Back")
    assert (back.text, back.buttons) == (listed.text, listed.buttons)


# --- /about


def test_about_says_what_is_in_the_archive(server: BotApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(info, "version", {"clippings": "1.2.3"}.__getitem__)
    sources = [HEBREW, "A<&>B", *(f"Source {number}" for number in range(10))]
    articles = [an_article(number, f"Text {number}.", source=source) for number, source in enumerate(sources)]
    chat = server.private_chat()
    with bot(server, Library(*articles)):
        reply = chat.says("/about")
    assert "12 articles from 1 January 2014 to 12 January 2014." in reply.text
    named = re.findall(r"Source \d|A<&>B|\u2068חדשות היום\u2069", reply.text)
    assert len(set(named)) == len(named) == 10
    assert "and 2 more." in reply.text
    assert "Clippings 1.2.3" in reply.text
    assert reply.links == {}


def test_about_one_article_says_its_day(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, Library(XU)):
        assert "1 article of 2 January 2014.\nSources: The Paper.\n" in chat.says("/about").text


# --- languages and menus


def test_every_command_is_answered_in_the_users_language(server: BotApiServer) -> None:
    chat = server.private_chat("小明", language="zh-hans")
    with bot(server, Library(XU, KERRY)):
        answers = [chat.says(f"/{command}") for command in COMMANDS]
        start = answers[COMMANDS.index("start")]
        answer = says_after(chat, lambda: chat.taps(start, "Xu Zhiyong怎么了？"))
    assert answer.marked("code") == ["Xu Zhiyong怎么了？"]
    assert CHINESE.day(date(2014, 1, 3)) in answers[COMMANDS.index("latest")].text
    assert not any("{" in message.text for message in answers)


def test_the_menu_of_commands_is_complete_and_set_in_every_language(server: BotApiServer) -> None:
    chat = server.private_chat()
    server.fail_next("setMyCommands", 400, "Bad Request: chat not found")
    with bot(server, access=Access(admins=(41, 42))):
        server.wait_for(
            lambda: len(server.called("setMyCommands")) == 15, "a menu in every language and for each owner"
        )
        unknown = chat.says("/nonsense").text
        assert unknown.startswith("I don't know that command.")
        for command in COMMANDS:
            assert chat.says(f"/{command}").text != unknown
    menus = server.called("setMyCommands")
    set_for = {(menu.get("scope", {}).get("chat_id"), menu.get("language_code", "")): menu for menu in menus}
    assert set(set_for) == {(admin, code) for admin in (None, 41, 42) for code in ("", "zh", "es", "ar", "ru")}
    for (admin, _), menu in set_for.items():
        named = [command["command"] for command in menu["commands"]]
        assert named == COMMANDS + ([] if admin is None else ["add", "remove", "status"])
