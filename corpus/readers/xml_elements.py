"""XML elements of feeds and exports: parsing, short names, and their text."""

import re
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

# Namespaces that files forget to declare, by the prefixes used here.
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "wp": "http://wordpress.org/export/1.2/",
    "atom": "http://www.w3.org/2005/Atom",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
}
WORDPRESS = re.compile(r"http://wordpress\.org/export/[\d.]+/(excerpt/)?")
# Namespaces of RSS 1.0, RSS 0.90, RSS 2.0 in some feeds, and sitemaps: their elements get no prefix.
UNPREFIXED_NAMESPACES = frozenset(
    uri.rstrip("/#").lower()
    for uri in (
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/rss",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
        "http://purl.org/net/rss1.1#",
        "http://www.sitemaps.org/schemas/sitemap/0.9",
        "http://www.google.com/schemas/sitemap/0.84",
        "http://www.google.com/schemas/sitemap/0.9",
    )
)
# In these elements all is Atom's, also without its namespace.
ATOM_PARENTS = ("feed", "entry", "other:feed", "other:entry")
BARE_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)([A-Za-z][A-Za-z0-9]{1,31};)?"
)
CDATA_BEGINS, CDATA_ENDS = "<![CDATA[", "]]>"
PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,40}):[A-Za-z_]")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# Line numbers in the parser's messages count from the item, not from the file.
OWN_LINE = re.compile(r",? line \d+(?:, column \d+)?(?: \(<string>, line \d+\))?")


def _parser(recover: bool = False) -> "XMLParser":
    from lxml.etree import XMLParser

    return XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def parse(text: str, declared: str) -> "_Element":
    """Parse one element with the namespaces that its file declares; raises ValueError."""
    from lxml.etree import LxmlError, fromstring

    try:
        root = fromstring(f"<file{declared}>{text}</file>".encode(errors="replace"), _parser())
    except LxmlError as error:
        raise ValueError(OWN_LINE.sub("", str(error))) from error
    return root[0]


def parse_leniently(text: str) -> "_Element | None":
    """Parse the beginning of a document as far as possible."""
    from lxml.etree import LxmlError, fromstring

    try:
        root: _Element | None = fromstring(text.strip().encode(errors="replace"), _parser(recover=True))
    except LxmlError:
        return None
    return root


def repair_markup(text: str) -> str:
    """Repair what XML does not allow outside CDATA: HTML entities, bare ampersands; and control characters."""
    text, position, parts = NO_XML.sub("", text), 0, []
    while (start := text.find(CDATA_BEGINS, position)) >= 0 and (end := text.find(CDATA_ENDS, start)) >= 0:
        parts += [BARE_AMPERSAND.sub(_ampersand, text[position:start]), text[start:end]]
        position = end
    return "".join([*parts, BARE_AMPERSAND.sub(_ampersand, text[position:])])


def _ampersand(match: re.Match[str]) -> str:
    character = html5.get(match[1] or "")
    return character if character and character not in "&<>\"'" else f"&amp;{match[1] or ''}"


def declare_unknown_prefixes(text: str, declared: str) -> str:
    """Return declarations for the prefixes in a text that are not declared."""
    prefixes = dict.fromkeys(PREFIX.findall(text))
    unknown = [prefix for prefix in prefixes if prefix != "xml" and f" xmlns:{prefix}=" not in declared]
    return "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in unknown)


def children(element: "_Element | None") -> dict[str, list["_Element"]]:
    """Return an element's children under their names: "title", "dc:creator", "wp:status", "atom:link".

    Children in the namespace of their parent belong to the same format, also if that namespace is unknown or missing.
    """
    by_name: dict[str, list[_Element]] = {}
    tag = str(element.tag) if element is not None else ""
    own, own_prefix = tag.rpartition("}")[0], "atom:" if short_name(tag) in ATOM_PARENTS else ""
    for child in element if element is not None else ():
        if isinstance(child.tag, str):
            namespace, _, local_name = child.tag.rpartition("}")
            name = short_name(child.tag)
            if namespace == own and (own_prefix or name.startswith("other:")):
                name = f"{own_prefix}{local_name}"
            by_name.setdefault(name, []).append(child)
    return by_name


def short_name(tag: str) -> str:
    """Return an element's name with the short prefix of its namespace; "other:" if the namespace is unknown."""
    namespace, _, name = tag.rpartition("}")
    namespace = namespace.removeprefix("{")
    if wordpress := WORDPRESS.fullmatch(namespace):
        return f"{'excerpt' if wordpress[1] else 'wp'}:{name}"
    usual = _usual_spelling(namespace)
    if usual in SHORT_NAMES:
        return f"{SHORT_NAMES[usual]}:{name}"
    return name if not namespace or usual in UNPREFIXED_NAMESPACES else f"other:{name}"


def is_item_namespace(namespace: str) -> bool:
    """Tell whether the items of feeds are in a namespace."""
    usual = _usual_spelling(namespace)
    return SHORT_NAMES.get(usual) == "atom" or usual in UNPREFIXED_NAMESPACES


def _usual_spelling(namespace: str) -> str:
    """Return a namespace as it is compared: feeds write https for http, capitals, and a slash too much or too few."""
    return namespace.strip().lower().replace("https:", "http:", 1).rstrip("/#")


SHORT_NAMES = {_usual_spelling(uri): name for name, uri in NAMESPACES.items() if name != "wp"} | {
    "http://purl.org/atom/ns": "atom",
    "http://www.w3.org/1999/xhtml": "xhtml",
}


def element_text(elements: list["_Element"] | None) -> str:
    """Return the text of the first element that has any; "" if none has."""
    for element in elements or ():
        if text := "".join(element.itertext()).strip():
            return text
    return ""


def inner_html(element: "_Element") -> str:
    """Return an element's content as HTML; the content may be escaped text or elements."""
    from lxml.etree import tostring

    if not len(element):
        return element.text or ""
    for descendant in element.iter():
        if isinstance(descendant.tag, str):
            descendant.tag = descendant.tag.rpartition("}")[2]
    return (element.text or "") + "".join(tostring(child, method="html", encoding="unicode") for child in element)
