"""A page that was fetched, as something to read, and the article that it is."""

from dataclasses import replace
from typing import TYPE_CHECKING

from corpus.article import article_id
from corpus.link import canonical
from corpus.source import Reading, SourceFile

if TYPE_CHECKING:
    from corpus.web.client import Page


def as_file(page: "Page", link: str, most_bytes: int, *, day_first: bool | None = None) -> SourceFile:
    """Return a page as something to read, which comes from the link that was asked for."""
    file = SourceFile.of(page.content, link, link, link, most_bytes)
    return replace(file, url=page.url, day_first=day_first)


def named(reading: Reading, url: str) -> Reading:
    """Return the one article of a page, named by the page's link where it names no other itself."""
    card = reading.article.card
    link = card.url or canonical(url)
    if link and not card.url:
        card = replace(card, url=link, id=article_id(link))
    return replace(reading, article=replace(reading.article, card=card))
