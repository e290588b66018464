"""Finds the articles most similar to a text that somebody has, such as a post."""

from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.types import Passage

MAX_CHARACTERS = 2000  # of a text that are embedded; a model reads no more than a few hundred words
PASSAGES_PER_ARTICLE = 5


def similar_articles(text: str, archive: Archive, encoder: Encoder, count: int) -> list[Passage]:
    """Return the most similar passage of each of the `count` articles nearest to a text, nearest first.

    Raises ModelChanged if the archive has been embedded with another model.
    """
    (vector,) = encoder.encode_passages([text[:MAX_CHARACTERS]])
    found = archive.search_vectors(vector, PASSAGES_PER_ARTICLE * count, encoder.fingerprint)
    by_article: dict[str, Passage] = {}
    for each in found:
        by_article.setdefault(each.passage.article.id, each.passage)
    return list(by_article.values())[:count]
