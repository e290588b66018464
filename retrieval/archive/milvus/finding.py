"""Passages of an archive on Milvus found, by meaning and by words, and the words that it has counted."""

from collections.abc import Sequence

from retrieval.archive.contract import DocumentFrequencies, FoundPassage
from retrieval.archive.local.lexical import stems
from retrieval.archive.milvus.counts import Counts
from retrieval.archive.milvus.filters import both
from retrieval.archive.milvus.in_use import InUse
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.reading import FOUND, Reading
from retrieval.archive.milvus.server import Row, Server
from retrieval.archive.milvus.words import Listed, Spelling, Told, Words
from retrieval.encode.encoder import Vectors, same_model
from retrieval.errors import ModelChanged
from retrieval.text.edit_distance import mostly_written
from retrieval.types import Filters

# Of the words that are spelled alike, so many of the nearest are counted; and passages a word that tell its capitals.
SPELLED, SPELLED_IN = 40, 10


class Finding:
    """What is asked of the passages in use."""

    def __init__(
        self, server: Server, in_use: InUse, ledger: Ledger, counts: Counts, reading: Reading, spelling: Spelling
    ) -> None:
        self._server = server
        self._in_use = in_use
        self._ledger = ledger
        self._counts = counts
        self._reading = reading
        self._spelling = spelling
        self._told = Told(server)
        self._listed = Listed(server, self._often, self.passages)

    def words(self, collection: str) -> Words:
        """Return how passages of a collection are found by words."""
        return self._told if self._ledger.finds_words(collection) else self._listed

    def search_vectors(self, vector: Vectors, count: int, fingerprint: str, filters: Filters) -> list[FoundPassage]:
        """Return the passages in a slice that are nearest to a vector; raises ModelChanged and UnknownName."""

        def find(current: str) -> list[FoundPassage]:
            if not same_model(self._ledger.spec(current).fingerprint, fingerprint):
                raise ModelChanged("The archive has been embedded with another model. Open it again.")
            return self._reading.search_vectors(current, vector, count, filters)

        return self._in_use.do(find)

    def search_words(self, question: str, count: int, filters: Filters) -> list[FoundPassage]:
        """Return the passages in a slice that share the question's words, best first; raises UnknownName."""

        def find(current: str) -> list[FoundPassage]:
            def rows(limit: int, filter_: str, strong: bool) -> list[Row]:
                return self.words(current).search_words(current, question, limit, filter_, FOUND, strong=strong)

            return self._reading.found(rows, count, filters)

        return self._in_use.do(find)

    def passages(self) -> int:
        """Count the passages."""
        return self._in_use.do(lambda current: self._counts.of(current, [""])[0])

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words, in whatever form."""
        of = {word: stems(word) for word in words}
        often = self._often([stem for some in of.values() for stem in some])
        everywhere = self.passages()
        counted = {word: min((often[stem] for stem in some), default=0) for word, some in of.items()}
        return DocumentFrequencies(everywhere, {word: min(count, everywhere) for word, count in counted.items()})

    def _often(self, terms: Sequence[str]) -> dict[str, int]:
        """Count the passages that have each of these stems."""
        unique = list(dict.fromkeys(terms))

        def count(current: str) -> list[int]:
            return self._counts.of(current, [self.words(current).condition(stem) for stem in unique])

        return dict(zip(unique, self._in_use.do(count), strict=True))

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive that are spelled like a word: nearest first, then most frequent."""
        near = sorted(self._spelling.alike(word).items(), key=lambda item: (item[1], item[0]))[:SPELLED]
        often = self.document_frequencies([form for form, _ in near]).of
        best = sorted((one for one in near if often[one[0]]), key=lambda one: (one[1], -often[one[0]], one[0]))
        return [self._as_mostly_written(form) for form, _ in best[:count]]

    def _as_mostly_written(self, form: str) -> str:
        """Return a word with the capitals that it mostly has, by some passages that have it."""

        def having(current: str) -> list[Row]:
            condition = both(*(self.words(current).condition(stem) for stem in stems(form)))
            return self._server.rows(current, condition, FOUND, limit=SPELLED_IN)

        found = self._reading.there(self._in_use.do(having))
        texts = [f"{one.passage.article.title}\n{one.passage.text}" for one in found]
        return mostly_written(texts).get(form.lower(), form)
