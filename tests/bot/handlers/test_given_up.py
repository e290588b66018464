"""The apology for an update at which the process died three times: where somebody waits, and nowhere else."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import BotDatabase
from bot.store.pending_updates import PendingUpdates
from bot.updates.queue import MAX_ATTEMPTS, read_arrival
from tests.bot.running_bot import Stub, bot
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import BotApiServer

APOLOGY = "Sorry, I can't answer that: something goes wrong each time. Please ask in other words."


def deadly(*updates: dict[str, Any]) -> None:
    """Leave a bot.db in which the process has died three times at each update."""
    database = BotDatabase(Path("bot.db"))
    arrivals = [read_arrival({"update_id": number, **update}) for number, update in enumerate(updates, start=1)]
    PendingUpdates(database).arrive([arrival for arrival in arrivals if arrival])
    for number, _ in PendingUpdates(database).pending() * MAX_ATTEMPTS:
        PendingUpdates(database).begin(number)
    database.close()


def message(chat: Chat, **more: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 0, "chat": chat.info, "from": chat.user.info, "text": "my secret", **more}


def test_whoever_waits_for_an_answer_gets_an_apology_in_their_language_and_nobody_else_does(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot")
    ada, ming, group = server.private_chat(), server.private_chat("小明", language="zh-hans"), server.group()
    tap = {"id": "1", "from": ming.user.info, "message": message(ming), "chat_instance": "1", "data": "x"}
    robot = {"id": 99, "is_bot": True, "first_name": "Robot"}
    deadly(
        {"message": message(ada)},
        {"edited_message": message(ada)},
        {"callback_query": tap},
        {"message": message(group, **{"from": robot})},
        {"inline_query": {"id": "1", "from": ada.user.info, "query": "my secret", "offset": ""}},
        {"my_chat_member": {"chat": group.info, "from": ada.user.info}},
        {"message": {"chat": {"id": "x"}, "from": []}},
        {"message": "my secret"},
    )
    stub = Stub()
    with bot(server, stub) as running:
        running.idle()
        assert ada.says("and now?").text != APOLOGY
    assert [reply.text for reply in ada.received[:2]] == [APOLOGY, APOLOGY]
    assert [reply.text for reply in ming.received] == ["抱歉，这个问题我答不了，每次处理都会出错。请换个说法再问。"]
    assert group.received == []
    assert [question for question in stub.questions if question != "Kerry & the Bloggers"] == ["and now?"]
    kinds = [record.split("(")[1].split(")")[0] for record in caplog.messages]
    assert sorted(kinds) == sorted(
        [
            "message",
            "edited_message",
            "callback_query",
            "message",
            "inline_query",
            "my_chat_member",
            "message",
            "message",
        ]
    )
    assert "secret" not in caplog.text + json.dumps([str(record.args) for record in caplog.records])


def test_an_apology_that_telegram_refuses_is_logged_and_the_chat_goes_on(
    server: BotApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    ada = server.private_chat()
    deadly({"message": message(ada)})
    server.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
    with bot(server, Stub()):
        ada.says("and now?")
    assert "The apology could not be sent either (Forbidden)." in caplog.text
    assert len(ada.received) == 1
