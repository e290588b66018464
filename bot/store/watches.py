"""The questions that readers watch, in bot.db, and what each watch has told already."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.database import BotDatabase

SELECT = "SELECT id, chat, topic, reader, language, question, since FROM watch"


@dataclass(frozen=True, slots=True)
class Watch:
    """A question to be asked of what comes into the archive after a generation, and where to tell of it."""

    id: int
    chat: int
    topic: int | None
    reader: int
    language: str
    question: str
    since: int


class Watches:
    """The watches of one bot.db."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def add(
        self, chat: int, topic: int | None, reader: int, language: str, question: str, since: int, most: int
    ) -> Watch | None:
        """Keep a watch, the same one only once; None where the chat has so many already."""
        with self._database.change() as db:
            there = self._where(db.execute(f"{SELECT} WHERE chat = ?", (chat,)))
            for one in there:
                if (one.topic, one.question) == (topic, question):
                    return one
            if len(there) >= most:
                return None
            new = (chat, topic, reader, language, question, since)
            row = db.execute("INSERT INTO watch VALUES (NULL, ?, ?, ?, ?, ?, ?)", new)
            return Watch(int(row.lastrowid or 0), *new)

    def of(self, chat: int) -> list[Watch]:
        """Return the watches of a chat, in the order in which they were set."""
        with self._database.change() as db:
            return self._where(db.execute(f"{SELECT} WHERE chat = ? ORDER BY id", (chat,)))

    def all(self) -> list[Watch]:
        """Return every watch."""
        with self._database.change() as db:
            return self._where(db.execute(f"{SELECT} ORDER BY id"))

    def end(self, id_: int, chat: int) -> bool:
        """End a watch of a chat; tell whether there was one."""
        with self._database.change() as db:
            ended = db.execute("DELETE FROM watch WHERE id = ? AND chat = ?", (id_, chat)).rowcount == 1
        self._database.wipe()
        return ended

    def end_all(self, chat: int) -> None:
        """End the watches of a chat that the bot can write to no more."""
        with self._database.change() as db:
            db.execute("DELETE FROM watch WHERE chat = ?", (chat,))
        self._database.wipe()

    def move(self, chat: int, to: int) -> None:
        """Follow a group that has become another one."""
        with self._database.change() as db:
            db.execute("UPDATE watch SET chat = ? WHERE chat = ?", (to, chat))

    def claim(self, watch: Watch, articles: Iterable[str]) -> set[str]:
        """Note articles as told, before they are; return those that were not told before, none if the watch ended."""
        with self._database.change() as db:
            if not db.execute("SELECT 1 FROM watch WHERE id = ?", (watch.id,)).fetchone():
                return set()
            put = "INSERT OR IGNORE INTO told VALUES (?, ?)"
            return {article for article in articles if db.execute(put, (watch.id, article)).rowcount == 1}

    def reach(self, generation: int, ids: Iterable[int]) -> None:
        """Note that these watches know of everything up to a generation."""
        with self._database.change() as db:
            query = "UPDATE watch SET since = ? WHERE id IN (SELECT value FROM json_each(?))"
            db.execute(query, (generation, json.dumps(list(ids))))

    @staticmethod
    def _where(rows: Iterable[tuple[int, int, int | None, int, str, str, int]]) -> list[Watch]:
        return [Watch(*row) for row in rows]
