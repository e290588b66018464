"""A question as a user writes it, parsed into a Query: the words to search for, the filters and the order.

The filters are terms inside the question: `since:`, `until:`, `source:` and `author:`. The order is the term `sort:`.
Anything else is words, also these terms where they are words of a sentence (retrieval/answer/filter_terms.py).
"""

import re
import unicodedata
from calendar import monthrange
from contextlib import suppress
from datetime import date
from itertools import chain

from retrieval.answer.calendar_periods import Period, unit_of
from retrieval.answer.filter_terms import (
    AFTER,
    DOUBLE,
    KEY,
    LETTER_OR_DIGIT,
    NEWEST,
    OTHER_KEY,
    OTHER_KEYS,
    SINGLE,
    TERM,
    filter_terms,
)
from retrieval.errors import EmptyQuestion, InvalidFilter, QuestionError, QuestionTooLong
from retrieval.text.analysis import NARROW, PAIRED, TRIPLED
from retrieval.text.write_day import written_day
from retrieval.types import Filters, Query

WITHOUT_WIDTH = re.compile("[\u00ad\u200b\u2060\ufeff]")
LETTER = re.compile(r"[^\W\d_]")
# A number of so many digits, such as a year, and one character of Chinese may be all that a question has.
LONG_NUMBER_OR_CHARACTER = re.compile(rf"\d{{3}}|[{''.join(PAIRED + TRIPLED)}]")
DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


def check_question(question: str, max_characters: int) -> str:
    """Return the question on one line, without control characters; raises EmptyQuestion or QuestionTooLong."""
    if len(question) > max_characters:
        raise QuestionTooLong(
            "That question has {length:,} characters; {most:,} is the most. Ask it in fewer words.",
            length=len(question),
            most=max_characters,
        )
    line = on_one_line(question)
    if not _has_word(line):
        raise EmptyQuestion("There is nothing to search for in that question. Ask in words, such as: Who met Kerry?")
    return line


def _has_word(text: str) -> bool:
    """Tell whether a text has a word, such as "met", "U.S." and "5G": a letter alone, and "4", are in any article."""
    return LONG_NUMBER_OR_CHARACTER.search(text) is not None or any(
        LETTER.search(part) and len(LETTER_OR_DIGIT.findall(part)) > 1 for part in text.split()
    )


def on_one_line(text: str) -> str:
    """Return a text with one space for each run of spaces, line ends and control characters.

    Soft hyphens and spaces without a width are dropped, as they are in articles. Full-width letters and digits, which
    Chinese and Japanese keyboards type, become the usual ones.
    """
    text = WITHOUT_WIDTH.sub("", text).translate(NARROW)
    visible = "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
    return " ".join(visible.split())


def parse_query(question: str, *, unknown_names: bool = False) -> Query:
    """Parse a question, as `check_question` returns it, into words, filters and order.

    With `unknown_names`, the archive does not know the names in the question: then names that may be words of a
    sentence are words. Raises EmptyQuestion if it has filters but no words, and InvalidFilter.
    """
    values: dict[str, str] = {}
    words: list[str] = []
    end = 0
    for term in filter_terms(question, unknown_names=unknown_names):
        words.append(question[end : term.start()])
        end = term.end()
        key, value = term["key"].lower(), _value(term)
        if values.setdefault(key, value).casefold() != value.casefold():
            raise InvalidFilter(
                "{key}: is there twice, with “{first}” and with “{second}”. Keep one of them.",
                key=key,
                first=values[key],
                second=value,
            )
    text = " ".join(" ".join([*words, question[end:]]).split())
    if other := OTHER_KEY.search(text):
        key = other["key"].lower()
        raise InvalidFilter(
            "There is no filter {key}: here. Write {example}, for example.", key=key, example=_example(OTHER_KEYS[key])
        )
    if not _has_word(text):
        raise EmptyQuestion(
            "There is nothing to search for in that question, only where to search. Ask in words too, such as: "
            "Who met Kerry? since:2014-02"
        )
    order = values.pop("sort", None)
    if order is not None and order.casefold() != NEWEST:
        raise InvalidFilter(
            "There is no order “{order}”. Write {example}, or nothing for the best first.",
            order=order,
            example=_example("sort"),
        )
    return Query(text, parse_filters(**values), newest=order is not None)


def _value(term: re.Match[str]) -> str:
    """Return the value of a key without its quotation marks; raises InvalidFilter if it has none."""
    key, bare = term["key"].lower(), term["bare"]
    if bare and bare[0] in DOUBLE + SINGLE:
        raise InvalidFilter(
            "The quotation mark after {key}: is not closed. Write {example}, for example.",
            key=key,
            example=_example(key),
        )
    value = " ".join((bare.rstrip(AFTER) if bare else term["double"] or term["single"] or "").split())
    if not value:
        raise InvalidFilter(
            "There is nothing right after {key}: where a value belongs, as in {example}.",
            key=key,
            example=_example(key),
        )
    return value


def _example(key: str) -> str:
    examples = {"source": 'source:"The Guardian"', "author": 'author:"Ann Lee"', "sort": f"sort:{NEWEST}"}
    return examples.get(key, f"{key}:2014-02")


def parse_filters(
    since: str | None = None, until: str | None = None, source: str | None = None, author: str | None = None
) -> Filters:
    """Return the filters that a user wrote; raises InvalidFilter."""
    return _possible(
        Filters(
            since=None if since is None else _days("since", since)[0],
            until=None if until is None else _days("until", until)[1],
            source=None if source is None else _name("source", source),
            author=None if author is None else _name("author", author),
        )
    )


def _days(key: str, text: str) -> tuple[date, date]:
    """Return the first and the last day of a year, a month or a day; its digits may be full-width."""
    plain = unicodedata.normalize("NFKC", text)
    numbers = [int(part) for part in plain.split("-")] if DAY.fullmatch(plain) else []
    with suppress(ValueError):
        match numbers:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, monthrange(year, month)[1])
            case [year, month, day]:
                return date(year, month, day), date(year, month, day)
    raise InvalidFilter(
        "{key} “{text}”: there is no such date. Write a year, a month or a day, as in 2014, 2014-02 and 2014-02-17.",
        key=key,
        text=on_one_line(text),
    )


def _name(key: str, text: str) -> str:
    name = on_one_line(text)
    if not LETTER_OR_DIGIT.search(name):
        raise InvalidFilter(
            "{key} “{text}”: there is no name in that. Write one, as in {example}.",
            key=key,
            text=name,
            example=_example(key),
        )
    return name


def _possible(filters: Filters) -> Filters:
    if filters.since and filters.until and filters.since > filters.until:
        raise InvalidFilter(
            "No day is both since {since} and until {until}. Exchange the two, or leave one out.",
            since=filters.since,
            until=filters.until,
        )
    return filters


def add_filters(query: Query, filters: Filters, *, newest: bool) -> Query:
    """Add filters and order to a query; its own win. Raises InvalidFilter if they exclude each other."""
    own = query.filters
    merged = Filters(
        since=own.since or filters.since,
        until=own.until or filters.until,
        source=own.source or filters.source,
        author=own.author or filters.author,
        added_after=filters.added_after,
    )
    return Query(query.text, _possible(merged), query.newest or newest)


def describe_query(query: Query) -> str:
    """Describe a query for a user, on one line."""
    filters = query.filters
    labels = {"since ": filters.since, "until ": filters.until, "source: ": filters.source, "author: ": filters.author}
    described = (f"{label}{value}" for label, value in labels.items() if value is not None)
    return " · ".join(chain([query.text], described, ["newest first"] if query.newest else []))


def describe_filters(query: Query) -> str:
    """Describe the filters and the order of a query for a user, on one line: "from March 2014, by Dana Ruiz"."""
    filters = query.filters
    parts = [
        f"in {filters.source}" if filters.source else "",
        f"by {filters.author}" if filters.author else "",
        _describe_days(filters.since, filters.until),
        "newest first" if query.newest else "",
    ]
    return ", ".join(filter(None, parts))


def _describe_days(since: date | None, until: date | None) -> str:
    if since and until:
        match unit_of(Period(since, until)):
            case "year":
                return f"from {since.year}"
            case "month":
                return f"from {since:%B %Y}"
            case "day":
                return f"on {written_day(since)}"
            case _:
                return f"from {written_day(since)} to {written_day(until)}"
    return f"since {written_day(since)}" if since else f"until {written_day(until)}" if until else ""


def as_question(query: Query) -> str:
    """Return the question, on one line, that `parse_query` parses into this query."""
    filters = query.filters
    days = (f"{key}:{day}" for key, day in (("since", filters.since), ("until", filters.until)) if day)
    names = (_quoted(key, name) for key, name in (("source", filters.source), ("author", filters.author)) if name)
    terms = [*days, *filter(None, names), *([f"sort:{NEWEST}"] if query.newest else [])]
    written = " ".join([query.text, *terms])
    if not re.search("[:：]", query.text) or _is_parsed_into(query, written):
        return written
    # The words would be taken for a filter. A space in place of the colon makes them words again.
    return " ".join([OTHER_KEY.sub(r"\g<key> ", KEY.sub(r"\g<key> ", query.text)), *terms])


def _is_parsed_into(query: Query, question: str) -> bool:
    try:
        return parse_query(question) == query
    except QuestionError:
        return False


def _quoted(key: str, text: str) -> str:
    """Return a filter by name, quoted with marks that the name does not contain, or without the name's double marks."""
    name = on_one_line(text)
    if not LETTER_OR_DIGIT.search(name):
        return ""
    for quoted in (f'{key}:"{name}"', f"{key}:'{name}'"):
        term = TERM.match(quoted)
        if term and term.end() == len(quoted) and name in (term["double"], term["single"]):
            return quoted
    return f'{key}:"{" ".join(re.sub(f"[{DOUBLE}]", " ", name).split())}"'
