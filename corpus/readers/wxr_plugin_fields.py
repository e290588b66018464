"""What plugins add to the posts of a WordPress export: several authors of a post, and texts in fields of their own."""

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile
from corpus.readers.feed import plain_text
from corpus.readers.xml_elements import children, element_text
from corpus.readers.xml_stream import XmlStream
from corpus.text.html import Body, html_body, join_bodies
from corpus.text.read_more import read_more_start

if TYPE_CHECKING:
    from lxml.etree import _Element

Fields = dict[str, list["_Element"]]
AUTHOR_DOMAINS = ("author", "authors")
# Authors who have no account are items of this type.
GUEST_AUTHOR = "guest-author"
CHUNK_BYTES = 1_000_000
# ACF stores the field's own key beside each value: `text` and `_text` = field_5f3a….
ACF_KEY = re.compile(r"field_\w+")
# Names of fields that no visitor reads, or that are no text of the article.
HIDDEN = frozenset(
    "note notes internal private admin editor editorial seo meta metadesc schema caption credit credits alt copyright"
    " css script code embed todo comment comments email phone disclaimer slug id url link".split()
)
LEADS = frozenset("lead lede intro introduction standfirst subtitle subheadline dek deck teaser summary".split())
SERIALIZED = re.compile(r"(?:[aOsC]:\d+:|[bid]:[\d.-]+;)")
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]{0,3}(?:\s|$)|[。！？]")
# The words of a sentence; in scripts without spaces, its letters.
MIN_WORDS, MIN_LETTERS = 4, 8
MAX_META_CHARACTERS = 1_000_000


class PostAuthors:
    """The names of an export's authors, by their logins; guest authors are looked up when one is first needed."""

    def __init__(self, file: SourceFile, accounts: dict[str, str]) -> None:
        self._file = file
        self._accounts = accounts
        self._by_slug = {_slug(login): name for login, name in accounts.items()}
        self._guests: dict[str, str] | None = None

    def of(self, fields: Fields) -> tuple[str, str]:
        """Return the authors of a post, and where they were found."""
        login = element_text(fields.get("dc:creator"))
        creator = self._accounts.get(login) or ""
        terms = [term for term in fields.get("category", ()) if term.get("domain") in AUTHOR_DOMAINS]
        names = [name for term in terms if (name := self._name(element_text([term]), term.get("nicename") or ""))]
        if names:
            # The account that owns the post is the first of its authors, if it is one of them.
            ordered = sorted(dict.fromkeys(names), key=lambda name: name != creator)
            return ", ".join(ordered), "category author"
        return (creator, "wp:author_display_name") if creator else (login, "dc:creator")

    def _name(self, text: str, nicename: str) -> str:
        slugs = [_slug(nicename.removeprefix("cap-")), _slug(text.removeprefix("cap-"))]
        known = self._accounts.get(text) or next(filter(None, map(self._by_slug.get, slugs)), "")
        if known:
            return known
        if self._guests is None:
            self._guests = _guest_authors(self._file)
        return next(filter(None, map(self._guests.get, slugs)), "") or plain_text(text)


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _guest_authors(file: SourceFile) -> dict[str, str]:
    """Return the names of the guest authors in an export, by slug; the export is read again only if it has any."""
    names: dict[str, str] = {}
    if not _contains(file, GUEST_AUTHOR.encode()):
        return names
    for item in XmlStream(file, "item"):
        fields = children(item.element) if item.element is not None else {}
        if element_text(fields.get("wp:post_type")) != GUEST_AUTHOR:
            continue
        meta = dict(post_meta(fields))
        name = plain_text(meta.get("cap-display_name") or element_text(fields.get("title")))
        for login in (meta.get("cap-user_login"), element_text(fields.get("wp:post_name")).removeprefix("cap-")):
            if login and name:
                names[_slug(login)] = name
    return names


def _contains(file: SourceFile, sought: bytes) -> bool:
    with file.stream() as stream:
        end = b""
        while chunk := stream.read(CHUNK_BYTES):
            if sought in end + chunk.replace(b"\0", b""):
                return True
            end = chunk[-len(sought) :]
    return False


def post_meta(fields: Fields) -> list[tuple[str, str]]:
    """Return the custom fields of a post: names and values."""
    pairs = []
    for meta in fields.get("wp:postmeta", ()):
        parts = children(meta)
        pairs.append((element_text(parts.get("wp:meta_key")), element_text(parts.get("wp:meta_value"))))
    return pairs


def post_body(content: Body, excerpt: str, meta: Iterable[tuple[str, str]]) -> tuple[Body, str]:
    """Return the text of a post with its excerpt in front and its ACF texts, and where the parts were found.

    What the content contains already is not repeated.
    """
    parts = [("content:encoded", content)] if content.text else []
    values = dict(meta)
    for name, value in values.items():
        body = _prose(name, value) if ACF_KEY.fullmatch(values.get(f"_{name}", "")) else None
        if body and _is_new(body, parts):
            parts.insert(0 if LEADS & set(name.split("_")) else len(parts), (f"ACF {name}", body))
    if excerpt and _is_new(lead := _excerpt(excerpt), parts):
        parts.insert(0, ("excerpt:encoded", lead))
    return join_bodies(body for _, body in parts), ", ".join(where for where, _ in parts) or "content:encoded"


def _excerpt(html: str) -> Body:
    body = html_body(html)
    start = read_more_start(body.text)
    return (
        body if start is None else Body(body.text[:start].rstrip(" \n(["), left_out=(*body.left_out, body.text[start:]))
    )


def _is_new(body: Body, parts: list[tuple[str, Body]]) -> bool:
    letters = _letters(body.text)
    return bool(letters) and not any(letters in _letters(part.text) for _, part in parts)


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _prose(name: str, value: str) -> Body | None:
    """Return the text of a field, None if it is no prose: a number, a link, a label, program code, a note."""
    if HIDDEN & set(name.casefold().split("_")) or len(value) > MAX_META_CHARACTERS or SERIALIZED.match(value):
        return None
    if value[:1] in ("{", "[") and _is_json(value):
        return None
    try:
        body = html_body(value)
    except Unreadable:
        return None
    is_prose = any(map(_is_sentence, body.text.split("\n\n")))
    return body if is_prose else None


def _is_sentence(paragraph: str) -> bool:
    end = SENTENCE_END.search(paragraph)
    if end is None:
        return False
    return len(paragraph.split()) >= MIN_WORDS or (end[0] in "。！？" and len(paragraph) >= MIN_LETTERS)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
