"""Removes the codes of site generators from Markdown before it is parsed."""

import re

from corpus.text.shortcodes import without_template_tags

FOOTNOTE = re.compile(r"[ ]{0,3}\[\^[^\[\]\s]{1,60}\]:[ \t]*(.*)")
ONLY_ADDRESS = re.compile(r"<?https?://\S+>?\s*")
INDENTED = re.compile(r"(?: {4}|\t)(.*)")
# Lines that only lay out a page: kramdown's and Pandoc's attributes, containers, a table of contents, MDX's imports.
LAYOUT_LINE = re.compile(
    r"^[ \t]*(?:\{:[^{}\n]{0,300}\}|:::+[^\n]{0,200}|\[{1,2}_?toc_?\]{1,2}"
    r"|import\s(?:[^\n]{1,300}\sfrom\s+)?['\"][^\n]{1,200}"
    r"|export\s+(?:const|let|default|function)\s[^\n]{1,500}[;})\]'\"])[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
ATTRIBUTES = re.compile(r"[ \t]*\{:[^{}\n]{1,300}\}|(?m:(?<=\S)[ \t]*\{[#.][^{}\n]{1,300}\}[ \t]*$)")
# The title of a callout is a paragraph.
CALLOUT = re.compile(r"^([ \t]{0,3}>[ \t]*)\[![\w-]{1,30}\][+-]?[ \t]*([^\n]*)", re.MULTILINE)
MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]{1,500})(?<=\S)==(?![=\w])")


def without_markdown_codes(text: str) -> str:
    """Remove codes; the text of a footnote becomes a paragraph."""
    text = without_template_tags(_footnote_paragraphs(text) if "[^" in text else text)
    text = ATTRIBUTES.sub("", LAYOUT_LINE.sub("", text))
    return MARKED.sub(r"\1", CALLOUT.sub(r"\1\2\n\1", text))


def _footnote_paragraphs(text: str) -> str:
    lines: list[str] = []
    in_footnote = False
    for line in text.split("\n"):
        if note := FOOTNOTE.match(line):
            in_footnote = True
            lines += ["", "" if ONLY_ADDRESS.fullmatch(note[1]) else note[1]]
        elif in_footnote and (indented := INDENTED.match(line)):
            lines.append(indented[1])
        else:
            in_footnote = in_footnote and not line.strip()
            lines.append(line)
    return "\n".join(lines)
