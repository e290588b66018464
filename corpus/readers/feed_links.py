"""The link of a feed's entry: the article's own, not that of a service that counts its readers."""

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from corpus.readers.xml_elements import element_text
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# Services that put their own link in place of the article's.
COUNTING = re.compile(
    r"https?://(?:feedproxy\.google\.com|feeds\d*\.feedburner\.com|(?:\w+\.)*feedsportal\.com|feeds\.pheedo\.com)/",
    re.IGNORECASE,
)
ORIGINAL = ("feedburner:origLink", "other:origLink")


def link_of(entry: "_Element", fields: dict[str, list["_Element"]], base: str | None) -> tuple[str, str] | None:
    """Return the link of an entry, and the name of the field that has it; None without a link."""
    guids = [guid for guid in fields.get("guid", ()) if (guid.get("isPermaLink") or "true").lower() == "true"]
    links = [(name, _text_link(fields.get(name), base)) for name in (*ORIGINAL, "link")]
    links.append(("atom:link", alternate(fields.get("atom:link"), base)))
    links.append(("guid", element_text(guids) if element_text(guids).startswith("http") else ""))
    links.append(("rdf:about", entry.get(RDF_ABOUT) or ""))
    found = [(url, name) for name, link in links if link and (url := canonical_url(unescape(link)))]
    found.sort(key=lambda link: COUNTING.match(link[0]) is not None)  # the sort is stable
    return found[0] if found else None


def alternate(links: "list[_Element] | None", base: str | None) -> str:
    """Return the link of an Atom element to its page; "" if it has none."""
    pages = [link for link in links or () if link.get("rel", "alternate") == "alternate" and link.get("href")]
    pages.sort(key=lambda page: page.get("type", "text/html") not in ("text/html", "application/xhtml+xml"))
    return _joined(base_of(pages[0], base), pages[0].get("href") or "") if pages else ""


def base_of(element: "_Element", base: str | None) -> str | None:
    """Return the base of the relative links in an element; its own may be relative to that of its parent."""
    own = element.get(XML_BASE)
    return _joined(base, own) if own else base


def _text_link(elements: "list[_Element] | None", base: str | None) -> str:
    element = next((element for element in elements or () if element_text([element])), None)
    return "" if element is None else _joined(base_of(element, base), element_text([element]))


def _joined(base: str | None, link: str) -> str:
    try:
        return urljoin(base or "", link.strip())
    except ValueError:
        return link
