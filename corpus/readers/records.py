"""Builds articles from records with named fields: rows of a table, JSON objects."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unreadable
from corpus.publication import check_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.field_names import find_fields, has_article_fields, missing_fields_error
from corpus.readers.xml_stream import MAX_BROKEN_IN_A_ROW
from corpus.text.html import field_body
from corpus.text.opening import opening_words

# If so many records come first that lack the field of a headline or of a text, the file has no articles.
MAX_UNFIT = 100
# The smallest numbers that are read as times, in seconds and in milliseconds since 1970: both mean 1973.
MIN_SECONDS, MIN_MILLISECONDS = 100_000_000, 100_000_000_000
NESTED = ("metadata", "meta", "_source", "fields")


class Record(NamedTuple):
    """Named values and the record's name in messages; `problem` says why it cannot be read."""

    label: str
    values: Mapping[str, object]
    problem: str = ""


def read_records(file: SourceFile, records: Iterable[Record]) -> Iterator[Reading | Skipped]:
    """Yield an article for each record; raises Unreadable if no record has the fields of an article."""
    keys, pending, names, unfit, fit = ArticleKeys(), list[Skipped](), dict[str, None](), 0, False
    for record in _until_too_many_broken(records):
        reading = _read(file, record, keys)
        fit = fit or (not record.problem and has_article_fields(_flat(record.values)))
        if not fit and isinstance(reading, Skipped):
            pending.append(reading)
            names |= dict.fromkeys(record.values)
            unfit += not record.problem
            if unfit >= MAX_UNFIT:
                break
            continue
        yield from pending
        pending.clear()
        yield reading
    if unfit and not fit:
        raise missing_fields_error(names)
    yield from pending


def _until_too_many_broken(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records until too many in a row are broken."""
    broken_in_a_row = 0
    for record in records:
        broken_in_a_row = broken_in_a_row + 1 if record.problem else 0
        if broken_in_a_row > MAX_BROKEN_IN_A_ROW:
            yield record._replace(problem=f"after {MAX_BROKEN_IN_A_ROW:,} broken ones in a row no more are read")
            return
        yield record


def _read(file: SourceFile, record: Record, keys: ArticleKeys) -> Reading | Skipped:
    where = f"{file.where}: {record.label}"
    if record.problem:
        return Skipped(where, record.problem)
    values = _flat(record.values) | _embedded_author(record.values)
    names = find_fields(tuple(values))
    try:
        check_published(values)
        if not {"title", "text"} <= names.keys():
            raise missing_fields_error(values)
        texts = {field: _field_text(field, values[name]) for field, name in names.items()}
        body, traces = (
            field_body(texts["text"] or ""),
            {field: f"field {name}" for field, name in names.items() if texts[field]},
        )
        if not (texts["title"] or "").strip():
            # Many sets of questions contain passages without headlines.
            texts["title"], traces["title"] = opening_words(body.text), "the text's first words"
        return build_article(
            file,
            RawFields(
                title=texts["title"],
                url=texts.get("url"),
                source=texts.get("source"),
                author=texts.get("author"),
                published=texts.get("published"),
                language=texts.get("language"),
                traces=tuple([(field, trace) for field, trace in traces.items() if field != "id"]),
            ),
            body,
            key=keys.key(texts.get("id"), texts.get("url"), texts["title"], texts.get("published")),
            label=record.label,
        )
    except Unreadable as error:
        return Skipped.because(error, where)


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    """Lift the values of nested objects like "metadata" to the top, unless a value of that name is already there."""
    flat: dict[str, object] = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    for name, nested in values.items():
        if isinstance(nested, Mapping):
            if name.casefold() in NESTED:
                for inner, value in nested.items():
                    flat.setdefault(str(inner), value)
            else:
                flat.setdefault(name, nested)
    return flat


def _embedded_author(values: Mapping[str, object]) -> dict[str, object]:
    """Return the author that WordPress's REST output embeds beside the number of a user."""
    if not _is_number(values.get("author")):
        return {}
    for name in ("_embedded", "yoast_head_json"):
        nested = values.get(name)
        if isinstance(nested, Mapping) and nested.get("author"):
            return {"author": nested["author"]}
    return {}


def _field_text(field: str, value: object) -> str | None:
    if value is None or isinstance(value, bool) or (field == "author" and _is_number(value)):
        return None
    if isinstance(value, str):
        return _day(int(value)) if field == "published" and value.isdecimal() and len(value) in (10, 13) else value
    if isinstance(value, int | float):
        return _day(value) if field == "published" else str(value)
    if isinstance(value, Mapping):
        return next(
            (_field_text(field, value[name]) for name in ("name", "title", "rendered", "$date") if name in value), None
        )
    if isinstance(value, Iterable):
        return ("\n\n" if field == "text" else ", ").join(filter(None, (_field_text(field, item) for item in value)))
    return None


def _is_number(value: object) -> bool:
    """Tell whether an author is only the number of a user, as in WordPress's REST output."""
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal())


def _day(number: float) -> str:
    """Return the day of a time in seconds or milliseconds since 1970; any other number unchanged."""
    seconds = number / 1000 if number >= MIN_MILLISECONDS else number
    if number < MIN_SECONDS:
        return str(number)
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return str(number)
