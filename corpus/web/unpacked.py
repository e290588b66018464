"""A body as it was sent to what it says, packed by gzip or not, a little at a time."""

import zlib
from collections.abc import Iterable, Iterator

from corpus.errors import LinkFailed

A_PIECE = 65_536
# Told by the first bytes: gzip's, zlib's.
EITHER = zlib.MAX_WBITS | 32


def unpacked(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Yield the bytes of a body, never more than 64 KB at once, however tightly they were packed; raises LinkFailed."""
    match coding.strip().lower():
        case "" | "identity":
            yield from pieces
        case "gzip" | "x-gzip" | "deflate":
            yield from _inflated(pieces)
        case other:
            raise LinkFailed(f"packed in a way that was not asked for: {other[:40]}")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(EITHER)
    try:
        for piece in pieces:
            rest = piece
            while rest and not inflate.eof:
                yield inflate.decompress(rest, A_PIECE)
                rest = inflate.unconsumed_tail
        yield inflate.flush(A_PIECE)
    except zlib.error:
        raise LinkFailed("its packing is broken") from None
    if not inflate.eof:
        raise LinkFailed("its packing is broken off")
