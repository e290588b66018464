"""Everything embedded again: passages of another making in a collection of their own, until an alias is put on it."""

import random
import time
from collections.abc import Mapping, Sequence

from retrieval.archive.contract import Entry, IndexSpec, StoredVectors
from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.schema import Names, passages
from retrieval.archive.milvus.server import Server
from retrieval.archive.milvus.writing import Writing
from retrieval.batching import in_turns
from retrieval.errors import ArchiveBusy

FIELDS = ["article", "version", "amount"]
ARTICLES = 200  # looked at at once
TRIES = 5
LOOK_AGAIN = 0.2  # seconds between two looks at whether those who were writing have ended


class MilvusShadowIndex:
    """Passages of a making that is not in use yet; others may read the archive, and not change it."""

    def __init__(self, server: Server, names: Names, ledger: Ledger, writing: Writing, spec: IndexSpec) -> None:
        """Begin, or go on; raises ArchiveBusy where another process embeds everything with another model."""
        self._server = server
        self._names = names
        self._ledger = ledger
        self._writing = writing
        self._spec = spec
        begun = self._join()
        while not ledger.is_quiet():
            time.sleep(LOOK_AGAIN)
        self._collection = next((name for name, made in begun.items() if made == spec), "") or self._begin(begun)

    def _join(self) -> Mapping[str, IndexSpec]:
        """Keep others from changes, with those who embed with the same making; return what was begun, and when not."""
        for _ in range(TRIES):
            # Written down first, and then held against the others: of two that begin at once, one at least sees both.
            self._ledger.embed_again()
            current = self._server.target(self._names.archive)
            begun = {name: made for name, made in self._ledger.specs().items() if name != current}
            if self._spec in begun.values() or not self._ledger.is_being_embedded():
                return begun
            self._ledger.stop_embedding()
            time.sleep(LOOK_AGAIN * (1 + random.random()))  # noqa: S311 - so that two that met do not meet again
        raise ArchiveBusy(f"{self._server.place} is being embedded by another process. Try again when that has ended.")

    def _begin(self, begun: Mapping[str, IndexSpec]) -> str:
        """Make a collection, in place of those that another making was begun in."""
        numbers = [int(name.rpartition("_p")[2]) for name in self._ledger.specs()]
        # A number that was never used: whoever has the archive open knows what is made with what.
        name = self._names.passages(max(numbers, default=0) + 1)
        # By that name there may be one that nobody has noted: whoever made it died before.
        self._server.drop(*begun, name)
        self._ledger.forget_specs(*begun)
        index = self._server.place.index
        self._server.create(name, passages(self._spec.dimension, index, finds_words=self._server.finds_words))
        self._ledger.note_spec(name, self._spec, finds_words=self._server.finds_words)
        return name

    def pending(self) -> list[str]:
        """Return the ids of the articles that have no passages of this making, or old ones, or not all."""
        self._server.catch_up(self._names.articles, self._collection)
        every = self._server.every(self._names.articles, 'version != "" and amount > 0', ["version"])
        wanted: dict[str, str] = {row["id"]: row["version"] for row in every}
        pending = list[str]()
        for some in in_turns(sorted(wanted), ARTICLES):
            rows = self._server.every(self._collection, one_of("article", some), FIELDS)
            lacking: dict[str, int] = {}
            for row in rows:
                id_, amount = str(row["article"]), int(row["amount"])
                if row["version"] == wanted[id_]:
                    lacking[id_] = lacking.get(id_, amount) - 1
            pending += [id_ for id_ in some if lacking.get(id_) != 0]
        return pending

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors, those that there are, that were embedded under these keys with this making."""
        return stored_vectors(self._server, self._collection, keys)

    def put(self, entries: Sequence[Entry]) -> None:
        """Store passages of this making."""
        self._ledger.embed_again()
        ids = [one.article.id for one in entries]
        rows = self._server.by_key(self._names.articles, ids, ["version", "stamp", "added"], strong=True)
        there = [(one, row) for one in entries if (row := rows.get(one.article.id)) and row["version"]]
        self._writing.write_passages(self._collection, there)

    def switch(self) -> None:
        """Put this making in use, in one step, and drop the others; raises ArchiveBusy where articles lack passages."""
        if self.pending():
            raise ArchiveBusy(f"{self._server.place} was changed while it was embedded again. Run it once more.")
        # Passages of articles that were changed or removed after they were embedded: nobody would sweep them.
        self._writing.remove_stale(self._collection)
        self._server.point(self._names.archive, self._collection)
        others = [name for name in self._ledger.specs() if name != self._collection]
        self._server.drop(*others)
        self._ledger.forget_specs(*others)
        self._ledger.embedded_again()
        self._writing.begin_generation(0)


def stored_vectors(server: Server, collection: str, keys: Sequence[bytes]) -> dict[bytes, StoredVectors]:
    """Return the vectors of a collection, those that there are, that were embedded under these keys."""
    from retrieval.archive.milvus.rows import VECTOR, as_vector

    found: dict[bytes, StoredVectors] = {}
    for some in in_turns(sorted({key.hex() for key in keys}), ARTICLES):
        for row in server.rows(collection, one_of("embedded", some), ["embedded", *VECTOR]):
            found[bytes.fromhex(row["embedded"])] = as_vector(row, server.place)
    return found
