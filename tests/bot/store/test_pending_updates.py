"""Pending updates in bot.db: durable, in their order, and erased once they are processed."""

from pathlib import Path

import pytest

from bot.store.database import BotDatabase
from bot.store.pending_updates import Attempt, PendingUpdates
from tests.bot.arrivals import arrival

FILE = Path("bot.db")


@pytest.fixture
def updates(database: BotDatabase) -> PendingUpdates:
    return PendingUpdates(database)


def test_updates_survive_a_restart_in_their_order(updates: PendingUpdates, database: BotDatabase) -> None:
    """Telegram may restart its numbering: a lower number may come later."""
    assert updates.arrive([arrival(2), arrival(1, 9)]) == [arrival(2), arrival(1, 9)]
    updates.arrive([arrival(900)])
    updates.arrive([arrival(7)])
    database.close()
    reopened = PendingUpdates(again := BotDatabase(FILE))
    assert reopened.pending() == [(2, 1), (1, 9), (900, 1), (7, 1)]
    assert reopened.begin(1) == Attempt(1, "message", "my question")
    again.close()


def test_attempts_survive_a_restart_and_an_attempt_broken_off_on_purpose_does_not_count(
    updates: PendingUpdates, database: BotDatabase
) -> None:
    updates.arrive([arrival(number) for number in (5, 4, 3, 2)])
    for number in (3, 5, 3, 4, 2):
        updates.begin(number)
    updates.withdraw(4)
    updates.mark_processed(2)
    database.close()
    reopened = PendingUpdates(again := BotDatabase(FILE))
    assert list(reopened.interrupted().items()) == [(5, 1), (3, 2)]
    assert reopened.begin(3) == Attempt(3, "message", "my question")
    assert reopened.begin(2) is None
    assert reopened.begin(99) is None
    again.close()


def test_an_update_delivered_again_is_not_new(updates: PendingUpdates) -> None:
    updates.arrive([arrival(1), arrival(2)])
    updates.mark_processed(1)
    assert updates.arrive([arrival(1), arrival(2), arrival(3)]) == [arrival(3)]
    assert (updates.begin(1), updates.pending()) == (None, [(2, 1), (3, 1)])


def test_only_the_number_of_a_processed_update_is_left(updates: PendingUpdates, database: BotDatabase) -> None:
    updates.arrive([arrival(4, 77)])
    updates.begin(4)
    updates.mark_processed(4)
    with database.change() as db:
        assert db.execute("SELECT * FROM waiting").fetchall() == [(1, 4, 0, None, "", None, 0)]


def test_the_numbers_of_processed_updates_are_kept_up_to_a_limit() -> None:
    updates = PendingUpdates(database := BotDatabase(Path("other.db")), kept_numbers=10)
    updates.arrive([arrival(1)])  # stays pending
    for number in range(2, 40):
        updates.arrive([arrival(number)])
        updates.mark_processed(number)
    with database.change() as db:
        remaining = [number for (number,) in db.execute("SELECT id FROM waiting ORDER BY id")]
    database.close()
    assert remaining == [1, *range(29, 40)]


def test_the_latest_numbers_are_kept_although_telegram_has_restarted_its_numbering() -> None:
    updates = PendingUpdates(database := BotDatabase(Path("other.db")), kept_numbers=10)
    for number in (*range(1000, 1020), *range(1, 10)):
        updates.arrive([arrival(number)])
        updates.mark_processed(number)
    assert updates.arrive([arrival(number) for number in (9, 3, 1, 1019, 1018, 1000)]) == [arrival(1000)]
    database.close()


def test_only_the_last_state_of_an_inline_query_is_pending(updates: PendingUpdates) -> None:
    updates.arrive([arrival(1, 7, "inline_query"), arrival(2, 8, "inline_query"), arrival(3, 7)])
    updates.arrive([arrival(4, 7, "inline_query")])
    assert [number for number, _ in updates.pending()] == [2, 3, 4]
    updates.arrive([arrival(1000, 7, "inline_query")])
    updates.arrive([arrival(999, 7, "inline_query")])  # Telegram has restarted its numbering
    assert [number for number, _ in updates.pending()] == [2, 3, 999]
