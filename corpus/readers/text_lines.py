"""The lines of plain text: headline, header, and paragraphs that an editor, a mail program or a printer wrapped."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from corpus.text.authors import BYLINE_WORDS, byline
from corpus.text.boilerplate import is_date_line, is_prose
from corpus.text.language import detect_language
from corpus.text.line_breaks import SeenWords, continued, is_divided
from corpus.text.urls import canonical_url

SITE_BYLINE = re.compile(r"On (.{6,40}) by (.+)")
# A date in numbers in a byline, which may be impossible (31/02/2014).
NUMERIC_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
LINK = re.compile(r"(?:(?:URL|Link|Source): *)?(https?://\S+)", re.IGNORECASE)
# "February 17, 2014 | By Anna Lindqvist"
DATE_AND_BYLINE = re.compile(r"(.{6,40}?)\s*[|｜•·–—]\s*(.+)")
HEADER_LINES = 5
MAX_TITLE_CHARACTERS = 300
# Lines that an editor or a mail program wrapped end before this column; longer ones if each is filled.
WRAP_COLUMN, MAX_WRAP_COLUMN = 100, 400
MIN_FILLED_SHARE, MAX_ENDED_SHARE = 0.8, 0.6
# A divided word lies in so many characters at the end of a line.
END = 60
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*$")
ENDS_LOUDLY = re.compile(r"[!?！？][\"'”’»)\]」』]*$")
SENTENCE_INSIDE = re.compile(r"[^\W\d_]{3}[.!?][\"'”’»)]*\s|[。！？].")
# If every line of a block in a script without spaces ends a sentence, it is not wrapped.
ENDS_WIDE = re.compile(r"[。！？][”’」』）]*$")


class Header(NamedTuple):
    """What the lines below the headline state."""

    source: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None


def take_title(lines: list[str], seen: SeenWords) -> tuple[str, list[str]]:
    """Return the headline, and the lines after it; "" and all lines if the text begins with prose."""
    first = next(index for index, line in enumerate(lines) if line)
    end = next((index for index in range(first, len(lines)) if not lines[index]), len(lines))
    line = lines[first]
    if len(line) > MAX_TITLE_CHARACTERS or _is_prose(line):
        return "", lines
    following = lines[first + 1] if end - first > 1 else ""
    goes_on = following[:1].islower() or (following and is_divided(line))
    if goes_on and _header_line(Header(), following, lines) is None and not ENDS_A_SENTENCE.search(line):
        whole = _joined(lines[first:end], seen)
        if _is_prose(whole) or len(whole) > MAX_TITLE_CHARACTERS:
            return "", lines
        return whole, lines[end:]
    return line, lines[first + 1 :]


def _is_prose(line: str) -> bool:
    """Tell whether a line is a paragraph; a single question or exclamation may be a headline."""
    return is_prose(line) and (not ENDS_LOUDLY.search(line) or SENTENCE_INSIDE.search(line) is not None)


def take_header(lines: list[str]) -> tuple[Header, list[str]]:
    """Remove the byline, the date and the link from the first lines; return what they state, and the other lines."""
    header, rest, seen, has_begun = Header(), list[str](), 0, False
    for line in lines:
        seen += bool(line)
        found = _header_line(header, line, lines, has_begun=has_begun) if line and seen <= HEADER_LINES else None
        if found is None:
            rest.append(line)
            has_begun = has_begun or len(line) > WRAP_COLUMN or ENDS_A_SENTENCE.search(line) is not None
        else:
            header = found
    return header, rest


def _header_line(header: Header, line: str, lines: list[str], *, has_begun: bool = False) -> Header | None:
    """Return the header with what a line states; None if it is text. After prose, no byline is looked for."""
    if header.source is None and (match := SITE_BYLINE.fullmatch(line)) and _is_dated(match[1]):
        return header._replace(published=match[1], source=match[2])
    if header.url is None and (match := LINK.fullmatch(line)) and canonical_url(match[1]):
        return header._replace(url=match[1])
    if header.published is None and is_date_line(line):
        return header._replace(published=line)
    if header.author is None and not has_begun and not ENDS_A_SENTENCE.search(line):
        foreign = line.partition(" ")[0].casefold() in BYLINE_WORDS.values()
        language = detect_language("\n".join(lines[:200])) if foreign else None
        if found := byline(line, language):
            return header._replace(author=found.author, published=header.published or found.published)
        match = DATE_AND_BYLINE.fullmatch(line)
        if match and header.published is None and is_date_line(match[1]) and (found := byline(match[2], language)):
            return header._replace(author=found.author, published=match[1])
    return None


def _is_dated(text: str) -> bool:
    return bool(NUMERIC_DATE.fullmatch(text)) or is_date_line(text)


def paragraphs(lines: list[str], seen: SeenWords) -> Iterator[str]:
    """Yield the paragraphs: blocks between empty lines if they are wrapped, else lines."""
    pieces: list[str] = []
    for part in _parts(lines, seen):
        # A page break divides a word.
        if pieces and part[0].islower() and is_divided(pieces[-1]):
            _extend(pieces, part, seen)
            continue
        if pieces:
            yield "".join(pieces)
        pieces = [part]
    if pieces:
        yield "".join(pieces)


def _parts(lines: list[str], seen: SeenWords) -> Iterator[str]:
    blocks = list(_blocks(lines))
    width = _wrap_width(blocks)
    for block in blocks:
        if _is_wrapped(block, width):
            yield _joined(block, seen)
        else:
            yield from block


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Yield the lines between empty lines."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def _wrap_width(blocks: list[list[str]]) -> int:
    """Return the width at which long lines were wrapped; 0 if each long line is a paragraph.

    A wrapped line has no room for the first word of the next one, and seldom ends with a sentence.
    """
    long = [block for block in blocks if len(block) > 1 and max(map(len, block)) > WRAP_COLUMN]
    width = max((len(line) for block in long for line in block), default=0)
    pairs = [pair for block in long for pair in pairwise(block)]
    if not pairs or width > MAX_WRAP_COLUMN:
        return 0
    ended = sum(ENDS_A_SENTENCE.search(line) is not None for line, _ in pairs)
    filled = sum(_is_filled(line, following, width) for line, following in pairs)
    return width if ended <= MAX_ENDED_SHARE * len(pairs) and filled >= MIN_FILLED_SHARE * len(pairs) else 0


def _is_filled(line: str, following: str, width: int) -> bool:
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width or is_divided(line)


def _is_wrapped(block: list[str], width: int) -> bool:
    longest = max(map(len, block))
    if longest <= WRAP_COLUMN:
        return not all(map(ENDS_WIDE.search, block))
    return longest <= width


def _joined(block: list[str], seen: SeenWords) -> str:
    pieces = [block[0]]
    for line in block[1:]:
        _extend(pieces, line, seen)
    return "".join(pieces)


def _extend(pieces: list[str], line: str, seen: SeenWords) -> None:
    """Append a line to the pieces of a paragraph; only the end of the last one is copied."""
    last = pieces.pop()
    pieces += [last[:-END], continued(last[-END:], line, seen)]
