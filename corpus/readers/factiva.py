"""Text exports of Factiva: many articles, with a code in front of each field, or with the fields in a fixed order.

HD  Wall holds in the storm              Wall holds in the storm
BY  By Anna Lindqvist                    By Anna Lindqvist
WC  210 words                            210 words
PD  17 February 2014                     17 February 2014
SN  The Coast                            The Coast
LP  The harbour wall …                   COAST
TD  Mayor Bo Ekman …                     English
AN  Document COAST00020140217ea2h00001   Copyright 2014 The Coast Ltd
                                         The harbour wall …
                                         Document COAST00020140217ea2h00001
"""

import re
from collections.abc import Iterator

from corpus.build import ArticleKeys, RawFields
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.text_export import Part, build_part, split_lines
from corpus.text.authors import byline
from corpus.text.dates import parse_date
from corpus.text.decoding import head_text
from corpus.text.html import Body, field_body

NAMES = r"(HD|BY|CR|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|LP|TD|CT|RF|ART|CX|CO|IN|NS|RE|IPC|IPD|PUB|AN|CLM|SE|DLN|DE)"
# Two spaces or a tab follow a code, so that "IN" in a text is no code. Some exports have only one space, everywhere.
CODE = re.compile(NAMES + r"(?:[ ]{2,}|[ ]*\t[ ]*|[ ]*$)(.*)")
NARROW_CODE = re.compile(NAMES + r"(?:[ \t]+|$)(.*)")
NARROW_FIRST = re.compile(r"(?m)^HD \S")
# The codes that begin an article; which of them is first differs.
FIRST_CODES = ("SE", "CLM", "HD")
TELLING_CODES = frozenset(("HD", "WC", "PD", "SN", "LP", "TD", "AN"))
# After the text, only these end it: "IN" and "RE" may be words of a text in capitals.
AFTER_TEXT = ("CT", "RF", "ART", "CX", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "TD", "LP")
DOCUMENT = re.compile(r"(?:AN[ \t]+)?\s*Document\s+([A-Za-z]\w{3,20}\d{8}\w{4,20})\s*")
WORDS_LINE = re.compile(r"[\d,. ]{1,10} (?:words|mots|Wörter|palabras|parole|palavras|woorden)\s*", re.IGNORECASE)
BY = re.compile(r"(?:by|von|par|por|door)[ \t]+", re.IGNORECASE)
COPYRIGHT = re.compile(r"\s*(?:(?:©|\(c\)|copyright)\b.{0,200}|.{0,60}all rights reserved\.?\s*)", re.IGNORECASE)
MAX_HEADER_LINES = 40
MAX_SECTION_CHARACTERS = 24


class FactivaReader:
    """Reads each document of an export."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the codes of headline, words, date and source, or the count of words above a document's number."""
        text = (head_text(file) or "").replace("\r", "")
        lines, pattern = text.split("\n"), _pattern(text)
        codes = [code[1] for line in lines[:400] if (code := pattern.match(line))]
        if codes and codes[0] in FIRST_CODES and len(TELLING_CODES.intersection(codes)) >= 4:
            return True
        header = lines[:MAX_HEADER_LINES]
        return any(map(WORDS_LINE.fullmatch, header)) and any(map(DOCUMENT.fullmatch, lines))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield the article of each document; raises Unreadable if there is none."""
        pattern = _pattern(head_text(file) or "")
        keys, any_article, splitter = ArticleKeys(), False, _Splitter(pattern)
        for part in split_lines(file, begins=splitter.begins, ends=splitter.ends):
            if part.problem:
                yield Skipped(f"{file.where}: {part.label}", part.problem)
                continue
            coded = any((code := pattern.match(line)) and code[1] == "HD" for line in part.lines)
            values, body = _coded(part, pattern) if coded else _plain(part)
            if values:
                any_article = True
                yield _reading(file, part, values, body, keys)
        if not any_article:
            raise Unreadable("an export of Factiva with no articles in it: export the full articles as text")


def _pattern(text: str) -> re.Pattern[str]:
    return NARROW_CODE if NARROW_FIRST.search(text) else CODE


class _Splitter:
    """Recognises the first and the last line of a document."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._seen: set[str] = set()

    def begins(self, line: str) -> bool:
        code = self._pattern.match(line)
        if code is None or code[1] not in FIRST_CODES:
            if code:
                self._seen.add(code[1])
            return False
        is_new = "HD" in self._seen and bool({"LP", "TD", "AN"} & self._seen or code[1] == "HD")
        self._seen = {code[1]} if is_new else self._seen | {code[1]}
        return is_new

    def ends(self, line: str) -> bool:
        if DOCUMENT.fullmatch(line) is None:
            return False
        self._seen = set()
        return True


def _coded(part: Part, pattern: re.Pattern[str]) -> tuple[dict[str, str], Body]:
    values: dict[str, list[str]] = {}
    code, in_text = "", False
    for line in part.lines:
        match = pattern.match(line)
        if match and (not in_text or match[1] in AFTER_TEXT):
            code, in_text = match[1], match[1] in ("LP", "TD")
            if in_text and code in values:
                values[code].append("")
            values.setdefault(code, []).append(match[2])
        elif code:
            # Continued lines are indented to the column of the values.
            values[code].append(line.strip())
        elif (document := DOCUMENT.fullmatch(line)) is not None:
            values["AN"] = [document[1]]
    text = [*values.pop("LP", []), "", *values.pop("TD", [])]
    lines = {name: " ".join(" ".join(value).split()) for name, value in values.items()}
    document = DOCUMENT.search("\n".join(part.lines[-3:]))
    if document:
        lines["AN"] = document[1]
    return lines, field_body("\n".join(text))


def _plain(part: Part) -> tuple[dict[str, str], Body]:
    """Read a document without codes: headline, author, count of words, date, source, language, copyright, text."""
    lines = [line.strip() for line in part.lines]
    words_at = next((at for at, line in enumerate(lines[:MAX_HEADER_LINES]) if WORDS_LINE.fullmatch(line)), None)
    if words_at is None:
        return {}, Body("")
    values: dict[str, str] = {}
    above = [line for line in lines[:words_at] if line]
    if (above and BY.match(above[-1]) and len(above) > 1) or (len(above) > 1 and byline(f"By {above[-1]}")):
        values["BY"] = above.pop()
    if len(above) > 1 and len(above[0]) <= MAX_SECTION_CHARACTERS and not above[1][0].islower():
        del above[0]  # the section, above the headline
    values["HD"] = " ".join(above)
    at = words_at + 1
    header: list[str] = []
    # The header ends with its copyright, and without one at the next blank line.
    while at < len(lines) and len(header) < 12:
        line = lines[at]
        at += 1
        if COPYRIGHT.fullmatch(line):
            while at < len(lines) and lines[at] and len(lines[at]) < 60 and COPYRIGHT.fullmatch(lines[at]):
                at += 1
            break
        if line:
            header.append(line)
        elif header:
            break
    for line in header:
        if "PD" not in values and parse_date(line) is not None:
            values["PD"] = line
        elif "PD" in values and "SN" not in values and ":" not in line:
            values["SN"] = line
    body = lines[at:]
    if (document := next((match for line in reversed(body) if (match := DOCUMENT.fullmatch(line))), None)) is not None:
        values["AN"] = document[1]
    return values, field_body("\n".join(line for line in body if not DOCUMENT.fullmatch(line)))


def _reading(file: SourceFile, part: Part, values: dict[str, str], body: Body, keys: ArticleKeys) -> Reading | Skipped:
    author = BY.sub("", values.get("BY", ""), count=1)
    fields = RawFields(
        title=values.get("HD"),
        source=values.get("SN"),
        author=author or None,
        published=values.get("PD"),
        traces=tuple(
            (name, f"code {code}")
            for name, code in (("title", "HD"), ("source", "SN"), ("author", "BY"), ("published", "PD"))
            if values.get(code)
        ),
    )
    return build_part(file, part, fields, body, keys, values.get("AN"))
