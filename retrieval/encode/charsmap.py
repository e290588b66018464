"""SentencePiece's table of characters to replace, in the form that `tokenizers.normalizers.Precompiled` reads.

The table is a trie in a double array, and behind it the replacements. A unit of the array has 32 bits: the last byte
of its key (bits 0 to 7), whether a key ends here (bit 8), and the distance to its children (from bit 10). The base of
the children is their parent's place XOR that distance, and a child's place is the base XOR its byte. At byte 0 is the
value of the key that ends here: where its replacement starts. Layout: darts-clone, by Susumu Yata.
"""

import struct
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np

ENDS_HERE, VALUE, DISTANCE_SHIFT = 1 << 8, 1 << 31, 10
WIDE = 1 << 9  # the distance is in units of 256; in tables that SentencePiece has made
# tokenizers looks a cluster of characters up as a whole if it has fewer bytes than this.
CLUSTER_BYTES = 6
# How far before the last base a free one is sought: further back, nearly all places are taken.
LOOK_BACK = 512
BLOCK = 256


def charsmap(replacements: Mapping[str, str]) -> bytes:
    """Return the table; the keys are characters, or clusters of them."""
    values, strings = {}, bytearray()
    for key, replacement in replacements.items():
        values[key.encode()] = len(strings)
        strings += replacement.encode() + b"\0"
    units = _double_array(values)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(strings)


def read_charsmap(table: bytes) -> dict[str, str]:
    """Return the keys of a table, and what replaces each."""
    (length,) = struct.unpack_from("<I", table)
    units, strings = np.frombuffer(table, "<u4", length // 4, 4), table[4 + length :]
    replacements = {}
    waiting = [(b"", 0)]
    byte = np.arange(1, 256)
    while waiting:
        key, place = waiting.pop()
        unit = int(units[place])
        distance = unit >> DISTANCE_SHIFT << (8 if unit & WIDE else 0)
        base = place ^ distance
        if unit & ENDS_HERE:
            value = int(units[base]) & ~VALUE
            replacements[key.decode()] = strings[value : strings.index(0, value)].decode()
        children = byte[units[base ^ byte] & (VALUE | 0xFF) == byte]
        waiting += [(key + bytes([child]), base ^ child) for child in children.tolist()]
    return replacements


def with_clusters(replacements: Mapping[str, str]) -> dict[str, str]:
    """Add the pairs of a character and a mark that NFKC makes one character, in every spelling of the two.

    Longer clusters need no key: the lookup takes the shortest key that a cluster begins with.
    """
    spelled: dict[str, list[str]] = {}
    for character in _characters():
        spelled.setdefault(unicodedata.normalize("NFKC", character), []).append(character)
    clusters = dict(replacements)
    for character in _characters():
        parts = unicodedata.decomposition(character)
        if not parts or parts.startswith("<") or " " not in parts:
            continue
        first, second = (chr(int(part, 16)) for part in parts.split())
        composed = unicodedata.normalize("NFKC", first + second)
        for left in spelled.get(unicodedata.normalize("NFKC", first), ()):
            for right in spelled.get(unicodedata.normalize("NFKC", second), ()):
                if len((left + right).encode()) < CLUSTER_BYTES and composed != left + right:
                    clusters[left + right] = composed
    return clusters


def _characters() -> Iterable[str]:
    return (chr(number) for number in range(1, 0x110000) if not 0xD800 <= number < 0xE000)


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    """Place every node of the trie, and return the units.

    No two nodes share a place, and no two parents a base: a child knows only its byte.
    """
    children: dict[bytes, list[int]] = {b"": []}
    for key in sorted(values):
        for end in range(len(key)):
            at = children.setdefault(key[:end], [])
            if key[end] not in at:
                at.append(key[end])
        children.setdefault(key, [])
    units, taken, bases, start = [0], {0}, set[int](), 1
    places = {b"": 0}
    for key in sorted(children, key=lambda key: (len(key), key)):
        bytes_below = [*([0] if key in values else []), *children[key]]
        if not bytes_below:
            continue
        base = _free_base(bytes_below, taken, bases, start)
        bases.add(base)
        start = max(start, base - LOOK_BACK)
        place = places[key]
        for byte in bytes_below:
            taken.add(base ^ byte)
            units.extend([0] * ((base ^ byte) + 1 - len(units)))
            units[base ^ byte] = byte
            if byte:
                places[key + bytes([byte])] = base ^ byte
        if key in values:
            units[base] = VALUE | values[key]
        units[place] |= (place ^ base) << DISTANCE_SHIFT | (ENDS_HERE if key in values else 0)
    # A lookup reads any of the 256 places around a base.
    units.extend([0] * (BLOCK - len(units) % BLOCK))
    return units


def _free_base(bytes_below: list[int], taken: set[int], bases: set[int], start: int) -> int:
    """Return the first unused base whose children all have a free place."""
    candidate = start
    while True:
        base = candidate ^ bytes_below[0]
        if base and base not in bases and all(base ^ byte not in taken for byte in bytes_below):
            return base
        candidate += 1
