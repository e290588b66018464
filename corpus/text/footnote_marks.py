"""Removes the marks of footnotes from a page: links such as <sup><a href="#fn1">1</a></sup>, and those back."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

MARK = re.compile(
    r"\s*[\[(]?\s*(?:\d{1,3}|[a-z]|[ivx]{1,4}|(?:note|n\.)\s?\d{1,3}|[*†‡§¶]{1,3})\s*[\])]?\s*", re.IGNORECASE
)
BACK = re.compile(r"\s*[↩↑⤴^]\ufe0e?\s*")
MAX_MARK_CHARACTERS = 12


def drop_footnote_marks(root: "_Element") -> None:
    """Remove marks that are links within the page; a raised 2 without a link, as in m², stays."""
    marks = []
    for link in root.iter("a"):
        if "#" not in link.get("href", ""):
            continue
        text = "".join(link.itertext())
        if len(text) > MAX_MARK_CHARACTERS:
            continue
        parent = link.getparent()
        raised = parent if parent is not None and parent.tag == "sup" else next(link.iterchildren("sup"), None)
        if BACK.fullmatch(text):
            marks.append(link)
        elif raised is not None and MARK.fullmatch("".join(raised.itertext())):
            marks.append(parent if raised is parent else link)
    for mark in marks:
        if mark.getparent() is not None:
            mark.clear(keep_tail=True)
