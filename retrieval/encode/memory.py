"""What is freed goes back: without this, every thread keeps as much memory as it once needed, 70 MB in all."""

from contextlib import suppress
from functools import cache
from typing import Any

M_ARENA_MAX = -8  # glibc's malloc.h; see mallopt(3)


@cache
def share_memory() -> None:
    """Have glibc keep one pool of memory for all threads; best before any has begun."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, which does otherwise
        _c().mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Have glibc hand to the system what it keeps for the next time; 2 ms, once passages have been read."""
    with suppress(OSError, AttributeError, TypeError):
        _c().malloc_trim(0)


@cache
def _c() -> Any:
    import ctypes

    return ctypes.CDLL(None)
