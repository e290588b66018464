"""Plain text: a headline, perhaps a byline and a link, then paragraphs and subheadings.

Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall      the headline: the first line
On 17/02/2014 by Site Default                                        date and source, or a line that is a date
By Anna Lindqvist                                                    the author, on a line of its own
https://example.org/2014/02/kerry                                    the link, on a line of its own
Chinese bloggers told …                                              paragraphs
Internet Freedom                                                     a subheading: short, and no full stop
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from corpus.article import Span
from corpus.build import RawFields, build_article
from corpus.errors import Unreadable
from corpus.publication_status import check_head
from corpus.reader_types import Reading, SourceFile
from corpus.readers.front_matter import fields_above
from corpus.readers.markdown import written_fields
from corpus.readers.text_layout import paragraphs, take_header, take_title
from corpus.readers.wrapped_lines import LABELLED, whole_lines
from corpus.text.cleaning import repair_text
from corpus.text.dateline import dateline
from corpus.text.decoding import decode
from corpus.text.first_words import opening_words
from corpus.text.html import Body
from corpus.text.line_joining import seen_words

MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<rss|<feed|%PDF-)|From: <Saved by |MIME-Version: ", re.IGNORECASE)
# A soft hyphen at a line end divides a word; elsewhere it is invisible.
SOFT_HYPHEN = re.compile(r"\u00ad[ \t]*(?:\r\n?|\n)[ \t]*")
CONTACT = re.compile(r"To contact the (reporter|editor)s? (?:on|responsible for) this story: (.+)")
CONTACT_NAME = re.compile(r"(?:^|;|,? and )\s*([^;]+?)(?: in [^;]+?)? at\b[^;]*")
COMMENT_FORM = re.compile(r"Leave a (?:Reply|Comment)")
MAX_HEADING_CHARACTERS = 80
ENDS_A_CLAUSE = re.compile(r"[.!?…:;,。！？：；，。।։።۔؟॥،؛][\"'”’»)\]」』]*$")
# Scripts that have no full stop: only a shorter line is a subheading.
WITHOUT_FULL_STOP = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u0f00-\u0fff]")
MAX_HEADING_WITHOUT_FULL_STOP = 30
# So many short lines after each other are a list.
MIN_LIST = 3
STARTS_AN_ITEM = re.compile(r"[-*•–—]|\d+[.)]\s")


class TextReader:
    """Reads one article from a plain text file."""

    def takes(self, file: SourceFile) -> bool:
        """Accept any file that does not begin like another format."""
        return not MARKUP.match(file.head[:200])

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        text = repair_text(SOFT_HYPHEN.sub("", decode(file.data, file.charset)))
        check_head(text)
        above = fields_above(text)
        fields, traces = written_fields(above.fields) if above else ({}, {})
        lines = [line.strip() for line in (above.text if above else text).split("\n")]
        if not any(lines):
            raise Unreadable("an empty file")
        seen = seen_words(text)
        title, lines = fields.get("title", ""), whole_lines(lines, seen)
        if not title:
            title, lines = take_title(lines, seen)
            traces |= {} if title else {"title": "the text's first words"}
        header, lines = take_header(lines)
        author, lines = _take_boilerplate(lines)
        body = _join(list(paragraphs(lines, seen)))
        if not body.text and title.endswith("."):
            body = Body(title)  # one line that is a sentence, and no headline
        yield build_article(
            file,
            RawFields(
                title=title or opening_words(body.text) or PurePosixPath(file.place).stem,
                url=fields.get("url") or header.url,
                source=fields.get("source") or header.source,
                author=fields.get("author") or header.author or author,
                published=fields.get("published") or header.published or dateline(body.text),
                language=fields.get("language"),
                traces=tuple(traces.items()),
            ),
            body,
        )


def _take_boilerplate(lines: list[str]) -> tuple[str | None, list[str]]:
    """Remove contact lines and the comment form; the reporters that a contact line names are the author."""
    author, rest = None, []
    for line in lines:
        if contact := CONTACT.fullmatch(line):
            if contact[1] == "reporter":
                author = ", ".join(CONTACT_NAME.findall(contact[2])) or contact[2]
        elif not COMMENT_FORM.fullmatch(line):
            rest.append(line)
    return author, rest


def _join(paragraphs: list[str]) -> Body:
    headings, position = [], 0
    short = [*map(_is_heading, paragraphs[:-1]), False]
    for number, paragraph in enumerate(paragraphs):
        if (
            short[number]
            and not _is_listed(short, number)
            and not _is_labelled(paragraphs, number)
            and not paragraphs[number + 1][0].islower()
        ):
            headings.append(Span(position, position + len(paragraph)))
        position += len(paragraph) + 2
    return Body("\n\n".join(paragraphs), tuple(headings))


def _is_listed(short: list[bool], number: int) -> bool:
    """Tell whether a short line is among so many that they are a list, not subheadings."""
    return any(
        all(short[first : first + MIN_LIST])
        for first in range(max(0, number - MIN_LIST + 1), number + 1)
        if first + MIN_LIST <= len(short)
    )


def _is_labelled(paragraphs: list[str], number: int) -> bool:
    """Tell whether a line begins with a label ("Place: Fenwick"), as the one above or below it does."""
    around = paragraphs[max(0, number - 1) : number + 2]
    return LABELLED.match(paragraphs[number]) is not None and sum(map(bool, map(LABELLED.match, around))) > 1


def _is_heading(paragraph: str) -> bool:
    is_without_full_stop = WITHOUT_FULL_STOP.search(paragraph) is not None
    return (
        len(paragraph) <= (MAX_HEADING_WITHOUT_FULL_STOP if is_without_full_stop else MAX_HEADING_CHARACTERS)
        and not ENDS_A_CLAUSE.search(paragraph)
        and not STARTS_AN_ITEM.match(paragraph)
    )
