"""JSON-LD (schema.org) in a page: its articles, also from scripts that are not quite JSON, and their values."""

import json
import re
from collections.abc import Iterable
from html import unescape
from typing import Any

ARTICLE = re.compile(r"(?:[A-Za-z]+:|https?://schema\.org/)?\w*(?:Article|Posting|Report|Review)")
MAX_SCRIPT_CHARACTERS = 1_000_000
MAX_NODES, MAX_VALUES, MAX_OBJECTS = 10_000, 20, 200
WRAPPED = re.compile(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*$")
# A string, or else what JSON does not allow: a comment, a comma before a closing bracket.
STRING_OR_FAULT = re.compile(
    r'("(?:[^"\\]++|\\.)*+"?)|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|//[^\n]*|,(?=\s*(?:,|[\]}]))', re.DOTALL
)
BETWEEN_OBJECTS = re.compile(r"[\s,;]*")
# The names under which an article, or the page that it is on, contains others.
CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage")
# What is found in a script that is broken beyond repair, for example by quotation marks in the headline.
BROKEN_DATE = re.compile(r'"datePublished"\s*:\s*"([^"\\]{1,100})"')
BROKEN_AUTHOR = re.compile(
    r'"author"\s*:\s*\[?\s*(?:\{[^{}"]*(?:"(?!name")[^{}]{0,300}?)?"name"\s*:\s*)?"([^"\\:]{1,200})"'
)


class JsonLd:
    """The JSON-LD of a page: `articles`, and the values in them, with references (@id) resolved."""

    def __init__(self, scripts: Iterable[str]) -> None:
        self.articles: list[dict[str, Any]] = []
        self._by_id: dict[str, dict[str, Any]] = {}
        pending = [node for script in scripts if len(script) <= MAX_SCRIPT_CHARACTERS for node in parsed(script)]
        for position in range(MAX_NODES):
            if position >= len(pending):
                break
            node = pending[position]
            if isinstance(node, list):
                pending.extend(node[:MAX_NODES])
            elif isinstance(node, dict):
                if any(ARTICLE.fullmatch(kind) for kind in _strings(node.get("@type"))):
                    self.articles.append(node)
                self._remember(node)
                pending.extend(node[name] for name in CONTAINERS if isinstance(node.get(name), dict | list))
                # Persons may be described where another node names them.
                pending.extend(node[name] for name in ("author", "creator") if isinstance(node.get(name), dict | list))

    def texts(self, value: Any) -> list[str]:
        """Return the texts of a value: a string itself, the names of an object, or the texts of a list."""
        texts, pending = [], [value]
        for _ in range(MAX_VALUES):
            if not pending:
                break
            item = pending.pop(0)
            if isinstance(item, list):
                pending[:0] = item[:MAX_VALUES]
            elif isinstance(item, dict):
                pending.insert(0, self._name(item))
            elif isinstance(item, str) and item.strip():
                texts.append(item.strip())
        return texts

    def text(self, value: Any) -> str | None:
        """Return the first text of a value, or None."""
        return next(iter(self.texts(value)), None)

    def _name(self, node: dict[str, Any]) -> Any:
        for described in (node, self._by_id.get(str(node.get("@id")), {})):
            for name in ("name", "@value", "@list"):
                if described.get(name):
                    return described[name]
            if names := [*_strings(described.get("givenName")), *_strings(described.get("familyName"))]:
                return " ".join(names)
        return None

    def _remember(self, node: dict[str, Any]) -> None:
        own_id = node.get("@id")
        if isinstance(own_id, str) and len(node) > 1:
            self._by_id.setdefault(own_id, node)


def parsed(script: str) -> list[Any]:
    """Return the values in a script, without comments and surplus commas."""
    text = WRAPPED.sub("", script).strip()
    for attempt in (_as_it_is, _repaired, _unescaped):
        try:
            return _values(attempt(text))
        except (ValueError, RecursionError):
            continue
    return [_salvaged(text)]


def _salvaged(text: str) -> dict[str, Any]:
    """Return the date and the author that can be made out in a broken description of an article."""
    kinds = re.findall(r'"@type"\s*:\s*"(\w{1,40})"', text)
    found_date, author = BROKEN_DATE.search(text), BROKEN_AUTHOR.search(text)
    kind = next(filter(ARTICLE.fullmatch, kinds), None)
    return (
        {"@type": kind, "datePublished": found_date and found_date[1], "author": author and author[1]} if kind else {}
    )


def _as_it_is(text: str) -> str:
    return text


def _repaired(text: str) -> str:
    return STRING_OR_FAULT.sub(lambda match: match[1] or " ", text)


def _unescaped(text: str) -> str:
    return _repaired(unescape(text))


def _values(text: str) -> list[Any]:
    """Parse one value after another: some pages write several objects into one script, without an array."""
    decoder, values, position = json.JSONDecoder(strict=False), list[Any](), 0
    while position < len(text) and len(values) < MAX_OBJECTS:
        value, end = decoder.raw_decode(text, position)
        values.append(value)
        between = BETWEEN_OBJECTS.match(text, end)
        position = between.end() if between else end
    return values


def _strings(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
