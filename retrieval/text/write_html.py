"""Self-contained HTML pages, written as elements."""

from xml.etree.ElementTree import Element, tostring

# HTML has no control characters but tab and the ends of lines.
WITHOUT_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}

Content = Element | str | None


def element(tag: str, *children: Content, **attributes: str | float) -> Element:
    """Return an element with text and elements in order; attribute names like `class_` lose the last underscore."""
    parent = Element(tag, {name.rstrip("_").replace("_", "-"): str(value) for name, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            parent.append(child)
            last = child
        elif child and last is None:
            parent.text = (parent.text or "") + child
        elif child and last is not None:
            last.tail = (last.tail or "") + child
    return parent


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
    written = tostring(html, encoding="unicode", method="html").translate(WITHOUT_CONTROLS)
    return f"<!doctype html>\n{written}\n"
