"""Updates at which the process dies: given up after three times, while no other update pays for it."""

import asyncio
import json
import os
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import BotDatabase
from bot.store.pending_updates import PendingUpdates
from bot.updates.interrupted_updates import Turns
from bot.updates.queue import MAX_ATTEMPTS, UpdateQueue
from tests.torture.forks import in_fork

FILE = Path("bot.db")


def update(number: int, chat: int = 1, text: str = "who?") -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": {"id": chat}, "text": text}}


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def pending() -> list[int]:
    with closing(sqlite3.connect(FILE)) as db:
        return [id_ for (id_,) in db.execute("SELECT id FROM waiting WHERE body IS NOT NULL")]


class Lives:
    """Lives of a process which updates with "kill" in their text end; notes what happened in a file."""

    def __init__(self, *updates: dict[str, Any], dies_at_apology: bool = False) -> None:
        self.updates = updates
        self.dies_at_apology = dies_at_apology
        self._log = Path("log")

    def live(self) -> bool:
        """Live once; return whether the process got to an end with nothing left to do."""

        async def work() -> None:
            queue = UpdateQueue(BotDatabase(FILE), self._process, give_up=self._give_up, turns=Turns(10.0, 0.0))
            queue.resume()
            queue.receive(self.updates)  # Telegram delivers them again, since they may not be acknowledged
            await queue.idle()

        try:
            in_fork(lambda: asyncio.run(work()))
        except AssertionError as death:
            if "ended with status" not in str(death):
                raise
            return False
        return True

    def count(self) -> int:
        """Live until nothing is left; return how many lives ended early."""
        for deaths in range(30):
            if self.live():
                return deaths
        raise AssertionError("The process dies for ever.")

    def happened(self, what: str) -> list[int]:
        notes = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [number for kind, number in notes if kind == what]

    def _note(self, what: str, number: int) -> None:
        with self._log.open("a") as file:
            file.write(json.dumps([what, number]) + "\n")

    async def _process(self, update: dict[str, Any]) -> None:
        self._note("begun", update["update_id"])
        for _ in range(5):
            await asyncio.sleep(0)  # other chats' updates are in progress when it dies
        if "kill" in update["message"]["text"]:
            os._exit(9)
        self._note("done", update["update_id"])

    async def _give_up(self, update: dict[str, Any]) -> None:
        self._note("given up", update["update_id"])
        if self.dies_at_apology:
            os._exit(9)


def test_an_update_that_kills_the_process_is_given_up_after_three_times_and_its_chat_goes_on() -> None:
    lives = Lives(update(1, text="kill"), update(2), update(3, chat=2))
    assert lives.count() == MAX_ATTEMPTS == 3
    assert lives.happened("begun").count(1) == 3
    assert lives.happened("given up") == [1]
    assert sorted(lives.happened("done")) == [2, 3]
    assert pending() == []


def test_no_other_update_is_given_up_however_many_are_in_progress_when_the_process_dies() -> None:
    deadly = {3, 40, 55}
    lives = Lives(*(update(n, chat=n % 37, text="kill" if n in deadly else "who?") for n in range(1, 80)))
    assert lives.count() <= 3 * len(deadly)
    assert sorted(lives.happened("given up")) == sorted(deadly)
    assert sorted(lives.happened("done")) == sorted(set(range(1, 80)) - deadly)
    assert max(Counter(lives.happened("begun")).values()) <= 3
    assert pending() == []


def test_a_process_that_dies_of_the_apology_too_apologises_once() -> None:
    lives = Lives(update(1, text="kill"), update(2), dies_at_apology=True)
    assert lives.count() == MAX_ATTEMPTS + 1
    assert (lives.happened("given up"), lives.happened("done"), pending()) == ([1], [2], [])


def test_a_user_who_is_forgotten_gets_no_apology() -> None:
    lives = Lives(update(1, text="kill"))
    assert [lives.live() for _ in range(3)] == [False] * 3
    with closing(sqlite3.connect(FILE)) as db, db:
        db.execute("UPDATE waiting SET body = NULL")
    assert lives.live()
    assert lives.happened("begun") == [1, 1, 1]


async def test_only_the_kind_of_an_update_that_is_given_up_is_logged(
    database: BotDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    queue = UpdateQueue(database, processed := Processed(), turns=Turns(10.0, 0.0))
    queue.receive([update(1, text="my private question")])
    await queue.idle()
    with database.change() as db:
        body = json.dumps(update(2, text="my private question"))
        db.execute("INSERT INTO waiting VALUES (9, 2, 1, 1, 'message', ?, 3)", (body,))
    queue.resume()
    await queue.idle()
    assert caplog.messages == ["An update (message) was given up: the process died 3 times at it."]
    assert (processed.numbers, PendingUpdates(database).pending()) == ([1], [])


class Processed:
    """Processes updates; those on hold wait."""

    def __init__(self, *held: int) -> None:
        self.numbers: list[int] = []
        self.gates = {number: asyncio.Event() for number in held}

    async def __call__(self, update: dict[str, Any]) -> None:
        self.numbers.append(number := update["update_id"])
        if number in self.gates:
            await self.gates[number].wait()


async def test_interrupted_updates_come_one_after_the_other_and_all_others_at_once(database: BotDatabase) -> None:
    queue = UpdateQueue(database, first := Processed(1, 2, 3))
    queue.receive([update(1, chat=1), update(2, chat=2), update(3, chat=3), update(4, chat=1)])
    await settle()
    assert first.numbers == [1, 2, 3]
    await kill(queue)
    PendingUpdates(database).begin(2)  # it was interrupted twice
    queue = UpdateQueue(database, second := Processed(1, 3), turns=Turns(10.0, 0.01))
    assert queue.resume() == 4
    queue.receive([update(5, chat=5)])
    await settle()
    assert sorted(second.numbers) == [1, 5]
    second.gates[1].set()
    await settle()
    assert sorted(second.numbers[2:]) == [3, 4]
    second.gates[3].set()
    await queue.idle()
    assert second.numbers[4:] == [2]
    assert PendingUpdates(database).pending() == []


async def test_each_attempt_is_on_the_disk_before_the_update_is_processed(database: BotDatabase) -> None:
    recorded = list[tuple[int, dict[int, int]]]()

    async def process(update: dict[str, Any]) -> None:
        with closing(sqlite3.connect(FILE)) as db:
            recorded.append(
                (update["update_id"], dict(db.execute("SELECT id, attempts FROM waiting WHERE attempts > 0")))
            )

    queue = UpdateQueue(database, process)
    queue.receive([update(1), update(2), update(3), update(4, chat=2)])
    await settle()
    queue.receive([update(2), update(5)])
    await queue.idle()
    queue.receive([update(5), update(6)])
    await queue.idle()
    assert sorted(number for number, _ in recorded) == [1, 2, 3, 4, 5, 6]
    for number, attempts in recorded:
        assert attempts[number] == 1
        assert not {other for other in attempts if other not in {number, 1, 4}}
    assert (PendingUpdates(database).interrupted(), PendingUpdates(database).pending()) == ({}, [])


async def test_an_interrupted_update_that_has_to_wait_delays_the_next_for_a_while_only(database: BotDatabase) -> None:
    queue = UpdateQueue(database, Processed(1, 2))
    queue.receive([update(1, chat=1), update(2, chat=2)])
    await settle()
    await kill(queue)
    queue = UpdateQueue(database, held := Processed(1), turns=Turns(0.01, 0.0))
    queue.resume()
    while PendingUpdates(database).pending() != [(1, 1)]:
        await asyncio.sleep(0.001)
    assert held.numbers == [1, 2]
    held.gates[1].set()
    await queue.idle()


async def test_an_update_in_progress_when_the_bot_stops_has_no_attempt_against_it(database: BotDatabase) -> None:
    for _ in range(5):
        queue = UpdateQueue(database, held := Processed(1))
        queue.resume()
        queue.receive([update(1)])
        await settle()
        await queue.close(0.0)
        assert (held.numbers, PendingUpdates(database).interrupted(), PendingUpdates(database).pending()) == (
            [1],
            {},
            [(1, 1)],
        )


async def kill(queue: UpdateQueue) -> None:
    """End a queue as a killed process does: nothing is noted any more."""
    updates = queue._updates
    queue._updates = queue._database = None  # type: ignore[assignment]
    for task in queue._tasks:
        task.cancel()
    await asyncio.gather(*queue._tasks, return_exceptions=True)
    assert updates.pending()
