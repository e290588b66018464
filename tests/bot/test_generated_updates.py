"""Generated updates through the whole bot: it keeps running, and makes no call that Telegram refuses."""

import asyncio
import logging
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.access import Access
from bot.context import BotConfig, BotContext
from bot.main_loop import process_update
from bot.outgoing.rate_limiter import RateLimiter
from bot.search_pool import SearchPool
from bot.startup import build
from bot.store.database import BotDatabase
from bot.store.pending_updates import PendingUpdates
from bot.updates.queue import UpdateQueue
from tests.bot.generated_updates import KINDS, Updates
from tests.bot.running_bot import FAST, NO_LIMITS, Stub
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN, BotApiServer

AT_ONCE = 100
REFUSED = re.compile(r"An update could not be processed \(\w+\)\.")


class Everybody(dict[int, Chat]):
    """A server with every possible chat, each with every topic."""

    def __init__(self, server: BotApiServer) -> None:
        super().__init__()
        self._server = server

    def get(self, id_: Any, _: Any = None) -> Any:
        if id_ not in self:
            self[id_] = Chat(self._server, {"id": id_, "type": "private"}, self._server.user())
            self[id_].topics = AllTopics()
        return self[id_]


class AllTopics(set[int]):
    def __contains__(self, _: object) -> bool:
        return True


async def survive(
    server: BotApiServer, caplog: pytest.LogCaptureFixture, count: int, seed: int, absurd: float, access: Access
) -> Counter[str]:
    """Feed a bot with `count` updates; return how many of each kind it refused."""
    caplog.set_level(logging.INFO)
    server.chats = Everybody(server)
    database = BotDatabase(Path(f"bot-{seed}.db"))
    search = SearchPool(Stub())
    bot = BotContext(search, database, access, config=BotConfig(times=FAST))
    application = build(TOKEN, server.url, bot, RateLimiter(NO_LIMITS, NO_LIMITS, NO_LIMITS))
    await application.initialize()
    queue = UpdateQueue(database, partial(process_update, application))
    updates, refused = Updates(seed, absurd), Counter[str]()
    before = asyncio.all_tasks()
    for _ in range(0, count, AT_ONCE):
        batch = [updates.update() for _ in range(AT_ONCE)]
        queue.receive(batch)
        await asyncio.wait_for(queue.idle(), 60)
        lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        strange = [line for line in lines if not REFUSED.fullmatch(line)]
        assert strange == []
        assert server.violations == []
        refused["all"] += len(lines)
        caplog.clear()
    assert asyncio.all_tasks() == before
    assert PendingUpdates(database).pending() == []

    good = server.private_chat("Ada")
    good.sends(text="who met Kerry?")
    (update,) = [pending for pending in server.updates._queue if pending["message"]["chat"]["id"] == good.id]
    queue.receive([{**update, "update_id": 10**9}])
    await asyncio.wait_for(queue.idle(), 10)
    assert len(good.received) == 1
    await application.shutdown()
    search.close()
    database.close()
    return refused


@pytest.mark.parametrize("access", [Access(), Access(admins=[7], users=[77], public=False)], ids=["open", "closed"])
async def test_every_update_that_telegram_may_send_is_processed(
    server: BotApiServer, caplog: pytest.LogCaptureFixture, access: Access
) -> None:
    refused = await survive(server, caplog, 500, 1, 0.0, access)
    assert refused["all"] == 0


@pytest.mark.parametrize("absurd", [0.01, 0.1])
async def test_malformed_updates_are_processed_or_refused_in_one_log_line_without_their_content(
    server: BotApiServer, caplog: pytest.LogCaptureFixture, absurd: float
) -> None:
    refused = await survive(server, caplog, 500, 2, absurd, Access())
    assert 0 < refused["all"] < 500


def test_every_kind_of_update_is_generated() -> None:
    updates = Updates(3, 0.0)
    assert {kind for _ in range(1000) for kind in updates.update()} == {*KINDS, "update_id"}
