"""Files, groups, topics, channels and membership of the tests' Bot API server are as Telegram's."""

from collections.abc import Iterator

import httpx
import pytest
from telegram import Update

from tests.telegram_server import forward_origins as origins
from tests.telegram_server.api_client import MORE, NO_CERTIFICATES, call, keyboard, send, sent, updates
from tests.telegram_server.api_schema import type_errors
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN, BotApiServer


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat()


# --- files


def test_a_document_is_fetched_in_two_steps_unless_it_is_too_big(server: BotApiServer, chat: Chat) -> None:
    chat.sends_document("../news.txt", b"some news", caption="/add", mime="text/plain")
    chat.sends_document("big.txt", b"", size=20 * 1024 * 1024 + 1)
    first, second = (update["message"] for update in updates(server))
    assert (first["document"]["file_name"], first["document"]["file_size"]) == ("../news.txt", 9)
    assert first["caption_entities"][0]["type"] == "bot_command"
    path = call(server, "getFile", file_id=first["document"]["file_id"])["result"]["file_path"]

    def fetch(token: str, path: str) -> httpx.Response:
        return httpx.get(f"{server.url}/file/bot{token}/{path}", verify=NO_CERTIFICATES, trust_env=False)

    assert fetch(TOKEN, path).content == b"some news"
    assert fetch(TOKEN, "documents/other").status_code == 404
    assert fetch("1:other", path).status_code == 401
    big = call(server, "getFile", file_id=second["document"]["file_id"])["description"]
    assert big == "Bad Request: file is too big"
    assert "wrong file_id" in call(server, "getFile", file_id="other")["description"]


# --- who and where


def test_a_chat_that_has_blocked_or_removed_the_bot_refuses_messages(
    server: BotApiServer,
) -> None:
    chat, group, channel = server.private_chat(), server.group(), server.channel()
    chat.blocks()
    group.removes_bot()
    channel.removes_bot()
    descriptions = [send(server, place)["description"] for place in (chat, group, channel)]
    assert descriptions == [
        "Forbidden: bot was blocked by the user",
        "Forbidden: bot was kicked from the supergroup chat",
        "Forbidden: bot was kicked from the channel chat",
    ]
    chat.unblocks()
    group.adds_bot()
    assert send(server, chat)["ok"]
    assert send(server, group)["ok"]
    changes = [update["my_chat_member"] for update in updates(server) if "my_chat_member" in update]
    assert [change["new_chat_member"]["status"] for change in changes] == [
        "kicked",
        "kicked",
        "kicked",
        "member",
        "member",
    ]
    chat.deactivates()
    assert send(server, chat)["description"] == "Forbidden: user is deactivated"


def test_a_group_that_migrates_names_its_new_id(server: BotApiServer) -> None:
    group = server.group(basic=True)
    moved = group.migrates()
    refused = send(server, group)
    assert refused["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert refused["parameters"] == {"migrate_to_chat_id": moved.id}
    assert send(server, moved)["ok"]
    old, new = (update["message"] for update in updates(server))
    assert (old["migrate_to_chat_id"], new["migrate_from_chat_id"]) == (moved.id, group.id)


def test_a_topic_exists_once_it_is_opened_and_messages_in_it_reply_to_its_opening(server: BotApiServer) -> None:
    forum, other = server.group(forum=True), server.user("Bob", "de")
    topic = forum.opens_topic("News")
    forum.sends(text="who?", topic=topic, by=other)
    update = updates(server)[-1]["message"]
    assert (update["message_thread_id"], update["from"]) == (topic, other.info)
    assert update["reply_to_message"]["forum_topic_created"]["name"] == "News"
    assert sent(server, forum, message_thread_id=topic)["is_topic_message"] is True
    assert "thread not found" in send(server, forum, message_thread_id=topic + 50)["description"]


def test_every_update_is_one_that_the_bot_api_describes_and_the_library_reads(server: BotApiServer) -> None:
    chat, group, forum, channel = server.private_chat(), server.group(), server.group(forum=True), server.channel()
    for origin in (
        origins.from_channel(username="wire", signature="Ed"),
        origins.from_chat(),
        origins.from_user(),
        origins.hidden(),
    ):
        chat.forwards(origin, text="An article.")
    answered = sent(server, chat, reply_parameters={"message_id": chat.sends(text="/ask who?")})["message_id"]
    call(server, "editMessageReplyMarkup", chat_id=chat.id, message_id=answered, reply_markup=keyboard([MORE]))
    chat.presses(answered, "More")
    chat.edits(chat.sends(text="@x", reply_to=answered), "again")
    chat.sends_document("a.txt", b"x", caption="c")
    chat.user.types_inline("who?")
    group.removes_bot()
    group.adds_bot(by=server.user("Bob"))
    forum.sends(text="x", topic=forum.opens_topic("T"))
    channel.edits(channel.sends(text="x"), "y")
    chat.blocks()
    server.group(basic=True).migrates()
    fetched = updates(server)
    assert len(fetched) == 21
    for update in fetched:
        assert type_errors(update, "Update") == []
        assert Update.de_json(update, None).effective_user or "channel" in str(update)
