"""Recognises text that is no prose: program source, settings, logs, data, subtitles, calendars, keys.

Prose about such a text, or with an example of it, is prose: a format is recognised by how the file begins, or by most
of its lines.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from corpus.text.program_source import SENTENCE_END, WORDS, is_program_source, is_prose, prose_share, without_remarks

MAX_CHARACTERS = 65_536
MAX_LINES, MAX_LINE_CHARACTERS = 400, 2_000
PASTE = "save the text of the article as plain text"
EXPORT = "export the articles as JSON Lines or CSV"


def other_format(head: str, place: str = "") -> str | None:
    """Return the reason why a text that begins with `head` is no article, with the mend; None if it may be prose.

    `place` is the file's path: the extension of program source counts against a text that is no clear prose.
    """
    head = head[:MAX_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \t\n")
    lines = [line[:MAX_LINE_CHARACTERS] for line in head.split("\n")[:MAX_LINES]]
    written = [line for line in lines if line.strip()]
    if not written:
        return None
    for beginning, name, mend in BEGINNINGS:
        if beginning.match(head):
            return _refusal(name, mend)
    for is_format, name, mend in LINE_FORMATS:
        if is_format(written):
            return _refusal(name, mend)
    bare = without_remarks(written)
    for extension, name, mend in EXTENSIONS:
        if extension.search(place.lower()) and not is_prose(bare or written):
            return _refusal(name, mend)
    return None


def _refusal(name: str, mend: str) -> str:
    return f"{name}, no article: {mend}"


# How a file of the format begins. Each pattern is anchored, and reads a bounded number of characters.
_BEGINNINGS = (
    (r"WEBVTT(?:[ \t][^\n]*)?(?:\n|$)|\d{1,6}\n\d\d:\d\d:\d\d[,.]\d{3} --> |\d+:\d\d:\d\d\.\d{3},\d+:\d\d:\d\d\.\d{3}\n"
     r"|\[Script Info\]", "subtitles", PASTE),
    (r"BEGIN:VCALENDAR", "a calendar (iCalendar)", PASTE),
    (r"BEGIN:VCARD", "an address book (vCard)", "leave it out"),
    (r"(?:[^\n]{0,200}\n){0,5}-----BEGIN [A-Z0-9 ]{3,40}-----", "a key, a certificate or a PGP message",
     "leave it out, or save the text of the message as plain text"),
    (r"begin(?:-base64)? [0-7]{3} \S+\n", "an encoded file (uuencode)", "decode it first"),
    (r"#![ \t]*/", "a script", PASTE),
    (r"<\?(?:php\b|=)", "program source (PHP)", PASTE),
    (r"<(?:svg|plist|opml|gpx|kml|xsl:\w+|xs:schema|project|configuration|note|tt|smil)\b|<!(?:ENTITY|ELEMENT)\b",
     "XML that is no feed, no sitemap and no export", EXPORT),
    (r"<\?xml\b", "XML that is no feed, no sitemap and no export of a known program", EXPORT),
    (r"%!PS\b", "PostScript", "save it as PDF"),
    (r"diff --git |(?:Index: [^\n]{1,300}\n=+\n)?--- [^\n]{1,300}\n\+\+\+ [^\n]{1,300}\n@@ ", "a patch (diff)", PASTE),
    (r"Traceback \(most recent call last\):", "a log", PASTE),
    (r"HTTP/\d(?:\.\d)? [1-5]\d\d\b", "a saved HTTP response", "save the page itself as HTML"),
    (r"Windows Registry Editor|REGEDIT4", "settings of Windows", "leave it out"),
    (r"#EXTM3U|\[playlist\]", "a playlist", "leave it out"),
    (r"# (?:Netscape )?HTTP Cookie File\b", "a list of cookies", "leave it out"),
    (r"commit [0-9a-f]{40}\n(?:Merge: [^\n]{1,100}\n)?Author: ", "a log (git)", "leave it out"),
    (r"(?:\[(?:ti|ar|al|by|offset|length|re|ve):[^\]\n]{0,200}\]\s{0,5}){0,10}\[\d\d:\d\d\.\d\d\d?\]\S",
     "the lyrics of a song (LRC)", PASTE),
    (r"\{\d{1,7}\}\{\d{1,7}\}", "subtitles", PASTE),
    (r"filedesc://", "an ARC file, which is not read", "convert it to WARC, for example with `warcio recompress`"),
    (r"TY  - \w{2,6}\s*\n|%0 [A-Z][\w ]{2,40}\n%|PMID- ?\d|FN Clarivate|FN Thomson Reuters",
     "a list of references (RIS, EndNote, PubMed)", EXPORT),
    (r"(?:(?:%|@comment)[^\n]{0,500}\n|\s){0,3000}+@[A-Za-z]{3,20}\s{0,5}[{(]\s{0,5}[^\s,{}]{0,100}\s{0,5}(?:,|=)",
     "a list of references (BibTeX)", EXPORT),
    (r"(?:%[^\n]{0,500}\n|\s){0,3000}+\\(?:documentclass|documentstyle|usepackage|begin\{document\}|input\{|section\{"
     r"|chapter\{|newcommand|RequirePackage|ProvidesPackage)", "LaTeX source", "save it as PDF or as plain text"),
    (r"(?:#[^\n]{0,500}\n|\s){0,3000}+msg(?:ctxt|id)\s{0,5}\"", "a catalogue of translations (gettext)",
     "leave it out"),
    (r"(?:(?:--|#)[^\n]{0,500}\n|/\*(?:(?!\*/).){0,3000}\*/|\s){0,3000}+(?:\\(?:echo|connect|set|restrict)\b|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMPORARY\s+)?(?:TABLE|DATABASE|SCHEMA"
     r"|INDEX|VIEW|FUNCTION|UNIQUE\s+INDEX|EXTENSION|SEQUENCE)\s+(?:IF\s+NOT\s+EXISTS\s+)?[\w.`\"\[]+[^\n]{0,200}(?:\(|;)"
     r"|INSERT\s+(?:IGNORE\s+)?INTO\s+[\w.`\"\[\]]+\s*(?:\([^\n]{0,1000}\)\s*)?(?:VALUES|SELECT)\b"
     r"|DROP\s+(?:TABLE|DATABASE|VIEW)\s+(?:IF\s+EXISTS\s+)?[\w.`\"\[\]]+\s*;[ \t]*(?:\n|$)|(?:LOCK|UNLOCK)\s+TABLES\b"
     r"|ALTER\s+TABLE\s+[\w.`\"\[\]]+\s+(?:ADD|DROP|MODIFY|OWNER|ONLY)\b|PRAGMA\s+\w+\s*="
     r"|BEGIN(?:\s+TRANSACTION)?;[ \t]*(?:\n|$)"
     r"|START\s+TRANSACTION;|SET\s+(?:@?\w+\s*=|NAMES\s|SQL_MODE|statement_timeout)[^\n]{0,200};"
     r"|USE\s+`?\w+`?;[ \t]*(?:\n|$)|/\*!\d{5}"
     r"|COPY\s+[\w.\"]+\s*\([^\n]{0,1000}\)\s+FROM\s+stdin;"
     r"|SELECT\s[^\n]{1,300}\sFROM\s+[\w.`\"]+[^\n]{0,300};[ \t]*(?:\n|$))",
     "a database dump (SQL)", EXPORT),
    (r"-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|Adminer|SQLite|Dump)\b[^\n]{0,100}\n|--\n-- PostgreSQL database",
     "a database dump (SQL)", EXPORT),
    (r"(?:/\*(?:(?!\*/).){0,5000}\*/\s{0,20}|@(?:charset|import)\b[^;{}]{0,300};\s{0,20}){0,20}"
     r"(?:@(?:media|font-face|keyframes|supports|layer|page)\b[^;{}]{0,300}\{"
     r"|[^{};\n]{1,300}(?:,\n[^{};\n]{1,300}){0,20}\s{0,3}\{\s{0,20}(?:--)?[\w-]{1,40}\s{0,3}:[^;{}]{1,500}[;}])",
     "a style sheet (CSS)", PASTE),
)  # fmt: skip
BEGINNINGS = tuple((re.compile(pattern, re.DOTALL), name, mend) for pattern, name, mend in _BEGINNINGS)

COMMENT = re.compile(r"\s*(?:[#;]|//|--|/?\*)")
ROBOTS = re.compile(
    r"\s*(?:user-?agent|disallow|allow|sitemap|crawl-delay|host|clean-param|noindex|content-signal)\s*:.*",
    re.IGNORECASE,
)
ROBOTS_FIRST = re.compile(r"\s*(?:user-?agent|sitemap)\s*:", re.IGNORECASE)
SECTION = re.compile(r"\s*\[[^\[\]]{1,100}\]\s*")
# A key without a space in it, or with spaces around a short one.
ASSIGNMENT = re.compile(
    r"\s*(?:export\s+|set\s+|\$)?[\w.@%/\\-]{1,80}(?:\[[^\]]{0,40}\])?\s*[+:?]?={1,2}.*", re.IGNORECASE
)
INI_ASSIGNMENT = re.compile(r"\s*[\w.@%/\\ -]{1,80}\s*[=:].*")
STAMP = re.compile(
    r"\s*[\[<(]?(?:\d{4}[-/]\d\d[-/]\d\d[T ,]+\d\d:\d\d(?::\d\d)?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d\b"
    r"|\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d|\d{10}(?:\.\d+)?\b|\d\d:\d\d:\d\d[.,]\d{3})"
)
# A time with its seconds: no chronicle for readers has one on each line.
SECONDS = re.compile(r".{0,40}?\b\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d")
ACCESS = re.compile(r"\S{1,100} \S{1,60} \S{1,60} \[\d{1,2}/\w{3}/\d{4}:\d\d:\d\d:\d\d ")
LOG_MARK = re.compile(
    r"\b(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|TRACE|SEVERE|PANIC)\b|\[\w+\]|\w\[\d+\]:|\b\w+=\S"
    r"|\b(?:GET|POST|HEAD|PUT) /|\b\d{1,3}(?:\.\d{1,3}){3}\b|\blevel=|\bkernel:|::"
)
LEVEL_FIRST = re.compile(
    r"\s*\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|TRACE)\]?\s*(?:[:\[|-]|\s\S*[.:\[])"
)
STACK = re.compile(r"\s+(?:at [\w.$<>]+\(|File \"[^\"]+\", line \d+)")
CHAT = re.compile(
    r"\[?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?\]?(?: [-–])? [^:]{1,60}: "
    r"|\[?\d\d:\d\d(?::\d\d)?\]? <[^<>]{1,40}> "
)
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{3,40}-----\s*")
CHECKSUM = re.compile(r"[0-9a-fA-F]{32,128} [ *]\S.*|(?:MD5|SHA\d+) ?\(.+\) ?= ?[0-9a-f]+")
LINK = re.compile(r"\s*(?:[-*]\s+|\d+[.)]\s+)?(?:https?|ftp)://\S+\s*")
MAKE_TARGET = re.compile(r"[\w./%$(){}-]+(?: [\w./%$(){}-]+)*\s*:(?!=)(?:\s.*)?")
MAKE_SIGN = re.compile(r"\$[({@<^*]|^\.PHONY|^[A-Z_]+\s*[:?+]?=", re.MULTILINE)
DOCKER = re.compile(r"(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|WORKDIR|EXPOSE|ARG|USER|VOLUME)\s+\S.*|\s.*|.*\\")
SERVER = re.compile(
    r"\s*(?:</?(?:IfModule|Files(?:Match)?|Directory|VirtualHost|Location|Limit)\b|Rewrite(?:Engine|Rule|Cond|Base)\b"
    r"|Options |Order (?:allow|deny)|(?:Allow|Deny) from|Require |ErrorDocument |AddType |AuthType |DirectoryIndex "
    r"|Redirect(?:Match)? )"
)
YAML_LINE = re.compile(
    r"\s*(?:- )*[\"']?[\w.$/@-]{1,60}[\"']?:(?:\s+\S.{0,200})?|\s*- \S.{0,200}|---|\.\.\.|\s*[\]}\[{],?"
)
YAML_NESTED = re.compile(r"(?m)^( *)[\w.\"'-]{1,60}:[ ]*\n(?:\1  +\S|\1- )")
# The extensions of what is no prose: they count against a text that is no clear prose.
EXTENSIONS = (
    (re.compile(r"\.(?:ini|cfg|conf|toml|ya?ml|properties|desktop|service|reg|env)$"), "settings", "leave it out"),
    (re.compile(r"\.(?:sql|dump)$"), "a database dump (SQL)", EXPORT),
    (re.compile(r"\.log$"), "a log", "leave it out"),
    (re.compile(r"\.po[t]?$"), "a catalogue of translations (gettext)", "leave it out"),
    (re.compile(r"\.(?:tex|sty|cls|bib|bst)$"), "LaTeX source", "save it as PDF or as plain text"),
    (
        re.compile(
            r"\.(?:css|js|mjs|cjs|jsx|ts|tsx|map|scss|less|py|pyi|rb|php|java|c|h|cc|cpp|hpp|cs|go|rs|swift|kt|scala|pl|pm|r|lua"
            r"|sh|bash|zsh|ps1|bat|cmd|vue|tf|gradle|cmake|mk|m4|f90|sol|dart|ex|erl|hs|clj|el|lisp|asm|s|vb|pas|sas|do|ipynb)$"
        ),
        "program source or a style sheet",
        PASTE,
    ),
)
WORD_OR_NUMBER = re.compile(r"[^\W_]")


def _share(lines: list[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(line) is not None for line in lines) / len(lines) if lines else 0


def _bare(lines: list[str]) -> list[str]:
    """Return the lines that are no comments."""
    return [line for line in lines if not COMMENT.match(line)]


def _is_robots(lines: list[str]) -> bool:
    bare = [line for line in lines if not line.lstrip().startswith("#")]
    return bool(bare) and bool(ROBOTS_FIRST.match(bare[0])) and _share(bare, ROBOTS) >= 0.9


def _is_ini(lines: list[str]) -> bool:
    bare = _bare(lines)
    if len(bare) < 2 or not SECTION.fullmatch(bare[0]):
        return False
    rest = [line for line in bare if not SECTION.fullmatch(line)]
    # The lines of a value that is long are indented.
    fitting = sum(line[0] in " \t" or INI_ASSIGNMENT.fullmatch(line) is not None for line in rest)
    return len(rest) > 0 and "=" in "".join(rest) and fitting >= 0.8 * len(rest) and prose_share(rest) < 0.6


def _is_settings(lines: list[str]) -> bool:
    bare = _bare(lines)
    return len(bare) >= 2 and _share(bare, ASSIGNMENT) >= 0.85


def _is_yaml(lines: list[str]) -> bool:
    bare = _bare(lines)
    if len(bare) < 4 or _share(bare, YAML_LINE) < 0.95 or not YAML_NESTED.search("\n".join(bare)):
        return False
    return not any(SENTENCE_END.search(line) and len(WORDS.findall(line)) > 8 for line in bare)


def _is_log(lines: list[str]) -> bool:
    stamped = [line for line in lines if STAMP.match(line) or SECONDS.match(line) or ACCESS.match(line)]
    levels = sum(LEVEL_FIRST.match(line) is not None for line in lines)
    stacks = sum(STACK.match(line) is not None for line in lines)
    if len(lines) < 2 or len(stamped) + levels + stacks < 0.6 * len(lines):
        return False
    if sum(SECONDS.match(line) is not None for line in stamped) >= 0.8 * len(lines) and len(lines) >= 3:
        return True
    marked = sum(bool(LOG_MARK.search(line) or ACCESS.match(line)) for line in stamped)
    return levels >= 0.5 * len(lines) or marked >= 0.5 * len(stamped) > 0


def _is_chat(lines: list[str]) -> bool:
    return len(lines) >= 3 and sum(CHAT.match(line) is not None for line in lines) >= 0.5 * len(lines)


def _is_base64(lines: list[str]) -> bool:
    if any(PEM.fullmatch(line) for line in lines):
        packed = sum(len(line) for line in lines if BASE64.fullmatch(line.strip()))
        return packed >= 0.5 * sum(map(len, lines))
    *full, last = [line.strip() for line in lines]
    if not full:
        return len(last) >= 200 and BASE64.fullmatch(last) is not None
    return sum(map(len, full)) >= 60 and _share(full, BASE64) == 1 and re.fullmatch(r"[\w+/-]+={0,2}", last) is not None


def _is_make(lines: list[str]) -> bool:
    text = "\n".join(lines)
    recipes = sum(
        bool(MAKE_TARGET.fullmatch(line)) and following.startswith("\t") for line, following in pairwise(lines)
    )
    return recipes >= 1 and (MAKE_SIGN.search(text) is not None or recipes >= 2) and prose_share(lines) < 0.3


def _is_server(lines: list[str]) -> bool:
    bare = _bare(lines)
    return len(bare) >= 2 and sum(SERVER.match(line) is not None for line in bare) >= 0.6 * len(bare)


def _is_docker(lines: list[str]) -> bool:
    bare = _bare(lines)
    return len(bare) >= 2 and bare[0].startswith(("FROM ", "ARG ")) and _share(bare, DOCKER) >= 0.95


def _is_table(lines: list[str]) -> bool:
    """Recognise rows of the same number of fields, without sentences."""
    for delimiter, least in (("\t", 1), (";", 2), ("|", 2), (",", 2)):
        counts = {line.count(delimiter) for line in lines[:50]}
        if len(lines) >= 3 and len(counts) == 1 and counts.pop() >= least and prose_share(lines) < 0.2:
            return all(map(WORD_OR_NUMBER.search, lines))
    return False


ADVERTISING = re.compile(r"[\w.-]+\.[a-z]{2,10}\s*,\s*[^,\s]{1,80}\s*,\s*(?:DIRECT|RESELLER)\b.*", re.IGNORECASE)
SECURITY = re.compile(
    r"(?:Contact|Expires|Encryption|Acknowledg[e]?ments|Preferred-Languages|Canonical|Policy|Hiring|CSAF):\s.*",
    re.IGNORECASE,
)
HOSTS = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})\s+[\w.-]+(?:\s+[\w.-]+)*")
HUMANS = re.compile(r"/\* ?(?:TEAM|THANKS|SITE)(?: ?\*/)?", re.IGNORECASE)


def _is_site_file(lines: list[str]) -> bool:
    """Recognise the small files of a web site or a machine: ads.txt, security.txt, humans.txt, hosts."""
    bare = _bare(lines)
    return HUMANS.match(lines[0]) is not None or any(
        len(bare) >= least and _share(bare, row) == 1 for row, least in ((ADVERTISING, 1), (SECURITY, 2), (HOSTS, 1))
    )


LINE_FORMATS: tuple[tuple[Callable[[list[str]], bool], str, str], ...] = (
    (_is_robots, "a robots.txt", "leave it out"),
    (_is_site_file, "a small file of a web site or a machine", "leave it out"),
    (_is_ini, "settings (INI)", "leave it out"),
    (
        lambda lines: len(lines) >= 2 and _share(lines, LINK) == 1,
        "a list of links",
        "give the links themselves, or the pages",
    ),
    (lambda lines: _share(lines, CHECKSUM) >= 0.9, "a list of checksums", "leave it out"),
    (_is_base64, "encoded data (base64)", "decode it first"),
    (_is_log, "a log", "leave it out"),
    (_is_chat, "an export of a chat", PASTE),
    (_is_settings, "settings", "leave it out"),
    (_is_docker, "a Dockerfile", "leave it out"),
    (_is_server, "settings of a web server", "leave it out"),
    (_is_make, "a Makefile", "leave it out"),
    (_is_yaml, "settings (YAML)", "leave it out"),
    (is_program_source, "program source", PASTE),
    (
        _is_table,
        "a table without columns named as a headline and a text",
        "name its columns, for example title and text",
    ),
)
