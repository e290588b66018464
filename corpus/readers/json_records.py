"""JSON: one object on each line, an array of objects, or a single object, perhaps with lists of articles in it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile, too_large
from corpus.readers.json_lists import MAX_LISTS, articles_in, rank
from corpus.readers.json_scanner import objects
from corpus.readers.records import Record, read_records
from corpus.text.decoding import Decoder, read_lines

BEGINNING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:\[\s*\{|\[\s*$|\[\s*\]\s*$|\{\s*\"|\{\s*\}|\{\s*$)")
EXTENSIONS = (".jsonl", ".ndjson", ".jsonlines")
MAX_SNIFFED_LINES = 20
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
        yield from read_records(file, lambda: _by_line(file) if by_line else _by_object(file))


def _has_lines(head: bytes) -> bool:
    """Tell whether each object is on a line of its own, not in an array or spread over several lines."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return False
    return any(isinstance(_parsed(line)[0], dict) for line in head.split(b"\n", MAX_SNIFFED_LINES)[:MAX_SNIFFED_LINES])


def _by_line(file: SourceFile) -> Iterator[Record]:
    for line in read_lines(file):
        if line.problem or line.text.strip():
            yield from _records(f"line {line.number:,}", line.text, line.problem)


def _by_object(file: SourceFile) -> Iterator[Record]:
    decoder = Decoder(file.head, file=file)
    for number, (line, data) in enumerate(objects(file)):
        if number == 0 and len(data) > file.max_bytes and (found := _level_of_articles(file)):
            yield from _in_lists(file, *found)
            return
        records = list(_decoded(decoder, line, data))
        later = list(NEXT_OBJECT.finditer(data)) if records[0].problem else []
        if not later:
            fits = len(data) <= file.max_bytes
            yield from records if fits else [records[0]._replace(problem=str(too_large(file.max_bytes)))]
            continue
        # A missing quotation mark or brace has swallowed the objects that follow.
        starts = [0, *(match.end() for match in later)]
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            part = data[start:end].strip().rstrip(b",]").rstrip()
            yield from _decoded(decoder, line + data.count(b"\n", 0, start), part)


def _level_of_articles(file: SourceFile) -> tuple[int, int] | None:
    """Return at which level of lists the objects fit in memory, and the highest rank of an article among them."""
    for level in range(1, MAX_LISTS + 1):
        decoder, parent, best = Decoder(file.head, file=file), _first_fields(file.head), 0
        for line, data in objects(file, level):
            if len(data) > file.max_bytes:
                best = 0
                break
            best = max([best, *(rank(record.values) for record in _decoded(decoder, line, data, parent))])
        if best:
            return level, best
    return None


def _in_lists(file: SourceFile, level: int, best: int) -> Iterator[Record]:
    """Yield the articles in the lists of an object that is larger than an article may be."""
    decoder, parent = Decoder(file.head, file=file), _first_fields(file.head)
    for line, data in objects(file, level):
        for record in _decoded(decoder, line, data, parent):
            if record.problem or rank(record.values) >= best:
                yield record


def _first_fields(head: bytes) -> Mapping[str, Any]:
    """Return the fields of the outermost object in front of its first list: the name of a chat, the title of a feed."""
    fields = head.partition(b"[")[0].rpartition(b",")[0]
    value, _ = _parsed(fields.removeprefix(b"\xef\xbb\xbf") + b"}")
    return value if isinstance(value, dict) else {}


def _decoded(decoder: Decoder, line: int, data: bytes, parent: Mapping[str, Any] | None = None) -> Iterator[Record]:
    try:
        text, problem = decoder.decode(data), ""
    except Unreadable as error:
        text, problem = "", str(error)
    yield from _records(f"line {line:,}", text, problem, parent)


def _records(label: str, text: str, problem: str = "", parent: Mapping[str, Any] | None = None) -> Iterator[Record]:
    value, reason = (None, problem) if problem else _parsed(text)
    if not reason and isinstance(value, dict):
        for place, values in articles_in(value, parent):
            yield Record(f"{label}, {place}" if place else label, values)
    else:
        yield Record(label, {}, reason or "not an object with named fields")


def _parsed(text: str | bytes) -> tuple[Any, str]:
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg} (at character {error.pos + 1:,})"
    except (ValueError, RecursionError):
        return None, "not JSON that can be read"
