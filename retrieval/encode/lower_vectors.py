"""What a reader's lower layers make of the passages that were read last, in memory.

They read a passage without the question. So the next question to the same passages, as a follow-up mostly is, goes
through the upper layers only. No question is kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import Vectors

BYTES = 8 << 20  # that are kept: sixty passages of the usual length, or so


class LowerVectors:
    """The vectors of passages, the last used at the end, in half precision; threads share them."""

    def __init__(self) -> None:
        self._by_ids: OrderedDict[bytes, NDArray[np.float16]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def of(self, ids: NDArray[np.int64], make: Callable[[NDArray[np.int64]], Vectors]) -> Vectors:
        """Return the vectors of a passage's token ids, (1, tokens, dimension); `make` makes them for ids, (1, tokens).

        They are rounded to half precision also when they are made, so that a passage is always read alike.
        """
        key = ids.tobytes()
        with self._lock:
            vectors = self._by_ids.get(key)
            if vectors is not None:
                self._by_ids.move_to_end(key)
        if vectors is None:
            vectors = make(ids[None]).astype(np.float16)
            self._add(key, vectors)
        return vectors.astype(np.float32)

    def _add(self, key: bytes, vectors: NDArray[np.float16]) -> None:
        with self._lock:
            if key not in self._by_ids:
                self._by_ids[key] = vectors
                self._bytes += vectors.nbytes
            while self._bytes > BYTES:
                _, oldest = self._by_ids.popitem(last=False)
                self._bytes -= oldest.nbytes
