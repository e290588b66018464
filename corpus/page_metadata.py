"""Extracts the fields that a page states in its markup: meta tags, JSON-LD (schema.org), microdata, headings, dates."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from corpus.text.dates import parse_date
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

DATE_NAMES = (
    "article:published_time article:published og:published_time date pubdate publishdate publish-date publish_date"
    " dc.date.issued dc.date dcterms.issued dcterms.date dcterms.created parsely-pub-date sailthru.date datepublished"
    " citation_publication_date citation_date originalpublicationdate cxenseparse:recs:publishtime"
).split()
AUTHOR_NAMES = "author article:author dc.creator dcterms.creator parsely-author sailthru.author citation_author".split()
TITLE_NAMES = "og:title twitter:title dc.title citation_title".split()
SOURCE_NAMES = "og:site_name application-name dc.publisher citation_journal_title".split()
LANGUAGE_NAMES = "content-language dc.language og:locale".split()
DATE_CLASS = re.compile(
    r"(?:^|\s|[-_])(?:date|published|pubdate|posted-on|timestamp|dateline)(?:$|\s|[-_])", re.IGNORECASE
)
BYLINE_CLASS = re.compile(r"(?:^|\s|[-_])(?:byline|author|writer)(?:-?name)?(?:$|\s)", re.IGNORECASE)
# The word before an author's name, by the page's language: in other languages "Di" and "Von" are part of names.
BYLINE_WORDS = {
    "de": "von",
    "fr": "par",
    "es": "por",
    "pt": "por",
    "it": "di",
    "nl": "door",
    "ca": "per",
    "sv": "av",
    "ru": "автор",
}
DATE_IN_LINK = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-])")
SEPARATOR = re.compile(r"\s+[|–—·•»-]+\s+|\s*::\s*|\s*[|｜]\s*")
MAX_BYLINE_CHARACTERS = 100
MAX_FIELD_CHARACTERS, MAX_TEXT_NODES, MAX_DATES = 2000, 200, 20


class FoundValue(NamedTuple):
    """A field's value as the page writes it, and where it was found."""

    text: str
    where: str


def metadata(root: "_Element", url: str | None = None) -> dict[str, FoundValue]:
    """Return title, url, source, author, published and language of a page, each from the most trusted place."""
    page = _PageFields(root, url)
    language = _first_with_text(page.languages())
    page.language = language.text.lower() if language else ""
    source = _first_with_text(page.sources())
    title = _first_with_text(_without_site_name(value, source, page) for value in page.titles())
    fields = {
        "title": title,
        "url": _first_with_text(value for value in page.links() if not _is_front_page(value.text, url)),
        "source": source,
        "author": _first_with_text(page.authors()),
        "published": _first_date(page.dates(), language),
        "language": language,
    }
    return {name: value for name, value in fields.items() if value}


class _PageFields:
    """The candidates for each field of a page, most trusted first."""

    def __init__(self, root: "_Element", url: str | None) -> None:
        self.root, self.url = root, url
        self.language = ""
        self.metas: dict[str, list[str]] = {}
        for meta in root.iter("meta"):
            content = " ".join((meta.get("content") or "")[:MAX_FIELD_CHARACTERS].split())
            for name in {meta.get(key, "").lower() for key in ("property", "name", "http-equiv", "itemprop")}:
                if name and content:
                    self.metas.setdefault(name, []).append(content)
        self.h1_texts = {_plain(_text(heading)) for heading in islice(root.iter("h1"), MAX_TEXT_NODES)}
        scripts = (script.text or "" for script in root.iter("script") if "ld+json" in script.get("type", ""))
        self.nodes = list(json_ld_articles(scripts))

    def titles(self) -> Iterator[FoundValue]:
        yield from self._from_meta("og:title")
        yield from self._from_json_ld("headline")
        yield from self._from_meta(*TITLE_NAMES)
        yield from self._from_itemprop("headline")
        yield from (FoundValue(_text(heading), "h1") for heading in self.root.iter("h1"))
        yield from (FoundValue(_text(title), "title") for title in self.root.iter("title"))

    def links(self) -> Iterator[FoundValue]:
        for link in self.root.iter("link"):
            if "canonical" in link.get("rel", "").lower().split() and link.get("href"):
                yield FoundValue(link.get("href"), "link rel=canonical")
        yield from self._from_meta("og:url")
        for node in self.nodes:
            page = node.get("mainEntityOfPage")
            for address in (page.get("@id") if isinstance(page, dict) else page, node.get("url")):
                if isinstance(address, str):
                    yield FoundValue(address, "JSON-LD url")

    def sources(self) -> Iterator[FoundValue]:
        yield from self._from_meta("og:site_name")
        yield from self._from_json_ld("publisher")
        yield from self._from_meta(*SOURCE_NAMES)

    def authors(self) -> Iterator[FoundValue]:
        for node in self.nodes:
            if names := texts_of(node.get("author")):
                yield FoundValue(self._names(names), "JSON-LD author")
        for name in AUTHOR_NAMES:
            contents = self.metas.get(name, ())
            authors = [content for content in contents if not content.startswith(("http://", "https://", "/"))]
            if authors:
                yield FoundValue(self._names(authors), f"meta {name}")
        yield from (FoundValue(self._names([value.text]), value.where) for value in self._from_itemprop("author"))
        for element in self.root.iter("a", "span", "p", "div", "address"):
            if "author" in element.get("rel", "").split() or BYLINE_CLASS.search(element.get("class", "")):
                name = _text(element)
                if 0 < len(name) <= MAX_BYLINE_CHARACTERS:
                    yield FoundValue(self._names([name]), f"{element.tag} {element.get('class') or 'rel=author'}")

    def dates(self) -> Iterator[FoundValue]:
        yield from self._from_meta("article:published_time")
        yield from self._from_json_ld("datePublished")
        yield from self._from_meta(*DATE_NAMES)
        yield from self._from_itemprop("datePublished")
        for time in self.root.iter("time"):
            if "updated" not in time.get("class", ""):
                yield FoundValue(time.get("datetime") or _text(time), "time")
        yield from self._from_json_ld("dateCreated")
        for element in self.root.iter("span", "p", "div", "li"):
            if DATE_CLASS.search(element.get("class", "")) and len(text := _text(element)) <= MAX_BYLINE_CHARACTERS:
                yield FoundValue(text, f"{element.tag} {element.get('class')}")
        if match := DATE_IN_LINK.search(self.url or ""):
            yield FoundValue("-".join(match.groups()), "the link")

    def languages(self) -> Iterator[FoundValue]:
        html = self.root.getroottree().getroot()
        yield FoundValue(html.get("lang") or html.get("{http://www.w3.org/XML/1998/namespace}lang") or "", "html lang")
        yield from self._from_json_ld("inLanguage")
        yield from self._from_meta(*LANGUAGE_NAMES)

    def _names(self, names: list[str]) -> str:
        """Join authors, each once, without the word before a name ("by")."""
        words = "|".join(filter(None, ("by", BYLINE_WORDS.get(self.language[:2]))))
        prefix = re.compile(rf"(?:(?:written |posted )?(?:{words})\b|作者)\s*[:：]?\s*", re.IGNORECASE)
        return ", ".join(dict.fromkeys(prefix.sub("", name, count=1).strip(" ,;") for name in names))

    def _from_meta(self, *names: str) -> Iterator[FoundValue]:
        yield from (FoundValue(text, f"meta {name}") for name in names for text in self.metas.get(name, ()))

    def _from_json_ld(self, name: str) -> Iterator[FoundValue]:
        yield from (FoundValue(text, f"JSON-LD {name}") for node in self.nodes if (text := text_of(node.get(name))))

    def _from_itemprop(self, name: str) -> Iterator[FoundValue]:
        for element in self.root.iterfind(f".//*[@itemprop='{name}']"):
            inner = element.find(".//*[@itemprop='name']")
            text = element.get("content") or element.get("datetime") or _text(element if inner is None else inner)
            yield FoundValue(text, f"itemprop {name}")


def _first_with_text(values: Iterable[FoundValue | None]) -> FoundValue | None:
    return next((value for value in values if value and value.text), None)


def _first_date(dates: Iterator[FoundValue], language: FoundValue | None) -> FoundValue | None:
    """Return the first value that is a date; if none is, the first value, so that a warning can quote it."""
    first: FoundValue | None = None
    for value in islice(dates, MAX_DATES):
        if parse_date(value.text, language=language.text if language else None):
            return value
        if first is None and value.text:
            first = value
    return first


def _without_site_name(title: FoundValue, source: FoundValue | None, page: _PageFields) -> FoundValue | None:
    """Remove the site's name from a headline; None if the headline is only the site's name."""
    host = (urlsplit(canonical_url(page.url or "") or "").hostname or "").removeprefix("www.")
    site_names = {_plain(name) for name in (source.text if source else "", host, host.partition(".")[0]) if name}
    text = title.text[:MAX_FIELD_CHARACTERS]
    if _plain(text) in site_names:
        return None
    for separator in list(SEPARATOR.finditer(text))[::-1]:
        before, after = text[: separator.start()], text[separator.end() :]
        if (
            _plain(after) in site_names
            or _plain(before) in page.h1_texts
            or (title.where == "title" and "|" in separator[0])
        ):
            return title._replace(text=before)
        if _plain(before) in site_names:
            return title._replace(text=after)
    return title


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _text(element: Any) -> str:
    """Return the text in an element, cut off after about MAX_FIELD_CHARACTERS."""
    texts, length = [], 0
    for text in islice(element.itertext(), MAX_TEXT_NODES):
        texts.append(text)
        length += len(text)
        if length > MAX_FIELD_CHARACTERS:
            break
    return " ".join("".join(texts).split())


def _is_front_page(link: str, url: str | None) -> bool:
    """Tell whether a page names the site's front page as its own link; such pages would all become one article."""
    canonical = canonical_url(link, url)
    return canonical is None or (
        urlsplit(canonical).path == "/" and not urlsplit(canonical).query and canonical != canonical_url(url or "")
    )


ARTICLE = re.compile(r"(?:[A-Za-z]+:|https?://schema\.org/)?\w*(?:Article|Posting|Report|Review)")
MAX_SCRIPT_CHARACTERS = 1_000_000
MAX_JSON_LD_NODES = 10_000
WRAPPED = re.compile(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*$")


def json_ld_articles(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the articles in a page's JSON-LD scripts; invalid JSON is ignored."""
    pending: list[Any] = [_parsed_json(script) for script in scripts if len(script) <= MAX_SCRIPT_CHARACTERS]
    for _ in range(MAX_JSON_LD_NODES):
        if not pending:
            return
        node = pending.pop(0)
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            if any(ARTICLE.fullmatch(kind) for kind in _strings(node.get("@type"))):
                yield node
            pending.extend(node[name] for name in ("@graph", "mainEntity") if name in node)


def text_of(value: Any) -> str | None:
    """Return the first text of a JSON-LD value, or None."""
    return next(iter(texts_of(value)), None)


def texts_of(value: Any) -> list[str]:
    """Return the texts of a JSON-LD value: a string itself, the name of an object, or the texts of a list."""
    values = value if isinstance(value, list) else [value]
    texts = [item.get("name", item.get("@value")) if isinstance(item, dict) else item for item in values[:20]]
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]


def _strings(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _parsed_json(script: str) -> Any:
    try:
        return json.loads(WRAPPED.sub("", script), strict=False)
    except (ValueError, RecursionError):
        return None
