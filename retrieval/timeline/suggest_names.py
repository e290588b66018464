"""Names that an archive has, for one that it does not have: for "Ngozi Hale", "Ngozi Okafor" and "Bruno Hale"."""

from collections import Counter
from collections.abc import Iterator, Sequence

from retrieval.archive.contract import Archive
from retrieval.text.folding import fold
from retrieval.timeline.extract_names import names_in
from retrieval.timeline.subject_mentions import COMMON_PARTS, NO_NAMES
from retrieval.types import Filters

MAX_PASSAGES = 30  # that are looked at for each word
MAX_WORDS, MAX_NAMES = 4, 3


def suggested_names(words: Sequence[str], archive: Archive, filters: Filters) -> tuple[str, ...]:
    """Return the names that have one of these words, folded and in small letters, in most passages first."""
    telling = [word for word in words if word not in COMMON_PARTS | NO_NAMES][:MAX_WORDS]
    passages = Counter(name for word in telling for name in _names_with(word, archive, filters))
    return tuple(name for name, _ in passages.most_common(MAX_NAMES))


def _names_with(word: str, archive: Archive, filters: Filters) -> Iterator[str]:
    """Yield the names with a word in each of the passages that have it."""
    for hit in archive.search_words(word, MAX_PASSAGES, filters):
        sentences = [hit.passage.text[slice(*span)] for span in hit.passage.sentences]
        found = {name for names in names_in(sentences) for name in names}
        yield from sorted(name for name in found if word in fold(name).casefold().split() and " " in name)
