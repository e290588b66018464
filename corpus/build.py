"""Builds an Article from the raw fields of any format: checks and normalizes each field, with warnings and traces."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from corpus.article import Article, Card, article_id
from corpus.errors import Unreadable
from corpus.publication_status import check_text
from corpus.reader_types import Reading, SourceFile
from corpus.text.authors import author_line
from corpus.text.cleaning import repair_text
from corpus.text.dates import is_unset_date, parse_date
from corpus.text.html import Body
from corpus.text.language import detect_language
from corpus.text.path_dates import date_in_path
from corpus.text.urls import canonical_url

MAX_FIELD_CHARACTERS = 300
MAX_QUOTED_CHARACTERS = 60
LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
# ISO 639 codes for undetermined, multiple and no language.
NO_LANGUAGE = ("und", "mul", "zxx")
Traces = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RawFields:
    """An article's fields as its file writes them; None or "" for a field that it lacks.

    `traces` says where each field was found, for example ("published", "meta article:published_time").
    """

    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    traces: Traces = ()


def build_article(file: SourceFile, fields: RawFields, body: Body, *, key: str = "", label: str = "") -> Reading:
    """Build an article from raw fields; every field that cannot be read gives a warning.

    In a file of many articles, `key` identifies the article permanently, and `label` ("line 7") names it in messages.
    The only article of a fetched file has the file's URL if it names none itself.
    Raises Unreadable if there is no headline, or no text.
    """
    check_text(body.text)
    title = _one_line(fields.title)
    if title is None:
        raise Unreadable("no headline")
    if not body.text.strip():
        raise Unreadable("a headline, and no text under it")
    warnings: list[str] = []
    url = _url(file, fields, key, warnings)
    published, traces = _published(file, fields, url, key, warnings)
    source = _one_line(fields.source) or file.options.source
    language = file.options.language or _language(fields.language, body)
    address = url or (f"{file.place}#{key}" if key else file.place)
    author = _one_line(author_line(repair_text(fields.author or ""), language or fields.language))
    card = Card(article_id(address), title, url, source, author, published, language)
    where = f"{file.where}: {label}" if label else file.where
    traces += tuple([("left out", paragraph) for paragraph in body.left_out])
    return Reading(Article(card, body.text, body.headings), file.origin, where, tuple(warnings), key, traces)


class ArticleKeys:
    """Gives each article of a file a key that stays the same when the file is read again.

    The key is the article's own id, or else its link. Without either it is a digest of headline and date, so that it
    does not change when articles are inserted before this one; articles with the same digest are numbered.
    """

    def __init__(self) -> None:
        self._digest_counts: dict[bytes, int] = {}

    def key(self, own_id: str | None, url: str | None, title: str | None, published: str | None) -> str:
        """Return an article's key; call it once for each article, in the order of the file."""
        if written := (own_id or url or "").strip():
            return written
        digest = hashlib.sha256(f"{title}\n{published}".encode(errors="replace")).digest()[:8]
        count = self._digest_counts[digest] = self._digest_counts.get(digest, 0) + 1
        return digest.hex() + (f"-{count}" if count > 1 else "")


def _url(file: SourceFile, fields: RawFields, key: str, warnings: list[str]) -> str | None:
    written = (fields.url or "").strip()
    url = canonical_url(written, file.url) if written else None
    page_url = canonical_url(file.url) if file.url and not key else None
    if written and url is None:
        warnings.append(
            f"{_quoted(written)} is no link, so the article has {'that of its page' if page_url else 'none'}"
        )
    return url or page_url


def _published(
    file: SourceFile, fields: RawFields, url: str | None, key: str, warnings: list[str]
) -> tuple[date | None, Traces]:
    """Return the date that an article states, else the date in its link or its file's name, and the traces."""
    written = (fields.published or "").strip()
    published = parse_date(written, file.options.day_first, fields.language) if written else None
    if published:
        return published, fields.traces
    if written and not is_unset_date(written):
        warnings.append(f"{_quoted(written)} is no date, so the article has none")
        return None, fields.traces
    places = {"the link": urlsplit(url or "").path, "the file's name": "" if key else file.place}
    day, place = next(((day, place) for place, path in places.items() if (day := date_in_path(path))), (None, "none"))
    if written:
        given = f"that of {place}" if day else place
        warnings.append(f"{_quoted(written)} stands for no date, so the article has {given}")
    others = tuple(trace for trace in fields.traces if trace[0] != "published")
    return (day, (*others, ("published", place))) if day else (None, fields.traces)


def _language(declared: str | None, body: Body) -> str | None:
    tag = LANGUAGE_TAG.fullmatch((declared or "").strip())
    code = tag[1].lower() if tag and tag[1].lower() not in NO_LANGUAGE else None
    # Many pages in other languages say "en", because their theme does: "en" is checked against the text.
    return code if code not in (None, "en") else detect_language(body.text) or code


def _one_line(field: str | None) -> str | None:
    """Put a field on one line, shortened if it is too long; None if it is empty."""
    line = " ".join(repair_text(field or "").split())
    return f"{line[: MAX_FIELD_CHARACTERS - 1]}…" if len(line) > MAX_FIELD_CHARACTERS else line or None


def _quoted(field: str) -> str:
    line = " ".join(field.split())
    return f"'{line[:MAX_QUOTED_CHARACTERS]}…'" if len(line) > MAX_QUOTED_CHARACTERS else f"'{line}'"
