"""A second index spec in archive.db, beside the one in use: its passages are complete before it is switched to."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Self

from retrieval.archive.contract import IndexedArticle, StoredVectors
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.index_spec_checks import check_passages
from retrieval.archive.local import archive_state
from retrieval.archive.local.record_store import Store
from retrieval.archive.local.writing import put_passages


@dataclass(frozen=True, slots=True)
class LocalShadowIndex:
    """Passages with another index spec, in the same archive.db. No search sees them before the switch."""

    store: Store
    spec_id: int

    @classmethod
    def begin(cls, store: Store, spec: IndexSpec) -> Self:
        """Begin a shadow index; an interrupted one with the same spec is resumed, any other one is dropped."""
        columns = "model, fingerprint, dimension, passage_tokens, splitter"
        with store.database.write() as db:
            current_id, _ = archive_state.current_spec(db)
            for id_, *row in db.execute(f"SELECT id, {columns} FROM making WHERE id != ?", (current_id,)).fetchall():
                if IndexSpec(*row) == spec:
                    return cls(store, int(id_))
                archive_state.drop_shadow_spec(db, id_)
            inserted = db.execute("INSERT INTO making VALUES (NULL, ?, ?, ?, ?, ?)", astuple(spec))
            return cls(store, int(inserted.lastrowid or 0))

    def pending(self) -> list[str]:
        """Return the ids of the articles whose passages are missing here or outdated."""
        query = (
            "SELECT id FROM article LEFT JOIN split ON split.article = article.id AND making = ? "
            "WHERE split.digest IS NOT article.digest ORDER BY id"
        )
        with self.store.database.read() as db:
            return [id_ for (id_,) in db.execute(query, (self.spec_id,))]

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors stored here, by embedding key; keys without one are left out."""
        return self.store.stored_vectors(keys, self.spec_id)

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store the passages of articles. Raises ArchiveMismatch."""
        with self.store.database.write() as db:
            generation = archive_state.generation(db).number
            check_passages(archive_state.spec_of(db, self.spec_id), articles, self.store.folder)
            for article in articles:
                put_passages(db, article, self.spec_id, generation)
            archive_state.trim_journal(db)

    def switch(self) -> None:
        """Put this index in use and drop all others, in one transaction."""
        with self.store.database.write() as db:
            generation = archive_state.next_generation(db)
            db.execute("UPDATE manifest SET value = ? WHERE key = 'making'", (self.spec_id,))
            for (id_,) in db.execute("SELECT id FROM making WHERE id != ?", (self.spec_id,)).fetchall():
                archive_state.drop_spec(db, id_)
            db.execute("DELETE FROM gone")
            db.execute("UPDATE manifest SET value = ? WHERE key = 'journal_from'", (generation,))
