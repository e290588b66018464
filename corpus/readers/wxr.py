"""WordPress exports (WXR): the published posts and pages."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unreadable
from corpus.publication import INTERNAL_POST_TYPES
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.feed import EXPORT, plain_text
from corpus.readers.xml_elements import children, element_text
from corpus.readers.xml_stream import XmlStream, root_name
from corpus.text.html import Body, html_body
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

ARTICLES = ("post", "page")
MEDIA = "caption|wp_caption|gallery|embed|video|audio|playlist"
WITH_CONTENT = re.compile(
    r"\[(caption|wp_caption|embed|video|audio)(?:\s[^\[\]]*)?\](?:(?!\[/?\1\b).)*\[/\1\]", re.DOTALL
)
# Shortcodes: known names, any name with attributes, and closing ones; "[sic]" and "[…]" are words of the text.
SHORTCODE = re.compile(
    rf"\[(?:{MEDIA})(?:\s[^\[\]]*)?/?\]|\[[a-zA-Z][\w-]*(?:\s+[\w-]+=(?:\"[^\"\[\]]*\"|'[^'\[\]]*'|[^\s\[\]\"']+))+\s*/?\]"
    r"|\[/[a-zA-Z][\w-]*\]"
)
# These comments separate paragraphs.
PARAGRAPH_BREAK = re.compile(r"<!--\s*(?:more|nextpage)\b[^>]{0,200}-->")


class Blog(NamedTuple):
    """The fields of an export that apply to all its posts."""

    source: str = ""
    language: str = ""
    base: str | None = None
    authors: dict[str, str] = {}  # noqa: RUF012 - it is never changed


class WordPressReader:
    """Reads the published posts and pages of an export."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a feed that declares the namespace of exports."""
        return root_name(file.head) == "rss" and EXPORT in file.head.replace(b"\0", b"")

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield each published post and page, and the unpublished ones as Skipped; media and menus are ignored.

        Raises Unreadable for an export without an item.
        """
        stream, keys, blog, any_item = XmlStream(file, "item"), ArticleKeys(), None, False
        for item in stream:
            any_item, where = True, f"{file.where}: {item.label}"
            if item.element is None:
                yield Skipped(where, item.problem)
                continue
            blog = blog or _blog(stream.preamble)
            fields = children(item.element)
            if INTERNAL_POST_TYPES.fullmatch(element_text(fields.get("wp:post_type"))):
                continue
            reason = _unpublished(fields)
            yield Skipped(where, reason, unpublished=True) if reason else _post(file, blog, fields, item.label, keys)
        if not any_item:
            raise Unreadable("an export with no posts in it")


def _blog(preamble: "_Element | None") -> Blog:
    channel = preamble.find("channel") if preamble is not None else None
    fields = children(channel)
    authors = {}
    for author in fields.get("wp:author", ()):
        parts = children(author)
        names = (element_text(parts.get(f"wp:author_{part}_name")) for part in ("first", "last"))
        display_name = element_text(parts.get("wp:author_display_name")) or " ".join(names).strip()
        authors[element_text(parts.get("wp:author_login"))] = display_name
    base = canonical_url(element_text(fields.get("wp:base_blog_url")) or element_text(fields.get("link")))
    return Blog(plain_text(element_text(fields.get("title"))), element_text(fields.get("language")), base, authors)


def _unpublished(fields: "dict[str, list[_Element]]") -> str:
    kind, status = (
        element_text(fields.get("wp:post_type")) or "post",
        element_text(fields.get("wp:status")) or "publish",
    )
    if kind not in ARTICLES:
        return f"neither a post nor a page ({kind[:40]})"
    if status != "publish":
        return f"not published ({status[:40]})"
    return "behind a password" if element_text(fields.get("wp:post_password")) else ""


def _post(
    file: SourceFile, blog: Blog, fields: "dict[str, list[_Element]]", label: str, keys: ArticleKeys
) -> Reading | Skipped:
    title, login = plain_text(element_text(fields.get("title"))), element_text(fields.get("dc:creator"))
    link = element_text(fields.get("link")) or element_text(fields.get("guid"))
    url = canonical_url(link, blog.base) if link else None
    date_field = "wp:post_date" if element_text(fields.get("wp:post_date")).strip("0-: ") else "pubDate"
    published = element_text(fields.get(date_field))
    try:
        return build_article(
            file,
            RawFields(
                title=title,
                url=url,
                source=blog.source,
                author=blog.authors.get(login) or login,
                published=published,
                language=blog.language,
                traces=(
                    ("title", "title"),
                    ("text", "content:encoded"),
                    ("url", "link" if element_text(fields.get("link")) else "guid"),
                    ("published", date_field),
                    ("author", "wp:author_display_name" if blog.authors.get(login) else "dc:creator"),
                    ("source", "channel title"),
                ),
            ),
            _body(element_text(fields.get("content:encoded"))),
            key=keys.key(
                element_text(fields.get("guid")) or element_text(fields.get("wp:post_id")), url, title, published
            ),
            label=label,
        )
    except Unreadable as error:
        return Skipped(f"{file.where}: {label}", str(error))


def _body(content: str) -> Body:
    return html_body(SHORTCODE.sub("", WITH_CONTENT.sub("", PARAGRAPH_BREAK.sub("\n\n", content))))
