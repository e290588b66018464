"""What a page tells of itself in JSON-LD (schema.org)."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

ARTICLE = re.compile(r"(?:[A-Za-z]+:|https?://schema\.org/)?\w*(?:Article|Posting|Report|Review)")
LONGEST_SCRIPT = 1_000_000
MOST_NODES = 10_000
WRAPPED = re.compile(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*$")


def articles(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a page's JSON-LD scripts that are articles; what is no JSON is passed over."""
    waiting: list[Any] = [_loaded(script) for script in scripts if len(script) <= LONGEST_SCRIPT]
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if any(ARTICLE.fullmatch(kind) for kind in _texts(node.get("@type"))):
                yield node
            waiting.extend(node[name] for name in ("@graph", "mainEntity") if name in node)


def text_of(value: Any) -> str | None:
    """Return the first text that a value is, or is named by; None where there is none."""
    return next(iter(texts_of(value)), None)


def texts_of(value: Any) -> list[str]:
    """Return the texts that a value is: itself, its name, or those of each in a list."""
    values = value if isinstance(value, list) else [value]
    named = [one.get("name", one.get("@value")) if isinstance(one, dict) else one for one in values[:20]]
    return [one.strip() for one in named if isinstance(one, str) and one.strip()]


def _texts(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _loaded(script: str) -> Any:
    try:
        return json.loads(WRAPPED.sub("", script), strict=False)
    except (ValueError, RecursionError):
        return None
