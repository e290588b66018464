"""Texts that an editor saved as a tree of nodes: Portable Text, Lexical, ProseMirror, Slate, Editor.js, Draft.js."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

MAX_DEPTH, MAX_CHARACTERS = 20, 20_000_000
# Nodes within a paragraph.
INLINE = frozenset(
    "link autolink hyperlink entry-hyperlink asset-hyperlink resource-hyperlink a mention inline inlinecode code_inline"
    " footnote".split()
)
BREAKS = frozenset("hardbreak hard_break linebreak break br".split())
# "h2", "heading", "heading-2", "header-two", "heading_two".
HEADING = re.compile(r"h[1-6]|head(?:er|ing)(?:[-_]?(?:[1-6]|one|two|three|four|five|six))?", re.IGNORECASE)


def rich_text_html(value: object) -> str | None:
    """Return the HTML of a tree of nodes, or of one written as JSON; None if a value is none."""
    if isinstance(value, str):
        value = _parsed(value)
    nodes: Any = value
    if isinstance(value, Mapping):
        root = value.get("root")
        if isinstance(root, Mapping):
            nodes = _children(root)
        elif isinstance(value.get("blocks"), list):
            nodes = value["blocks"]
        else:
            nodes = _children(value) if _kind(value) in ("doc", "document") else None
    if not isinstance(nodes, list) or not any(map(_is_node, nodes)):
        return None
    return "".join(html for node in nodes for html in _blocks(node, 0)) or None


def _parsed(text: str) -> object:
    start = text.lstrip()[:1]
    if start not in ("{", "[") or '"' not in text[:40] or len(text) > MAX_CHARACTERS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_node(value: object) -> bool:
    """Tell whether a value is a node that contains others, or the text of a block."""
    if not isinstance(value, Mapping):
        return False
    has_data = isinstance(value.get("data"), Mapping) and bool({"text", "items"} & value["data"].keys())
    is_draft_js = {"text", "type", "key"} <= value.keys()
    return bool(_children(value)) or (bool(value.get("type")) and (has_data or is_draft_js))


def _kind(node: Mapping[str, Any]) -> str:
    return str(node.get("type") or node.get("nodeType") or node.get("_type") or "").casefold()


def _children(node: Mapping[str, Any]) -> list[Any]:
    children = node.get("children") or node.get("content")
    return [child for child in children if isinstance(child, Mapping)] if isinstance(children, list) else []


def _blocks(node: object, depth: int) -> Iterator[str]:
    """Yield the HTML of the paragraphs and headings in a node."""
    if not isinstance(node, Mapping) or depth > MAX_DEPTH:
        return
    data, children = node.get("data"), _children(node)
    if isinstance(data, Mapping) and not children:  # Editor.js writes HTML
        items = data.get("items")
        yield from _paragraph(node, str(data.get("text") or ""))
        for item in items if isinstance(items, Sequence) and not isinstance(items, str) else ():
            text = item.get("content") or item.get("text") if isinstance(item, Mapping) else item
            yield from _paragraph(node, str(text or ""))
    elif not children:
        yield from _paragraph(node, _inline(node, depth))
    elif any(map(_is_inline, children)):
        yield from _paragraph(node, "".join(_inline(child, depth + 1) for child in children if _is_inline(child)))
        for child in children:
            if not _is_inline(child):
                yield from _blocks(child, depth + 1)
    else:
        for child in children:
            yield from _blocks(child, depth + 1)


def _paragraph(node: Mapping[str, Any], html: str) -> Iterator[str]:
    names = (node.get("style"), node.get("tag"), _kind(node))
    tag = "h2" if any(HEADING.fullmatch(str(name or "")) for name in names) else "p"
    if html.strip():
        yield f"<{tag}>{html}</{tag}>"


def _is_inline(node: Mapping[str, Any]) -> bool:
    return _leaf(node) is not None or _kind(node) in INLINE or _kind(node) in BREAKS


def _inline(node: Mapping[str, Any], depth: int) -> str:
    text = _leaf(node)
    if text is not None:
        return escape(text).replace("\n", "<br>")
    if _kind(node) in BREAKS:
        return "<br>"
    return "".join(_inline(child, depth + 1) for child in _children(node)) if depth <= MAX_DEPTH else ""


def _leaf(node: Mapping[str, Any]) -> str | None:
    if _children(node):
        return None
    text = node.get("text", node.get("value") if node.get("nodeType") == "text" else None)
    return text if isinstance(text, str) else None
