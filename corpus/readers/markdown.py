"""Markdown, with the article's fields in its front matter (YAML or TOML), or the headline as its first heading.

---
title: Harbour Wall Holds
date: 2014-02-17
author: Ann Lee
link: https://example.org/2014/02/wall
---
The harbour wall held …
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from corpus.article import Span
from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, SourceFile
from corpus.readers.field_names import FRONT_MATTER_NAMES
from corpus.readers.front_matter import BEGINS, ENDS, front_matter, has_json_or_lines
from corpus.readers.record_values import EMPTY, is_boolean
from corpus.text.authors import byline
from corpus.text.boilerplate import is_date_line, is_prose
from corpus.text.decoding import decode
from corpus.text.html import Body, html_body
from corpus.text.site_generator_codes import without_markdown_codes
from corpus.text.urls import canonical_url

TEXT_EXTENSIONS = (".txt", ".text")
HEADLINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*#[ \t]+\S[^\n]{0,300}\n\s*\n")
SURE_MARKUP = re.compile(r"(?m)^##{1,5} \S|\[[^\[\]\n]{1,300}\]\(https?://|\*\*[^\s*][^\n*]{0,300}\*\*")
HEADING_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#{1,6}[ \t]+\S|[^\n]{1,300}\n(?:={3,}|-{3,})[ \t]*\r?\n)")
# Markup that plain text seldom has: a heading, a link or picture, bold text, a quotation, a code block, list items.
MARKUP = re.compile(
    rb"^#{1,6}[ \t]+\S|\[[^\[\]\n]{0,300}\]\([^()\s]{1,500}|\[\^[^\[\]\s]{1,60}\]"
    rb"|(?:\*\*|__)[^\s*_][^\n*_]{0,300}(?:\*\*|__)"
    rb"|^[ \t]{0,3}> \S|^(?:```|~~~)|(?:^[ \t]{0,3}(?:[*+-]|\d{1,3}\.)[ \t]+\S[^\n]*\r?\n(?:\r?\n)?){2}",
    re.MULTILINE,
)
MAX_HEADLINE_CHARACTERS, MAX_STATED_CHARACTERS = 120, 400
SENTENCE_ENDS = re.compile(r"[.!?:;…,。！？：][\"'”’»)\]*_]*$")
# What YAML writes for no value, and what programs do.
NO_VALUE = EMPTY | {"~"}
EXTENSIONS = (".md", ".markdown")


class MarkdownReader:
    """Reads one article from a Markdown file."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise front matter, and a file with the extension of Markdown that contains its markup."""
        if BEGINS.match(file.head):
            return bool(ENDS.search(file.head))
        if not _is_markdown(file):
            return False
        return bool(HEADING_BEGINS.match(file.head) or MARKUP.search(file.head)) or has_json_or_lines(
            file.head.decode(errors="replace").replace("\r\n", "\n")
        )

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        text = decode(file.data, file.charset).replace("\r\n", "\n").replace("\r", "\n")
        written, markdown = front_matter(text, is_markdown=_is_markdown(file))
        fields, traces = written_fields(written)
        body = html_body(markdown_html(without_markdown_codes(markdown)))
        if "title" not in fields and body.headings[:1] and body.headings[0].start == 0:
            fields["title"], traces["title"] = body.text[: body.headings[0].end], "the first heading"
        headline = "" if written else _headline_line(text)
        if "title" not in fields and headline and body.text.startswith(f"{headline}\n"):
            fields["title"], traces["title"] = headline, "the first line"
            body = _without_first(body, len(headline))
        if "title" not in fields:
            fields["title"], traces["title"] = PurePosixPath(file.place).stem, "the file's name"
        body = _without_title(body, fields["title"])
        for field, value, where, length in _stated_below(body, fields):
            fields[field], traces[field] = value, where
            body = _without_first(body, length) if length else body
        yield build_article(
            file,
            RawFields(
                title=fields["title"],
                url=fields.get("url"),
                source=fields.get("source"),
                author=fields.get("author"),
                published=fields.get("published"),
                language=fields.get("language"),
                traces=tuple(traces.items()),
            ),
            body,
        )


def _is_markdown(file: SourceFile) -> bool:
    return file.place.lower().endswith(EXTENSIONS) or _is_marked_text(file)


def _is_marked_text(file: SourceFile) -> bool:
    """Recognise Markdown in a text file: a headline, other markup below it, and prose."""
    if not file.place.lower().endswith(TEXT_EXTENSIONS) or not HEADLINE.match(file.head):
        return False
    text = file.head.decode(errors="replace").replace("\r\n", "\n")
    return SURE_MARKUP.search(text) is not None and any(map(is_prose, text.split("\n")[:200]))


def written_fields(written: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the article's fields, and where each was found."""
    fields: dict[str, str] = {}
    traces: dict[str, str] = {}
    for field, names in FRONT_MATTER_NAMES.items():
        for name in names.split():
            value = _line(written.get(name))
            if value in NO_VALUE or (field == "published" and is_boolean(value)):
                continue
            if (canonical_url(value) is not None) == (field == "url"):
                fields[field], traces[field] = value, f"front matter {name}"
                break
    return fields, traces


def _line(value: Any) -> str:
    """Put a value on one line: the items of a list, and the name of a record."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_line, value))) if len(value) <= 50 else ""
    if isinstance(value, Mapping):
        return _line(value.get("name"))
    return "" if value is None else str(value).strip()


def markdown_html(text: str) -> str:
    """Render Markdown as HTML; raises Unreadable."""
    from markdown_it import MarkdownIt

    try:
        html: str = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    except (RecursionError, ValueError) as error:
        raise Unreadable("Markdown that cannot be made out") from error
    return html


class Stated(NamedTuple):
    """A field that a line below the headline states, and the length of the line; 0 if it states another field too."""

    field: str
    value: str
    where: str
    length: int


def _stated_below(body: Body, fields: Mapping[str, str]) -> Iterator[Stated]:
    """Yield the author and the date in the lines below the headline, if the front matter has none."""
    first_heading = body.headings[0].start if body.headings else len(body.text)
    start = 0
    for line in body.text[:MAX_STATED_CHARACTERS].split("\n\n")[:-1][:2]:
        if start >= first_heading:
            return
        found = byline(line, fields.get("language")) if "author" not in fields else None
        if found and found.author:
            if found.published and "published" not in fields:
                yield Stated("published", found.published, "the byline", 0)
            yield Stated("author", found.author, "the byline", len(line))
        elif "published" not in fields and is_date_line(line):
            yield Stated("published", line, "the line of the date", len(line))
        else:
            return
        start += len(line) + 2


def _without_title(body: Body, title: str) -> Body:
    """Remove the headline from the top of the text if the text repeats it."""
    if not body.headings or body.headings[0] != (0, len(title)) or not body.text.startswith(title):
        return body
    return _without_first(body._replace(headings=body.headings[1:]), len(title))


def _without_first(body: Body, length: int) -> Body:
    """Remove the first paragraph, which has `length` characters, and the blank line below it."""
    cut = length + 2
    return Body(body.text[cut:], tuple(Span(start - cut, end - cut) for start, end in body.headings), body.left_out)


def _headline_line(text: str) -> str:
    """Return the first line of a text without front matter if it looks like a headline: short, and no sentence."""
    line, _, rest = text.lstrip("\ufeff \n").partition("\n")
    line = line.strip()
    is_headline = rest.startswith("\n") and len(line) <= MAX_HEADLINE_CHARACTERS and not SENTENCE_ENDS.search(line)
    return line if is_headline else ""
