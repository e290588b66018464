"""CSV and similar tables: a first row of field names, then a row for each article."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile, too_large
from corpus.readers.field_names import find_fields, has_article_fields
from corpus.readers.records import Record, read_records
from corpus.text.decoding import Line, head_text, read_lines

DELIMITERS = "\t,;|"
EXTENSIONS = (".csv", ".tsv", ".tab")
# Excel writes this line first to declare the delimiter.
DELIMITER_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
# The lines of a broken row are read again. The limit for a file is this many times the size limit of an article.
MAX_REREAD_FACTOR = 20


class CsvReader:
    """Reads the rows of a table whose first row names its fields."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a first row that names an article's fields, and any table in a file with an extension of tables."""
        try:
            header = _header(file)
        except Unreadable:
            return False
        return len(header) > 1 and (has_article_fields(header) or file.place.lower().endswith(EXTENSIONS))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield an article for each row; raises Unreadable if no column is a headline or a text."""
        yield from read_records(file, lambda: _records(file))


def _records(file: SourceFile) -> Iterator[Record]:
    rows = Rows(file)
    header: list[str] | None = None
    for number, row, problem in rows:
        label = f"line {number:,}"
        if header is None:
            if problem:
                raise Unreadable(f"a table without a first row that can be read: {problem}")
            header = [name.strip() or f"column {column}" for column, name in enumerate(row, start=1)]
        elif problem:
            yield Record(label, {}, problem)
        elif any(row[len(header) :]):
            yield Record(label, {}, f"{len(row)} fields, where the first row names {len(header)}")
        elif any(field.strip() for field in row):
            yield Record(label, _values(header, row))


def _values(header: list[str], row: list[str]) -> dict[str, str]:
    """Return the fields of a row by their names; of two columns with one name, the first that is not empty counts."""
    # Spreadsheets leave off the empty fields at the end of a row.
    values = dict.fromkeys(header, "")
    for name, field in zip(header, row, strict=False):
        values[name] = values[name] if values[name].strip() else field
    return values


class Rows:
    """Iterates over (line number, row, problem); after a broken row, its second line begins a new row."""

    def __init__(self, file: SourceFile) -> None:
        self._max_bytes = file.max_bytes
        self._dialect = dialect(file)
        self._lines = (line for line in read_lines(file) if line.number > 1 or not DELIMITER_LINE.fullmatch(line.text))
        self._returned_lines: list[Line] = []
        self._row_lines: list[Line] = []
        self._row_size = 0
        self._reread_budget = MAX_REREAD_FACTOR * file.max_bytes

    def __iter__(self) -> Iterator[tuple[int, list[str], str]]:
        # The limit applies to the whole process. It is never lowered, because another file may need it.
        csv.field_size_limit(max(csv.field_size_limit(), self._max_bytes))
        while True:
            self._row_lines, self._row_size = [], 0
            try:
                row, problem = next(csv.reader(self._texts(), strict=True, **self._dialect)), ""
            except StopIteration:
                return
            except (csv.Error, Unreadable) as error:
                row, problem = [], self._reason(error)
                self._put_back()
            yield self._row_lines[0].number, row, problem

    def _texts(self) -> Iterator[str]:
        while (line := self._returned_lines.pop() if self._returned_lines else next(self._lines, None)) is not None:
            self._row_lines.append(line)
            self._row_size += len(line.text)
            if line.problem:
                raise Unreadable(line.problem)
            if self._row_size > self._max_bytes:
                raise too_large(self._max_bytes)
            yield line.text + "\n"

    def _reason(self, error: Exception) -> str:
        if isinstance(error, Unreadable):
            return str(error)
        return "a quotation mark that is not closed, or stands in the middle of a field"

    def _put_back(self) -> None:
        lines = self._row_lines[1:]
        size = sum(len(line.text) for line in lines)
        if lines and size <= self._reread_budget:
            self._reread_budget -= size
            self._returned_lines += reversed(lines)


def dialect(file: SourceFile) -> dict[str, Any]:
    """Return the format parameters for csv.reader: the delimiter, and how quotation marks are escaped."""
    first_line, text = _first_line(file)
    if declared := DELIMITER_LINE.fullmatch(first_line):
        delimiter = declared[1]
    else:
        delimiter = max(DELIMITERS, key=lambda candidate: _likeness(_split(first_line, candidate)))
    doubled = re.search(rf'[^{re.escape(delimiter)}\n]""', text.replace('\\"', ""))
    if '\\"' in text and not doubled:
        return {"delimiter": delimiter, "escapechar": "\\", "doublequote": False}
    return {"delimiter": delimiter}


def _header(file: SourceFile) -> list[str]:
    first_line, text = _first_line(file)
    if DELIMITER_LINE.fullmatch(first_line):
        first_line = text.split("\n", 2)[1] if "\n" in text else ""
    return _split(first_line, dialect(file)["delimiter"])


def _first_line(file: SourceFile) -> tuple[str, str]:
    """Return the first line of a file, and the text of its first 64 KB; "" if it is not text."""
    text = (head_text(file) or "").replace("\r\n", "\n")
    return text.partition("\n")[0], text


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _likeness(names: list[str]) -> tuple[int, int]:
    return len(find_fields(tuple(names))), len(names)
