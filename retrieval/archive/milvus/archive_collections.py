"""The collections of one archive on a Milvus server: their names, the passages in use, creating and dropping."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.client import Client, CollectionMissing
from retrieval.archive.milvus.collection import Collection
from retrieval.archive.milvus.schema import ARTICLES, LEDGER, NOTES, TEXTS, WORDS, passages_schema
from retrieval.archive.milvus.writer_ledger import Ledger
from retrieval.errors import ArchiveMissing, NotAnArchive

Result = TypeVar("Result")


class ArchiveCollections:
    """The collections of one archive; their names begin with the archive's name.

    The name itself is an alias. It points to the collection of passages in use. A re-embedding points it to another.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.place = client.place
        self.alias = client.place.name
        self.ledger = Collection(client, f"{self.alias}_ledger")
        self.articles = Collection(client, f"{self.alias}_articles")
        self.notes = Collection(client, f"{self.alias}_notes")
        self.texts = Collection(client, f"{self.alias}_texts")
        self.words = Collection(client, f"{self.alias}_words")
        # All but the passages, whose schema depends on the index spec.
        self.schemas = {
            self.ledger: LEDGER,
            self.articles: ARTICLES,
            self.notes: NOTES,
            self.texts: TEXTS,
            self.words: WORDS,
        }

    def named(self, name: str) -> Collection:
        """Return a collection of passages by its name."""
        return Collection(self.client, name)

    def numbered(self, number: int) -> Collection:
        """Return the collection of passages with a number: each index spec has one."""
        return self.named(f"{self.alias}_p{number}")

    def passages(self) -> Collection:
        """Return the passages in use; raises ArchiveMissing or NotAnArchive."""
        target = self.client.alias_target(self.alias)
        if target is None or not target.startswith(f"{self.alias}_p"):
            if self.alias in self.client.collection_names():
                raise NotAnArchive(f"{self.place} is a collection of something else. Choose another name.")
            raise ArchiveMissing(
                f"No archive at {self.place}. Build one with: python -m retrieval index corpus/articles"
            )
        return self.named(target)

    def with_passages(self, action: Callable[[Collection], Result]) -> Result:
        """Run an action on the passages in use, and again if a re-embedding has replaced them meanwhile."""
        passages = self.passages()
        try:
            return action(passages)
        except CollectionMissing:
            if (replacement := self.passages()).name == passages.name:
                raise
            return action(replacement)

    def _existing_names(self) -> list[str]:
        """Return the names of all collections of this archive that are on the server."""
        names = {collection.name for collection in self.schemas}
        prefix = f"{self.alias}_p"
        return [
            name
            for name in self.client.collection_names()
            if name in names or (name.startswith(prefix) and name.removeprefix(prefix).isdigit())
        ]

    def drop(self) -> None:
        """Drop the alias and all collections of the archive."""
        self.client.drop_alias(self.alias)
        for name in self._existing_names():
            self.named(name).drop()


def create(place: MilvusPlace, spec: IndexSpec) -> None:
    """Create an empty archive unless there is one; raises CollectionMissing if there is one without its passages.

    Many processes may create the same archive at once.
    """
    with closing(Client(place)) as client:
        collections = ArchiveCollections(client)
        passages = collections.numbered(1)
        existed = passages.exists()
        collections.ledger.create(LEDGER)
        ledger = Ledger(collections.ledger)
        if not ledger.identity():
            ledger.write_identity()
        # Another process, dead or running, may have created the passages, with the spec that it entered in the ledger.
        if existed and ledger.specs().get(passages.name) != spec:
            passages.drop()
        full_text_search = client.has_full_text_search
        ledger.write_spec(passages.name, spec, full_text_search=full_text_search)
        schema = passages_schema(spec.dimension, place.index, full_text_search=full_text_search)
        schemas = {**collections.schemas, passages: schema}
        with ThreadPoolExecutor(len(schemas)) as threads:
            list(threads.map(lambda collection: collection.create(schemas[collection]), schemas))
        has_articles = collections.articles.query("", [], limit=1, strong=True)
        if has_articles and not client.alias_target(collections.alias):
            raise CollectionMissing(f"{place} is not whole: it has articles, and no passages. Copy a backup to it.")
        ledger.end(ledger.begin())
        # The archive exists from here on.
        client.create_alias(collections.alias, passages.name)
