"""What the bot stores about users, what /privacy says of it, and that /forget removes it."""

import threading

from bot.sessions import SESSION_SECONDS
from retrieval.types import Answer
from tests.bot.running_bot import Running, Stub, bot
from tests.telegram_server.server import BotApiServer


def test_privacy_says_what_is_kept_and_that_telegram_can_read(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server):
        text = chat.says("/privacy").text
    for words in (
        f"{SESSION_SECONDS / 60:.0f} minutes",
        "Telegram itself can read",
        "not end-to-end encrypted",
        "/forget",
    ):
        assert words in text


def stored(running: Running) -> str:
    """Return the content of all tables, except the numbers of updates."""
    with running.database.change() as db:
        tables = (
            "lane, reader, kind, body FROM waiting",
            "* FROM watch",
            "* FROM told",
            "* FROM digest",
            "* FROM feedback",
        )
        return "\n".join(repr(row) for table in tables for row in db.execute(f"SELECT {table}"))


def test_processed_updates_leave_no_user_id(server: BotApiServer) -> None:
    chat, group = server.private_chat(), server.group()
    with bot(server) as running:
        chat.says("who met Kerry?")
        chat.edits(chat.sends(text="who was it?"), "who met Kerry then?")
        group.says("/ask who?")
        chat.user.inline("who met")
        chat.taps(chat.received[0], "Context")
        running.idle()
        assert set(stored(running).splitlines()) == {"(0, None, '', None)"}


def test_forget_removes_all_data_of_the_user_and_lists_it(server: BotApiServer) -> None:
    stub, ada = Stub(), server.user("Ada")
    chat, group, other = server.private_chat(ada), server.group(user=ada), server.private_chat("Grace")
    with bot(server, stub) as running:
        assert chat.says("/forget").text.startswith("I stored nothing about you.")
        chat.says("/watch who is Xu?")
        group.says("/watch@clippings_test_bot what does Xu do?")
        other.says("/watch who is Xu Zhiyong?")
        for each in (chat, group, other):
            each.says("/ask what happened to Xu?")
        reply = chat.says("/forget").text
        assert reply.startswith("Deleted: 2 watches; your last questions.")
        assert "carries no name" in reply
        assert chat.says("/watches").text.startswith("You aren't watching anything here.")
        for each in (chat, group, other):
            each.says("/ask and when?")
        running.idle()
        assert str(ada.id) not in stored(running)
        assert str(other.id) in stored(running)
    assert stub.previous_questions[-3:] == [None, None, "what happened to Xu?"]


def test_forget_erases_pending_messages_in_other_chats(server: BotApiServer) -> None:
    gate = threading.Event()

    class Slow(Stub):
        def answer(self, question: str, *_: object, **__: object) -> Answer:
            if "slow" in question:
                assert gate.wait(20)
            return super().answer(question)

    stub, ada = Slow(), server.user("Ada")
    chat, group = server.private_chat(ada), server.group(user=ada)
    with bot(server, stub) as running:
        group.sends(text="/ask a slow question")
        group.sends(text="/ask my secret")
        grace = server.user("Grace")
        group.sends(text="/ask what of Xu?", by=grace)
        server.wait_for(lambda: len(running.bot.pending_updates.pending()) == 3, "three questions that wait")
        assert chat.says("/forget").text.startswith("Deleted: 2 messages that waited for an answer.")
        assert "secret" not in stored(running)
        gate.set()
    assert "what of Xu?" in stub.questions
    assert "my secret" not in stub.questions


def test_an_edit_after_forget_is_a_new_question(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server):
        question = chat.sends(text="who met Kerry?")
        answer = chat.replies(1)[0]
        chat.says("/forget")
        chat.edits(question, "who met him?")
        anew = chat.replies(3)[2]
    assert chat.message(answer).version == 0
    assert anew.id != answer.id


def test_anonymous_admins_of_two_groups_are_different_users(server: BotApiServer) -> None:
    first, second = server.group("One"), server.group("Two")
    robot = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}}
    with bot(server, Stub()):
        for group in (first, second):
            group.says("/watch@clippings_test_bot who is Xu?", sender_chat=group.info, **robot)
        reply = first.says("/forget@clippings_test_bot", sender_chat=first.info, **robot)
        assert reply.text.startswith("Deleted: 1 watch; your last questions.")
        assert second.says("/watches@clippings_test_bot").text.startswith("You are watching these.")
        assert first.says("/watches@clippings_test_bot").text.startswith("You aren't watching anything here.")
