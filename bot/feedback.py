"""What readers say of answers: the question, the passages and the verdict, without who and without when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.state import ERASE, State


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a passage, by its id, answers a question; `beside` are the ids of the others that were shown with it."""

    question: str
    passage: str
    beside: tuple[str, ...]
    good: bool


class Feedback:
    """The verdicts in one bot.db."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, update: int, question: str, passages: Sequence[str], *, good: bool) -> None:
        """Keep a verdict about the first of some passages, once: with it the update that brought it is erased."""
        with self._state.change() as db:
            if db.execute(f"{ERASE} WHERE id = ? AND body IS NOT NULL", (update,)).rowcount == 1:
                # Not in the order in which they came, which would nearly tell when.
                db.execute(
                    "INSERT INTO feedback VALUES ((random() >> 1) & 0x3fffffffffffffff, ?, ?, ?)",
                    (question, json.dumps(list(passages)), 1 if good else -1),
                )

    def all(self) -> list[Verdict]:
        """Return every verdict."""
        with self._state.change() as db:
            rows = db.execute("SELECT question, passages, verdict FROM feedback ORDER BY id").fetchall()
        return [Verdict(question, *_first(json.loads(passages)), verdict > 0) for question, passages, verdict in rows]

    def __len__(self) -> int:
        """Count the verdicts."""
        with self._state.change() as db:
            (count,) = db.execute("SELECT count(*) FROM feedback").fetchone()
        return int(count)


def _first(passages: list[str]) -> tuple[str, tuple[str, ...]]:
    return passages[0], tuple(passages[1:])
