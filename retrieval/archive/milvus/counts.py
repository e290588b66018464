"""Counts of an archive's rows, cached for a few seconds, since Milvus counts by scanning."""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, TypeVar

import xxhash

from retrieval.archive.milvus.collection import Collection, all_of, quoted
from retrieval.archive.milvus.rows import as_day

Result = TypeVar("Result")
# A count is cached for so long, unless the generation changes before. The generation stays while others wait for a
# writer that has died, although rows may change.
CACHE_SECONDS = 10.0
# Requests at once: most questions have no more words than this.
CONCURRENT_REQUESTS = 8
FIRST_DAY, LAST_DAY = 1_01_01, 9999_12_31
# The filter expression for articles that have not been removed.
IS_CURRENT = 'version != ""'


class Counts:
    """Cached counts; `generation` returns the archive's generation."""

    def __init__(self, articles: Collection, generation: Callable[[], int]) -> None:
        self._articles = articles
        self._generation = generation
        self._cache: dict[Hashable, tuple[int, float, Any]] = {}
        self._lock = threading.Lock()

    def cached(self, key: Hashable, count: Callable[[], Result], generation: int | None = None) -> Result:
        """Return the cached result of a count, or count now."""
        generation = self._generation() if generation is None else generation
        with self._lock:
            counted_at, expires, result = self._cache.get(key, (-1, 0.0, None))
        if counted_at == generation and time.monotonic() < expires:
            return result  # type: ignore[no-any-return]
        result = count()
        now = time.monotonic()
        with self._lock:
            self._cache = {other: entry for other, entry in self._cache.items() if entry[1] > now}
            self._cache[key] = (generation, now + CACHE_SECONDS, result)
        return result

    def rows(self, collection: Collection, filters: Sequence[str], generation: int | None = None) -> list[int]:
        """Count the rows that match each of these filter expressions, several at once."""
        generation = self._generation() if generation is None else generation

        def count(filter_: str) -> int:
            # A hash, so that the words of a question do not stay in memory after its answer.
            key = xxhash.xxh3_128_digest(f"{collection.name} {filter_}".encode())
            return self.cached(key, lambda: collection.count(filter_), generation)

        with ThreadPoolExecutor(CONCURRENT_REQUESTS) as threads:
            return list(threads.map(count, filters))

    def articles(self, filter_: str = "", generation: int | None = None) -> int:
        """Count the articles that match a filter expression."""
        return self.rows(self._articles, [all_of(IS_CURRENT, filter_)], generation)[0]

    def articles_by_name(self, field: str, names: Mapping[str, str]) -> list[tuple[str, int]]:
        """Return the names that articles have in a field, each with its number of articles, the largest first."""
        counts = self.rows(self._articles, [all_of(IS_CURRENT, f"{field} == {quoted(key)}") for key in names])
        return most_first((name, count) for name, count in zip(names.values(), counts, strict=True) if count)

    def first_and_last_day(self) -> tuple[date | None, date | None]:
        """Return the earliest and the latest date of an article."""
        if not self.articles("published > 0"):
            return None, None
        first = self._last_day_with("published > 0 and published < {}", lambda count: count == 0)
        return as_day(first), as_day(self.day_of_newest(1))

    def day_of_newest(self, count: int) -> int:
        """Return the latest day number on or after which there are `count` articles; 0 if fewer have a date."""
        if self.articles("published > 0") < count:
            return 0
        return self._last_day_with("published >= {}", lambda newer: newer >= count)

    def _last_day_with(self, filter_: str, holds: Callable[[int], bool]) -> int:
        """Return the last day number for which a predicate on the count holds, as it does for all earlier ones."""
        generation, low, high = self._generation(), FIRST_DAY, LAST_DAY
        while low < high:
            middle = (low + high + 1) // 2
            if holds(self.articles(filter_.format(middle), generation)):
                low = middle
            else:
                high = middle - 1
        return low


def most_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return names and their counts in order: the largest count first, equal ones by name."""
    return sorted(counts, key=lambda item: (-item[1], item[0]))
