"""What readers say of answers: the question, the passages and the verdict, without who and without when."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.database import ERASE, BotDatabase

# A verdict's number is made of whose it is, of what, and of this, which nobody knows and which ends with the process.
# It tells nothing; and a tap that comes twice, or another verdict on the same, takes the place of the first.
SALT = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a passage, by its id, answers a question; `beside` are the ids of the others that were shown with it."""

    question: str
    passage: str
    beside: tuple[str, ...]
    good: bool


class Feedback:
    """The verdicts in one bot.db."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def keep(self, update: int, whose: Sequence[int], question: str, passages: Sequence[str], *, good: bool) -> None:
        """Keep a verdict about the first of some passages, once: with it the update that brought it is erased.

        `whose` is who gives it, and under which message; it is not kept.
        """
        with self._database.change() as db:
            if db.execute(f"{ERASE} WHERE id = ? AND body IS NOT NULL", (update,)).rowcount == 1:
                db.execute(
                    "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)",
                    (_number(whose, passages[0]), question, json.dumps(list(passages)), 1 if good else -1),
                )

    def all(self) -> list[Verdict]:
        """Return every verdict."""
        with self._database.change() as db:
            rows = db.execute("SELECT question, passages, verdict FROM feedback ORDER BY id").fetchall()
        return [Verdict(question, *_first(json.loads(passages)), verdict > 0) for question, passages, verdict in rows]

    def __len__(self) -> int:
        """Count the verdicts."""
        with self._database.change() as db:
            (count,) = db.execute("SELECT count(*) FROM feedback").fetchone()
        return int(count)


def _number(whose: Sequence[int], passage: str) -> int:
    """Number a verdict: in no order, which would nearly tell when it was given."""
    digest = hashlib.blake2b(json.dumps([*whose, passage]).encode(), key=SALT, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2


def _first(passages: list[str]) -> tuple[str, tuple[str, ...]]:
    return passages[0], tuple(passages[1:])
