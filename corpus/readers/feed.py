"""RSS and Atom feeds: entries with the whole text, and entries that only link to their page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unpublished, Unreadable
from corpus.reader_types import Follow, Reading, Skipped, SourceFile
from corpus.readers.day_month_order import ColumnOrders
from corpus.readers.feed_links import alternate, base_of, link_of
from corpus.readers.feed_status import check_entry
from corpus.readers.xml_elements import children, element_text, inner_html
from corpus.readers.xml_stream import XmlStream, root_name
from corpus.text.authors import author_line
from corpus.text.dates import parse_date
from corpus.text.first_words import opening_words
from corpus.text.html import Body, field_body
from corpus.text.read_more import END_CHARACTERS, read_more_start
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOTS = ("rss", "rdf", "feed")
EXPORT = b"wordpress.org/export/"
# A feed is read up to this many times the size limit of an article.
MAX_FEED_BYTES_FACTOR = 20
# A shorter description may be a teaser, however it ends. So may shorter content, which should be the whole text.
MIN_DESCRIPTION_CHARACTERS, MIN_CONTENT_CHARACTERS = 800, 200
ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\s\])]*$")
MAX_JUNK_CHARACTERS = 80
TAG = re.compile(r"<[^<>]*>")
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DATES = (
    "atom:published",
    "atom:issued",
    "pubDate",
    "dcterms:issued",
    "dcterms:created",
    "dc:date",
    "atom:created",
    "atom:updated",
    "atom:modified",
    "dcterms:modified",
)
CHANGES = ("atom:updated", "atom:modified", "dcterms:modified", "pubDate", "dc:date", "atom:published")
Fields = dict[str, list["_Element"]]


class Feed(NamedTuple):
    """The fields of a feed that apply to all its entries."""

    source: str = ""
    author: str = ""
    language: str = ""
    base: str | None = None


class FeedReader:
    """Reads the entries of a feed."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the root element of a feed that is not a WordPress export."""
        return root_name(file.head) in ROOTS and EXPORT not in file.head.replace(b"\0", b"")

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped | Follow]:
        """Yield each entry as an article, or as a link to follow (with an excerpt) if the feed has only a part of it.

        Raises Unreadable for a feed without entries.
        """
        stream = XmlStream(file, "item", "entry", max_bytes=MAX_FEED_BYTES_FACTOR * file.max_bytes)
        keys, feed, any_item, junk = ArticleKeys(), None, False, stream.junk
        orders = ColumnOrders(lambda: _dates(file))
        for item in stream:
            any_item = True
            if item.element is None:
                yield Skipped(f"{file.where}: {item.label}", item.problem)
                continue
            feed = feed or _feed(stream.preamble, file)
            output = _entry(file, feed, item.element, item.label, keys, orders)
            yield _with_warning(output, junk)
            junk = "" if _reading_of(output) else junk
        if not any_item:
            raise Unreadable("a feed with no articles in it")


def _reading_of(output: Reading | Skipped | Follow) -> Reading | None:
    return output.excerpt if isinstance(output, Follow) else output if isinstance(output, Reading) else None


def _with_warning(output: Reading | Skipped | Follow, junk: str) -> Reading | Skipped | Follow:
    """Add to the first article of a feed the warning that something stands in front of the feed."""
    reading = _reading_of(output)
    if not junk or reading is None:
        return output
    shown = junk if len(junk) <= MAX_JUNK_CHARACTERS else f"{junk[: MAX_JUNK_CHARACTERS - 1]}…"
    warning = f"the feed has something in front that is none of it: '{shown}'"
    warned = replace(reading, warnings=(*reading.warnings, warning))
    return replace(output, excerpt=warned) if isinstance(output, Follow) else warned


def _feed(preamble: "_Element | None", file: SourceFile) -> Feed:
    if preamble is None:
        return Feed(base=file.url)
    channels = (child for child in preamble if isinstance(child.tag, str) and child.tag.endswith("channel"))
    channel = next(channels, preamble)
    fields = children(channel)
    link = element_text(fields.get("link")) or alternate(fields.get("atom:link"), file.url)
    base = base_of(channel, base_of(preamble, file.url)) if channel is not preamble else base_of(channel, file.url)
    return Feed(
        plain_text(element_text(fields.get("title")) or element_text(fields.get("atom:title"))),
        _names(fields.get("atom:author")) if channel is preamble else "",
        element_text(fields.get("language"))
        or element_text(fields.get("dc:language"))
        or preamble.get(XML_LANGUAGE)
        or "",
        canonical_url(base or "") or canonical_url(link),
    )


def _entry(
    file: SourceFile, feed: Feed, element: "_Element", label: str, keys: ArticleKeys, orders: ColumnOrders
) -> Reading | Skipped | Follow:
    fields = children(element)
    where = f"{file.where}: {label}"
    try:
        check_entry(element)
    except Unpublished as error:
        return Skipped.because(error, where)
    traces: list[tuple[str, str]] = []

    def first_text(field: str, *names: str) -> str:
        name = next((name for name in names if element_text(fields.get(name))), "")
        if name:
            traces.append((field, name))
        return element_text(fields.get(name))

    title = plain_text(first_text("title", "title", "atom:title", "dc:title", "media:title"))
    published, written = _published(fields, file, orders, traces)
    author = _author(fields, feed, traces)
    source = first_text("source", "source") or _traced("source", "atom:source", _origin(fields), traces)
    source = source or _traced("source", "title of the feed", feed.source, traces)
    url, where_linked = link_of(element, fields, base_of(element, feed.base)) or (None, "")
    _traced("url", where_linked, url or "", traces)
    body, whole = _text(fields, traces)
    title = title or _traced("title", "the text's first words", opening_words(body.text), traces)
    own_id = element_text(fields.get("guid")) or element_text(fields.get("atom:id"))
    try:
        excerpt = build_article(
            file,
            RawFields(
                title=title,
                url=url,
                source=plain_text(source),
                author=author,
                published=published,
                language=first_text("language", "dc:language") or element.get(XML_LANGUAGE) or feed.language,
                traces=tuple(traces),
            ),
            body,
            key=keys.key(own_id, url, title, written),
            label=label,
        )
    except Unreadable as error:
        if url and not isinstance(error, Unpublished):
            return Follow(url, where, None, _changed(fields))
        return Skipped.because(error, where)
    return excerpt if whole or url is None else Follow(url, where, excerpt, _changed(fields))


def _text(fields: Fields, traces: list[tuple[str, str]]) -> tuple[Body, bool]:
    """Return an entry's body, and whether it is the whole article."""
    description_field = next((name for name in ("description", "atom:summary", "dc:description") if name in fields), "")
    description, description_cut = _body(fields[description_field][0]) if description_field else (Body(""), False)
    for name in ("content:encoded", "atom:content", "xhtml:body", "body", "content", "other:full-text"):
        elements = [element for element in fields.get(name, ()) if not element.get("src")]
        if elements:
            content, cut = _body(elements[0])
            if len(content.text) < len(description.text):
                break
            only_teaser = content.text == description.text and len(content.text) < MIN_DESCRIPTION_CHARACTERS
            traces.append(("text", name))
            return content, not cut and not only_teaser and len(content.text) >= MIN_CONTENT_CHARACTERS
    if description_field:
        traces.append(("text", description_field))
    return description, not description_cut and len(description.text) >= MIN_DESCRIPTION_CHARACTERS


def _body(element: "_Element") -> tuple[Body, bool]:
    """Return a body without a final "read more", and whether its end looks cut off."""
    html = inner_html(element)
    text, headings, left_out = field_body(html)
    ends = (text[-END_CHARACTERS:], unescape(TAG.sub("", html[-4000:])).strip()[-END_CHARACTERS:])
    cut = any(read_more_start(end) is not None or ELLIPSIS.search(end) for end in ends)
    start = read_more_start(text)
    if start is not None:
        left_out = (*left_out, text[start:])
        text = text[:start].rstrip(" \n([")
        headings = tuple(span for span in headings if span.end < len(text))
    return Body(text, headings, left_out), cut


def _author(fields: Fields, feed: Feed, traces: list[tuple[str, str]]) -> str:
    for name in ("dc:creator", "atom:author", "author", "itunes:author"):
        if names := _names(fields.get(name)):
            traces.append(("author", name))
            return names
    return _traced("author", "author of the feed", feed.author, traces)


def _names(elements: "list[_Element] | None") -> str:
    names = []
    for element in elements or ():
        parts = children(element)
        name = element_text(parts.get("atom:name") or parts.get("name")) if parts else element_text([element])
        names.append(plain_text(name))
    return author_line(names) or ""


def _origin(fields: Fields) -> str:
    sources = fields.get("atom:source")
    return element_text(children(sources[0]).get("atom:title")) if sources else ""


def _traced(field: str, where: str, value: str, traces: list[tuple[str, str]]) -> str:
    if value:
        traces.append((field, where))
    return value


def _dates(file: SourceFile) -> Iterator[dict[str, str]]:
    """Yield the dates of each entry by their names."""
    for item in XmlStream(file, "item", "entry", max_bytes=MAX_FEED_BYTES_FACTOR * file.max_bytes):
        fields = children(item.element)
        yield {name: text for name in DATES if (text := element_text(fields.get(name)))}


def _published(
    fields: Fields, file: SourceFile, orders: ColumnOrders, traces: list[tuple[str, str]]
) -> tuple[str, str]:
    """Return the first date that can be read, and as it is written; else the first, so that a warning quotes it."""
    texts = [(name, text) for name in DATES if (text := element_text(fields.get(name)))]
    dates = ((name, text) for name, text in texts if parse_date(text, file.options.day_first))
    name, text = next(dates, next(iter(texts), ("", "")))
    _traced("published", name, text, traces)
    order = orders.order_of(name, text) if file.options.day_first is None else None
    day = parse_date(text, order=order) if order else None
    return day.isoformat() if day else text, text


def _changed(fields: Fields) -> str | None:
    return next((changed for name in CHANGES if (changed := element_text(fields.get(name)))), None)


def plain_text(text: str) -> str:
    """Return a field as plain text on one line: feeds write titles as text, as HTML, and as escaped HTML."""
    unescaped = unescape(text) if "&lt;" in text else text
    return " ".join((TAG.sub("", unescaped) if re.search(r"</?[A-Za-z][^<>]*>", unescaped) else unescaped).split())
