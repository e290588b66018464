"""Whether a passage is all that its article has, so that there is no more of it to read."""

from retrieval.archive.contract import Archive
from retrieval.types import Passage


def is_whole_article(archive: Archive, passage: Passage) -> bool:
    """Tell whether a passage is the only one of its article."""
    # Most passages begin later in their article: these need no look into the archive.
    return passage.start == 0 and len(archive.passages_of(passage.article.id)) == 1
