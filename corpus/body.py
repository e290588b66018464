"""A field that holds an article's text, as HTML or as it is read."""

import re

from corpus.text.html import Part, Prose, joined, prose

TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|h[1-6]|ul|ol|li|blockquote|img|figure|table|tr|td|section|article|pre|font"
    r"|center|hr|iframe|script|style)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
# As in a text file: lines that all end before this column were wrapped, others are paragraphs.
WRAP_COLUMN = 100
BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def body(text: str) -> Prose:
    """Return the paragraphs of a text that is HTML where it has tags, and plain where it has none."""
    if TAG.search(text):
        return prose(text)
    blocks = BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return joined(Part(paragraph) for block in blocks for paragraph in _paragraphs(block))


def _paragraphs(block: str) -> list[str]:
    lines = block.split("\n")
    return [block] if max(map(len, lines)) <= WRAP_COLUMN else lines
