"""archive.db, read and written in records: the source of truth, from which the indexes are built.

Inside the archive, a passage is identified by a number. A passage whose headline or text changes gets a new number, and
numbers are never used again: an index that is out of date may miss a passage, but never takes one for another.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.archive.contract import (
    VECTOR_TYPE,
    Generation,
    IndexedArticle,
    KnownArticle,
    Occurrence,
    Provenance,
    Status,
    StoredVectors,
)
from retrieval.archive.found_passages import FoundPassage
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.index_spec_checks import check_passages
from retrieval.archive.local import archive_state, found_rows, near_duplicate_groups, reading
from retrieval.archive.local.archive_state import IN_USE
from retrieval.archive.local.database import Database
from retrieval.archive.local.found_rows import FoundRow
from retrieval.archive.local.rows import (
    CARD,
    MAX_VALUES,
    as_article,
    as_date,
    as_traces,
    as_warnings,
    marks,
    sound_vector,
)
from retrieval.archive.local.writing import forget_words, put_article, put_passages
from retrieval.batch_and_prefetch import batched
from retrieval.types import NO_FILTERS, Filters, Passage

NO_NUMBERS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Changes:
    """A block of the changes between two generations: passages added, and numbers of passages removed.

    If `whole`, an index has to start empty, because the blocks add all passages.
    """

    generation: Generation
    spec_id: int
    spec: IndexSpec
    added: reading.Rows
    removed: NDArray[np.int64]
    whole: bool


class Store:
    """An open archive.db. Every method is one short transaction; any thread may call it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.folder = database.folder

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an archive.db; raises ArchiveMissing, NotAnArchive, ArchiveDamaged or ArchiveMismatch."""
        return cls(Database(folder))

    @classmethod
    def create(cls, folder: Path, spec: IndexSpec) -> Self:
        """Create an empty archive.db; raises NotAnArchive or ArchiveUnwritable."""
        return cls(Database.create(folder, *astuple(spec)))

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def spec(self) -> IndexSpec:
        """The index spec in use."""
        return self.current_spec()[1]

    def current_spec(self) -> tuple[int, IndexSpec]:
        """Return the id of the index spec in use, and the spec."""
        with self.database.read() as db:
            return archive_state.current_spec(db)

    def generation(self) -> Generation:
        """Return the current generation."""
        with self.database.read() as db:
            return archive_state.generation(db)

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether this generation is in the archive's history."""
        query = "SELECT 1 FROM generation WHERE number = ? AND token = ?"
        with self.database.read() as db:
            return db.execute(query, astuple(generation)).fetchone() is not None

    def known_articles(self) -> dict[str, KnownArticle]:
        """Return by id the digest and the occurrences of every article whose passages are up to date."""
        query = (
            "SELECT article.id, article.digest, origin, origin_key, length FROM article "
            f"JOIN split ON split.article = article.id WHERE {IN_USE} AND split.digest = article.digest"
        )
        with self.database.read() as db:
            others = reading.other_occurrences(db)
            return {
                id_: KnownArticle(digest, _occurrences(canonical, others.get(id_, ())))
                for id_, digest, *canonical in db.execute(query)
            }

    def stored_vectors(self, keys: Sequence[bytes], spec_id: int | None = None) -> dict[bytes, StoredVectors]:
        """Return the stored vectors of an index spec (the one in use by default) by embedding key.

        Keys without a vector are left out.
        """
        vectors: dict[bytes, StoredVectors] = {}
        with self.database.read() as db:
            spec_id = spec_id or archive_state.current_spec(db)[0]
            for batch in batched(dict.fromkeys(keys), MAX_VALUES):
                query = f"SELECT key, vector, vector_digest FROM passage WHERE making = ? AND key IN ({marks(batch)})"
                for key, vector, digest in db.execute(query, (spec_id, *batch)):
                    vectors[key] = np.frombuffer(sound_vector(vector, digest), VECTOR_TYPE)
        return vectors

    def rows_by_number(self, numbers: Iterable[int]) -> dict[int, FoundRow]:
        """Return the rows of the passages that have these numbers; raises ArchiveDamaged."""
        with self.database.read() as db:
            return found_rows.rows_by_number(db, numbers)

    def as_passages(self, rows: Iterable[FoundRow]) -> list[FoundPassage]:
        """Return the passages of rows that a search found, with near duplicates; raises ArchiveDamaged."""
        with self.database.read() as db:
            return found_rows.as_passages(db, rows)

    def passages_of(self, article: str) -> list[Passage]:
        """Return the passages of an article in text order; raises ArchiveDamaged."""
        with self.database.read() as db:
            return reading.passages_of_article(db, article)

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Return the passage whose article's id and own part begin so; raises ArchiveDamaged."""
        with self.database.read() as db:
            return found_rows.find_passage(db, article, passage)

    def numbers_passing(self, filters: Filters) -> tuple[Generation, NDArray[np.int64]]:
        """Return the current generation, and the numbers of the passages that pass the filters; raises UnknownName."""
        with self.database.read() as db:
            return archive_state.generation(db), reading.passage_numbers(db, filters)

    def article(self, id_: str) -> Article | None:
        """Return an article with its text; raises ArchiveDamaged."""
        with self.database.read() as db:
            row = db.execute(
                f"SELECT {CARD}, card_digest, text, headings, digest FROM article WHERE id = ?", (id_,)
            ).fetchone()
        return as_article(row) if row else None

    def indexed_articles(self, ids: Sequence[str]) -> list[IndexedArticle]:
        """Return articles with everything that `put` takes; raises ArchiveDamaged."""
        with self.database.read() as db:
            _, spec = archive_state.current_spec(db)
            return [article for id_ in ids if (article := reading.indexed_article(db, id_, spec))]

    def provenance(self, id_: str) -> Provenance | None:
        """Return where an article was found; raises ArchiveDamaged."""
        query = "SELECT place, warnings, traces, origin, origin_key, length FROM article WHERE id = ?"
        with self.database.read() as db:
            row = db.execute(query, (id_,)).fetchone()
            if row is None:
                return None
            where, warnings, traces, *canonical = row
            occurrences = _occurrences(canonical, reading.other_occurrences(db, id_).get(id_, ()))
        return Provenance(occurrences, where, as_warnings(warnings), as_traces(traces))

    def cards(self) -> list[Card]:
        """Return the cards of all articles, newest first; those without a date come last."""
        return self.newest_cards(-1)

    def newest_cards(self, count: int, filters: Filters = NO_FILTERS) -> list[Card]:
        """Return the first `count` of these cards that pass the filters; raises UnknownName."""
        with self.database.read() as db:
            return reading.newest_cards(db, count, filters)

    def sources(self) -> list[str]:
        """Return the names of all sources; the one with most articles comes first."""
        query = "SELECT source FROM article WHERE source IS NOT NULL GROUP BY source ORDER BY count(*) DESC, source"
        with self.database.read() as db:
            return [name for (name,) in db.execute(query)]

    def changes(self, since: Generation | None, spec_id: int | None = None) -> Iterator[Changes]:
        """Yield what changed since a generation, in blocks; all passages, if the journal does not reach back to it.

        There is at least one block, and the first has all removals. Raises ArchiveDamaged for a passage that is not
        what was stored, and after the last block if passages are missing.
        """
        with self.database.read() as db:
            now, (current_id, spec) = archive_state.generation(db), archive_state.current_spec(db)
            whole = since is None or spec_id != current_id or not archive_state.journal_reaches(db, since)
            after, removed = 0, NO_NUMBERS
            if since is not None and not whole:
                after = since.number
                gone = db.execute("SELECT number FROM gone WHERE generation > ?", (after,)).fetchall()
                removed = np.array([number for (number,) in gone], np.int64)
            for rows in reading.read_rows(db, current_id, spec.dimension, after):
                yield Changes(now, current_id, spec, rows, removed, whole)
                removed, whole = NO_NUMBERS, False

    def status(self) -> Status:
        """Return counts of what is in the archive."""
        with self.database.read() as db:
            articles, distinct, first, last = db.execute(
                "SELECT count(*), count(DISTINCT story), min(published), max(published) FROM article"
            ).fetchone()
            languages = db.execute(
                "SELECT language, count(*) FROM article GROUP BY language ORDER BY count(*) DESC, language"
            ).fetchall()
            spec_id, spec = archive_state.current_spec(db)
            (passages,) = db.execute("SELECT count(*) FROM passage WHERE making = ?", (spec_id,)).fetchone()
            generation = archive_state.generation(db).number
        return Status(
            articles,
            passages,
            distinct,
            as_date(first),
            as_date(last),
            _bytes_below(self.folder),
            generation,
            spec,
            languages=tuple(languages),
        )

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store articles, each replacing the one with its id, in one transaction; raises ArchiveMismatch."""
        with self.database.write() as db:
            generation, (spec_id, spec) = archive_state.next_generation(db), archive_state.current_spec(db)
            check_passages(spec, articles, self.folder)
            for article in articles:
                forget_words(db, article, spec_id)
                put_article(db, article, generation)
                put_passages(db, article, spec_id, generation)
            archive_state.trim_journal(db)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles in one transaction."""
        with self.database.write() as db:
            archive_state.next_generation(db)
            for id_ in ids:
                near_duplicate_groups.leave(db, id_)
                db.execute("DELETE FROM article WHERE id = ?", (id_,))
            archive_state.trim_journal(db)

    def set_occurrences(self, occurrences: Mapping[str, Sequence[Occurrence]]) -> None:
        """Replace the occurrences of articles, by article id, the canonical first, in one transaction.

        Searches return none of it, so the generation stays the same.
        """
        with self.database.write() as db:
            for id_, (canonical, *others) in occurrences.items():
                db.execute("UPDATE article SET origin = ?, origin_key = ?, length = ? WHERE id = ?", (*canonical, id_))
                db.execute("DELETE FROM retold WHERE article = ?", (id_,))
                db.executemany("INSERT INTO retold VALUES (?, ?, ?, ?)", [(id_, *other) for other in others])

    def begin_generation(self, after: int) -> None:
        """Begin a generation with a number above `after` and above the current one."""
        with self.database.write() as db:
            archive_state.next_generation(db, after)

    def begin_history(self, after: int) -> None:
        """Begin a generation with a number above `after`, and forget all generations before it.

        No index of an earlier generation is trusted then, and articles added later have a later generation.
        """
        with self.database.write() as db:
            generation = archive_state.next_generation(db, after)
            db.execute("DELETE FROM generation WHERE number != ?", (generation,))


def _occurrences(canonical: Sequence[Any], others: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Return all occurrences of an article; the columns of the canonical one are NULL if it is unknown."""
    return (Occurrence(*canonical), *others) if canonical[0] else tuple(others)


def _bytes_below(folder: Path) -> int:
    """Return the size of all files below a folder. A file that a writer removes meanwhile is not counted."""
    size = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                size += (Path(parent) / file).stat().st_size
    return size
