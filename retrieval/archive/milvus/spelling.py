"""Words that are spelled alike, out of a list of all words: by their first letter and their length, then one by one."""

from collections.abc import Iterable, Sequence

from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.schema import NO_VECTOR, NONE
from retrieval.archive.milvus.server import Server
from retrieval.text.edit_distance import alike, mostly_written, reach

# Longer ones are spelled like nothing; and so many that the rest of a family has are looked at.
LONGEST_WORD = 40


class Spelling:
    """The words of an archive on Milvus."""

    def __init__(self, server: Server, collection: str) -> None:
        self._server = server
        self._collection = collection
        self._known: set[str] = set()

    def learn(self, texts: Iterable[str]) -> None:
        """Write down the words of texts, each as it is mostly written in them."""
        mostly = {lower: form for lower, form in mostly_written(texts).items() if len(lower) <= LONGEST_WORD}
        new = {lower: form for lower, form in mostly.items() if lower not in self._known}
        rows = [{"id": lower, "form": form, "family": _family(lower), NONE: NO_VECTOR} for lower, form in new.items()]
        self._server.write(self._collection, rows)
        self._known.update(new)

    def alike(self, word: str) -> dict[str, int]:
        """Return the words that are within a word's reach, with how far away they are, as they were written once."""
        lower = word.lower()
        if not lower or len(lower) > LONGEST_WORD:
            return {}
        families = [_family(lower[0] * length) for length in _lengths(lower)]
        rows = self._server.every(self._collection, one_of("family", families), ["form"])
        return alike(word, (row["form"] for row in rows))


def _lengths(word: str) -> Sequence[int]:
    return range(max(1, len(word) - reach(word)), len(word) + reach(word) + 1)


def _family(word: str) -> int:
    """Number the words that begin with the same letter and are as long."""
    return ord(word[0]) * 100 + len(word)
