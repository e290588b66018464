"""The message that says how to ask, in a group that the bot was added to."""

import pytest

from bot.access import Access
from bot.handlers import group_greeting
from bot.i18n.translation import CHINESE
from tests.bot.running_bot import Running, bot
from tests.telegram_server.messages import BOT
from tests.telegram_server.methods import Methods
from tests.telegram_server.server import BotApiServer

HOW = "Write /ask and your question, mention @clippings_test_bot in it, or reply to one of my messages."


def settled(server: BotApiServer, running: Running) -> None:
    server.wait_for(lambda: server.waiting == 0)
    running.idle()


def test_a_group_is_greeted_once_when_the_bot_is_added(server: BotApiServer) -> None:
    group = server.group()
    with bot(server) as running:
        group.adds_bot()
        (greeting,) = group.replies(1)
        assert HOW in greeting.text
        assert greeting.text.endswith("/help@clippings_test_bot has more.")
        group.changes_bot("administrator", "member")
        group.changes_bot("member", "administrator")
        settled(server, running)
        assert len(group.received) == 1
        # What it names is answered there, and so is /start.
        assert "only when you ask me" in group.says("/help@clippings_test_bot").text
        assert group.says("/start@clippings_test_bot").text.startswith("Hello!")
        assert "only when you ask me" in group.says("/help", reply_to=greeting).text
        group.removes_bot()
        group.adds_bot()
        assert HOW in group.replies(5)[4].text


def test_the_greeting_is_in_the_language_of_who_added_the_bot(server: BotApiServer) -> None:
    group, ming = server.group(), server.user("小明", language="zh-hans")
    with bot(server):
        group.adds_bot(by=ming)
        (greeting,) = group.replies(1)
    assert greeting.text == group_greeting.greeting(CHINESE, "clippings_test_bot", mentions=True).text


@pytest.mark.parametrize(("status", "mentions"), [("member", False), ("administrator", True)])
def test_with_privacy_mode_mentions_are_named_only_to_an_administrator(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch, status: str, *, mentions: bool
) -> None:
    monkeypatch.setattr(Methods, "get_me", lambda *_: BOT | {"can_read_all_group_messages": False})
    group = server.group()
    with bot(server):
        group.changes_bot(status, "left")
        (greeting,) = group.replies(1)
    assert ("mention @" in greeting.text) == mentions


def test_channels_private_chats_and_new_ids_of_a_group_are_not_greeted(server: BotApiServer) -> None:
    channel, chat, group = server.channel(), server.private_chat(), server.group()
    with bot(server) as running:
        channel.adds_bot()
        chat.blocks()
        chat.unblocks()
        supergroup = group.migrates()
        supergroup.changes_bot("member", "left")
        settled(server, running)
        assert [each.received for each in (channel, chat, group, supergroup)] == [[], [], [], []]


def test_only_who_may_ask_is_told_how(server: BotApiServer) -> None:
    listed, other, ada = server.group(), server.group(), server.user("Ada")
    with bot(server, access=Access(users=[listed.id, ada.id], public=False)) as running:
        other.adds_bot()
        listed.adds_bot()
        assert HOW in listed.replies(1)[0].text
        settled(server, running)
        assert other.received == []
        other.removes_bot(by=ada)
        other.adds_bot(by=ada)
        assert HOW in other.replies(1)[0].text
