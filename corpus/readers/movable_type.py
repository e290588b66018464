"""Movable Type and TypePad exports: the published entries, without their comments and pings.

AUTHOR: Anna Lindqvist
TITLE: Wall holds
STATUS: Publish
DATE: 02/17/2014 10:00:00 AM
-----
BODY:
<p>The harbour wall …</p>
-----
COMMENT:
…
--------
"""

import re
from collections.abc import Iterator

from corpus.build import ArticleKeys, RawFields
from corpus.errors import Unreadable
from corpus.publication_status import not_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.feed import plain_text
from corpus.readers.text_export import Part, build_part, split_lines
from corpus.text.decoding import head_text
from corpus.text.html import Body, field_body

ENTRY_ENDS = "--------"
SECTION_ENDS = "-----"
NAMES = (
    r"AUTHOR|TITLE|BASENAME|STATUS|ALLOW COMMENTS|ALLOW PINGS|CONVERT BREAKS|PRIMARY CATEGORY|CATEGORY|DATE|TAGS"
    r"|NO ENTRY|UNIQUE URL|URL|PASSWORD|IMAGE|EMAIL|IP"
)
FIELD = re.compile(rf"({NAMES}):[ \t]*(.*)")
# The first lines of a file, and the line that begins its first text.
BEGINNING = re.compile(rf"\s*(?:{NAMES}):")
FIRST_BODY = re.compile(r"(?m)^-----\r?\n(?:BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):\s*$")
SECTION = re.compile(r"(BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):\s*")
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b")
PUBLISHED = ("publish", "published")


class MovableTypeReader:
    """Reads the published entries of an export."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a file that begins with an entry's fields, and has a section below them."""
        text = head_text(file) or ""
        return bool(BEGINNING.match(text)) and bool(FIRST_BODY.search(text))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield each published entry, and the others as Skipped; raises Unreadable if there is none."""
        keys, any_entry = ArticleKeys(), False
        for part in split_lines(file, ends=lambda line: line.rstrip() == ENTRY_ENDS):
            any_entry, where = True, f"{file.where}: {part.label}"
            if part.problem:
                yield Skipped(where, part.problem)
                continue
            fields, body = _parsed(part)
            status = fields.get("STATUS", "").strip()
            if status and status.casefold() not in PUBLISHED:
                yield Skipped(where, not_published(status), unpublished=True)
            elif fields.get("PASSWORD"):
                yield Skipped(where, "behind a password", unpublished=True)
            else:
                yield _reading(file, part, fields, body, keys)
        if not any_entry:
            raise Unreadable("an export of Movable Type with no entries in it")


def _parsed(part: Part) -> tuple[dict[str, str], Body]:
    """Return an entry's fields, and the text of its excerpt, its body and its extended body."""
    fields: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    section: str | None = ""
    for line in part.lines:
        if line in (SECTION_ENDS, ENTRY_ENDS):
            section = None
        elif section is None:
            begins = SECTION.fullmatch(line)
            section = begins[1] if begins else None
            if begins is None and line.strip():
                section = "lost"  # a line of dashes in the text, which ends no section
                texts.setdefault(_last(texts), []).append(line)
        elif section == "":
            if field := FIELD.fullmatch(line):
                fields.setdefault(field[1], field[2].strip())
        elif section == "lost":
            texts.setdefault(_last(texts), []).append(line)
        else:
            texts.setdefault(section, []).append(line)
    excerpt, body, more = ("\n".join(texts.get(name, ())).strip() for name in ("EXCERPT", "BODY", "EXTENDED BODY"))
    text = "\n\n".join(filter(None, (body, more)))
    whole = field_body(_converted(text, fields.get("CONVERT BREAKS", "")))
    if excerpt and (standfirst := field_body(excerpt).text) and standfirst.rstrip(". …[]") not in whole.text:
        return fields, field_body(f"{_converted(excerpt, '')}\n\n{_converted(text, fields.get('CONVERT BREAKS', ''))}")
    return fields, whole


def _last(texts: dict[str, list[str]]) -> str:
    return next(reversed(texts), "BODY")


def _converted(text: str, breaks: str) -> str:
    """Render text in Markdown, as the entry says; the others are HTML, or lines."""
    if breaks.startswith("markdown"):
        from corpus.readers.markdown import markdown_html

        return markdown_html(text)
    return text


def _reading(file: SourceFile, part: Part, fields: dict[str, str], body: Body, keys: ArticleKeys) -> Reading | Skipped:
    published = fields.get("DATE", "")
    if numbers := MONTH_FIRST.match(published):
        # The format puts the month first.
        month, day, year = numbers.groups()
        day, month = (month, day) if int(month) > 12 else (day, month)
        published = f"{year}-{month:0>2}-{day:0>2}"
    url = fields.get("UNIQUE URL") or fields.get("URL")
    raw = RawFields(
        title=plain_text(fields.get("TITLE", "")),
        url=url,
        author=fields.get("AUTHOR"),
        published=published,
        traces=tuple(
            (name, trace)
            for name, trace, value in (
                ("title", "TITLE", fields.get("TITLE")),
                ("url", "UNIQUE URL" if fields.get("UNIQUE URL") else "URL", url),
                ("author", "AUTHOR", fields.get("AUTHOR")),
                ("published", "DATE", published),
            )
            if value
        ),
    )
    # Two entries of different months may have the same basename.
    own_id = f"{fields['BASENAME']} {published}" if fields.get("BASENAME") and not url else None
    return build_part(file, part, raw, body, keys, own_id)
