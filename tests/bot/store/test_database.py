"""bot.db: updates are durable, erased content is gone, and only one process has the file open."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StateBusy, StateUnusable
from bot.store.database import Arrival, BotDatabase
from bot.store.watches import Watch, Watches

FILE = Path("bot.db")


@pytest.fixture
def database() -> Iterator[BotDatabase]:
    opened = BotDatabase(FILE)
    yield opened
    opened.close()


def arrival(number: int, lane: int = 1, kind: str = "message", body: str = "my question") -> Arrival:
    return Arrival(number, lane, lane, kind, body)


def test_updates_survive_a_restart_in_their_order(database: BotDatabase) -> None:
    assert database.arrive([arrival(2), arrival(1, 9)]) == [arrival(2), arrival(1, 9)]
    database.close()
    reopened = BotDatabase(FILE)
    assert reopened.pending() == [(1, 9), (2, 1)]
    assert reopened.body(1) == "my question"
    reopened.close()


def test_an_update_delivered_again_is_not_new(database: BotDatabase) -> None:
    database.arrive([arrival(1), arrival(2)])
    database.mark_processed(1)
    assert database.arrive([arrival(1), arrival(2), arrival(3)]) == [arrival(3)]
    assert (database.body(1), database.pending()) == (None, [(2, 1), (3, 1)])


def test_only_the_number_of_a_processed_update_is_left(database: BotDatabase) -> None:
    database.arrive([arrival(1, 77)])
    database.mark_processed(1)
    with database.change() as db:
        assert db.execute("SELECT * FROM waiting").fetchall() == [(1, 0, None, "", None)]


def test_the_numbers_of_processed_updates_are_kept_up_to_a_limit() -> None:
    database = BotDatabase(Path("other.db"), kept_numbers=10)
    database.arrive([arrival(1)])  # stays pending
    for number in range(2, 40):
        database.arrive([arrival(number)])
        database.mark_processed(number)
    with database.change() as db:
        remaining = [number for (number,) in db.execute("SELECT id FROM waiting ORDER BY id")]
    database.close()
    assert remaining == [1, *range(29, 40)]


def test_only_the_last_state_of_an_inline_query_is_pending(database: BotDatabase) -> None:
    database.arrive([arrival(1, 7, "inline_query"), arrival(2, 8, "inline_query"), arrival(3, 7)])
    database.arrive([arrival(4, 7, "inline_query")])
    assert [number for number, _ in database.pending()] == [2, 3, 4]


def test_a_transaction_that_fails_changes_nothing(database: BotDatabase) -> None:
    database.arrive([arrival(1)])

    def fail(statement: str) -> None:
        with database.change() as db:
            db.execute("DELETE FROM waiting")
            db.execute(statement)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail("DELETE FROM watch")
    with pytest.raises(StateUnusable):
        fail("INSERT INTO nothing VALUES (1)")
    assert database.pending() == [(1, 1)]


def test_forgotten_updates_and_watches_are_in_no_file(database: BotDatabase) -> None:
    watches = Watches(database)
    watches.add(Watch(0, -5, None, 7, "en", "my secret watch", 0), 10)
    other = watches.add(Watch(0, -5, None, 8, "en", "not forgotten", 0), 10)
    database.arrive([arrival(1, 7, body="my secret question"), arrival(2, 8), arrival(3, 7, body="/forget")])
    assert (database.forget_user(7, current_update=3), watches.forget_user(7)) == (1, 1)
    assert [number for number, _ in database.pending()] == [2, 3]
    assert watches.all() == [other]
    assert "my secret" not in "".join(file.read_bytes().decode(errors="replace") for file in Path().glob("bot.db*"))


def test_a_second_process_is_refused(database: BotDatabase) -> None:
    with pytest.raises(StateBusy, match=r"bot\.db"):
        BotDatabase(FILE)
    database.arrive([arrival(1)])


def test_only_the_owner_of_the_file_may_read_it(database: BotDatabase) -> None:
    database.arrive([arrival(1)])
    files = [file for file in Path().glob("bot.db*") if file.suffix != ".lock"]
    assert len(files) == 3
    assert {stat.S_IMODE(os.stat(file).st_mode) for file in files} == {0o600}  # noqa: PTH116


def test_a_file_of_a_newer_version_is_left_unchanged() -> None:
    with sqlite3.connect(FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StateUnusable, match="newer"):
        BotDatabase(FILE)
    before = FILE.read_bytes()
    with pytest.raises(StateUnusable):
        BotDatabase(FILE)
    assert FILE.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be taken for one" * 40, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused_and_not_overwritten(content: bytes) -> None:
    FILE.write_bytes(content)
    with pytest.raises(StateUnusable, match="move this one away"):
        BotDatabase(FILE)
    assert FILE.read_bytes() == content
