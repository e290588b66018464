"""Decides by a whole file in which order day, month and year stand in its dates."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from corpus.text.dates import Order, possible_orders


class ColumnOrders:
    """Knows in which order the numbers of each column's dates stand; reads the whole file when first asked.

    `rows` returns the texts of each record's dates, by the names of their columns.
    """

    def __init__(self, rows: Callable[[], Iterable[Mapping[str, str]]]) -> None:
        self._rows = rows
        self._votes: dict[tuple[str, str], Counter[Order]] | None = None

    def order_of(self, name: str, text: str) -> Order | None:
        """Return the order in which most dates of a column are dates; None if no date needs or decides it."""
        possible = possible_orders(text)
        if possible is None or len(possible[1]) < 2:
            return None
        if self._votes is None:
            self._votes = self._count()
        votes = self._votes.get((name, possible[0]), Counter())
        most = max(votes.values(), default=0)
        best = [order for order in get_args(Order) if votes[order] == most]
        return best[0] if len(best) == 1 else None

    def _count(self) -> dict[tuple[str, str], Counter[Order]]:
        votes: dict[tuple[str, str], Counter[Order]] = {}
        for row in self._rows():
            for name, text in row.items():
                if possible := possible_orders(text):
                    votes.setdefault((name, possible[0]), Counter()).update(possible[1])
        return votes
