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
from corpus.publication import check_head
from corpus.reader_types import Reading, SourceFile
from corpus.text.authors import BYLINE_WORDS, byline
from corpus.text.boilerplate import is_date_line
from corpus.text.cleaning import repair_text
from corpus.text.decoding import decode
from corpus.text.html import Body
from corpus.text.language import detect_language
from corpus.text.urls import canonical_url

MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<rss|<feed|%PDF-)|From: <Saved by |MIME-Version: ", re.IGNORECASE)
BYLINE = re.compile(r"On (.{6,40}) by (.+)")
# A date in numbers in a byline, which may be impossible (31/02/2014).
NUMERIC_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
LINK = re.compile(r"(?:(?:URL|Link|Source): *)?(https?://\S+)", re.IGNORECASE)
CONTACT = re.compile(r"To contact the (reporter|editor)s? (?:on|responsible for) this story: (.+)")
CONTACT_NAME = re.compile(r"(?:^|;|,? and )\s*([^;]+?)(?: in [^;]+?)? at\b[^;]*")
COMMENT_FORM = re.compile(r"Leave a (?:Reply|Comment)")
HEADER_LINES = 5
MAX_TITLE_CHARACTERS = 300
MAX_HEADING_CHARACTERS = 80
# Lines that an editor or a mail program wrapped end before this column; a longer line is a paragraph.
WRAP_COLUMN = 100
# Scripts without spaces have none where an editor broke a line. If every line of a block ends a sentence, it is not
# wrapped.
WIDE = "\u3001-\u303f\u3041-\u30ff\u3400-\u9fff\uff01-\uff60"
BREAK = re.compile(f"(?<=[{WIDE}])\n(?=[{WIDE}])")
ENDS_WIDE = re.compile(r"[。！？][”’」』）]*$")
ENDS_A_SENTENCE = re.compile(r"[.!?…:;,。！？：；，][\"'”’»)\]]*$")
STARTS_AN_ITEM = re.compile(r"[-*•–—]|\d+[.)]\s")


class TextReader:
    """Reads one article from a plain text file."""

    def takes(self, file: SourceFile) -> bool:
        """Accept any file that does not begin like another format."""
        return not MARKUP.match(file.head[:200])

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        text = repair_text(decode(file.data, file.charset))
        check_head(text)
        lines = [line.strip() for line in text.split("\n")]
        if not any(lines):
            raise Unreadable("an empty file")
        title, lines = _take_title(lines, file.place)
        author, lines = _take_byline(lines, text)
        source, published, url, lines = _take_header(lines)
        reporter, lines = _take_boilerplate(lines)
        body = _join(list(_paragraphs(lines)))
        yield build_article(
            file, RawFields(title=title, url=url, source=source, author=author or reporter, published=published), body
        )


def _take_title(lines: list[str], place: str) -> tuple[str, list[str]]:
    first = next(index for index, line in enumerate(lines) if line)
    if len(lines[first]) > MAX_TITLE_CHARACTERS:
        return PurePosixPath(place).stem, lines
    return lines[first], lines[first + 1 :]


def _take_byline(lines: list[str], text: str) -> tuple[str | None, list[str]]:
    """Remove the line that only names the author, among the short lines under the headline; return the names."""
    seen = 0
    for index, line in enumerate(lines):
        seen += bool(line)
        if seen > HEADER_LINES or len(line) > WRAP_COLUMN:
            break
        foreign = line.partition(" ")[0].casefold() in BYLINE_WORDS.values()
        if found := byline(line, detect_language(text) if foreign else None):
            # Its date stays in the place of the line, to be read as one of its own.
            return found.author, [*lines[:index], *filter(None, [found.published]), *lines[index + 1 :]]
        if ENDS_A_SENTENCE.search(line):
            break
    return None, lines


def _take_header(lines: list[str]) -> tuple[str | None, str | None, str | None, list[str]]:
    """Remove the byline and the link from the first lines; return source, date, link, and the other lines."""
    source, published, url, rest, seen = None, None, None, [], 0
    for line in lines:
        seen += bool(line)
        if seen > HEADER_LINES:
            rest.append(line)
        elif source is None and (dated := BYLINE.fullmatch(line)) and _is_dated(dated[1]):
            published, source = dated.groups()
        elif url is None and (link := LINK.fullmatch(line)) and canonical_url(link[1]):
            url = link[1]
        elif published is None and is_date_line(line):
            published = line
        else:
            rest.append(line)
    return source, published, url, rest


def _is_dated(text: str) -> bool:
    return bool(NUMERIC_DATE.fullmatch(text)) or is_date_line(text)


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


def _paragraphs(lines: list[str]) -> Iterator[str]:
    block: list[str] = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
        elif block:
            if max(map(len, block)) <= WRAP_COLUMN and not all(map(ENDS_WIDE.search, block)):
                yield BREAK.sub("", "\n".join(block)).replace("\n", " ")
            else:
                yield from block
            block = []


def _join(paragraphs: list[str]) -> Body:
    headings, position = [], 0
    for number, paragraph in enumerate(paragraphs, start=1):
        if number < len(paragraphs) and _is_heading(paragraph):
            headings.append(Span(position, position + len(paragraph)))
        position += len(paragraph) + 2
    return Body("\n\n".join(paragraphs), tuple(headings))


def _is_heading(paragraph: str) -> bool:
    return (
        len(paragraph) <= MAX_HEADING_CHARACTERS
        and not ENDS_A_SENTENCE.search(paragraph)
        and not STARTS_AN_ITEM.match(paragraph)
    )
