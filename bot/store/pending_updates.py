"""The pending updates in bot.db.

Updates are durable: each is committed before it is acknowledged to Telegram, and its content is erased once it is
processed. Its number is kept for longer: Telegram delivers an update again until it is acknowledged. Each attempt to
process it is committed before it begins, so the next start knows the updates at which the process has died.
"""

import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.store.database import BotDatabase

# Numbers of processed updates to keep: far more than Telegram ever delivers again.
KEPT_NUMBERS = 10_000
# Only its number is left of a processed update.
ERASE = "UPDATE waiting SET body = NULL, reader = NULL, lane = 0, kind = '', attempts = 0"

BEGIN = "UPDATE waiting SET attempts = attempts + 1 WHERE id = ? AND body IS NOT NULL"


class Arrival(NamedTuple):
    """An update as it arrived: its number, chat (0 for none), sender and kind, and all of it as JSON."""

    id: int
    chat: int
    user: int | None
    kind: str
    body: str


class Attempt(NamedTuple):
    """An update that is to be processed now. `number` says which attempt this is: 1 for the first."""

    number: int
    kind: str
    body: str


class PendingUpdates:
    """The pending updates in one bot.db: owns the table `waiting`."""

    def __init__(self, database: BotDatabase, kept_numbers: int = KEPT_NUMBERS) -> None:
        self._database = database
        self._kept_numbers = kept_numbers

    def arrive(self, arrivals: Sequence[Arrival], begun: Collection[int] = ()) -> list[Arrival]:
        """Store updates, some with a first attempt that is `begun` now; return those that had not arrived before.

        While a user types an inline question, Telegram sends each state of it: only the last one is left pending.
        """
        with self._database.change() as db:
            new = [arrival for arrival in arrivals if self._insert(db, arrival, int(arrival.id in begun))]
            for arrival in new:
                if arrival.kind == "inline_query":
                    db.execute(
                        f"{ERASE} WHERE body IS NOT NULL AND kind = ? AND lane = ? AND arrival < "
                        "(SELECT arrival FROM waiting WHERE id = ?)",
                        (arrival.kind, arrival.chat, arrival.id),
                    )
            db.execute(
                "DELETE FROM waiting WHERE body IS NULL AND arrival < "
                "(SELECT arrival FROM waiting ORDER BY arrival DESC LIMIT 1 OFFSET ?)",
                (self._kept_numbers,),
            )
        return new

    @staticmethod
    def _insert(db: sqlite3.Connection, arrival: Arrival, attempts: int) -> bool:
        insert = "INSERT OR IGNORE INTO waiting (id, lane, reader, kind, body, attempts) VALUES (?, ?, ?, ?, ?, ?)"
        return db.execute(insert, (*arrival, attempts)).rowcount == 1

    def pending(self) -> list[tuple[int, int]]:
        """Return (number, chat) of each pending update, in the order in which they arrived."""
        with self._database.read() as db:
            return db.execute("SELECT id, lane FROM waiting WHERE body IS NOT NULL ORDER BY arrival").fetchall()

    def interrupted(self) -> dict[int, int]:
        """Return the pending updates whose processing began and did not end: number → attempts so far."""
        with self._database.read() as db:
            query = "SELECT id, attempts FROM waiting WHERE body IS NOT NULL AND attempts > 0 ORDER BY arrival"
            return dict(db.execute(query).fetchall())

    def begin(self, id_: int) -> Attempt | None:
        """Record that an update is to be processed now, and return it; None if it is erased."""
        with self._database.change() as db:
            db.execute(BEGIN, (id_,))
        return self.begun(id_)

    def begun(self, id_: int) -> Attempt | None:
        """Return an update whose attempt is recorded already; None if it is erased."""
        with self._database.read() as db:
            query = "SELECT attempts, kind, body FROM waiting WHERE id = ? AND body IS NOT NULL"
            row = db.execute(query, (id_,)).fetchone()
        return Attempt(*row) if row else None

    def withdraw(self, id_: int) -> None:
        """Record that the last attempt was broken off on purpose, because the bot stops."""
        with self._database.change() as db:
            db.execute("UPDATE waiting SET attempts = attempts - 1 WHERE id = ? AND attempts > 0", (id_,))

    def mark_processed(self, id_: int, next_: int | None = None) -> None:
        """Erase an update that has been processed, and record that the next one is to be processed now, if any."""
        with self._database.change() as db:
            erase_update(db, id_)
            if next_ is not None:
                db.execute(BEGIN, (next_,))


def erase_update(db: sqlite3.Connection, id_: int) -> bool:
    """Erase an update within a transaction; return whether it was pending."""
    return db.execute(f"{ERASE} WHERE id = ? AND body IS NOT NULL", (id_,)).rowcount == 1


def erase_user(db: sqlite3.Connection, user: int, current_update: int) -> int:
    """Erase a user's pending updates within a transaction, except the one that is being processed; count them."""
    return db.execute(f"{ERASE} WHERE reader = ? AND id <> ?", (user, current_update)).rowcount
