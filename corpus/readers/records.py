"""Builds articles from records with named fields: rows of a table, JSON objects."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unreadable
from corpus.publication_status import check_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.day_month_order import ColumnOrders
from corpus.readers.field_names import has_article_fields, missing_fields_error
from corpus.readers.html import extract_article
from corpus.readers.markdown import markdown_html
from corpus.readers.record_fields import WHOLE_PAGE, Choice, choose_fields, date_texts, flat
from corpus.readers.xml_stream import MAX_BROKEN_IN_A_ROW
from corpus.text.first_words import opening_words
from corpus.text.html import Body, field_body, html_body
from corpus.text.site_generator_codes import without_markdown_codes

# If so many records come first that lack the field of a headline or of a text, the file has no articles.
MAX_UNFIT = 100
# The trace of a text that is Markdown: "field body_markdown".
MARKDOWN_FIELD = re.compile(r"field (?:\w+[ _.-]?)?(?:markdown|md)$", re.IGNORECASE)


class Record(NamedTuple):
    """Named values and the record's name in messages; `problem` says why it cannot be read."""

    label: str
    values: Mapping[str, object]
    problem: str = ""


def read_records(file: SourceFile, records: Callable[[], Iterable[Record]]) -> Iterator[Reading | Skipped]:
    """Yield an article for each record; raises Unreadable if no record has the fields of an article.

    `records` reads the file from its beginning. It is called again if the whole file must decide whether 3/4/2014 is
    the 3rd of April.
    """
    keys, pending, names, unfit, fit = ArticleKeys(), list[Skipped](), dict[str, None](), 0, False
    orders = ColumnOrders(lambda: (date_texts(flat(record.values)) for record in _until_too_many_broken(records())))
    for record in _until_too_many_broken(records()):
        reading = _read(file, record, keys, orders)
        fit = fit or (not record.problem and has_article_fields(flat(record.values)))
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


def _read(file: SourceFile, record: Record, keys: ArticleKeys, orders: ColumnOrders) -> Reading | Skipped:
    where = f"{file.where}: {record.label}"
    if record.problem:
        return Skipped(where, record.problem)
    values = flat(record.values) | _embedded_author(record.values)
    try:
        check_published(values)
        if not has_article_fields(values):
            raise missing_fields_error(values)
        fields = choose_fields(values, orders, file.options.day_first)
        texts = {field: choice.text for field, choice in fields.items()}
        traces = {field: f"field {choice.name}" for field, choice in fields.items()}
        body = _body(texts, traces)
        if "title" not in texts:
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
            key=keys.key(texts.get("id"), texts.get("url"), texts["title"], _written_date(fields)),
            label=record.label,
        )
    except Unreadable as error:
        return Skipped.because(error, where)


def _body(texts: dict[str, str], traces: dict[str, str]) -> Body:
    """Return the body; of a text that is a whole page the article is extracted, with the fields that are missing."""
    text = texts.get("text", "")
    if MARKDOWN_FIELD.match(traces.get("text", "")):
        return html_body(markdown_html(without_markdown_codes(text)))
    if not WHOLE_PAGE.match(text):
        return field_body(text)
    page = extract_article(text, texts.get("url"))
    for field, found in page.found_fields.items():
        if field not in texts:
            texts[field], traces[field] = found.text, found.where
    return page.body


def _written_date(fields: Mapping[str, Choice]) -> str | None:
    published = fields.get("published")
    return (published.written or published.text) if published else None


def _embedded_author(values: Mapping[str, object]) -> dict[str, object]:
    """Return the author that WordPress's REST output embeds beside the number of a user."""
    author = values.get("author")
    if not (isinstance(author, int | float) or (isinstance(author, str) and author.strip().isdecimal())):
        return {}
    for name in ("_embedded", "yoast_head_json"):
        nested = values.get(name)
        if isinstance(nested, Mapping) and nested.get("author"):
            return {"author": nested["author"]}
    return {}
