"""Arrays in one file, which is memory-mapped: only the parts that are used take memory.

The file: the length of the header (8 bytes, little-endian); the header, JSON; the arrays.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
# The offset of an array behind the header, its numpy type and its shape.
Layout = dict[str, tuple[int, str, tuple[int, ...]]]


class Header(msgspec.Struct, frozen=True):
    """Where the arrays are, and values that belong to them."""

    arrays: Layout
    values: dict[str, Any]


def write_arrays(file: Path, arrays: Mapping[str, NDArray[np.generic]], values: Mapping[str, Any]) -> None:
    """Write arrays by name, and values that JSON can hold."""
    layout: Layout = {}
    end = 0
    for name, array in arrays.items():
        layout[name] = (end, array.dtype.str, array.shape)
        end += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    header = msgspec.json.encode(Header(layout, dict(values)))
    header += b" " * (-(8 + len(header)) % ALIGNMENT)
    with file.open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        for array in arrays.values():
            stream.write(array.tobytes() + b"\0" * (-array.nbytes % ALIGNMENT))


def map_arrays(file: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays, memory-mapped, and the values."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = msgspec.json.decode(stream.read(length), type=Header)
    mapped = np.memmap(file, np.uint8, "r")
    arrays: dict[str, NDArray[Any]] = {}
    for name, (start, type_, shape) in header.arrays.items():
        begin = 8 + length + start
        end = begin + np.dtype(type_).itemsize * int(np.prod(shape))
        arrays[name] = mapped[begin:end].view(type_).reshape(shape)
    return arrays, header.values
