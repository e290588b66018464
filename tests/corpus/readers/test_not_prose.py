"""Text that is no prose is refused by name with the mend; prose stays read, whatever its extension and subject."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Reading
from corpus.readers.not_prose import NotProseReader
from corpus.reading import read_content
from corpus.text.non_prose_formats import other_format
from tests.corpus.reader_inputs import file, withstands

CASES = Path(__file__).parents[2] / "cases"
# Each file lies there with .txt after its name, so that no tool takes it for source. The value begins the reason.
SOURCES = {
    "mysql.sql": "a database dump (SQL)",
    "bare.txt": "a database dump (SQL)",
    "sqlite.sql": "a database dump (SQL)",
    "pg.sql": "a database dump (SQL)",
    "robots.txt": "a robots.txt",
    "short-robots": "a robots.txt",
    "desktop.ini": "settings (INI)",
    "link.url": "settings (INI)",
    "php.ini": "settings (INI)",
    "app.log": "a log",
    "access.log": "a log",
    "syslog": "a log",
    "levels.txt": "a log",
    "crash.txt": "a log",
    "a.srt": "subtitles",
    "a.vtt": "subtitles",
    "a.ass": "subtitles",
    "a.ics": "a calendar",
    "a.vcf": "an address book",
    "a.py": "program source",
    "source.txt": "program source",
    "a.c": "program source",
    "A.java": "program source",
    "a.go": "program source",
    "a.js": "program source",
    "min.js": "program source",
    "a.ts": "program source",
    "a.css": "a style sheet",
    "min.css": "a style sheet",
    "media.css": "a style sheet",
    "a.php": "program source (PHP)",
    "de.po": "a catalogue of translations",
    "a.bib": "a list of references",
    "a.ris": "a list of references",
    "a.tex": "LaTeX source",
    "a.sh": "a script",
    "run": "a script",
    "b64": "encoded data",
    "a.pem": "a key",
    "env-like": "settings",
    "a.properties": "settings",
    "requirements.txt": "settings",
    "Makefile": "a Makefile",
    "Dockerfile": "a Dockerfile",
    "htaccess.txt": "settings of a web server",
    "a.yml": "settings (YAML)",
    "links.txt": "a list of links",
    "SHA256SUMS": "a list of checksums",
    "a.diff": "a patch",
    "chat.txt": "an export of a chat",
    "data.txt": "a table",
    "response": "a saved HTTP response",
    "old.arc": "an ARC file",
    "note.xml": "XML that is no feed",
}
PROSE = sorted(path.name.removesuffix(".txt") for path in (CASES / "prose").iterdir())


def content(kind: str, place: str) -> bytes:
    return (CASES / kind / f"{place}.txt").read_bytes()


@pytest.mark.parametrize("place", SOURCES)
def test_text_that_is_no_prose_is_refused_by_name_with_the_mend(place: str) -> None:
    with pytest.raises(Unreadable) as error:
        list(read_content(file(content("not_prose", place), place)))
    assert str(error.value).startswith(SOURCES[place])
    assert ": " in str(error.value)


@pytest.mark.parametrize("place", SOURCES)
def test_the_name_of_the_file_does_not_decide(place: str) -> None:
    assert (other_format(content("not_prose", place).decode(), "story.txt") or "").startswith(SOURCES[place])


@pytest.mark.parametrize("place", ["desktop.ini", "robots.txt", "app.log", "a.srt", "mysql.sql"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_another_encoding_and_other_line_ends_change_nothing(place: str, encoding: str) -> None:
    data = content("not_prose", place).decode().replace("\n", "\r\n").encode(encoding)
    with pytest.raises(Unreadable, match=re.escape(SOURCES[place])):
        list(read_content(file(data, place)))


@pytest.mark.parametrize("place", PROSE)
def test_prose_is_read_whatever_its_extension_and_subject(place: str) -> None:
    (reading,) = read_content(file(content("prose", place), place))
    assert isinstance(reading, Reading)
    last = content("prose", place).decode().strip().split("\n")[-1]
    assert last in reading.article.text


LICENCE = "Redistribution in source and binary forms, with or without changes, is allowed if this notice is kept.\n"


@pytest.mark.parametrize(
    "source",
    [
        "/*\n" + f" * {LICENCE}" * 9 + " */\n#ifndef WALL_H\n#define WALL_H\nint wall_height(int gauge);\n#endif\n",
        f"# {LICENCE}" * 9 + "import csv\n\n\ndef heights(path):\n    return list(csv.reader(path))\n",
        f"// {LICENCE}" * 9 + "const wall = require('wall');\nmodule.exports = wall;\n",
        f'"""{LICENCE}{LICENCE}{LICENCE}"""\n\nfrom wall import gauge\n\nHEIGHTS = [gauge(1), gauge(2)]\n',
    ],
)
def test_the_remarks_of_a_program_are_no_prose(source: str) -> None:
    assert (other_format(source) or "").startswith("program source")


def test_a_log_of_times_and_a_dump_below_a_remark_are_recognised() -> None:
    log = "2014-02-17 10:00:01 status installed wall 2.3\n2014-02-17 10:00:02 upgrade ferry 1.0 1.1\n"
    assert (other_format(log * 2) or "").startswith("a log")
    dump = '/* wall 1.3 */\n\n-- complain\n\\echo Use "ALTER EXTENSION" \\quit\n\nCREATE FUNCTION hold(text)\n'
    assert (other_format(dump) or "").startswith("a database dump")


def test_points_of_a_list_are_prose() -> None:
    points = "".join(f"* The wall held at gate {number} (see the map), engineers said.\n" for number in range(9))
    assert other_format(f"What held\n\n{points}") is None


@pytest.mark.parametrize("beginning", ["# a\n", "-- a\n", "% a\n", "/* a */", "@comment a\n"])
@pytest.mark.parametrize("white", ["\n", " \n", "  ", "\t"])
def test_white_space_below_a_remark_takes_no_time(beginning: str, white: str) -> None:
    withstands(NotProseReader(), (beginning + white * 20_000 + "word").encode(), seconds=1)


@given(st.binary(max_size=2000))
def test_any_bytes_are_taken_or_not(data: bytes) -> None:
    withstands(NotProseReader(), data)


@given(
    st.lists(
        st.sampled_from([" ", "\n", "a", "word ", "=", ":", "{", "}", ";", "[", "]", "--", "/*", "*/", "@a{", "\t"])
    )
)
def test_any_mixture_of_signs_is_taken_or_not(parts: list[str]) -> None:
    withstands(NotProseReader(), "".join(parts).encode())


@pytest.mark.parametrize(
    "repeated", ["a", "/*", "@import ", "a,\n", "--\n", "{", " = ", "[a", "\\", "word ", "a:b;", "- "]
)
def test_recognition_takes_linear_time(repeated: str) -> None:
    withstands(NotProseReader(), repeated.encode() * 40_000, seconds=1.5)
