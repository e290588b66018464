"""What every format does with the fields that it found: an article, checked and in order."""

import hashlib
import re
from collections.abc import Iterable

from corpus.article import Article, Card, article_id
from corpus.documents import Reading, SourceFile
from corpus.errors import Unreadable
from corpus.text.cleaning import mended
from corpus.text.dates import read_date
from corpus.text.html import Prose
from corpus.text.language import language_of
from corpus.text.urls import canonical

LONGEST_FIELD = 300
LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
UNTOLD = ("und", "mul", "zxx")


def compose(
    file: SourceFile,
    *,
    title: str | None,
    prose: Prose,
    url: str | None = None,
    source: str | None = None,
    author: str | None = None,
    published: str | None = None,
    language: str | None = None,
    key: str = "",
    which: str = "",
    traces: Iterable[tuple[str, str]] = (),
) -> Reading:
    """Return the article that fields as they were found make, with a warning for each that could not be read.

    `which` names it for a person among the others of its file, `key` for ever. Where no language is told, or
    English, the text tells it. Raises Unreadable where there is no headline, or no text under it.
    """
    headline = _line(title)
    if headline is None:
        raise Unreadable("no headline")
    if not prose.text.strip():
        raise Unreadable("a headline, and no text under it")
    warnings = []
    link = canonical(url, file.url) if url else None
    if link is None and url and url.strip():
        warnings.append(f"{_quoted(url)} is no link, so the article has none")
    day = read_date(published, file.day_first, language) if published else None
    if day is None and published and published.strip():
        warnings.append(f"{_quoted(published)} is no date, so the article has none")
    address = link or (f"{file.place}#{key}" if key else file.place)
    told = _code(language)
    # Many a page says that it is English because whoever made its theme was.
    spoken = told if told not in (None, "en") else language_of(prose.text) or told
    card = Card(article_id(address), headline, link, _line(source), _line(author), day, spoken)
    where = f"{file.where}: {which}" if which else file.where
    return Reading(Article(card, prose.text, prose.headings), file.origin, where, tuple(warnings), key, tuple(traces))


def _line(field: str | None) -> str | None:
    """Put a field on one line, cut where it is too long to be what it should be; None where there is nothing in it."""
    line = " ".join(mended(field or "").split())
    return f"{line[: LONGEST_FIELD - 1]}…" if len(line) > LONGEST_FIELD else line or None


def _code(language: str | None) -> str | None:
    found = LANGUAGE.fullmatch((language or "").strip())
    return found[1].lower() if found and found[1].lower() not in UNTOLD else None


def _quoted(field: str) -> str:
    line = " ".join(field.split())
    return f"'{line[:60]}…'" if len(line) > 60 else f"'{line}'"


class Keys:
    """The keys of one file's articles.

    An article's own id is its key, else its link. Without either it is its headline and date, so that it keeps its key
    when others are put in front of it; those that have these in common are numbered.
    """

    def __init__(self) -> None:
        self._met: dict[bytes, int] = {}

    def key(self, own: str | None, url: str | None, title: str | None, published: str | None) -> str:
        """Return an article's key."""
        if told := (own or url or "").strip():
            return told
        digest = hashlib.sha256(f"{title}\n{published}".encode(errors="replace")).digest()[:8]
        self._met[digest] = self._met.get(digest, 0) + 1
        return digest.hex() + (f"-{self._met[digest]}" if self._met[digest] > 1 else "")
