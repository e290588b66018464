"""Watched questions and words in bot.db, and which articles each watch has been notified of."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from typing import NamedTuple

from bot.store import digests
from bot.store.database import BotDatabase
from bot.store.pending_updates import erase_user

MARKS = "?!.,？！。，؟"
SELECT = "SELECT id, chat, topic, reader, language, question, since, words FROM watch"


@dataclass(frozen=True, slots=True)
class Watch:
    """A question that is asked of articles added after an archive generation (`since`), and the chat to notify.

    If it is for `words`, the question is a name or a few words that the articles have to contain.
    """

    id: int
    chat: int
    topic: int | None
    user: int
    language: str
    question: str
    since: int
    words: bool = False


class Forgotten(NamedTuple):
    """How many watches, pending updates and hours of digests of a user were deleted."""

    watches: int
    updates: int
    digests: int = 0


class Watches:
    """The watches in one bot.db: owns the tables `watch` and `told`."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def add(self, new: Watch, max_watches: int) -> Watch | None:
        """Store a watch (its id is ignored), or return the equal one that exists; None if the chat has too many."""
        with self._database.change() as db:
            watches = self._read(db.execute(f"{SELECT} WHERE chat = ?", (new.chat,)))
            for watch in watches:
                if watch.topic == new.topic and _are_equal(watch, new):
                    db.execute("UPDATE watch SET words = ? WHERE id = ?", (new.words, watch.id))
                    return replace(watch, words=new.words)
            if len(watches) >= max_watches:
                return None
            row = db.execute("INSERT INTO watch VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", astuple(new)[1:])
            return replace(new, id=int(row.lastrowid or 0))

    def in_chat(self, chat: int) -> list[Watch]:
        """Return a chat's watches, the oldest first."""
        with self._database.change() as db:
            return self._read(db.execute(f"{SELECT} WHERE chat = ? ORDER BY id", (chat,)))

    def all(self) -> list[Watch]:
        """Return every watch."""
        with self._database.change() as db:
            return self._read(db.execute(f"{SELECT} ORDER BY id"))

    def end(self, id_: int, chat: int) -> bool:
        """Delete a watch of a chat; return whether it existed."""
        with self._database.change() as db:
            ended = db.execute("DELETE FROM watch WHERE id = ? AND chat = ?", (id_, chat)).rowcount == 1
        self._database.wipe()
        return ended

    def end_all(self, chat: int) -> None:
        """Delete a chat's watches and its digests."""
        with self._database.change() as db:
            db.execute("DELETE FROM watch WHERE chat = ?", (chat,))
            digests.end_in_chat(db, chat)
        self._database.wipe()

    def end_in_topic(self, chat: int, topic: int | None) -> None:
        """Delete the watches of a chat's topic and its digest."""
        with self._database.change() as db:
            db.execute("DELETE FROM watch WHERE chat = ? AND topic IS ?", (chat, topic))
            digests.end_in_topic(db, chat, topic)
        self._database.wipe()

    def forget_user(self, user: int, current_update: int) -> Forgotten:
        """Delete what is stored of a user, in groups too: watches, digests, and updates except the one being processed.

        It is one transaction: a user is never told of a half.
        """
        with self._database.change() as db:
            watches = db.execute("DELETE FROM watch WHERE reader = ?", (user,)).rowcount
            forgotten = Forgotten(watches, erase_user(db, user, current_update), digests.end_of_user(db, user))
        self._database.wipe()
        return forgotten

    def move(self, chat: int, to: int) -> None:
        """Move a chat's watches and its digests to the group that it has become."""
        with self._database.change() as db:
            digests.move(db, chat, to)
            db.execute("UPDATE watch SET chat = ? WHERE chat = ?", (to, chat))

    def claim(self, watch: Watch, articles: Iterable[str]) -> set[str]:
        """Record articles before they are sent; return the new ones, or none if the watch has ended."""
        return self.claim_each([(watch, articles)])[0]

    def claim_each(self, found: Iterable[tuple[Watch, Iterable[str]]]) -> list[set[str]]:
        """Claim the articles of several watches, which are sent together, in one transaction."""
        with self._database.change() as db:
            return [_claim(db, watch, articles) for watch, articles in found]

    def reach(self, generation: int, ids: Iterable[int]) -> None:
        """Record that these watches have been notified of everything up to a generation."""
        with self._database.change() as db:
            query = "UPDATE watch SET since = ? WHERE id IN (SELECT value FROM json_each(?))"
            db.execute(query, (generation, json.dumps(list(ids))))

    @staticmethod
    def _read(rows: Iterable[tuple[int, int, int | None, int, str, str, int, int]]) -> list[Watch]:
        return [Watch(*row[:7], bool(row[7])) for row in rows]


def _claim(db: sqlite3.Connection, watch: Watch, articles: Iterable[str]) -> set[str]:
    if not db.execute("SELECT 1 FROM watch WHERE id = ?", (watch.id,)).fetchone():
        return set()
    insert = "INSERT OR IGNORE INTO told VALUES (?, ?)"
    return {article for article in articles if db.execute(insert, (watch.id, article)).rowcount == 1}


def _are_equal(one: Watch, other: Watch) -> bool:
    """Tell whether two watches are for the same, but for capitals and the marks behind words."""
    order = sorted if one.words else list  # words may stand in any order
    alike = one.words == other.words and order(_plain(one.question)) == order(_plain(other.question))
    return one.question == other.question or alike


def _plain(question: str) -> list[str]:
    return [word.strip(MARKS) for word in question.casefold().split() if word.strip(MARKS)]
