"""The text in elements of a page, and the elements that belong together."""

import re
from itertools import islice
from typing import Any

MAX_FIELD_CHARACTERS, MAX_TEXT_NODES = 2000, 200
LINE_TAGS = frozenset("br div p li ul ol h1 h2 h3 h4 h5 h6 td tr dd dt".split())
SPACES = re.compile(r"\s+")


def inner_text(element: Any) -> str:
    """Return the text in an element, cut off after about MAX_FIELD_CHARACTERS."""
    texts, length = [], 0
    for text in islice(element.itertext(), MAX_TEXT_NODES):
        texts.append(text)
        length += len(text)
        if length > MAX_FIELD_CHARACTERS:
            break
    return " ".join("".join(texts).split())


def inner_lines(element: Any) -> str:
    """Return the text in an element, with a line break where the page breaks the line or joins two words."""
    from lxml.etree import iterwalk

    texts: list[str] = []
    for event, node in islice(iterwalk(element, events=("start", "end")), MAX_TEXT_NODES):
        breaks = node.tag in LINE_TAGS
        if event == "end" and node is element:
            break
        text = SPACES.sub(" ", ((node.text if event == "start" else node.tail) or "")[:MAX_FIELD_CHARACTERS])
        last = texts[-1] if texts else ""
        joined = last[-1:].isalpha() and text[:1].isupper()
        texts.extend(["\n"] * (breaks or joined) + [text] * bool(text))
    return "".join(texts).strip()


def item_text(element: Any) -> str:
    """Return the value of an item property (microdata)."""
    inner = element.find(".//*[@itemprop='name']")
    text: str = element.get("content") or element.get("datetime") or inner_text(element if inner is None else inner)
    return text


def elements_alike(element: Any) -> list[Any]:
    """Return an element and those of the same kind beside it: a page may name each author in an element of its own."""
    kind = (element.tag, element.get("class"), element.get("rel"), element.get("itemprop"))
    parent = element.getparent()
    if parent is not None and inner_text(parent) == inner_text(element) and parent.getparent() is not None:
        parent = parent.getparent()  # each author is in an item of a list
    return [
        other
        for other in islice(parent.iter(element.tag) if parent is not None else [element], MAX_TEXT_NODES)
        if (other.tag, other.get("class"), other.get("rel"), other.get("itemprop")) == kind
    ]


def is_change(element: Any) -> bool:
    """Tell whether a date is that of the last change, not also that of the publication."""
    names = element.get("class", "")
    return ("updated" in names or "modified" in names) and "published" not in names
