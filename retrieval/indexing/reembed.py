"""Embeds an archive again, with another model or other passages, in a shadow index that is put in use at the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from corpus.article import Article
from corpus.reader_types import Reading
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import IndexSpec
from retrieval.batch_and_prefetch import prefetch
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveDamaged
from retrieval.indexing.embeddings import Embeddings, embeddings
from retrieval.indexing.pipeline import SIZES, Draft, draft, draft_batches, indexed, unembedded


def reembed(
    archive: Archive,
    encoder: Encoder,
    spec: IndexSpec,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    batch_passages: int = SIZES.passages,
) -> int:
    """Embed every article with another index spec and switch to it in one step; return the passages embedded.

    An interrupted run is resumed. The caller holds the archive's lock. `progress` is called with the number of articles
    done and the number of all pending ones.
    """
    if archive.spec == spec:
        return 0
    shadow = archive.shadow_index(spec)
    pending = shadow.pending()
    embedded = done = 0
    with closing(prefetch(draft_batches(_drafts(archive, pending, encoder, spec), batch_passages))) as batches:
        for batch in batches:
            stored = shadow.stored_vectors([key for one_draft in batch for key in one_draft.keys])
            known = Embeddings(stored, {})
            fresh = embeddings(unembedded(batch, known), encoder, with_token_codes=archive.stores_token_codes)
            shadow.put([indexed(finished, known | fresh, spec) for finished in batch])
            embedded += len(fresh.vectors)
            done += len(batch)
            progress(done, len(pending))
    shadow.switch()
    return embedded


def _drafts(archive: Archive, ids: Sequence[str], encoder: Encoder, spec: IndexSpec) -> Iterator[Draft]:
    for id_ in ids:
        yield draft(Reading(_article(archive, id_), ""), encoder, spec.passage_tokens)


def _article(archive: Archive, id_: str) -> Article:
    article = archive.article(id_)
    if article is None:
        raise ArchiveDamaged(f"The archive is damaged: article {id_} has vanished. Restore a backup.")
    return article
