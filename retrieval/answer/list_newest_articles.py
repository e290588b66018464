"""The newest articles as hits, for questions that ask for articles and not for anything in them."""

from retrieval.archive.contract import Archive
from retrieval.types import Filters, Hit


def newest_articles(archive: Archive, filters: Filters, count: int) -> tuple[Hit, ...]:
    """Return the first sentences of the newest articles that pass the filters, as hits; raises UnknownName."""
    begun = (archive.passages_of(card.id)[:1] for card in archive.newest_cards(count, filters))
    passages = (passage for beginning in begun for passage in beginning if passage.sentences)
    return tuple(
        Hit(passage, 0.0, rank, passage.sentences[0], confidence=1.0) for rank, passage in enumerate(passages, start=1)
    )
