"""The shadow index on Milvus: a second collection of passages, for re-embedding, until the alias points to it."""

import random
import time
from collections.abc import Mapping, Sequence

from retrieval.archive.contract import IndexedArticle, StoredVectors
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.index_spec_checks import check_passages
from retrieval.archive.milvus.collection import Collection, any_of, catch_up
from retrieval.archive.milvus.counts import IS_CURRENT
from retrieval.archive.milvus.reading import stored_vectors
from retrieval.archive.milvus.schema import passages_schema
from retrieval.archive.milvus.writing import WritableArchive
from retrieval.batch_and_prefetch import batched
from retrieval.errors import ArchiveBusy

# Articles' ids in one filter expression.
ARTICLES_PER_REQUEST = 200
MAX_TRIES = 5
POLL_SECONDS = 0.2


class MilvusShadowIndex:
    """Passages of an index spec that is not in use yet. Meanwhile others may read the archive, but not change it."""

    def __init__(self, archive: WritableArchive, spec: IndexSpec) -> None:
        """Begin, or resume; raises ArchiveBusy while another process re-embeds with another spec."""
        self._archive = archive
        self._collections = archive.collections
        self._ledger = archive.ledger
        self._spec = spec
        begun = self._claim()
        while self._ledger.has_other_changes():
            time.sleep(POLL_SECONDS)
        name = next((name for name, other in begun.items() if other == spec), None)
        self._passages = self._collections.named(name) if name else self._create(begun)

    def _claim(self) -> Mapping[str, IndexSpec]:
        """Claim the re-embedding, alone or with processes that use the same spec; return the specs not in use."""
        for _ in range(MAX_TRIES):
            # Claim first, then look at other claims: if two processes begin at once, at least one sees both.
            self._ledger.claim_embedding()
            in_use = self._collections.client.alias_target(self._collections.alias)
            begun = {name: spec for name, spec in self._ledger.specs().items() if name != in_use}
            if self._spec in begun.values() or not self._ledger.is_being_embedded():
                return begun
            self._ledger.release_embedding()
            # A random time, so that two processes that collided do not collide again.
            time.sleep(POLL_SECONDS * (1 + random.random()))  # noqa: S311
        raise ArchiveBusy(f"{self._archive.place} is being embedded by another process. Try again when that has ended.")

    def _create(self, begun: Mapping[str, IndexSpec]) -> Collection:
        """Create a collection, and drop those that were begun with other specs."""
        numbers = [int(name.rpartition("_p")[2]) for name in self._ledger.specs()]
        # A number that was never used: processes with an open archive remember the spec of each name.
        passages = self._collections.numbered(max(numbers, default=0) + 1)
        # Another process may have created this collection and died before it entered it in the ledger.
        for name in (*begun, passages.name):
            self._collections.named(name).drop()
        self._ledger.delete_specs(*begun)
        client = self._archive.client
        full_text_search = client.has_full_text_search
        passages.create(passages_schema(self._spec.dimension, client.place.index, full_text_search=full_text_search))
        self._ledger.write_spec(passages.name, self._spec, full_text_search=full_text_search)
        return passages

    def pending(self) -> list[str]:
        """Return the ids of articles whose passages of this spec are missing, incomplete or of an old version."""
        articles = self._collections.articles
        catch_up(articles, self._passages)
        versions = {row["id"]: row["version"] for row in articles.iterate(f"{IS_CURRENT} and amount > 0", ["version"])}
        pending = list[str]()
        for ids in batched(sorted(versions), ARTICLES_PER_REQUEST):
            remaining: dict[str, int] = {}
            for row in self._passages.iterate(any_of("article", ids), ["article", "version", "amount"]):
                id_ = str(row["article"])
                if row["version"] == versions[id_]:
                    remaining[id_] = remaining.get(id_, int(row["amount"])) - 1
            pending += [id_ for id_ in ids if remaining.get(id_) != 0]
        return pending

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors that were embedded under these keys with this spec; others are left out."""
        return stored_vectors(self._passages, keys)

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Store the passages of articles that are in the archive; raises ArchiveMismatch."""
        check_passages(self._spec, articles, self._archive.place)
        self._ledger.claim_embedding()
        ids = [entry.article.id for entry in articles]
        rows = self._collections.articles.get(ids, ["version", "stamp", "added"], strong=True)
        current = {id_: row for id_, row in rows.items() if row["version"]}
        self._archive.write_passages(
            self._passages,
            [(entry, current[entry.article.id]) for entry in articles if entry.article.id in current],
        )

    def switch(self) -> None:
        """Put this spec in use, in one atomic step, and drop the others; raises ArchiveBusy if articles are pending."""
        if self.pending():
            raise ArchiveBusy(f"{self._archive.place} was changed while it was embedded again. Run it once more.")
        # Articles may have been changed or removed after they were embedded; no sweep would find their old passages.
        self._archive.delete_stale(self._passages)
        self._collections.client.point_alias(self._collections.alias, self._passages.name)
        others = [name for name in self._ledger.specs() if name != self._passages.name]
        for name in others:
            self._collections.named(name).drop()
        self._ledger.delete_specs(*others)
        self._ledger.end_embedding()
        self._archive.begin_generation(0)
