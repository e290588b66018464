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
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from corpus.article import Span
from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.publication import check_published
from corpus.reader_types import HEAD_BYTES, Reading, SourceFile
from corpus.readers.field_names import FRONT_MATTER_NAMES
from corpus.text.decoding import decode
from corpus.text.html import Body, html_body
from corpus.text.markdown_codes import without_markdown_codes
from corpus.text.urls import canonical_url

FRONT_MATTER_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[\"']?[\w -]{1,40}[\"']?[ \t]*:(?:[ \t]|\r?\n)"
    rb"|\+\+\+[ \t]*\r?\n)"
)
HEADING_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#{1,6}[ \t]+\S|[^\n]{1,300}\n(?:={3,}|-{3,})[ \t]*\r?\n)")
# Markup that plain text seldom has: a heading, a link or picture, bold text, a quotation, a code block, list items.
MARKUP = re.compile(
    rb"^#{1,6}[ \t]+\S|\[[^\[\]\n]{0,300}\]\([^()\s]{1,500}|\[\^[^\[\]\s]{1,60}\]"
    rb"|(?:\*\*|__)[^\s*_][^\n*_]{0,300}(?:\*\*|__)"
    rb"|^[ \t]{0,3}> \S|^(?:```|~~~)|(?:^[ \t]{0,3}(?:[*+-]|\d{1,3}\.)[ \t]+\S[^\n]*\r?\n(?:\r?\n)?){2}",
    re.MULTILINE,
)
FRONT_MATTER_ENDS = re.compile(rb"\n(?:---|\.\.\.|\+\+\+)[ \t]*(?:\r?\n|$)")
FRONT_MATTER = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# PyYAML examines every open bracket again for each character.
MAX_BRACKETS = 500
MAX_HEADLINE_CHARACTERS = 120
SENTENCE_ENDS = re.compile(r"[.!?:;…,。！？：][\"'”’»)\]*_]*$")
EXTENSIONS = (".md", ".markdown")


class MarkdownReader:
    """Reads one article from a Markdown file."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise front matter, and a file with the extension of Markdown that contains its markup."""
        if FRONT_MATTER_BEGINS.match(file.head):
            return bool(FRONT_MATTER_ENDS.search(file.head))
        if not file.place.lower().endswith(EXTENSIONS):
            return False
        return bool(HEADING_BEGINS.match(file.head) or MARKUP.search(file.head))

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        text = decode(file.data, file.charset).replace("\r\n", "\n").replace("\r", "\n")
        fields, traces, markdown = _fields(text)
        body = html_body(markdown_html(without_markdown_codes(markdown)))
        if "title" not in fields and body.headings[:1] and body.headings[0].start == 0:
            fields["title"], traces["title"] = body.text[: body.headings[0].end], "the first heading"
        if "title" not in fields and (headline := _headline_line(text)) and body.text.startswith(f"{headline}\n"):
            fields["title"], traces["title"] = headline, "the first line"
            body = _without_first(body, len(headline))
        if "title" not in fields:
            fields["title"], traces["title"] = PurePosixPath(file.place).stem, "the file's name"
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
            _without_title(body, fields["title"]),
        )


def _fields(text: str) -> tuple[dict[str, str], dict[str, str], str]:
    """Split off the front matter; return its fields, their traces, and the text below it."""
    front_matter = FRONT_MATTER.match(text[:HEAD_BYTES])
    if front_matter is None:
        return {}, {}, text
    written = {
        str(name).strip().lower().replace("-", "_"): value
        for name, value in (_yaml(front_matter[2]) if front_matter[1] == "---" else _toml(front_matter[2])).items()
    }
    check_published(written)
    fields: dict[str, str] = {}
    traces: dict[str, str] = {}
    for field, names in FRONT_MATTER_NAMES.items():
        for name in names.split():
            value = _line(written.get(name))
            if value and (canonical_url(value) is not None) == (field == "url"):
                fields[field], traces[field] = value, f"front matter {name}"
                break
    return fields, traces, text[front_matter.end() :]


def _line(value: Any) -> str:
    """Put a value on one line: the items of a list, and the name of a record."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_line, value))) if len(value) <= 50 else ""
    if isinstance(value, Mapping):
        return _line(value.get("name"))
    return "" if value is None else str(value).strip()


def _yaml(text: str) -> Mapping[Any, Any]:
    import yaml

    if text.count("[") + text.count("{") > MAX_BRACKETS:
        raise Unreadable("front matter with more brackets than fields need")
    try:
        # Nested aliases can expand to gigabytes, and front matter has no use for them.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise Unreadable("front matter with an alias (*) in it")
        # BaseLoader leaves every value a string: 1984 may be a title, and 2014-02-30 is no error.
        values = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes strings, lists and mappings only)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"front matter that is not valid YAML{_line_of(error)}") from error
    if not isinstance(values, Mapping):
        raise Unreadable("front matter without fields")
    return values


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("front matter that is not valid TOML") from error


def _line_of(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 2})" if mark else ""


def markdown_html(text: str) -> str:
    """Render Markdown as HTML; raises Unreadable."""
    from markdown_it import MarkdownIt

    try:
        html: str = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    except (RecursionError, ValueError) as error:
        raise Unreadable("Markdown that cannot be made out") from error
    return html


def _without_title(body: Body, title: str) -> Body:
    """Remove the headline from the top of the text if the text repeats it."""
    if not body.headings or body.headings[0] != (0, len(title)) or not body.text.startswith(title):
        return body
    return _without_first(body._replace(headings=body.headings[1:]), len(title))


def _without_first(body: Body, length: int) -> Body:
    """Remove the first paragraph, which has `length` characters, and the blank line below it."""
    cut = length + 2
    return Body(body.text[cut:], tuple(Span(start - cut, end - cut) for start, end in body.headings))


def _headline_line(text: str) -> str:
    """Return the first line of a text without front matter if it looks like a headline: short, and no sentence."""
    line, _, rest = text.lstrip("\ufeff \n").partition("\n")
    line = line.strip()
    is_headline = rest.startswith("\n") and len(line) <= MAX_HEADLINE_CHARACTERS and not SENTENCE_ENDS.search(line)
    return line if is_headline else ""
