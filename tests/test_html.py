"""HTML pages: what is written into them comes out, and nothing of what stands around it."""

import pytest

from corpus.article import Article
from corpus.reader import read_content
from corpus.source import Reading, SourceFile
from tests.pages import PAGES


def read(html: str | bytes, url: str | None = None, place: str = "page") -> Reading:
    data = html if isinstance(html, bytes) else html.encode()
    file = SourceFile.of(data, place, place, place)
    (reading,) = read_content(SourceFile(place, place, place, file.open, url=url))
    assert isinstance(reading, Reading)
    return reading


def headings(article: Article) -> tuple[str, ...]:
    return tuple(article.text[start:end] for start, end in article.headings)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_read_exactly_as_it_was_written(kind: str) -> None:
    page = PAGES[kind]
    article = read(page.html, page.fetched).article
    card = article.card
    assert card.title == page.title
    assert (card.url, card.source, card.author) == (page.url, page.source, page.author)
    assert card.published == page.published
    assert tuple(article.text.split("\n\n")) == page.paragraphs
    assert headings(article) == page.headings
