"""HTML from a tree of elements, so that whatever a document or a question holds is escaped."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from corpus.article import Span

Content = Element | str | None


def element(tag: str, *children: Content, **attributes: str | float) -> Element:
    """Make an element of text and elements, in order; `class_` and the like lose their last underscore."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): str(value) for name, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child and last is None:
            made.text = (made.text or "") + child
        elif child and last is not None:
            last.tail = (last.tail or "") + child
    return made


def page(title: str, style: str, *children: Content) -> str:
    """Return one self-contained HTML document."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", style),
    )
    html = element("html", head, element("body", element("main", *children)), lang="en")
    return f"<!doctype html>\n{tostring(html, encoding='unicode', method='html')}\n"


def marked(text: str, spans: Iterable[Span], around: int = 300) -> list[Content]:
    """Return a text with the spans marked, cut to `around` characters before the first and after the last of them."""
    spans = sorted(spans)
    begin = _cut(text, spans[0].start - around if spans else 0)
    stop = _cut(text, max(span.end for span in spans) + around if spans else 2 * around)
    parts: list[Content] = ["… " if begin else None]
    done = begin
    for start, end in spans:
        if end > done:
            parts += [text[done : max(start, done)], element("mark", text[max(start, done) : end])]
            done = end
    return [*parts, text[done:stop], " …" if stop < len(text) else None]


def _cut(text: str, at: int) -> int:
    """Move a place to cut to the next space, and into the text."""
    if at <= 0:
        return 0
    space = text.find(" ", at)
    return space if space >= 0 else len(text)
