"""Another model, or other passages: everything is embedded again beside what is in use, which answers until the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from corpus.article import Article
from corpus.documents import Reading
from retrieval.archive.contract import Archive, IndexSpec
from retrieval.batching import prefetch
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveDamaged
from retrieval.indexing.pipeline import Draft, batches, draft, entries


def reembed(
    archive: Archive, encoder: Encoder, spec: IndexSpec, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> int:
    """Embed every article for a making and switch to it in one step; return how many passages were embedded.

    One that was interrupted goes on where it was. The caller holds the archive's lock. `progress` is told the articles
    done and the articles to do.
    """
    if archive.spec == spec:
        return 0
    shadow = archive.shadow_index(spec)
    embedded = done = 0
    todo = shadow.pending()
    with closing(prefetch(batches(_drafts(archive, todo, encoder, spec)))) as drafted:
        for batch in drafted:
            there = shadow.stored_vectors([key for one in batch for key in one.keys])
            made, fresh = entries(batch, there, encoder, spec)
            shadow.put(made)
            embedded += fresh
            done += len(batch)
            progress(done, len(todo))
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
