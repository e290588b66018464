"""The fields in front of a Markdown text: YAML between ---, TOML between +++, a JSON object, or lines "Title: …"."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from corpus.errors import Unpublished, Unreadable
from corpus.publication_status import check_published
from corpus.reader_types import HEAD_BYTES

BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:---[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[\"']?[\w -]{1,40}[\"']?[ \t]*:(?:[ \t]|\r?\n)"
    rb"|\+\+\+[ \t]*\r?\n)"
)
ENDS = re.compile(rb"\n(?:---|\.\.\.|\+\+\+)[ \t]*(?:\r?\n|$)")
FENCED = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# Pelican and MultiMarkdown write the fields on the first lines, and a blank line below them.
HEADER_LINE = re.compile(r"([A-Za-z][\w -]{0,30}):(?:[ \t]+(.*))?")
QUOTED = re.compile(r"([\"'])[^\"']*\1")
HEADER_TITLE = re.compile(r"\ufeff?(?:[A-Za-z][\w -]{0,30}:[^\n]{0,500}\n){0,12}title:[ \t]*\S", re.IGNORECASE)
MAX_HEADER_LINES = 30
# Org writes "#+TITLE: …".
ORG_LINES = re.compile(r"\ufeff?(?:#\+[\w-]{1,30}:[^\n]{0,500}\n){1,30}")
# The names that may stand above a plain text, where a line of other words and a colon is text.
PLAIN_TEXT_NAMES = frozenset(
    "title,subtitle,headline,author,authors,by,byline,date,published,publication date,publish date,source,publication"
    ",publisher,newspaper,url,link,permalink,language,lang,status,draft,category,categories,tags,keywords,section,slug"
    ",summary,description,id".split(",")
)
# PyYAML examines every open bracket again for each character.
MAX_BRACKETS = 500


class FrontMatter(NamedTuple):
    """The fields by their names, in lower case and with _ for -, and the text below them."""

    fields: Mapping[str, Any]
    text: str


def has_json_or_lines(head: str) -> bool:
    """Tell whether a Markdown file has its fields in a JSON object, or in lines, as few Markdown files have."""
    return _json_object(head) is not None or _header_lines(head) is not None


def front_matter(text: str, *, is_markdown: bool) -> FrontMatter:
    """Split a text into its fields and what is below; JSON and lines count only in a file named as Markdown.

    Raises Unpublished if the fields say that the text is not published, and Unreadable if they are broken.
    """
    found: tuple[Mapping[Any, Any], str] | None = None
    if fenced := FENCED.match(text[:HEAD_BYTES]):
        found = (_yaml(fenced[2]) if fenced[1] == "---" else _toml(fenced[2])), text[fenced.end() :]
    elif is_markdown:
        found = _json_object(text) or _header_lines(text)
    if found is None:
        return FrontMatter({}, text)
    fields = {str(name).strip().lower().replace("-", "_"): value for name, value in found[0].items()}
    # Hugo and Jekyll make no page of a text before its date; in other formats a date in the future is a mistake.
    day = next((fields[name] for name in ("publishdate", "publish_date", "date", "pubdate") if fields.get(name)), None)
    check_published(fields | {"publish_at": day})
    _check_rendered(fields)
    return FrontMatter(fields, found[1])


def _check_rendered(fields: Mapping[str, Any]) -> None:
    """Raise Unpublished for a text that the site generator makes no page of: Hugo's build, Eleventy's permalink."""
    build = fields.get("build") or fields.get("_build")
    render = build.get("render") if isinstance(build, Mapping) else None
    if "false" in (str(render).casefold(), str(fields.get("permalink")).casefold()) or render in ("never", "link"):
        raise Unpublished("not published (the site has no page of it)")


def _json_object(text: str) -> tuple[Mapping[str, Any], str] | None:
    start = len(text) - len(text.lstrip("\ufeff \t\n"))
    if not text.startswith("{", start):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text[: HEAD_BYTES + start], start)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    is_front = isinstance(value, dict) and rest[:1] == "\n" and rest.strip()[:1] not in ("", "{", "[", ",")
    return (value, rest) if is_front else None


def fields_above(text: str) -> FrontMatter | None:
    """Return the fields that a plain text has in lines above it ("Title: …"), and the text; None if it has none.

    Raises Unpublished if the fields say that the text is not published.
    """
    org = ORG_LINES.match(text)
    found = _header_lines(f"{org[0].replace('#+', '')}\n{text[org.end() :]}" if org else text)
    if found is None or not (org or PLAIN_TEXT_NAMES.issuperset(name.casefold() for name in found[0])):
        return None
    fields = {name.lower().replace(" ", "_"): value for name, value in found[0].items()}
    check_published(fields)
    return FrontMatter(fields, found[1])


def _header_lines(text: str) -> tuple[Mapping[str, Any], str] | None:
    if not HEADER_TITLE.match(text):
        return None
    fields: dict[str, str] = {}
    name, position = "", int(text.startswith("\ufeff"))
    for line in text[position:HEAD_BYTES].split("\n")[:MAX_HEADER_LINES]:
        end = line.strip()
        if end in ("", "---"):  # Hexo writes the line below the fields only
            rest = text[position + (len(line) + 1 if end else 0) :]
            return (_unquoted(fields) if end else fields, rest) if len(fields) > 1 and rest.strip() else None
        position += len(line) + 1
        if field := HEADER_LINE.fullmatch(line.rstrip()):
            name = field[1]
            fields[name] = (field[2] or "").strip()
        elif name and line[0] in " \t":
            fields[name] += f" {line.strip()}"
        else:
            return None
    return None


def _unquoted(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value[1:-1] if QUOTED.fullmatch(value) else value for name, value in fields.items()}


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
