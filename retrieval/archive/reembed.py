"""Another model, or other passages: everything is embedded again beside what is in use, which answers until the end."""

from collections.abc import Callable, Iterator, Sequence

from corpus.article import Article
from corpus.source import Reading
from retrieval.archive.ahead import ahead
from retrieval.archive.archive import Making
from retrieval.archive.store import Store
from retrieval.archive.sync import Draft, batches, draft, entries
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveDamaged


def reembed(
    store: Store, encoder: Encoder, making: Making, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> int:
    """Embed every article for a making and switch to it in one step; return how many passages were embedded.

    One that was interrupted goes on where it was. The caller holds the archive's lock. `progress` is told the articles
    done and the articles to do.
    """
    if store.making()[1] == making:
        return 0
    making_id = store.begin_making(making)
    embedded = done = 0
    todo = store.unmade(making_id)
    for batch in ahead(batches(_drafts(store, todo, encoder, making))):
        there = store.vectors_of([key for one in batch for key in one.keys], making_id)
        made, fresh = entries(batch, there, encoder, making)
        store.put_making(making_id, made)
        embedded += fresh
        done += len(batch)
        progress(done, len(todo))
    store.switch(making_id)
    return embedded


def _drafts(store: Store, ids: Sequence[str], encoder: Encoder, making: Making) -> Iterator[Draft]:
    for id_ in ids:
        yield draft(Reading(_article(store, id_), ""), encoder, making.passage_tokens)


def _article(store: Store, id_: str) -> Article:
    article = store.article(id_)
    if article is None:
        raise ArchiveDamaged(f"archive.db is damaged: article {id_} has vanished. Restore a backup.")
    return article
