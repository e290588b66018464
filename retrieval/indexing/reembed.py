"""Another model, or other passages: everything is embedded again beside what is in use, which answers until the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from corpus.article import Article
from corpus.documents import Reading
from retrieval.archive.ahead import ahead
from retrieval.archive.contract import Archive, Making
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveDamaged
from retrieval.indexing.pipeline import Draft, batches, draft, entries


def reembed(
    archive: Archive, encoder: Encoder, making: Making, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> int:
    """Embed every article for a making and switch to it in one step; return how many passages were embedded.

    One that was interrupted goes on where it was. The caller holds the archive's lock. `progress` is told the articles
    done and the articles to do.
    """
    if archive.making == making:
        return 0
    beside = archive.beside(making)
    embedded = done = 0
    todo = beside.unmade()
    with closing(ahead(batches(_drafts(archive, todo, encoder, making)))) as drafted:
        for batch in drafted:
            there = beside.vectors_of([key for one in batch for key in one.keys])
            made, fresh = entries(batch, there, encoder, making)
            beside.put(made)
            embedded += fresh
            done += len(batch)
            progress(done, len(todo))
    beside.switch()
    return embedded


def _drafts(archive: Archive, ids: Sequence[str], encoder: Encoder, making: Making) -> Iterator[Draft]:
    for id_ in ids:
        yield draft(Reading(_article(archive, id_), ""), encoder, making.passage_tokens)


def _article(archive: Archive, id_: str) -> Article:
    article = archive.article(id_)
    if article is None:
        raise ArchiveDamaged(f"The archive is damaged: article {id_} has vanished. Restore a backup.")
    return article
