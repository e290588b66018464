"""Articles for tests of archives, and functions that put them into an archive and search for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from corpus.article import Article, Card, Span
from corpus.reader_types import Reading
from retrieval.archive.contract import Archive, IndexedArticle
from retrieval.archive.index_spec import IndexSpec
from retrieval.encode.encoder import Vectors, embedded_text
from retrieval.indexing.embeddings import Embeddings, embeddings
from retrieval.indexing.pipeline import Draft, draft, indexed, unembedded
from retrieval.text.chunking import title_prefix
from retrieval.types import NO_FILTERS, Filters, Passage
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
OTHER = FakeEncoder(name="other", dimension=16)
STORY = "The mayor opened a bridge over the river on Monday, and hundreds came to see it in spite of the rain. " * 3


def an_article(number: int, text: str = "") -> Article:
    card = Card(
        f"id{number}",
        f"Title {number}",
        f"https://example.org/{number}",
        "Paper",
        "Ann",
        date(2020, 1, number % 28 + 1),
    )
    return Article(card, text or f"Heading\n\nText number {number} is here. It has two sentences.", (Span(0, 7),))


def with_card(article: Article, **changed: object) -> Article:
    return replace(article, card=replace(article.card, **changed))  # type: ignore[arg-type]


def embed(drafts: Sequence[Draft], encoder: FakeEncoder, spec: IndexSpec) -> list[IndexedArticle]:
    """Return drafts with their vectors and token codes."""
    known = embeddings(unembedded(drafts, Embeddings({}, {})), encoder, with_token_codes=True)
    return [indexed(finished, known, spec) for finished in drafts]


def put(archive: Archive, *articles: Article, added: int | None = None, encoder: FakeEncoder = FAKE) -> None:
    """Put articles into an archive without a sync."""
    drafts = [draft(Reading(article, f"/files/{article.id}"), encoder, 64) for article in articles]
    embedded = embed(drafts, encoder, archive.spec)
    with archive.write_lock("test"):
        archive.put([replace(article, added=added) for article in embedded])


def ids_of(archive: Archive, words: str, filters: Filters = NO_FILTERS) -> set[str]:
    return {hit.passage.article.id for hit in archive.search_words(words, 99, filters)}


def vector_of(passage: Passage, encoder: FakeEncoder = FAKE) -> Vectors:
    prefix = title_prefix(passage.article.title, encoder, encoder.max_tokens)
    (vector,) = encoder.encode_passages([embedded_text(prefix, passage.text)]).astype(np.float16).astype(np.float32)
    return np.asarray(vector, np.float32)
