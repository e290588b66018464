"""Text exports of Nexis (LexisNexis): many articles, each with labelled fields in front of its text and after it.

                     1 of 2 DOCUMENTS            Wall holds in the storm
                   The Coast (Fenwick)           The Coast (Fenwick)
                 February 17, 2014 Monday        February 17, 2014 Monday
Wall holds in the storm                          Copyright 2014 The Coast Ltd
BYLINE: Anna Lindqvist                           Section: NEWS; Pg. 3
LENGTH: 210 words                                Length: 210 words
The harbour wall …                               Body
LOAD-DATE: February 17, 2014                     The harbour wall …
                                                 Load-Date: February 17, 2014
The older form, and the newer one (Nexis Uni):   End of Document
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from corpus.build import ArticleKeys, RawFields
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.text_export import Part, build_part, split_lines
from corpus.text.dates import parse_date
from corpus.text.decoding import head_text
from corpus.text.html import Body, field_body

DOCUMENT = re.compile(r"\s*(?:Document\s+)?\d{1,6}\s+of\s+\d{1,6}(?:\s+DOCUMENTS?)?\s*", re.IGNORECASE)
OLD_FIRST = re.compile(
    r"\s*(?:Document\s+)?\d{1,6}\s+of\s+\d{1,6}\s+DOCUMENTS?\s*|\s*Document\s+\d{1,6}\s+of\s+\d{1,6}\s*"
)
END = re.compile(r"\s*End of Document\s*")
LOAD_DATE = re.compile(r"(?im)^\s*Load-Date:")
LENGTH = re.compile(r"(?im)^\s*Length:\s*[\d,.]+ words?\s*$")
BODY_LINE = re.compile(r"\s*BODY:?\s*", re.IGNORECASE)
FIELD = re.compile(
    r"\s*(BYLINE|SECTION|LENGTH|DATELINE|HIGHLIGHT|HEADLINE|BODY|GRAPHIC|LOAD-DATE|LANGUAGE|PUBLICATION-TYPE|DOCUMENT-TYPE"
    r"|JOURNAL-CODE|SUBJECT|COUNTRY|STATE|CITY|GEOGRAPHIC|COMPANY|PERSON|ORGANIZATION|TICKER|INDUSTRY|URL|CORRECTION"
    r"|CORRECTION-DATE|SERIES|TYPE|DISTRIBUTION|ACC-NO|ISSN|NOTES?|CATEGORY|EDITION|DATE|SOURCE|UPDATE|TRANSCRIPT|GUESTS?"
    r"|ANCHORS?|REPORTERS?|CONTACT|Classification|AUTOR(?:EN)?|RUBRIK|LÄNGE|SPRACHE|AUSGABE|ERSCHEINUNGSORT|QUELLE|ÜBERSCHRIFT"
    r"|AUTEURS?|RUBRIQUE|LONGUEUR|LANGUE|ENCART|DATE-CHARGEMENT|TYPE-PUBLICATION|AUTORES?|SECCIÓN|LONGITUD|IDIOMA"
    r"|SECTIE|LENGTE|TAAL|SAMENVATTING|LAAD-DATUM):[ \t]*(.*)",
    re.IGNORECASE,
)
# Fields whose value is on one line: the next line is something else.
ONE_LINE = frozenset(
    "LENGTH LOAD-DATE LANGUAGE PUBLICATION-TYPE DOCUMENT-TYPE JOURNAL-CODE ACC-NO ISSN URL DATE".split()
)
# The German, French, Spanish and Dutch names of the fields that are used.
ENGLISH = {
    **dict.fromkeys("AUTOR AUTOREN AUTEUR AUTEURS AUTORES".split(), "BYLINE"),
    **dict.fromkeys("RUBRIK RUBRIQUE SECCIÓN SECTIE".split(), "SECTION"),
    **dict.fromkeys("LÄNGE LONGUEUR LONGITUD LENGTE".split(), "LENGTH"),
    **dict.fromkeys("SPRACHE LANGUE IDIOMA TAAL".split(), "LANGUAGE"),
    **dict.fromkeys("ENCART SAMENVATTING".split(), "HIGHLIGHT"),
    "ÜBERSCHRIFT": "HEADLINE",
    "QUELLE": "SOURCE",
}
# The first of these ends the text. Everything below describes the article, or its pictures.
TRAILER = re.compile(
    r"\s*(?:(?:GRAPHIC|LOAD-DATE|PUBLICATION-TYPE|DOCUMENT-TYPE|JOURNAL-CODE|ACC-NO|LANGUAGE|SUBJECT|GEOGRAPHIC"
    r"|UPDATE|SPRACHE|LANGUE|IDIOMA|TAAL|DATE-CHARGEMENT|TYPE-PUBLICATION|LAAD-DATUM)\s*:.*"
    r"|Classification|End of Document|Graphic)\s*",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(
    r"\s*(?:(?:©|\(c\)|copyright)\s.{0,150}|(?:.{0,60}\s)?(?:all rights reserved"
    r"|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|alle rechten voorbehouden)\.?\s*)",
    re.IGNORECASE,
)
WEEKDAY_END = re.compile(
    r"[\s,]+(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
    r"|(?:lune|marte|mercole|giove|vener)dì|sabato|domenica|(?:maan|dins|woens|donder|vrij|zater|zon)dag"
    r"|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?)\b.*|\s+\d{1,2}:\d\d.*",
    re.IGNORECASE | re.DOTALL,
)
EDITION = re.compile(r".*\b(?:edition|final|ausgabe|édition)\b.*", re.IGNORECASE)
BY = re.compile(r"(?:by|von|par|por|door)\s+", re.IGNORECASE)
MAX_HEADER_LINES = 30
MAX_DATE_CHARACTERS = 60


class _Fields(NamedTuple):
    values: dict[str, str]
    title: str
    source: str
    published: str
    body: Body


class NexisReader:
    """Reads each document of an export."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the count of documents in the first line, or the fields of the newer form."""
        text = head_text(file) or ""
        first = next((line for line in text[:5_000].split("\n") if line.strip()), "")
        if OLD_FIRST.fullmatch(first.rstrip("\r")):
            return True
        lines = text.replace("\r", "").split("\n")
        is_new = any(map(BODY_LINE.fullmatch, lines)) and bool(LENGTH.search(text) or LOAD_DATE.search(text))
        return is_new and bool(LOAD_DATE.search(text) or any(map(END.fullmatch, lines)))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield the article of each document; raises Unreadable if there is none."""
        keys, any_article = ArticleKeys(), False
        for part in split_lines(file, begins=_begins, ends=lambda line: bool(END.fullmatch(line))):
            if part.problem:
                yield Skipped(f"{file.where}: {part.label}", part.problem)
            elif (fields := _parsed(part)) is not None:
                any_article = True
                yield _reading(file, part, fields, keys)
        if not any_article:
            raise Unreadable("an export of Nexis with no articles in it: export the full documents as text")


def _begins(line: str) -> bool:
    return len(line) < 200 and bool(OLD_FIRST.fullmatch(line))


def _reading(file: SourceFile, part: Part, fields: _Fields, keys: ArticleKeys) -> Reading | Skipped:
    author = BY.sub("", fields.values.get("BYLINE", ""), count=1)
    raw = RawFields(
        title=fields.title,
        url=fields.values.get("URL") or None,
        source=fields.source,
        author=author or None,
        published=fields.published,
        traces=tuple(
            (name, trace)
            for name, trace, value in (
                ("title", "HEADLINE" if "HEADLINE" in fields.values else "the line of the headline", fields.title),
                ("source", "the line above the date", fields.source),
                ("published", "the line of the date", fields.published),
                ("author", "BYLINE", author),
            )
            if value
        ),
    )
    return build_part(file, part, raw, fields.body, keys)


def _parsed(part: Part) -> _Fields | None:
    """Return the fields of a document; None for a part without any, such as the list of an export's documents."""
    begin = next((at for at, line in enumerate(part.lines) if line.strip() and not DOCUMENT.fullmatch(line)), 0)
    is_numbered, indented = begin > 0 and any(map(DOCUMENT.fullmatch, part.lines[:begin])), part.lines[begin:]
    lines = [line.strip() for line in indented]
    date_at = next((at for at, line in enumerate(lines[:MAX_HEADER_LINES]) if _date(line)), None)
    body_at = next((at for at, line in enumerate(lines) if BODY_LINE.fullmatch(line)), None)
    field_at = next((at for at, line in enumerate(lines) if FIELD.match(line)), None)
    if date_at is None and body_at is None and field_at is None:
        return None
    first_field = min(at for at in (field_at, body_at, len(lines)) if at is not None)
    if date_at is not None and date_at > first_field:
        date_at = None
    above = _written(lines[: date_at if date_at is not None else min(first_field, 1)])
    published = _date(lines[date_at]) if date_at is not None else ""
    # Below the date: its edition, up to the next blank line.
    at = (date_at + 1) if date_at is not None else len(above)
    while date_at is not None and at < first_field and lines[at]:
        if not EDITION.fullmatch(lines[at]) and not indented[at].startswith(" "):
            break
        at += 1
    is_new = len(above) >= 2 and body_at is not None and not is_numbered
    if is_new:
        # The headline stands above the source, often twice.
        title, source = " ".join(dict.fromkeys(above[:-1])), above[-1]
    else:
        source = above[0] if above else ""
        title, at = _headline(lines, at, first_field)
    values, text, at = _front(lines, at, body_at, is_new)
    published = published or values.get("DATE", "")
    body_lines = text + _body_lines(lines, at)
    if not body_lines and not title:
        return None
    title, source = values.get("HEADLINE") or title, source or values.get("SOURCE", "")
    return _Fields(values, title, source, published, field_body("\n".join(body_lines)))


def _written(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not COPYRIGHT.fullmatch(line) and not DOCUMENT.fullmatch(line)]


def _date(line: str) -> str:
    """Return the date of a line that is only a date, perhaps with a weekday and a time; "" for any other."""
    if len(line) > MAX_DATE_CHARACTERS or not re.search(r"\d{4}", line):
        return ""
    date = WEEKDAY_END.sub("", line.strip())
    return date if re.search(r"\d\W*$", date) and parse_date(date) is not None else ""


def _headline(lines: list[str], at: int, until: int) -> tuple[str, int]:
    """Return the first block of lines below the date, and the place below it."""
    while at < until and (not lines[at] or COPYRIGHT.fullmatch(lines[at]) or EDITION.fullmatch(lines[at])):
        at += 1
    title = []
    while at < until and lines[at]:
        title.append(lines[at])
        at += 1
    return " ".join(title), at


def _front(lines: list[str], at: int, body_at: int | None, is_new: bool) -> tuple[dict[str, str], list[str], int]:
    """Read the fields in front of the text; return them, the text that stands among them, and where the text begins.

    Between the headline and the fields of the older form may be a second headline, which is text.
    """
    values: dict[str, str] = {}
    text: list[str] = []
    name = ""
    while at < len(lines):
        line = lines[at]
        field = FIELD.match(line)
        if body_at == at:
            return values, text, at + 1
        if field and field[1].upper() == "BODY":
            return values, [*text, field[2]], at + 1
        if field and not (TRAILER.fullmatch(line) and field[1].upper() not in ("LANGUAGE",)):
            name = _name(field)
            values[name] = field[2].strip()
            if name in ("HIGHLIGHT", "CORRECTION"):
                text += ["", field[2]]
            name = "" if name in ONE_LINE and values[name] else name
        elif line and name:
            values[name] = f"{values[name]} {line}".strip()
            if name in ("HIGHLIGHT", "CORRECTION"):
                text.append(line)
        elif line and (is_new or COPYRIGHT.fullmatch(line)):
            pass
        elif line and (body_at is not None or _field_follows(lines, at)):
            text.append(line)  # a second line of the headline: it may be quoted
        elif line:
            return values, [*text, ""] if text else text, at
        elif name and values[name]:
            name = ""
            text += [""] if text else []
        at += 1
    return values, text, at


def _field_follows(lines: list[str], at: int) -> bool:
    """Tell whether a block of fields, such as BYLINE, follows the next blank line."""
    for line in lines[at : at + 12]:
        field = FIELD.match(line)
        if field and _name(field) in ("BYLINE", "SECTION", "LENGTH", "HEADLINE", "DATELINE", "HIGHLIGHT", "BODY"):
            return True
        if len(line) > 200:
            return False
    return False


def _name(field: re.Match[str]) -> str:
    return ENGLISH.get(field[1].upper(), field[1].upper())


def _body_lines(lines: list[str], at: int) -> list[str]:
    body = []
    for line in lines[at:]:
        if TRAILER.fullmatch(line):
            break
        body.append(line)
    while body and (not body[-1] or COPYRIGHT.fullmatch(body[-1]) or FIELD.match(body[-1])):
        body.pop()
    return body
