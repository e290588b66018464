"""The truth: what archive.db holds, read and written in records.

Numbers are how passages are known inside the archive: a passage whose headline or text changes gets another number, and
a number is never used again, so an index that is behind can only miss a passage, never take one for another.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.archive.contract import (
    FoundPassage,
    Generation,
    IndexedArticle,
    IndexSpec,
    KnownArticle,
    Occurrence,
    Provenance,
    Status,
    StoredVectors,
)
from retrieval.archive.local import clusters, manifest, reading
from retrieval.archive.local.database import Database
from retrieval.archive.local.rows import (
    CARD,
    VECTOR_TYPE,
    as_article,
    as_card,
    as_date,
    as_traces,
    as_warnings,
    marks,
    sound_vector,
)
from retrieval.archive.local.writing import put_article, put_passages
from retrieval.batching import batched
from retrieval.types import Filters, Passage

# SQLite takes at most 32,766 values a statement.
VALUES = 10_000
NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened between two generations, or, where `whole`, everything that there is now: some of it."""

    generation: Generation
    spec_id: int
    spec: IndexSpec
    added: reading.Rows
    removed: NDArray[np.int64]
    whole: bool


class Store:
    """An open archive.db. Every call is one short transaction, from whatever thread."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open the truth of an archive; raises ArchiveMissing, NotAnArchive, ArchiveDamaged or ArchiveMismatch."""
        return cls(Database(folder))

    @classmethod
    def create(cls, folder: Path, spec: IndexSpec) -> "Store":
        """Make an empty one; raises NotAnArchive or ArchiveUnwritable."""
        return cls(Database.create(folder, *astuple(spec)))

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def current_spec(self) -> tuple[int, IndexSpec]:
        """Return the making in use, and its id."""
        with self.database.read() as db:
            return manifest.current_spec(db)

    def generation(self) -> Generation:
        """Return the state that the archive is in."""
        with self.database.read() as db:
            return manifest.generation(db)

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether the archive was in this state once."""
        query = "SELECT 1 FROM generation WHERE number = ? AND token = ?"
        with self.database.read() as db:
            return db.execute(query, astuple(generation)).fetchone() is not None

    def known_articles(self) -> dict[str, KnownArticle]:
        """Tell what is there of every article that has passages of the making in use, by its id."""
        query = (
            "SELECT article.id, article.digest, origin, origin_key, length FROM article "
            "JOIN split ON split.article = article.id "
            "WHERE making = (SELECT value FROM manifest WHERE key = 'making') AND split.digest = article.digest"
        )
        with self.database.read() as db:
            others = reading.retold(db)
            return {
                id_: KnownArticle(digest, _told(told, others.get(id_, ()))) for id_, digest, *told in db.execute(query)
            }

    def stored_vectors(self, keys: Sequence[bytes], spec: int | None = None) -> dict[bytes, StoredVectors]:
        """Return the vectors that were embedded under these keys, those that there are."""
        found: dict[bytes, StoredVectors] = {}
        with self.database.read() as db:
            spec = spec or manifest.current_spec(db)[0]
            for some in batched(dict.fromkeys(keys), VALUES):
                query = f"SELECT key, vector, vector_digest FROM passage WHERE making = ? AND key IN ({marks(some)})"
                for key, vector, digest in db.execute(query, (spec, *some)):
                    found[key] = np.frombuffer(sound_vector(vector, digest), VECTOR_TYPE)
        return found

    def found(self, numbers: Sequence[int]) -> dict[int, FoundPassage]:
        """Return the passages with these numbers, those that there are; raises ArchiveDamaged."""
        with self.database.read() as db:
            return reading.found(db, numbers)

    def passages_of(self, article: str) -> list[Passage]:
        """Return an article's passages, in order; raises ArchiveDamaged."""
        with self.database.read() as db:
            return reading.of_article(db, article)

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins, and how the rest of its own does; raises ArchiveDamaged."""
        with self.database.read() as db:
            return reading.like(db, article, passage)

    def within(self, filters: Filters) -> tuple[Generation, NDArray[np.int64]]:
        """Return the numbers of the passages in a slice, and of what generation that is; raises UnknownName."""
        with self.database.read() as db:
            return manifest.generation(db), reading.passage_numbers(db, filters)

    def article(self, id_: str) -> Article | None:
        """Return an article, whole; raises ArchiveDamaged."""
        with self.database.read() as db:
            row = db.execute(
                f"SELECT {CARD}, card_digest, text, headings, digest FROM article WHERE id = ?", (id_,)
            ).fetchone()
        return as_article(row) if row else None

    def indexed_articles(self, ids: Sequence[str]) -> list[IndexedArticle]:
        """Return articles as they were taken in, those that there are; raises ArchiveDamaged."""
        with self.database.read() as db:
            dimension = manifest.current_spec(db)[1].dimension
            return [there for id_ in ids if (there := reading.entry(db, id_, dimension))]

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read; raises ArchiveDamaged."""
        query = "SELECT place, warnings, traces, origin, origin_key, length FROM article WHERE id = ?"
        with self.database.read() as db:
            row = db.execute(query, (id_,)).fetchone()
            if row is None:
                return None
            place, warnings, traces, *told = row
            told = _told(told, reading.retold(db, id_).get(id_, ()))
        return Provenance(told, place, as_warnings(warnings), as_traces(traces))

    def cards(self, count: int = -1) -> list[Card]:
        """Return every article's card, or so many, newest first, those without a date last."""
        query = f"SELECT {CARD}, card_digest FROM article ORDER BY published IS NULL, published DESC, id LIMIT ?"
        with self.database.read() as db:
            return [as_card(fields, sealed) for *fields, sealed in db.execute(query, (count,))]

    def sources(self) -> list[str]:
        """Return the names of all sources, those of most articles first."""
        query = "SELECT source FROM article WHERE source IS NOT NULL GROUP BY source ORDER BY count(*) DESC, source"
        with self.database.read() as db:
            return [name for (name,) in db.execute(query)]

    def changes(self, since: Generation | None, spec: int | None = None) -> Iterator[Changes]:
        """Tell what happened since a generation, a block at a time; everything, where that is too long ago or not ours.

        What was removed, and that it is everything, is told by the first one, and there is one. Raises ArchiveDamaged
        for a passage that is not what was stored, or at the end for one that is missing.
        """
        with self.database.read() as db:
            now, (current, made) = manifest.generation(db), manifest.current_spec(db)
            whole = since is None or spec != current or not manifest.reaches(db, since)
            born, removed = 0, NOTHING
            if since is not None and not whole:
                born = since.number
                gone = db.execute("SELECT number FROM gone WHERE generation > ?", (born,)).fetchall()
                removed = np.array([number for (number,) in gone], np.int64)
            for rows in reading.read_rows(db, current, made.dimension, born):
                yield Changes(now, current, made, rows, removed, whole)
                removed, whole = NOTHING, False

    def status(self) -> Status:
        """Count what is in the archive."""
        with self.database.read() as db:
            articles, stories_, first, last = db.execute(
                "SELECT count(*), count(DISTINCT story), min(published), max(published) FROM article"
            ).fetchone()
            languages = db.execute(
                "SELECT language, count(*) FROM article GROUP BY language ORDER BY count(*) DESC, language"
            ).fetchall()
            spec, made = manifest.current_spec(db)
            (count,) = db.execute("SELECT count(*) FROM passage WHERE making = ?", (spec,)).fetchone()
            generation = manifest.generation(db).number
        size = _bytes_below(self.database.folder)
        dates = as_date(first), as_date(last)
        return Status(articles, count, stories_, *dates, size, generation, made, languages=tuple(languages))

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Take in articles, each in place of the one with its id, in one transaction."""
        with self.database.write() as db:
            generation, (spec, _) = manifest.next_generation(db), manifest.current_spec(db)
            for article in articles:
                put_article(db, article, generation)
                put_passages(db, article, spec, generation)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles in one transaction."""
        with self.database.write() as db:
            manifest.next_generation(db)
            for id_ in ids:
                clusters.leave(db, id_)
                db.execute("DELETE FROM article WHERE id = ?", (id_,))
            manifest.trim_journal(db)

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]]) -> None:
        """Write down who tells articles, by their ids, in place of what is known, in one transaction.

        The first is the one that stands. No reader of passages sees any of it, so the generation stays.
        """
        with self.database.write() as db:
            for id_, (stands, *others) in told.items():
                db.execute("UPDATE article SET origin = ?, origin_key = ?, length = ? WHERE id = ?", (*stands, id_))
                db.execute("DELETE FROM retold WHERE article = ?", (id_,))
                db.executemany("INSERT INTO retold VALUES (?, ?, ?, ?)", [(id_, *one) for one in others])

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, after one of another archive too."""
        with self.database.write() as db:
            manifest.next_generation(db, after)

    def begin_anew(self, after: int) -> None:
        """Begin a new generation, after one that is not known here too, and forget those before it.

        So nothing that was made from one of them is trusted, and what is added from now on was added after all of them.
        """
        with self.database.write() as db:
            generation = manifest.next_generation(db, after)
            db.execute("DELETE FROM generation WHERE number != ?", (generation,))

    # ── Embedding again, beside the passages in use ──────────────────────────────────────────────────────────────────

    def begin_spec(self, spec: IndexSpec) -> int:
        """Return the id of a making that is not yet in use, an interrupted one where it is the same."""
        columns = "model, fingerprint, dimension, passage_tokens, splitter"
        with self.database.write() as db:
            current, _ = manifest.current_spec(db)
            for id_, *row in db.execute(f"SELECT id, {columns} FROM making WHERE id != ?", (current,)).fetchall():
                if IndexSpec(*row) == spec:
                    return int(id_)
                manifest.drop_spec(db, id_)
            row = db.execute("INSERT INTO making VALUES (NULL, ?, ?, ?, ?, ?)", astuple(spec))
            return int(row.lastrowid or 0)

    def pending(self, spec: int) -> list[str]:
        """Return the ids of the articles that have no passages of this making, or old ones."""
        query = (
            "SELECT id FROM article LEFT JOIN split ON split.article = article.id AND making = ? "
            "WHERE split.digest IS NOT article.digest ORDER BY id"
        )
        with self.database.read() as db:
            return [id_ for (id_,) in db.execute(query, (spec,))]

    def put_spec(self, spec: int, articles: Sequence[IndexedArticle]) -> None:
        """Store passages of a making that is not yet in use; nobody sees them."""
        with self.database.write() as db:
            generation = manifest.generation(db).number
            for article in articles:
                put_passages(db, article, spec, generation)

    def switch(self, spec: int) -> None:
        """Put a making in use and drop the others, in one transaction."""
        with self.database.write() as db:
            generation = manifest.next_generation(db)
            db.execute("UPDATE manifest SET value = ? WHERE key = 'making'", (spec,))
            for (id_,) in db.execute("SELECT id FROM making WHERE id != ?", (spec,)).fetchall():
                manifest.drop_spec(db, id_)
            db.execute("DELETE FROM gone")
            db.execute("UPDATE manifest SET value = ? WHERE key = 'journal_from'", (generation,))


def _told(stands: Sequence[Any], others: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Return who tells an article, first the one that stands; nobody, where that is not known."""
    return (Occurrence(*stands), *others) if stands[0] else tuple(others)


def _bytes_below(folder: Path) -> int:
    """Add up the sizes of files, some of which a writer may be replacing."""
    size = 0
    for place, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                size += (Path(place) / file).stat().st_size
    return size
