"""The archive on a Milvus server: what one machine has no room for, and many machines write to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress

from corpus.article import Article, Card
from retrieval.archive.contract import (
    DocumentFrequencies,
    Entry,
    FoundPassage,
    Generation,
    IndexSpec,
    KnownArticle,
    Occurrence,
    Provenance,
    ShadowIndex,
    Status,
    StoredVectors,
)
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.client import Vanished, patient
from retrieval.archive.milvus.counts import COUNTS, Counts
from retrieval.archive.milvus.create import create, drop
from retrieval.archive.milvus.finding import Finding
from retrieval.archive.milvus.in_use import InUse
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.notes import Notes
from retrieval.archive.milvus.reading import Reading
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Server
from retrieval.archive.milvus.shadow_index import MilvusShadowIndex, stored_vectors
from retrieval.archive.milvus.stored import entries
from retrieval.archive.milvus.words import Spelling
from retrieval.archive.milvus.writing import Writing
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveBusy, ArchiveMissing, ArchiveUnreachable
from retrieval.types import NO_FILTERS, Filters, Passage

log = logging.getLogger(__name__)
LOOK_AGAIN = 0.5  # seconds between two looks at whether another process has ended
# Up to so many articles, all are looked at for the newest.
FEW = 1000


class MilvusArchive:
    """An Archive on a Milvus server. Many processes may change it at once."""

    def __init__(self, server: Server) -> None:
        """Take a server that has the archive's collections."""
        self.place = server.place
        self._server = server
        self._names = Names(server.place.name)
        self._changing = threading.Lock()
        self._ledger = Ledger(server, self._names.ledger)
        self._counts = Counts(server, self._names, self._ledger.generation)
        self._notes = Notes(server, self._names.notes, self._names.texts)
        self._spelling = Spelling(server, self._names.words)
        self._in_use = InUse(server, self._names)
        self._reading = Reading(server, self._names, self._ledger, self._notes, self._in_use.collection)
        self._finding = Finding(server, self._in_use, self._ledger, self._counts, self._reading, self._spelling)
        self._writing = Writing(server, self._names, self._ledger, self._notes, self._spelling, self._finding.words)

    @classmethod
    def open(cls, place: MilvusPlace) -> "MilvusArchive":
        """Open an archive; raises ArchiveMissing and whatever else says why it cannot be."""
        server = Server(place)
        archive = cls(server)
        current = archive._in_use.collection()
        archive._ledger.spec(current)
        for name in (current, *archive._names.beside):
            server.load(name)
        return archive

    @classmethod
    def open_or_create(cls, place: MilvusPlace, spec: Callable[[], IndexSpec]) -> "MilvusArchive":
        """Open an archive, or make an empty one; many may do so at once, and one that is not whole is not made anew."""
        try:
            return cls.open(place)
        except Vanished:
            raise
        except ArchiveMissing:
            create(place, spec())
        return cls.open(place)

    @property
    def spec(self) -> IndexSpec:
        """What the passages and vectors in use are made with."""
        return self._in_use.do(self._ledger.spec)

    # ── Searching ────────────────────────────────────────────────────────────────────────────────────────────────────

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the passages nearest to a vector of length 1, nearest first: the first `count` of those in a slice.

        Raises ModelChanged where they were not embedded by the encoder with this fingerprint, and UnknownName for a
        source or an author that no article has.
        """
        return self._finding.search_vectors(vector, count, fingerprint, filters)

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the passages that share the question's words, best by BM25 first: the first `count` in a slice.

        How rare a word is, is counted over the whole archive. Raises UnknownName, as `nearest` does.
        """
        return self._finding.search_words(question, count, filters)

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words, in whatever form.

        Passages that do not count any longer may be counted until the next sweep.
        """
        return self._finding.document_frequencies(words)

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive that are spelled like a word: nearest first, then most frequent."""
        return self._finding.similar_words(word, count)

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def known_articles(self) -> Mapping[str, KnownArticle]:
        """Tell what is there of every article, by its id."""
        self._server.catch_up(self._names.articles, self._names.notes)
        told = dict(self._notes.told())
        rows = self._server.every(self._names.articles, COUNTS, ["content"])
        return {row["id"]: KnownArticle(row["content"], told.get(row["id"], ())) for row in rows}

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys."""
        return self._in_use.do(lambda current: stored_vectors(self._server, current, keys))

    def article(self, id_: str) -> Article | None:
        """Return an article, whole."""
        return self._reading.article(id_)

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read."""
        return self._reading.provenance(id_)

    def cards(self) -> list[Card]:
        """Return every article's card, newest first, those without a date last."""
        return self._reading.cards()

    def newest_cards(self, count: int) -> list[Card]:
        """Return the first of these cards."""
        since = self._counts.since_day(count) if self._counts.articles() > FEW else 0
        return self._reading.cards(f"published >= {since}" if since else "")[:count]

    def sources(self) -> list[str]:
        """Return the names of all sources, those of most articles first."""
        return [name for name, _ in self._counts.by_name("source", self._ledger.names("source"))]

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; none where there is no such article."""
        return self._reading.passages_of(id_)

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins, and how the rest of its own does."""
        return self._reading.find_passage(article, passage)

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """Return articles as they were taken in, those that there are, with everything that `put` takes."""
        return self._in_use.do(
            lambda current: entries(self._server, self._names, self._reading, self._notes, current, ids)
        )

    def generation(self) -> int:
        """Return the number of the last change: it only grows."""
        return self._ledger.generation()

    def state(self) -> Generation:
        """Return the state that the archive is in."""
        return Generation(self.generation(), self._ledger.identity())

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether the archive was in this state once."""
        return generation.token == self._ledger.identity() and generation.number <= self._ledger.generation(strong=True)

    def status(self) -> Status:
        """Count what is in the archive; what a server has written down of it, in bytes, it does not tell."""
        first, last = self._counts.days()
        articles = self._counts.articles()
        languages = self._counts.by_name("language", self._ledger.names("language"))
        if unknown := articles - sum(count for _, count in languages):
            languages = sorted([*languages, ("", unknown)], key=lambda one: (-one[1], one[0]))
        return Status(
            articles,
            self._finding.passages(),
            self._counts.kept("stories", self._notes.count_stories),
            first,
            last,
            None,
            self.generation(),
            self.spec,
            1.0 if self.place.index == "flat" else None,
            tuple((name or None, count) for name, count in languages),
            self._in_use.do(self._finding.words).lacks,
        )

    def verify(self) -> list[str]:
        """Hold everything in it against everything else; return what is wrong, one line each."""
        from retrieval.archive.milvus.verify import verify

        return self._in_use.do(
            lambda current: verify(self._server, self._names, self._ledger, self._reading, self._notes, current)
        )

    # ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def write_lock(self, what: str, *, wait: bool = True) -> Iterator[None]:  # noqa: ARG002 - who else writes is no matter
        """Change the archive, as many may at once, but not while it is embedded again: raises ArchiveBusy or waits."""
        with patient() if wait else nullcontext():
            self._wait_for_embedding(wait=wait)
        with patient():
            try:
                yield
            finally:
                # An embedding that was interrupted goes on another time, and keeps nobody waiting.
                with suppress(ArchiveUnreachable):
                    self._ledger.stop_embedding()

    def _wait_for_embedding(self, *, wait: bool) -> None:
        told = False
        while self._ledger.is_being_embedded():
            if not wait:
                raise ArchiveBusy(f"{self.place} is being embedded again. Try again when that has ended.")
            if not told:
                log.warning("Waiting for another process, which embeds %s again …", self.place)
                told = True
            time.sleep(LOOK_AGAIN)

    def put(self, entries: Sequence[Entry]) -> None:
        """Take in articles, each whole, in place of the one with its id."""
        if entries:
            with self._changing:
                self._writing.put(entries, self._in_use.collection())

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles."""
        with self._changing:
            self._writing.remove(ids, self._in_use.collection())

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]]) -> None:
        """Write down who tells articles, by their ids, in place of what is known: first the one that stands."""
        with self._changing:
            self._writing.set_occurrences(told)

    def checkpoint(self) -> None:
        """Remove what counts for nobody, and have what is new searched as fast as the rest."""
        with self._changing:
            current = self._in_use.collection()
            self._writing.sweep(current)
            self._server.flush(current, *self._names.beside)

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, after one of another archive too."""
        with self._changing:
            self._writing.begin_generation(after)

    def shadow_index(self, spec: IndexSpec) -> ShadowIndex:
        """Begin to embed everything again, or go on where that was interrupted."""
        return MilvusShadowIndex(self._server, self._names, self._ledger, self._writing, spec)

    def drop(self) -> None:
        """Remove the archive from its server, wholly."""
        drop(self._server)

    def close(self) -> None:
        """Let go of the connection."""
        self._server.close()
