"""Stores the token codes that a local archive lacks: an older Clippings stored none, and they can be turned off."""

from collections.abc import Callable

from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.row_digests import key_of
from retrieval.batch_and_prefetch import batched
from retrieval.encode.encoder import Encoder
from retrieval.indexing.embeddings import EmbeddedText, embeddings
from retrieval.text.chunking import title_prefix

# Articles in one transaction; an interrupted run goes on behind the last one.
BATCH_ARTICLES = 16


def store_missing(
    archive: LocalArchive, encoder: Encoder, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> int:
    """Encode the passages that have no token codes, and store them; return the number of passages.

    The caller holds the archive's lock. `progress` gets the number of articles done, and of all.
    """
    articles, passage_tokens = archive.articles_without_token_codes(), archive.spec.passage_tokens
    stored = done = 0
    for ids in batched(articles, BATCH_ARTICLES):
        passages = [passage for id_ in ids for passage in archive.passages_of(id_)]
        texts = {
            key_of(passage.article.title, passage.text): EmbeddedText(
                title_prefix(passage.article.title, encoder, passage_tokens), passage.text
            )
            for passage in passages
        }
        archive.put_token_codes(embeddings(texts, encoder, with_token_codes=True).token_codes)
        stored, done = stored + len(passages), done + len(ids)
        progress(done, len(articles))
    return stored
