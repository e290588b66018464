"""WordPress exports (WXR): the published posts."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unpublished, Unreadable
from corpus.publication_status import INTERNAL_POST_TYPES, not_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.feed import EXPORT, plain_text
from corpus.readers.wxr_plugin_fields import GUEST_AUTHOR, Fields, PostAuthors, post_body, post_meta
from corpus.readers.xml_elements import children, element_text
from corpus.readers.xml_stream import XmlStream, root_name
from corpus.text.first_words import opening_words
from corpus.text.html import html_body
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from lxml.etree import _Element

# These comments separate paragraphs.
PARAGRAPH_BREAK = re.compile(r"<!--\s*(?:more|nextpage)\b[^>]{0,200}-->")
# WordPress shows a video or a post in place of an address that has a line of its own.
EMBEDDED = re.compile(r"^[ \t]*https?://[^\s<>]+[ \t]*\r?$", re.MULTILINE)


class Blog(NamedTuple):
    """The fields of an export that apply to all its posts."""

    authors: PostAuthors
    source: str = ""
    language: str = ""
    base: str | None = None


class WordPressReader:
    """Reads the published posts of an export, of the post types that the setting post_types names."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a feed that declares the namespace of exports."""
        return root_name(file.head) == "rss" and EXPORT in file.head.replace(b"\0", b"")

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield each published post, and the others as Skipped; media, menus and authors are ignored.

        Raises Unreadable for an export without an item.
        """
        stream, keys, blog, any_item = XmlStream(file, "item"), ArticleKeys(), None, False
        for item in stream:
            any_item, where = True, f"{file.where}: {item.label}"
            if item.element is None:
                yield Skipped(where, item.problem)
                continue
            blog = blog or _blog(file, stream.preamble)
            fields = children(item.element)
            kind = element_text(fields.get("wp:post_type")) or "post"
            if kind not in file.options.post_types and (INTERNAL_POST_TYPES.fullmatch(kind) or kind == GUEST_AUTHOR):
                continue
            try:
                _check(kind, fields, file)
                yield _post(file, blog, fields, item.label, keys)
            except Unreadable as error:
                yield Skipped.because(error, where)
        if not any_item:
            raise Unreadable("an export with no posts in it")


def _blog(file: SourceFile, preamble: "_Element | None") -> Blog:
    channel = preamble.find("channel") if preamble is not None else None
    fields = children(channel)
    authors = {}
    for author in fields.get("wp:author", ()):
        parts = children(author)
        names = (element_text(parts.get(f"wp:author_{part}_name")) for part in ("first", "last"))
        display_name = element_text(parts.get("wp:author_display_name")) or " ".join(names).strip()
        authors[element_text(parts.get("wp:author_login"))] = display_name
    base = canonical_url(element_text(fields.get("wp:base_blog_url")) or element_text(fields.get("link")))
    source, language = plain_text(element_text(fields.get("title"))), element_text(fields.get("language"))
    return Blog(PostAuthors(file, authors), source, language, base)


def _check(kind: str, fields: Fields, file: SourceFile) -> None:
    """Raise Unpublished for a post that visitors may not read, and Unreadable for one of another type."""
    status = element_text(fields.get("wp:status")) or "publish"
    if status.casefold() not in ("publish", "published"):
        raise Unpublished(not_published(status))
    if element_text(fields.get("wp:post_password")):
        raise Unpublished("behind a password")
    if kind not in file.options.post_types:
        raise Unreadable(f"of the post type {kind[:40]}: add it to the setting post_types if it is to be read")


def _post(file: SourceFile, blog: Blog, fields: Fields, label: str, keys: ArticleKeys) -> Reading:
    title = plain_text(element_text(fields.get("title")))
    link = element_text(fields.get("link")) or element_text(fields.get("guid"))
    url = canonical_url(link, blog.base) if link else None
    date_field = "wp:post_date" if element_text(fields.get("wp:post_date")).strip("0-: ") else "pubDate"
    published = element_text(fields.get(date_field))
    content = html_body(EMBEDDED.sub("\n\n", PARAGRAPH_BREAK.sub("\n\n", element_text(fields.get("content:encoded")))))
    body, text_field = post_body(content, element_text(fields.get("excerpt:encoded")), post_meta(fields))
    author, author_field = blog.authors.of(fields)
    return build_article(
        file,
        RawFields(
            title=title or opening_words(body.text),
            url=url,
            source=blog.source,
            author=author,
            published=published,
            language=blog.language,
            traces=(
                ("title", "title" if title else "the text's first words"),
                ("text", text_field),
                ("url", "link" if element_text(fields.get("link")) else "guid"),
                ("published", date_field),
                ("author", author_field),
                ("source", "channel title"),
            ),
        ),
        body,
        key=keys.key(element_text(fields.get("guid")) or element_text(fields.get("wp:post_id")), url, title, published),
        label=label,
    )
