"""Verdicts of users on answers: question, passages and verdict, without the user and the time."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.database import BotDatabase
from bot.store.pending_updates import erase_update

# A verdict's id is a keyed hash of the user, the message and the passage. So a second tap replaces the first verdict,
# and the id reveals nothing: the key is random and is never stored.
SALT = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a passage answers a question; `other_passages` are the ids of the other passages in the answer."""

    question: str
    passage: str
    other_passages: tuple[str, ...]
    good: bool


class Feedback:
    """The verdicts in one bot.db: owns the table `feedback`."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def save(self, update: int, source: Sequence[int], question: str, passages: Sequence[str], *, good: bool) -> None:
        """Save a verdict on the first of the passages, and erase the update that brought it, in one transaction.

        Nothing is saved if that update is already erased. `source` is the user, the chat and the message; only a keyed
        hash of it is saved.
        """
        with self._database.change() as db:
            if erase_update(db, update):
                db.execute(
                    "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)",
                    (_verdict_id(source, passages[0]), question, json.dumps(list(passages)), 1 if good else -1),
                )

    def erase(self, source: Sequence[int], passage: str) -> bool:
        """Erase a verdict that `save` saved; return whether it was there. After a restart nothing tells whose it is."""
        with self._database.change() as db:
            erased = db.execute("DELETE FROM feedback WHERE id = ?", (_verdict_id(source, passage),)).rowcount == 1
        self._database.wipe()
        return erased

    def all(self) -> list[Verdict]:
        """Return every verdict."""
        with self._database.change() as db:
            rows = db.execute("SELECT question, passages, verdict FROM feedback ORDER BY id").fetchall()
        return [Verdict(question, *_first(json.loads(passages)), verdict > 0) for question, passages, verdict in rows]

    def __len__(self) -> int:
        """Return the number of verdicts."""
        with self._database.change() as db:
            (count,) = db.execute("SELECT count(*) FROM feedback").fetchone()
        return int(count)


def _verdict_id(source: Sequence[int], passage: str) -> int:
    """Return a verdict's id. Ids in order would nearly tell when a verdict was given."""
    digest = hashlib.blake2b(json.dumps([*source, passage]).encode(), key=SALT, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2


def _first(passages: list[str]) -> tuple[str, tuple[str, ...]]:
    return passages[0], tuple(passages[1:])
