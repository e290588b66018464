"""What is freed goes back: without this, every thread keeps as much memory as it once needed, 40 MB in all."""

from contextlib import suppress
from functools import cache

M_ARENA_MAX = -8  # glibc's malloc.h; see mallopt(3)


@cache
def share_memory() -> None:
    """Have glibc keep one pool of memory for all threads; best before any has begun."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError):  # another C library, which does otherwise
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
