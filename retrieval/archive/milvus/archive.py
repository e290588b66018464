"""The archive on a Milvus server: what one machine has no room for, and many machines write to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TypeVar

from corpus.article import Article, Card
from retrieval.archive.archive import (
    Beside,
    Entry,
    Found,
    Frequencies,
    Generation,
    Known,
    Making,
    Provenance,
    Status,
    StoredVectors,
    Telling,
)
from retrieval.archive.lexical import stems
from retrieval.archive.milvus.beside import MilvusBeside, stored_vectors
from retrieval.archive.milvus.counts import COUNTS, Counts
from retrieval.archive.milvus.create import create, drop
from retrieval.archive.milvus.filters import both
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.notes import Notes
from retrieval.archive.milvus.reading import FOUND, Reading
from retrieval.archive.milvus.refusals import Vanished
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Row, Server, patient
from retrieval.archive.milvus.spelling import Spelling
from retrieval.archive.milvus.stored import entries
from retrieval.archive.milvus.words import Listed, Told, Words
from retrieval.archive.milvus.writing import Writing
from retrieval.archive.place import MilvusPlace
from retrieval.archive.spelled import mostly_written
from retrieval.encode.encoder import Vectors, same_model
from retrieval.errors import ArchiveBusy, ArchiveMissing, ArchiveUnreachable, ModelChanged, NotAnArchive
from retrieval.types import EVERYTHING, Passage, Slice

log = logging.getLogger(__name__)
Result = TypeVar("Result")
LOOK_AGAIN = 0.5  # seconds between two looks at whether another process has ended
# Of the words that are spelled alike, so many of the nearest are counted; and passages a word that tell its capitals.
SPELLED, SPELLED_IN = 40, 10
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
        self._told = Told(server)
        self._listed = Listed(server, self._often, self._passages)
        self._writing = Writing(server, self._names, self._ledger, self._notes, self._spelling, self._words)
        self._reading = Reading(server, self._names, self._ledger, self._notes, self._current)

    @classmethod
    def open(cls, place: MilvusPlace) -> "MilvusArchive":
        """Open an archive; raises ArchiveMissing and whatever else says why it cannot be."""
        server = Server(place)
        archive = cls(server)
        archive._ledger.making(archive._current())
        for name in (archive._current(), *archive._names.beside):
            server.load(name)
        return archive

    @classmethod
    def open_or_create(cls, place: MilvusPlace, making: Callable[[], Making]) -> "MilvusArchive":
        """Open an archive, or make an empty one; many may do so at once, and one that is not whole is not made anew."""
        try:
            return cls.open(place)
        except Vanished:
            raise
        except ArchiveMissing:
            create(place, making())
        return cls.open(place)

    def _current(self) -> str:
        """Return the collection of the passages in use; raises ArchiveMissing or NotAnArchive."""
        name = self._names.archive
        found = self._server.target(name)
        if found is None or not found.startswith(f"{name}_p"):
            if name in self._server.collections():
                raise NotAnArchive(f"{self.place} is a collection of something else. Choose another name.")
            raise ArchiveMissing(
                f"No archive at {self.place}. Build one with: python -m retrieval index corpus/articles"
            )
        return found

    def _words(self, collection: str) -> Words:
        """Return how passages of a collection are found by words."""
        return self._told if self._ledger.finds_words(collection) else self._listed

    def _in_use(self, do: Callable[[str], Result]) -> Result:
        """Do something with the passages in use; once more, where others have taken their place meanwhile."""
        current = self._current()
        try:
            return do(current)
        except Vanished:
            if self._current() == current:
                raise
            return do(self._current())

    @property
    def making(self) -> Making:
        """What the passages and vectors in use are made with."""
        return self._in_use(self._ledger.making)

    # ── Searching ────────────────────────────────────────────────────────────────────────────────────────────────────

    def nearest(self, vector: Vectors, count: int, fingerprint: str, slice: Slice = EVERYTHING) -> list[Found]:
        """Return the passages nearest to a vector of length 1, nearest first: the first `count` of those in a slice.

        Raises ModelChanged where they were not embedded by the encoder with this fingerprint, and UnknownName for a
        source or an author that no article has.
        """

        def find(current: str) -> list[Found]:
            if not same_model(self._ledger.making(current).fingerprint, fingerprint):
                raise ModelChanged("The archive has been embedded with another model. Open it again.")
            return self._reading.nearest(current, vector, count, slice)

        return self._in_use(find)

    def matching(self, question: str, count: int, slice: Slice = EVERYTHING) -> list[Found]:
        """Return the passages that share the question's words, best by BM25 first: the first `count` in a slice.

        How rare a word is, is counted over the whole archive. Raises UnknownName, as `nearest` does.
        """

        def find(current: str) -> list[Found]:
            def rows(limit: int, filter_: str, strong: bool) -> list[Row]:
                return self._words(current).matching(current, question, limit, filter_, FOUND, strong=strong)

            return self._reading.found(rows, count, slice)

        return self._in_use(find)

    def frequencies(self, words: Sequence[str]) -> Frequencies:
        """Count the passages that have each of these words, in whatever form.

        Passages that do not count any longer may be counted until the next sweep.
        """
        of = {word: stems(word) for word in words}
        often = self._often([stem for some in of.values() for stem in some])
        everywhere = self._passages()
        counted = {word: min((often[stem] for stem in some), default=0) for word, some in of.items()}
        return Frequencies(everywhere, {word: min(count, everywhere) for word, count in counted.items()})

    def _passages(self) -> int:
        """Count the passages."""
        return self._in_use(lambda current: self._counts.of(current, [""])[0])

    def _often(self, terms: Sequence[str]) -> dict[str, int]:
        """Count the passages that have each of these stems."""
        unique = list(dict.fromkeys(terms))

        def count(current: str) -> list[int]:
            return self._counts.of(current, [self._words(current).condition(stem) for stem in unique])

        return dict(zip(unique, self._in_use(count), strict=True))

    def resembling(self, word: str, count: int) -> list[str]:
        """Return words of the archive that are spelled like a word: nearest first, then most frequent."""
        near = sorted(self._spelling.alike(word).items(), key=lambda item: (item[1], item[0]))[:SPELLED]
        often = self.frequencies([form for form, _ in near]).of
        best = sorted((one for one in near if often[one[0]]), key=lambda one: (one[1], -often[one[0]], one[0]))
        return [self._as_mostly_written(form) for form, _ in best[:count]]

    def _as_mostly_written(self, form: str) -> str:
        """Return a word with the capitals that it mostly has, by some passages that have it."""

        def having(current: str) -> list[Row]:
            condition = both(*(self._words(current).condition(stem) for stem in stems(form)))
            return self._server.rows(current, condition, FOUND, limit=SPELLED_IN)

        found = self._reading.there(self._in_use(having))
        texts = [f"{one.passage.article.title}\n{one.passage.text}" for one in found]
        return mostly_written(texts).get(form.lower(), form)

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self) -> Mapping[str, Known]:
        """Tell what is there of every article, by its id."""
        self._server.catch_up(self._names.articles, self._names.notes)
        told = dict(self._notes.told())
        rows = self._server.every(self._names.articles, COUNTS, ["content"])
        return {row["id"]: Known(row["content"], told.get(row["id"], ())) for row in rows}

    def vectors_of(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys."""
        return self._in_use(lambda current: stored_vectors(self._server, current, keys))

    def article(self, id_: str) -> Article | None:
        """Return an article, whole."""
        return self._reading.article(id_)

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read."""
        return self._reading.provenance(id_)

    def cards(self) -> list[Card]:
        """Return every article's card, newest first, those without a date last."""
        return self._reading.cards()

    def newest(self, count: int) -> list[Card]:
        """Return the first of these cards."""
        since = self._counts.since_day(count) if self._counts.articles() > FEW else 0
        return self._reading.cards(f"published >= {since}" if since else "")[:count]

    def sources(self) -> list[str]:
        """Return the names of all sources, those of most articles first."""
        return [name for name, _ in self._counts.by_name("source", self._ledger.names("source"))]

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; none where there is no such article."""
        return self._reading.passages_of(id_)

    def found_like(self, article: str, passage: str) -> Found | None:
        """Find a passage by how its article's id begins, and how the rest of its own does."""
        return self._reading.found_like(article, passage)

    def entries(self, ids: Sequence[str]) -> list[Entry]:
        """Return articles as they were taken in, those that there are, with everything that `put` takes."""
        return self._in_use(
            lambda current: entries(self._server, self._names, self._reading, self._notes, current, ids)
        )

    def generation(self) -> int:
        """Return the number of the last change: it only grows."""
        return self._ledger.generation()

    def state(self) -> Generation:
        """Return the state that the archive is in."""
        return Generation(self.generation(), self._ledger.identity())

    def has_been(self, generation: Generation) -> bool:
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
            self._passages(),
            self._counts.kept("stories", self._notes.count_stories),
            first,
            last,
            None,
            self.generation(),
            self.making,
            1.0 if self.place.index == "flat" else None,
            tuple((name or None, count) for name, count in languages),
            self._in_use(self._words).lacks,
        )

    def verify(self) -> list[str]:
        """Hold everything in it against everything else; return what is wrong, one line each."""
        from retrieval.archive.milvus.verify import verify

        return self._in_use(
            lambda current: verify(self._server, self._names, self._ledger, self._reading, self._notes, current)
        )

    # ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self, what: str, *, wait: bool = True) -> Iterator[None]:  # noqa: ARG002 - who else writes is no matter
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
                self._writing.put(entries, self._current())

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles."""
        with self._changing:
            self._writing.remove(ids, self._current())

    def tell(self, told: Mapping[str, Sequence[Telling]]) -> None:
        """Write down who tells articles, by their ids, in place of what is known: first the one that stands."""
        with self._changing:
            self._writing.tell(told)

    def settle(self) -> None:
        """Remove what counts for nobody, and have what is new searched as fast as the rest."""
        with self._changing:
            current = self._current()
            self._writing.sweep(current)
            self._server.flush(current, *self._names.beside)

    def renew(self, after: int) -> None:
        """Begin a new generation, after one of another archive too."""
        with self._changing:
            self._writing.renew(after)

    def beside(self, making: Making) -> Beside:
        """Begin to embed everything again, or go on where that was interrupted."""
        return MilvusBeside(self._server, self._names, self._ledger, self._writing, making)

    def drop(self) -> None:
        """Remove the archive from its server, wholly."""
        drop(self._server)

    def close(self) -> None:
        """Let go of the connection."""
        self._server.close()
