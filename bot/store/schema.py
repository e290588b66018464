"""The tables of bot.db: creates them in a new file, and brings those of an older file up to date."""

import sqlite3
from pathlib import Path

from bot.errors import StateUnusable

VERSION = 3
# arrival: the order in which updates arrived. id: Telegram's number, which does not always grow: after a week without
# updates Telegram continues with any number. body: the update as JSON, NULL once it is processed. lane: the chat, whose
# updates are processed in order. attempts: how often its processing began.
UPDATES = """
CREATE TABLE waiting (
    arrival INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, lane INTEGER NOT NULL, reader INTEGER, kind TEXT NOT NULL,
    body TEXT, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX waiting_lane ON waiting (lane) WHERE body IS NOT NULL;
"""
# utc_offset: in minutes, NULL for the time zone of the machine. due: when the next digest comes, in seconds since 1970.
DIGEST = """
CREATE TABLE digest (
    chat INTEGER NOT NULL, topic INTEGER, reader INTEGER NOT NULL, language TEXT NOT NULL, minute INTEGER NOT NULL,
    utc_offset INTEGER, due INTEGER NOT NULL
);
CREATE UNIQUE INDEX digest_place ON digest (chat, ifnull(topic, 0));
"""
SCHEMA = f"""
{UPDATES}
-- since: the archive generation up to which this watch has been notified. words: 1 for words, 0 for a question.
CREATE TABLE watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, topic INTEGER, reader INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, since INTEGER NOT NULL, words INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX watch_chat ON watch (chat);
-- The articles that a watch has been notified of, or was about to be when the process died.
CREATE TABLE told (
    watch INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE, article TEXT NOT NULL, PRIMARY KEY (watch, article)
) WITHOUT ROWID;
-- passages: a JSON list of ids; the verdict is on the first. Neither the user nor the time is stored.
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY, question TEXT NOT NULL, passages TEXT NOT NULL, verdict INTEGER NOT NULL
);
{DIGEST}"""
# Version 1 had no attempts, and the number of an update was its place.
FROM_1 = f"""
DROP INDEX waiting_lane;
ALTER TABLE waiting RENAME TO waiting_1;
{UPDATES}
INSERT INTO waiting (id, lane, reader, kind, body) SELECT id, lane, reader, kind, body FROM waiting_1 ORDER BY id;
DROP TABLE waiting_1;
"""
# Version 2 had only questions to watch, and no digests.
FROM_2 = f"""
ALTER TABLE watch ADD COLUMN words INTEGER NOT NULL DEFAULT 0;
{DIGEST}"""
CHANGES = {0: SCHEMA, 1: FROM_1 + FROM_2, 2: FROM_2}


def connect(file: Path) -> sqlite3.Connection:
    """Open bot.db; create its tables if it is new, and bring older ones up to date. Raises StateUnusable."""
    try:
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        file.chmod(0o600)  # it holds what users ask
        # FULL: a commit is on the disk. secure_delete: erased content is overwritten.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StateUnusable(f"{file} was made by a newer Clippings. Update Clippings, or set bot.state elsewhere.")
        if change := CHANGES.get(version):
            db.executescript(f"BEGIN IMMEDIATE; {change} PRAGMA user_version = {VERSION}; COMMIT;")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a killed process may have left erased content in it
    except (sqlite3.Error, OSError) as error:
        raise StateUnusable(
            f"{file} cannot be used ({error}). Set bot.state to another file, or move this one away: it holds the "
            "questions that wait, watches and feedback, and no article."
        ) from error
    return db
