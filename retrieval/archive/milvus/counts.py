"""What is counted of an archive on Milvus, kept for a few seconds: a server counts by looking."""

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, TypeVar

import xxhash

from retrieval.archive.milvus.filters import both, quoted
from retrieval.archive.milvus.rows import as_day
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Server

Result = TypeVar("Result")
# Seconds after which what was counted is counted anew, even where the generation says that nothing has changed: while a
# writer that died is waited for, it stays what it was.
KEPT = 10.0
# Questions put to the server at once: eight words are most of a question's.
TOGETHER = 8
FIRST_DAY, LAST_DAY = 1_01_01, 9999_12_31
COUNTS = 'version != ""'


class Counts:
    """Counts, each kept as long as it is true, or nearly."""

    def __init__(self, server: Server, names: Names, generation: Callable[[], int]) -> None:
        self._server = server
        self._names = names
        self._generation = generation
        self._kept: dict[Hashable, tuple[int, float, Any]] = {}
        self._lock = threading.Lock()

    def kept(self, what: Hashable, count: Callable[[], Result], generation: int | None = None) -> Result:
        """Return what was counted a moment ago, or count."""
        generation = self._generation() if generation is None else generation
        with self._lock:
            before, until, result = self._kept.get(what, (-1, 0.0, None))
        if before == generation and time.monotonic() < until:
            return result  # type: ignore[no-any-return]
        result = count()
        now = time.monotonic()
        with self._lock:
            self._kept = {one: kept for one, kept in self._kept.items() if kept[1] > now}
            self._kept[what] = (generation, now + KEPT, result)
        return result

    def of(self, collection: str, conditions: Sequence[str], generation: int | None = None) -> list[int]:
        """Count the rows of a collection that meet each of these conditions, all at once."""
        generation = self._generation() if generation is None else generation

        def count(condition: str) -> int:
            # By a hash: the words of a question are not to be found in memory once it is answered.
            what = xxhash.xxh3_128_digest(f"{collection} {condition}".encode())
            return self.kept(what, lambda: self._server.count(collection, condition), generation)

        with ThreadPoolExecutor(TOGETHER) as threads:
            return list(threads.map(count, conditions))

    def articles(self, condition: str = "", generation: int | None = None) -> int:
        """Count the articles that meet a condition."""
        return self.of(self._names.articles, [both(COUNTS, condition)], generation)[0]

    def by_name(self, kind: str, names: dict[str, str]) -> list[tuple[str, int]]:
        """Return those names that an article has, with how many do, most first."""
        conditions = [both(COUNTS, f"{kind} == {quoted(key)}") for key in names]
        found = zip(names.values(), self.of(self._names.articles, conditions), strict=True)
        return sorted(((name, count) for name, count in found if count), key=lambda one: (-one[1], one[0]))

    def days(self) -> tuple[date | None, date | None]:
        """Return the earliest and the latest date of an article."""
        if not self.articles("published > 0"):
            return None, None
        first = self._day("published > 0 and published < {}", lambda before: before == 0)
        return as_day(first), as_day(self.since_day(1))

    def since_day(self, count: int) -> int:
        """Return the latest day, as a number, from which on there are so many articles; 0 where there are not."""
        if self.articles("published > 0") < count:
            return 0
        return self._day("published >= {}", lambda since: since >= count)

    def _day(self, condition: str, is_so: Callable[[int], bool]) -> int:
        """Return the last day, as a number, of which the count of a condition is so, as it is of all before it."""
        generation, low, high = self._generation(), FIRST_DAY, LAST_DAY
        while low < high:
            middle = (low + high + 1) // 2
            there = is_so(self.articles(condition.format(middle), generation))
            low, high = (middle, high) if there else (low, middle - 1)
        return low
