"""Extracts the fields that a page states in its markup: meta tags, JSON-LD (schema.org), microdata, headings, dates."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from corpus.element_text import (
    MAX_FIELD_CHARACTERS,
    MAX_TEXT_NODES,
    elements_alike,
    inner_lines,
    inner_text,
    is_change,
    item_text,
)
from corpus.json_ld import JsonLd
from corpus.text.authors import author_line, byline, same_names
from corpus.text.dates import parse_date
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

DATE_NAMES = (
    "article:published_time article:published og:published_time date pubdate publishdate publish-date publish_date"
    " dc.date.issued dc.date dcterms.issued dcterms.date dcterms.created parsely-pub-date sailthru.date datepublished"
    " citation_publication_date citation_date originalpublicationdate cxenseparse:recs:publishtime"
).split()
AUTHOR_NAMES = (
    "author article:author og:article:author byl byline dc.creator dcterms.creator parsely-author sailthru.author"
    " citation_author authors article:author_name"
).split()
TITLE_NAMES = "og:title twitter:title dc.title citation_title".split()
SOURCE_NAMES = "og:site_name application-name dc.publisher citation_journal_title".split()
LANGUAGE_NAMES = "content-language dc.language og:locale".split()
DATE_CLASS = re.compile(
    r"(?:^|\s|[-_])(?:date|published|pubdate|posted-on|timestamp|dateline)(?:$|\s|[-_])", re.IGNORECASE
)
MICROFORMAT_DATE = re.compile(
    r"(?:^|\s|[-_])(?:date|published|pubdate|dtstart|dt-published|value-title|timestamp)(?:$|\s)"
)
BYLINE_CLASS = re.compile(r"(?:^|\s|[-_])(?:byline|author|writer)(?:-?name)?(?:$|\s)", re.IGNORECASE)
DATE_IN_LINK = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-])")
# The page of an author on the site.
AUTHOR_LINK = re.compile(
    r"/(?:author|authors|auteur|auteurs|autor|autoren|autori|writers|reporters|journalists?)/[^/#?]"
)
SEPARATOR = re.compile(r"\s+[|–—·•»-]+\s+|\s*::\s*|\s*[|｜]\s*")
MAX_BYLINE_CHARACTERS = 100
MAX_DATES, MAX_AUTHORS = 20, 50


class FoundValue(NamedTuple):
    """A field's value as the page writes it, and where it was found."""

    text: str
    where: str


def metadata(root: "_Element", url: str | None = None) -> dict[str, FoundValue]:
    """Return title, url, source, author, published and language of a page, each from the most trusted place."""
    page = _PageFields(root, url)
    language = page.language_with_region()
    page.language = language.text.lower() if language else ""
    source = _first_with_text(page.sources())
    title = _first_with_text(_without_site_name(value, source, page) for value in page.titles())
    fields = {
        "title": title,
        "url": _first_with_text(value for value in page.links() if not _is_front_page(value.text, url)),
        "source": source,
        "author": _all_authors(page.authors(), source),
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
        self.h1_texts = {_plain(inner_text(heading)) for heading in islice(root.iter("h1"), MAX_TEXT_NODES)}
        scripts = (script.text or "" for script in root.iter("script") if "ld+json" in script.get("type", ""))
        self.json_ld = JsonLd(scripts)
        # A page may describe other articles too; the one with the page's headline comes first.
        headlines = self.h1_texts | {_plain(text) for text in self.metas.get("og:title", ())}
        self.nodes = sorted(
            self.json_ld.articles,
            key=lambda node: _plain(self.json_ld.text(node.get("headline")) or "") not in headlines,
        )

    def titles(self) -> Iterator[FoundValue]:
        yield from self._from_meta("og:title")
        yield from self._from_json_ld("headline")
        yield from self._from_meta(*TITLE_NAMES)
        yield from self._from_itemprop("headline")
        yield from (FoundValue(inner_text(heading), "h1") for heading in self.root.iter("h1"))
        yield from (FoundValue(inner_text(title), "title") for title in self.root.iter("title"))

    def links(self) -> Iterator[FoundValue]:
        for link in self.root.iter("link"):
            if "canonical" in link.get("rel", "").lower().split() and link.get("href"):
                yield FoundValue(link.get("href"), "link rel=canonical")
        yield from self._from_meta("og:url")
        for link in self.root.iter("a"):  # as exports of Medium write it
            if "p-canonical" in link.get("class", "").split() and link.get("href"):
                yield FoundValue(link.get("href"), "a p-canonical")
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
            for name in ("author", "creator"):
                yield self._names(self.json_ld.texts(node.get(name)), f"JSON-LD {name}")
        for name in AUTHOR_NAMES:
            yield self._names(self.metas.get(name, ()), f"meta {name}")
        for element in self.root.iterfind(".//*[@itemprop='author']"):
            yield self._names(map(item_text, elements_alike(element)), "itemprop author")
        for element in self.root.iter("a", "span", "p", "div", "address", "li", "cite"):
            if "author" in element.get("rel", "").split() or BYLINE_CLASS.search(element.get("class", "")):
                names = list(map(inner_lines, elements_alike(element)))
                if all(len(name) <= MAX_BYLINE_CHARACTERS for name in names):
                    yield self._names(names, f"{element.tag} {element.get('class') or 'rel=author'}")

        for link in self.root.iter("a"):
            if AUTHOR_LINK.search(link.get("href", "")) and not any(link.iterancestors("nav", "aside", "footer", "ul")):
                name = inner_text(link)
                if " " in name and byline(f"By {name}"):
                    yield self._names([name], "link to the author")

    def dates(self) -> Iterator[FoundValue]:
        yield from self._from_meta("article:published_time")
        yield from self._from_json_ld("datePublished")
        yield from self._from_meta(*DATE_NAMES)
        yield from self._from_itemprop("datePublished")
        for time in self.root.iter("time"):
            if not is_change(time):
                yield FoundValue(time.get("datetime") or inner_text(time), "time")
        yield from self._from_json_ld("dateCreated")
        # Microformats write the date for programs into a title: <abbr class="published" title="2014-02-17">now</abbr>.
        for element in self.root.iter("abbr", "span"):
            if element.get("title") and MICROFORMAT_DATE.search(element.get("class", "")) and not is_change(element):
                yield FoundValue(
                    element.get("title", "")[:MAX_BYLINE_CHARACTERS], f"{element.tag} {element.get('class')}"
                )
        for element in self.root.iter(
            "span", "p", "div", "li", "td", "h2", "h3", "h4", "small", "em", "strong", "abbr"
        ):
            if (
                DATE_CLASS.search(element.get("class", ""))
                and len(text := inner_text(element)) <= MAX_BYLINE_CHARACTERS
            ):
                yield FoundValue(text, f"{element.tag} {element.get('class')}")
        if match := DATE_IN_LINK.search(self.url or ""):
            yield FoundValue("-".join(match.groups()), "the link")

    def languages(self) -> Iterator[FoundValue]:
        html = self.root.getroottree().getroot()
        yield FoundValue(html.get("lang") or html.get("{http://www.w3.org/XML/1998/namespace}lang") or "", "html lang")
        yield from self._from_json_ld("inLanguage")
        yield from self._from_meta(*LANGUAGE_NAMES)

    def language_with_region(self) -> FoundValue | None:
        """Return the page's language, with the region that any other place states: en and en_US are en-US."""
        candidates = [
            value._replace(text=value.text.strip().replace("_", "-"))
            for value in self.languages()
            if value.text.strip()
        ]
        if not candidates:
            return None
        first = candidates[0]
        regional = (value for value in candidates if value.text.lower().startswith(f"{first.text.lower()}-"))
        return next(regional, first) if "-" not in first.text else first

    def _names(self, written: Iterable[str], where: str) -> FoundValue:
        return FoundValue(author_line(written, self.language) or "", where)

    def _from_meta(self, *names: str) -> Iterator[FoundValue]:
        yield from (FoundValue(text, f"meta {name}") for name in names for text in self.metas.get(name, ()))

    def _from_json_ld(self, name: str) -> Iterator[FoundValue]:
        texts = (self.json_ld.text(node.get(name)) for node in self.nodes)
        yield from (FoundValue(text, f"JSON-LD {name}") for text in texts if text)

    def _from_itemprop(self, name: str) -> Iterator[FoundValue]:
        for element in self.root.iterfind(f".//*[@itemprop='{name}']"):
            yield FoundValue(item_text(element), f"itemprop {name}")


def _all_authors(values: Iterator[FoundValue], source: FoundValue | None) -> FoundValue | None:
    """Return the most trusted authors, or a byline that names all of them and more; the source only if nobody else."""
    candidates = [value for value in islice(values, MAX_AUTHORS) if value.text]
    persons = [value for value in candidates if not source or _plain(value.text) != _plain(source.text)]
    author = next(iter(persons or candidates), None)
    if author is None:
        return None
    for value in persons:
        if names := same_names(author.text, value.text):
            return FoundValue(names, f"{author.where}, {value.where}")
    return author


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


def _is_front_page(link: str, url: str | None) -> bool:
    """Tell whether a page names the site's front page as its own link; such pages would all become one article."""
    canonical = canonical_url(link, url)
    return canonical is None or (
        urlsplit(canonical).path == "/" and not urlsplit(canonical).query and canonical != canonical_url(url or "")
    )
