"""The update queue: in order within each chat, and durable until processed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StateUnusable
from bot.store.database import BotDatabase
from bot.store.pending_updates import PendingUpdates
from bot.updates.queue import UpdateQueue, read_arrival
from corpus.backoff import Backoff


class RecordingHandler:
    """Records updates; those on hold are processed once their gate opens."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.done: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}

    def hold(self, *numbers: int) -> None:
        self.gates |= {number: asyncio.Event() for number in numbers}

    async def process(self, update: dict[str, Any]) -> None:
        number = update["update_id"]
        self.begun.append(number)
        if number in self.gates:
            await self.gates[number].wait()
        if update["message"]["text"] == "fail":
            raise RuntimeError("my private question")
        self.done.append(number)


def update(number: int, chat: int = 1, text: str = "who?") -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": {"id": chat}, "text": text}}


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_updates_of_a_chat_are_processed_in_order_and_wait_for_no_other_chat(database: BotDatabase) -> None:
    handler = RecordingHandler()
    handler.hold(1)
    queue = UpdateQueue(database, handler.process)
    queue.receive([update(1, chat=1), update(2, chat=1), update(3, chat=2), update(4, chat=2)])
    await settle()
    assert handler.begun == [1, 3, 4]
    assert [number for number, _ in PendingUpdates(database).pending()] == [1, 2]
    handler.gates[1].set()
    await queue.idle()
    assert handler.done == [3, 4, 1, 2]
    assert PendingUpdates(database).pending() == []


async def test_an_update_delivered_again_is_not_processed_again(database: BotDatabase) -> None:
    handler = RecordingHandler()
    handler.hold(2)
    queue = UpdateQueue(database, handler.process)
    queue.receive([update(1), update(2, chat=2)])
    await settle()
    queue.receive([update(1), update(2, chat=2), update(3)])
    handler.gates[2].set()
    await queue.idle()
    assert sorted(handler.begun) == [1, 2, 3]


async def test_a_failing_update_is_logged_and_the_next_is_processed(
    database: BotDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    handler = RecordingHandler()
    queue = UpdateQueue(database, handler.process)
    queue.receive([update(1, text="fail"), update(2)])
    await queue.idle()
    assert (handler.done, PendingUpdates(database).pending()) == ([2], [])
    assert [record.getMessage() for record in caplog.records] == ["An update could not be processed (RuntimeError)."]


async def test_unprocessed_updates_are_processed_after_the_next_start(database: BotDatabase) -> None:
    handler = RecordingHandler()
    handler.hold(1)
    queue = UpdateQueue(database, handler.process)
    queue.receive([update(1), update(2), update(3, chat=2), update(4)])
    await settle()
    await queue.close(0.01)
    assert (handler.begun, handler.done) == ([1, 3], [3])
    assert [number for number, _ in PendingUpdates(database).pending()] == [1, 2, 4]
    next_handler = RecordingHandler()
    queue = UpdateQueue(database, next_handler.process)
    assert queue.resume() == 3
    await queue.idle()
    assert next_handler.done == [1, 2, 4]


async def test_close_waits_for_the_update_in_progress_and_starts_no_other(database: BotDatabase) -> None:
    handler = RecordingHandler()
    handler.hold(1)
    queue = UpdateQueue(database, handler.process)
    queue.receive([update(1), update(2)])
    await settle()
    closing = asyncio.create_task(queue.close(10))
    await settle()
    handler.gates[1].set()
    await closing
    assert handler.begun == handler.done == [1]
    assert [number for number, _ in PendingUpdates(database).pending()] == [2]


async def test_while_bot_db_is_unusable_no_update_is_accepted_or_processed_twice(database: BotDatabase) -> None:
    handler = RecordingHandler()
    handler.hold(1)
    queue = UpdateQueue(database, handler.process, Backoff(0.001, max_seconds=30.0))
    queue.receive([update(1), update(2)])
    await settle()
    database._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StateUnusable):
        queue.receive([update(3)])
    handler.gates[1].set()
    await asyncio.sleep(0.02)
    assert handler.begun == [1]  # bot.db cannot mark it as processed, so the chat's next update waits
    database._db.execute("PRAGMA query_only = OFF")
    await queue.idle()
    assert handler.begun == [1, 2]
    assert PendingUpdates(database).pending() == []


async def test_erased_updates_are_in_no_file_once_the_queue_is_empty(database: BotDatabase) -> None:
    queue = UpdateQueue(database, RecordingHandler().process)
    queue.receive([update(number, chat=number, text="my private question") for number in range(1, 40)])
    assert "my private question" in files()
    await queue.idle()
    assert "my private question" not in files()


def test_other_kinds_of_updates_are_skipped() -> None:
    strange: list[Any] = [None, 7, "update", [], {}, {"update_id": 1}, {"update_id": "1", "message": {}}]
    strange += [{"update_id": True, "message": {}}, {"update_id": 2**63, "message": {}}, {"update_id": 1, "poll": {}}]
    assert [read_arrival(update) for update in strange] == [None] * len(strange)


@pytest.mark.parametrize(
    ("content", "chat", "user"),
    [
        ({"message": {"chat": {"id": -5}, "from": {"id": 7}}}, -5, 7),
        ({"edited_message": {"chat": {"id": -5}, "from": {"id": 7}}}, -5, 7),
        ({"message": {"chat": {"id": -5}, "from": {"id": 7}, "sender_chat": {"id": -6}}}, -5, -6),
        ({"callback_query": {"from": {"id": 7}, "message": {"chat": {"id": -5}}}}, -5, 7),
        ({"callback_query": {"from": {"id": 7}}}, 7, 7),
        ({"inline_query": {"from": {"id": 7}}}, 7, 7),
        ({"my_chat_member": {"chat": {"id": -5}, "from": {"id": 7}}}, -5, 7),
        ({"message": {"chat": {"id": "x"}, "from": {"id": 2**70}}}, 0, None),
        ({"message": "text"}, 0, None),
    ],
)
def test_an_update_belongs_to_its_chat_or_else_to_its_sender(
    content: dict[str, Any], chat: int, user: int | None
) -> None:
    arrival = read_arrival({"update_id": 3, **content})
    assert arrival is not None
    assert (arrival.id, arrival.chat, arrival.user, arrival.kind) == (3, chat, user, next(iter(content)))
    assert json.loads(arrival.body) == {"update_id": 3, **content}


def test_a_lone_surrogate_is_replaced_by_one_character() -> None:
    arrival = read_arrival(update(1, text="who \ud83d met 谁?"))
    assert arrival is not None
    assert json.loads(arrival.body)["message"]["text"] == "who ? met 谁?"


def files() -> str:
    return "".join(file.read_bytes().decode(errors="replace") for file in Path().glob("bot.db*"))
