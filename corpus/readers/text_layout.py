"""The lines of plain text: headline, header, and paragraphs that an editor, a mail program or a printer wrapped."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from corpus.readers.wrapped_lines import ENDS_A_SENTENCE, begins_with_prose, is_full, separate
from corpus.text.authors import BYLINE_WORDS, ROLE, byline
from corpus.text.boilerplate import is_date_line, is_prose
from corpus.text.language import detect_language
from corpus.text.line_joining import SeenWords, continued, is_divided
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
# A headline that ends in such a word goes on in the next line.
GOES_ON = re.compile(
    r"(?:,|(?<!\w)(?:the|a|an|of|to|for|and|or|but|with|by|from|his|her|their|its|as|der|die|das|den|dem|und|von|für|mit|le"
    r"|la|les|du|des|et|un|une|el|los|las|del|y|e|con|il|lo|gli|per|di|het|een|en|van|voor|och|og|av|af))$",
    re.IGNORECASE,
)
# A label in front of the headline, if labels follow it: "Title: Wall holds", "Source: The Coast".
TITLE_LABEL = re.compile(
    r"(?:title|headline|titel|überschrift|titre|título|titolo|kop|tytuł|заголовок|标题|標題|题目|題名)\s*[:：]\s*",
    re.IGNORECASE,
)
OTHER_LABEL = re.compile(
    r"(?:by|author|byline|date|published|source|publication|url|link|autor|datum|quelle|auteur|date de publication"
    r"|fuente|fecha|autore|data|fonte|bron|автор|дата|источник|作者|日期|来源|來源)\s*[:：]",
    re.IGNORECASE,
)
BYLINE_LABEL = re.compile(r"(?:byline|written by|reporter)\s*[:：]\s*(?:by\s+)?", re.IGNORECASE)
TEXT_LABEL = re.compile(
    r"(?:text|body|content|article|full text|inhalt|texte|contenu|texto|contenido|testo|tekst|текст|正文|内容"
    r"|本文)\s*[:：]\s*",
    re.IGNORECASE,
)
SOURCE_LABEL = re.compile(
    r"(?:source|publication|newspaper|quelle|zeitung|journal|fuente|fonte|bron|źródło|источник|来源|來源)\s*[:：]\s*(\S.{0,79})",
    re.IGNORECASE,
)
# "Time: 7 p.m." beside a date: the date is that of an event.
EVENT_LABEL = re.compile(
    r"(?:time|place|where|venue|location|zeit|uhrzeit|ort|heure|lieu|hora|lugar|ora|luogo|tijd|plaats)\s*[:：]",
    re.IGNORECASE,
)
LABEL = re.compile(r"\w+\s*[:：]")
PAGE_NUMBER = re.compile(r"[-–—]\s?\d{1,4}\s?[-–—]|[Pp]age \d{1,4}(?: of \d{1,4})?")
# A paragraph that breaks off has at least so many characters, and no mark at its end but a comma.
MIN_BROKEN_CHARACTERS = 40
BREAKS_OFF = re.compile(r"[\w,]$")
# A divided word lies in so many characters at the end of a line.
END = 60
ENDS_LOUDLY = re.compile(r"[!?！？][\"'”’»)\]」』]*$")
SENTENCE_INSIDE = re.compile(r"[^\W\d_]{3}[.!?][\"'”’»)]*\s|[。！？].")
# "The pier opens today." is a sentence; headlines have no full stop, or words in capitals: "The Great Fire."
SHORT_SENTENCE, MIN_SMALL_WORDS = re.compile(r"[A-ZÀ-ÖØ-Þ][^.!?]*[^\W\d_]{3}\.[\"'”’»)]?"), 3
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
    if is_date_line(lines[first]) and (below := next(filter(None, lines[first + 1 :]), "")) and not is_date_line(below):
        # The date is above the headline. The header's lines are looked for below it.
        title, rest = take_title(lines[first + 1 :], seen)
        return title, [lines[first], *rest]
    end = next((index for index in range(first, len(lines)) if not lines[index]), len(lines))
    line = lines[first]
    if len(line) > MAX_TITLE_CHARACTERS or _is_prose(line):
        return "", lines
    if begins_with_prose(lines[first:end]) and _header_line(Header(), lines[first + 1], lines) is None:
        return "", lines
    if (label := TITLE_LABEL.match(line)) and _labels(lines[first + 1 :]):
        return line[label.end() :], _without_text_label(lines[first + 1 :])
    following = lines[first + 1] if end - first > 1 else ""
    goes_on = following[:1].islower() or (
        following and (is_divided(line) or (end - first <= 3 and GOES_ON.search(line) is not None))
    )
    if goes_on and _header_line(Header(), following, lines) is None and not ENDS_A_SENTENCE.search(line):
        whole = _joined(lines[first:end], seen)
        if _is_prose(whole) or len(whole) > MAX_TITLE_CHARACTERS:
            return "", lines
        return whole, lines[end:]
    return line, lines[first + 1 :]


def _without_text_label(lines: list[str]) -> list[str]:
    """Remove the label in front of the text of labelled fields."""
    at = next((at for at, line in enumerate(lines[: 4 * HEADER_LINES]) if TEXT_LABEL.match(line)), None)
    return lines if at is None else [*lines[:at], "", TEXT_LABEL.sub("", lines[at], count=1), *lines[at + 1 :]]


def _labels(lines: list[str]) -> int:
    """Return how many of the first lines are labelled as an article's fields."""
    return sum(OTHER_LABEL.match(line) is not None for line in lines[: 2 * HEADER_LINES])


def _is_prose(line: str) -> bool:
    """Tell whether a line is a paragraph; a single question or exclamation may be a headline."""
    if SHORT_SENTENCE.fullmatch(line) and sum(word[:1].islower() for word in line.split()) >= MIN_SMALL_WORDS:
        return True
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
    if header.source is None and (match := SOURCE_LABEL.fullmatch(line)) and not has_begun and _labels(lines) > 1:
        return header._replace(source=match[1])
    if header.published is None and is_date_line(line):
        if LABEL.match(line) and any(map(EVENT_LABEL.match, lines[: 2 * HEADER_LINES])):
            return None
        return header._replace(published=line)
    if header.author and not has_begun and ROLE.fullmatch(line):  # "Staff Writer" under a byline
        return header
    if header.author is None and not has_begun and not ENDS_A_SENTENCE.search(line):
        foreign = line.partition(" ")[0].casefold() in BYLINE_WORDS.values()
        language = detect_language("\n".join(lines[:200])) if foreign else None
        if found := byline(line, language):
            return header._replace(author=found.author, published=header.published or found.published)
        match = DATE_AND_BYLINE.fullmatch(line)
        if match and header.published is None and is_date_line(match[1]) and (found := byline(match[2], language)):
            return header._replace(author=found.author, published=match[1])
        if match and header.published is None and is_date_line(match[2]) and (found := byline(f"By {match[1]}")):
            return header._replace(author=found.author, published=match[2])
        match = BYLINE_LABEL.match(line)
        if match and _labels(lines) > 1 and (found := byline(f"By {line[match.end() :]}")):
            return header._replace(author=found.author, published=header.published or found.published)
    return None


def _is_dated(text: str) -> bool:
    return bool(NUMERIC_DATE.fullmatch(text)) or is_date_line(text)


def paragraphs(lines: list[str], seen: SeenWords) -> Iterator[str]:
    """Yield the paragraphs: blocks between empty lines if they are wrapped, else lines."""
    pieces: list[str] = []
    page_number = ""
    for part in _parts(lines, seen):
        # The break of a page divides a word or a paragraph, perhaps with the number of the page.
        if pieces and part[0].islower() and (is_divided(pieces[-1]) or _breaks_off(pieces)):
            _extend(pieces, part, seen)
            page_number = ""
            continue
        if page_number:
            yield "".join(pieces)
            pieces = [page_number]
            page_number = ""
        if pieces and PAGE_NUMBER.fullmatch(part) and (is_divided(pieces[-1]) or _breaks_off(pieces)):
            page_number = part
            continue
        if pieces:
            yield "".join(pieces)
        pieces = [part]
    if pieces:
        yield "".join(pieces)
    if page_number:
        yield page_number


def _breaks_off(pieces: list[str]) -> bool:
    return BREAKS_OFF.search(pieces[-1]) is not None and sum(map(len, pieces)) >= MIN_BROKEN_CHARACTERS


def _parts(lines: list[str], seen: SeenWords) -> Iterator[str]:
    blocks = list(_blocks(lines))
    width = _wrap_width(blocks)
    for block in blocks:
        if _is_wrapped(block, width):
            yield from (_joined(paragraph, seen) for paragraph in separate(block))
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
    filled = sum(is_full(line, following, width) for line, following in pairs)
    return width if ended <= MAX_ENDED_SHARE * len(pairs) and filled >= MIN_FILLED_SHARE * len(pairs) else 0


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
