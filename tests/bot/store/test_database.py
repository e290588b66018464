"""bot.db: a transaction is whole or nothing, erased content is gone, and only one process has the file open."""

import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest

from bot.errors import StateBusy, StateUnusable
from bot.store.database import BotDatabase
from bot.store.digests import Digest, Digests
from bot.store.feedback import Feedback, Verdict
from bot.store.pending_updates import PendingUpdates
from bot.store.watches import Forgotten, Watch, Watches
from tests.bot.arrivals import arrival

FILE = Path("bot.db")


def test_a_transaction_that_fails_changes_nothing(database: BotDatabase) -> None:
    PendingUpdates(database).arrive([arrival(1)])

    def fail(statement: str) -> None:
        with database.change() as db:
            db.execute("DELETE FROM waiting")
            db.execute(statement)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail("DELETE FROM watch")
    with pytest.raises(StateUnusable):
        fail("INSERT INTO nothing VALUES (1)")
    assert PendingUpdates(database).pending() == [(1, 1)]


def test_forgotten_updates_and_watches_are_in_no_file(database: BotDatabase) -> None:
    watches = Watches(database)
    watches.add(Watch(0, -5, None, 7, "en", "my secret watch", 0), 10)
    other = watches.add(Watch(0, -5, None, 8, "en", "not forgotten", 0), 10)
    hers, digests = Digest(-5, 3, 8, "en", 480, 60, 1), Digests(database)
    for digest in (Digest(-5, None, 7, "en", 480, None, 1), hers):
        digests.put(digest)
    PendingUpdates(database).arrive(
        [arrival(1, 7, body="my secret question"), arrival(2, 8), arrival(3, 7, body="/forget")]
    )
    assert watches.forget_user(7, current_update=3) == Forgotten(watches=1, updates=1, digests=1)
    assert digests.all() == [hers]
    assert [number for number, _ in PendingUpdates(database).pending()] == [2, 3]
    assert watches.all() == [other]
    assert "my secret" not in "".join(file.read_bytes().decode(errors="replace") for file in Path().glob("bot.db*"))


@pytest.mark.parametrize("statement", ["DELETE ON watch", "UPDATE ON waiting", "DELETE ON digest"])
def test_a_user_is_forgotten_altogether_or_not_at_all(database: BotDatabase, statement: str) -> None:
    watches = Watches(database)
    watches.add(Watch(0, -5, None, 7, "en", "who?", 0), 10)
    Digests(database).put(Digest(-5, None, 7, "en", 480, None, 1))
    PendingUpdates(database).arrive([arrival(1, 7), arrival(2, 7, body="/forget")])
    with database.change() as db:
        db.execute(f"CREATE TRIGGER full BEFORE {statement} BEGIN SELECT raise(FAIL, 'no space'); END")
    with pytest.raises(StateUnusable):
        watches.forget_user(7, current_update=2)
    assert (len(watches.all()), len(PendingUpdates(database).pending())) == (1, 2)
    with database.change() as db:
        db.execute("DROP TRIGGER full")
    assert watches.forget_user(7, current_update=2) == Forgotten(watches=1, updates=1, digests=1)
    assert (watches.all(), PendingUpdates(database).pending()) == ([], [(2, 7)])


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


VERSION_2 = f"""
{VERSION_1}
DROP TABLE waiting;
CREATE TABLE waiting (
    arrival INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, lane INTEGER NOT NULL, reader INTEGER, kind TEXT NOT NULL,
    body TEXT, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX waiting_lane ON waiting (lane) WHERE body IS NOT NULL;
INSERT INTO waiting VALUES (1, 31, 0, NULL, '', NULL, 0), (2, 32, -5, 7, 'message', 'who?', 0),
    (3, 33, 8, 8, 'inline_query', 'whom?', 0);
PRAGMA user_version = 2;
"""


def tables(database: BotDatabase) -> list[str]:
    with database.change() as db:
        rows = db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return [re.sub(r"\s*([,()]|\s)\s*", r"\1", sql) for (sql,) in rows]


@pytest.mark.parametrize("older", [VERSION_1, VERSION_2])
def test_a_file_of_an_older_version_is_brought_up_to_date_and_loses_nothing(older: str) -> None:
    with sqlite3.connect(FILE) as db:
        db.executescript(older)
    db.close()
    for _ in range(2):  # the second time it is up to date
        database = BotDatabase(FILE)
        watches = Watches(database)
        assert PendingUpdates(database).pending() == [(32, -5), (33, 8)]
        assert PendingUpdates(database).interrupted() == {}
        assert watches.all() == [Watch(4, -5, None, 7, "en", "who met Kerry?", 9, words=False)]
        assert Digests(database).all() == []
        assert watches.claim(watches.all()[0], ["article"]) == set()
        assert Feedback(database).all() == [Verdict("who?", "passage", (), good=True)]
        assert PendingUpdates(database).arrive([arrival(31), arrival(32)]) == []
        database.close()
    database, new = BotDatabase(FILE), BotDatabase(Path("new.db"))
    assert sorted(tables(database)) == sorted(tables(new))
    PendingUpdates(database).arrive([arrival(2, 8, "inline_query")])
    assert PendingUpdates(database).pending() == [(32, -5), (2, 8)]
    Digests(database).put(Digest(-5, None, 7, "en", 480, None, 1))
    assert len(Digests(database).due(1)) == 1
    database.close()
    new.close()


def test_a_second_process_is_refused(database: BotDatabase) -> None:
    with pytest.raises(StateBusy, match=r"bot\.db"):
        BotDatabase(FILE)
    PendingUpdates(database).arrive([arrival(1)])


def test_only_the_owner_of_the_file_may_read_it(database: BotDatabase) -> None:
    PendingUpdates(database).arrive([arrival(1)])
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
