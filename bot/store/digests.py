"""The daily digests in bot.db: which chats want one, at what hour, and when the next one is due."""

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from bot.store.database import BotDatabase

SELECT = "SELECT chat, topic, reader, language, minute, utc_offset, due FROM digest"


@dataclass(frozen=True, slots=True)
class Digest:
    """A chat, or one topic of it, that gets what its watches find once a day.

    `minute` counts from midnight, `utc_offset` is in minutes (None for the time zone of the machine), and `due` is when
    the next digest is sent, in seconds since 1970. The user is the one who set it.
    """

    chat: int
    topic: int | None
    user: int
    language: str
    minute: int
    utc_offset: int | None
    due: int


class Digests:
    """The digests in one bot.db: owns the table `digest`."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def put(self, digest: Digest) -> None:
        """Store a digest in place of the one that its chat and topic had."""
        with self._database.change() as db:
            end_in_topic(db, digest.chat, digest.topic)
            db.execute("INSERT INTO digest VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(digest))

    def end(self, chat: int, topic: int | None) -> bool:
        """Delete the digest of a chat's topic; return whether there was one."""
        with self._database.change() as db:
            ended = end_in_topic(db, chat, topic)
        self._database.wipe()
        return ended

    def find(self, chat: int, topic: int | None) -> Digest | None:
        """Return the digest of a chat's topic."""
        return next((digest for digest in self.all() if (digest.chat, digest.topic) == (chat, topic)), None)

    def all(self) -> list[Digest]:
        """Return every digest."""
        with self._database.read() as db:
            return _read(db.execute(f"{SELECT} ORDER BY chat, topic"))

    def due(self, now: float) -> list[Digest]:
        """Return the digests whose hour has come."""
        with self._database.read() as db:
            return _read(db.execute(f"{SELECT} WHERE due <= ? ORDER BY due", (now,)))

    def postpone(self, digest: Digest, due: int) -> None:
        """Record when the digest after this one is due, unless it has been set anew meanwhile."""
        with self._database.change() as db:
            query = "UPDATE digest SET due = ? WHERE chat = ? AND topic IS ? AND due = ?"
            db.execute(query, (due, digest.chat, digest.topic, digest.due))


def end_in_chat(db: sqlite3.Connection, chat: int) -> None:
    """Delete a chat's digests within a transaction."""
    db.execute("DELETE FROM digest WHERE chat = ?", (chat,))


def end_in_topic(db: sqlite3.Connection, chat: int, topic: int | None) -> bool:
    """Delete the digest of a chat's topic within a transaction; return whether there was one."""
    return db.execute("DELETE FROM digest WHERE chat = ? AND topic IS ?", (chat, topic)).rowcount == 1


def end_of_user(db: sqlite3.Connection, user: int) -> int:
    """Delete the digests that a user has set within a transaction; count them."""
    return db.execute("DELETE FROM digest WHERE reader = ?", (user,)).rowcount


def move(db: sqlite3.Connection, chat: int, to: int) -> None:
    """Move a chat's digests to the group that it has become within a transaction."""
    db.execute("UPDATE OR REPLACE digest SET chat = ? WHERE chat = ?", (to, chat))


def _read(rows: Iterable[tuple[int, int | None, int, str, int, int | None, int]]) -> list[Digest]:
    return [Digest(*row) for row in rows]
