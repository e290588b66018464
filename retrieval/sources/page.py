"""The article that a page is which was fetched."""

from dataclasses import replace

from corpus.article import article_id
from corpus.documents import Reading
from corpus.text.urls import canonical


def named(reading: Reading, url: str) -> Reading:
    """Return the one article of a page, named by the page's link where it names no other itself."""
    card = reading.article.card
    link = card.url or canonical(url)
    if link and not card.url:
        card = replace(card, url=link, id=article_id(link))
    return replace(reading, article=replace(reading.article, card=card))
