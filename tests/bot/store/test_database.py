"""bot.db: updates are durable, erased content is gone, and only one process has the file open."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StateBusy, StateUnusable
from bot.store.database import Arrival, Attempt, BotDatabase
from bot.store.feedback import Feedback, Verdict
from bot.store.watches import Forgotten, Watch, Watches

FILE = Path("bot.db")


@pytest.fixture
def database() -> Iterator[BotDatabase]:
    opened = BotDatabase(FILE)
    yield opened
    opened.close()


def arrival(number: int, lane: int = 1, kind: str = "message", body: str = "my question") -> Arrival:
    return Arrival(number, lane, lane, kind, body)


def test_updates_survive_a_restart_in_their_order(database: BotDatabase) -> None:
    """Telegram may restart its numbering: a lower number may come later."""
    assert database.arrive([arrival(2), arrival(1, 9)]) == [arrival(2), arrival(1, 9)]
    database.arrive([arrival(900)])
    database.arrive([arrival(7)])
    database.close()
    reopened = BotDatabase(FILE)
    assert reopened.pending() == [(2, 1), (1, 9), (900, 1), (7, 1)]
    assert reopened.begin(1) == Attempt(1, "message", "my question")
    reopened.close()


def test_attempts_survive_a_restart_and_an_attempt_broken_off_on_purpose_does_not_count(database: BotDatabase) -> None:
    database.arrive([arrival(number) for number in (5, 4, 3, 2)])
    for number in (3, 5, 3, 4, 2):
        database.begin(number)
    database.withdraw(4)
    database.mark_processed(2)
    database.close()
    reopened = BotDatabase(FILE)
    assert list(reopened.interrupted().items()) == [(5, 1), (3, 2)]
    assert reopened.begin(3) == Attempt(3, "message", "my question")
    assert reopened.begin(2) is None
    assert reopened.begin(99) is None
    reopened.close()


def test_an_update_delivered_again_is_not_new(database: BotDatabase) -> None:
    database.arrive([arrival(1), arrival(2)])
    database.mark_processed(1)
    assert database.arrive([arrival(1), arrival(2), arrival(3)]) == [arrival(3)]
    assert (database.begin(1), database.pending()) == (None, [(2, 1), (3, 1)])


def test_only_the_number_of_a_processed_update_is_left(database: BotDatabase) -> None:
    database.arrive([arrival(4, 77)])
    database.begin(4)
    database.mark_processed(4)
    with database.change() as db:
        assert db.execute("SELECT * FROM waiting").fetchall() == [(1, 4, 0, None, "", None, 0)]


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


def test_the_latest_numbers_are_kept_although_telegram_has_restarted_its_numbering() -> None:
    database = BotDatabase(Path("other.db"), kept_numbers=10)
    for number in (*range(1000, 1020), *range(1, 10)):
        database.arrive([arrival(number)])
        database.mark_processed(number)
    assert database.arrive([arrival(number) for number in (9, 3, 1, 1019, 1018, 1000)]) == [arrival(1000)]
    database.close()


def test_only_the_last_state_of_an_inline_query_is_pending(database: BotDatabase) -> None:
    database.arrive([arrival(1, 7, "inline_query"), arrival(2, 8, "inline_query"), arrival(3, 7)])
    database.arrive([arrival(4, 7, "inline_query")])
    assert [number for number, _ in database.pending()] == [2, 3, 4]
    database.arrive([arrival(1000, 7, "inline_query")])
    database.arrive([arrival(999, 7, "inline_query")])  # Telegram has restarted its numbering
    assert [number for number, _ in database.pending()] == [2, 3, 999]


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
    assert watches.forget_user(7, current_update=3) == Forgotten(watches=1, updates=1)
    assert [number for number, _ in database.pending()] == [2, 3]
    assert watches.all() == [other]
    assert "my secret" not in "".join(file.read_bytes().decode(errors="replace") for file in Path().glob("bot.db*"))


@pytest.mark.parametrize("statement", ["DELETE ON watch", "UPDATE ON waiting"])
def test_a_user_is_forgotten_altogether_or_not_at_all(database: BotDatabase, statement: str) -> None:
    watches = Watches(database)
    watches.add(Watch(0, -5, None, 7, "en", "who?", 0), 10)
    database.arrive([arrival(1, 7), arrival(2, 7, body="/forget")])
    with database.change() as db:
        db.execute(f"CREATE TRIGGER full BEFORE {statement} BEGIN SELECT raise(FAIL, 'no space'); END")
    with pytest.raises(StateUnusable):
        watches.forget_user(7, current_update=2)
    assert (len(watches.all()), len(database.pending())) == (1, 2)
    with database.change() as db:
        db.execute("DROP TRIGGER full")
    assert watches.forget_user(7, current_update=2) == Forgotten(watches=1, updates=1)
    assert (watches.all(), database.pending()) == ([], [(2, 7)])


VERSION_1 = """
CREATE TABLE waiting (id INTEGER PRIMARY KEY, lane INTEGER NOT NULL, reader INTEGER, kind TEXT NOT NULL, body TEXT);
CREATE INDEX waiting_lane ON waiting (lane) WHERE body IS NOT NULL;
CREATE TABLE watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, topic INTEGER, reader INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE INDEX watch_chat ON watch (chat);
CREATE TABLE told (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE, article TEXT NOT NULL, PRIMARY KEY (watch, article)
) WITHOUT ROWID;
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY, question TEXT NOT NULL, passages TEXT NOT NULL, verdict INTEGER NOT NULL
);
INSERT INTO waiting VALUES (31, 0, NULL, '', NULL), (32, -5, 7, 'message', 'who?'), (33, 8, 8, 'inline_query', 'whom?');
INSERT INTO watch VALUES (4, -5, NULL, 7, 'en', 'who met Kerry?', 9);
INSERT INTO told VALUES (4, 'article');
INSERT INTO feedback VALUES (5, 'who?', '["passage"]', 1);
PRAGMA user_version = 1;
"""


def tables(database: BotDatabase) -> list[str]:
    with database.change() as db:
        return [" ".join(sql.split()) for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]


def test_a_file_of_the_first_version_is_brought_up_to_date_and_loses_nothing() -> None:
    with sqlite3.connect(FILE) as db:
        db.executescript(VERSION_1)
    db.close()
    for _ in range(2):  # the second time it is up to date
        database = BotDatabase(FILE)
        watches = Watches(database)
        assert database.pending() == [(32, -5), (33, 8)]
        assert database.interrupted() == {}
        assert watches.all() == [Watch(4, -5, None, 7, "en", "who met Kerry?", 9)]
        assert watches.claim(watches.all()[0], ["article"]) == set()
        assert Feedback(database).all() == [Verdict("who?", "passage", (), good=True)]
        assert database.arrive([arrival(31), arrival(32)]) == []
        database.close()
    database, new = BotDatabase(FILE), BotDatabase(Path("new.db"))
    assert sorted(tables(database)) == sorted(tables(new))
    database.arrive([arrival(2, 8, "inline_query")])
    assert database.pending() == [(32, -5), (2, 8)]
    database.close()
    new.close()


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
