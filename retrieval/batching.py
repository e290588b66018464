"""Many items, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_turns(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in order, so many together, and fewer at the end."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
