"""JSON: one object on each line, an array of objects, or a single object."""

import json
import re
from collections.abc import Iterator
from typing import Any

from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile, too_large
from corpus.readers.records import Record, read_records
from corpus.text.decoding import Decoder, read_chunks, read_lines

BEGINNING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:\[\s*\{|\[\s*$|\[\s*\]\s*$|\{\s*\"|\{\s*\}|\{\s*$)")
EXTENSIONS = (".jsonl", ".ndjson", ".jsonlines")
MAX_SNIFFED_LINES = 20
TOKEN = re.compile(rb'["{}\n]')
STRING_TOKEN = re.compile(rb'["\\\n]')
# The start of the next object of an array: after a broken object, reading continues there.
NEXT_OBJECT = re.compile(rb"\n(?=[ \t]{0,4}\{)")


class JsonRecordsReader:
    """Reads objects with named fields; BEIR's corpus.jsonl is one such file."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise content that begins with an object or with an array of objects."""
        head = file.head.replace(b"\0", b"")
        return bool(BEGINNING.match(head)) or (file.place.lower().endswith(EXTENSIONS) and _has_lines(head))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield an article for each object; raises Unreadable if none has a headline and a text."""
        by_line = _has_lines(file.head.replace(b"\0", b""))
        yield from read_records(file, _by_line(file) if by_line else _by_object(file))


def _has_lines(head: bytes) -> bool:
    """Tell whether each object is on a line of its own, not in an array or spread over several lines."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return False
    return any(isinstance(_parsed(line)[0], dict) for line in head.split(b"\n", MAX_SNIFFED_LINES)[:MAX_SNIFFED_LINES])


def _by_line(file: SourceFile) -> Iterator[Record]:
    for line in read_lines(file):
        if line.problem or line.text.strip():
            yield _record(f"line {line.number:,}", line.text, line.problem)


def _by_object(file: SourceFile) -> Iterator[Record]:
    decoder = Decoder(file.head)
    for line, data in _objects(file):
        record = _decoded(decoder, line, data)
        later = list(NEXT_OBJECT.finditer(data)) if record.problem else []
        if not later:
            yield record if len(data) <= file.max_bytes else record._replace(problem=str(too_large(file.max_bytes)))
            continue
        # A missing quotation mark or brace has swallowed the objects that follow.
        starts = [0, *(match.end() for match in later)]
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            part = data[start:end].strip().rstrip(b",]").rstrip()
            yield _decoded(decoder, line + data.count(b"\n", 0, start), part)


def _objects(file: SourceFile) -> Iterator[tuple[int, bytes]]:
    """Yield each outermost object: the number of its first line, and its bytes."""
    data, depth, in_string, line, first_line, position = bytearray(), 0, False, 1, 1, 0
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
                in_string = depth > 0 and not in_string
            elif token == b"{":
                if depth == 0:
                    start, first_line = match.start(), line
                depth += 1
            elif depth > 0:
                depth -= 1
                if depth == 0:
                    yield first_line, bytes(data + chunk[start:position])
                    data.clear()
        position -= len(chunk)
        if depth > 0:
            data += chunk[start:]
            if len(data) > file.max_bytes:
                yield first_line, bytes(data)
                data.clear()
                depth, in_string, first_line = 0, False, line
    if depth > 0:
        yield first_line, bytes(data)


def _decoded(decoder: Decoder, line: int, data: bytes) -> Record:
    try:
        return _record(f"line {line:,}", decoder.decode(data))
    except Unreadable as error:
        return Record(f"line {line:,}", {}, str(error))


def _record(label: str, text: str, problem: str = "") -> Record:
    value, reason = (None, problem) if problem else _parsed(text)
    if reason or isinstance(value, dict):
        return Record(label, value if isinstance(value, dict) else {}, reason)
    return Record(label, {}, "not an object with named fields")


def _parsed(text: str | bytes) -> tuple[Any, str]:
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} (at character {error.pos + 1:,})"
    except (ValueError, RecursionError):
        return None, "not JSON that can be read"
