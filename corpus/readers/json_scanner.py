"""Splits a JSON file of any size into its objects, without parsing it as a whole."""

import re
from collections.abc import Iterator

from corpus.reader_types import SourceFile
from corpus.text.decoding import read_chunks

TOKEN = re.compile(rb'["{}\[\]\n]')
STRING_TOKEN = re.compile(rb'["\\\n]')
MAX_OPEN_BRACKETS = 1000


def objects(file: SourceFile, level: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the outermost objects: the number of the first line, and the bytes of each.

    With a `level` yield the objects in lists instead: 1 are those in the lists of the outermost object, 2 those in
    lists in these. An object that is larger than an article may be is cut off.
    """
    data, depth, in_string, line, first_line, position = bytearray(), 0, False, 1, 1, 0
    brackets, kept = bytearray(), True
    for chunk in read_chunks(file):
        # An escape may be cut by the end of a chunk.
        position, start = max(0, position), 0
        while match := (STRING_TOKEN if in_string else TOKEN).search(chunk, position):
            token, position = match[0], match.end()
            if token == b"\n":
                line += 1
            elif token == b"\\":
                position += 1
            elif token == b'"':
                in_string = (depth > 0 or level > 0) and not in_string
            elif token == b"{" and (depth > 0 or _is_sought(brackets, level)):
                if depth == 0:
                    start, first_line, kept = match.start(), line, True
                depth += 1
            elif depth == 0 and level > 0:
                _track(brackets, token)
            elif token == b"}" and depth > 0:
                depth -= 1
                if depth == 0 and kept:
                    yield first_line, bytes(data + chunk[start:position])
                    data.clear()
        position -= len(chunk)
        if depth > 0 and kept:
            data += chunk[start:]
            if len(data) > file.max_bytes:
                yield first_line, bytes(data)
                data.clear()
                # Whether an outermost object ever ends is unknown; one in a list ends like the others.
                depth, in_string, first_line, kept = (
                    (depth, in_string, first_line, False) if level else (0, False, line, True)
                )
        if len(brackets) > MAX_OPEN_BRACKETS:
            return
    if depth > 0 and kept:
        yield first_line, bytes(data)


def _is_sought(brackets: bytearray, level: int) -> bool:
    return level == 0 or (brackets[-1:] == b"[" and brackets.count(b"[") == level)


def _track(brackets: bytearray, token: bytes) -> None:
    if token in (b"{", b"["):
        brackets += token
    elif brackets:
        brackets.pop()
