"""The archive on a Milvus server: for archives too large for one machine, and for many machines that write."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from retrieval.archive.contract import ShadowIndex, Status
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive_collections import create
from retrieval.archive.milvus.client import Client, CollectionMissing, retry_as_writer
from retrieval.archive.milvus.counts import most_first
from retrieval.archive.milvus.shadow_index import MilvusShadowIndex
from retrieval.archive.milvus.verify import verify
from retrieval.archive.milvus.writer_ledger import LEASE_SECONDS
from retrieval.archive.milvus.writing import WritableArchive
from retrieval.errors import ArchiveBusy, ArchiveMissing, ArchiveUnreachable

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5


class MilvusArchive(WritableArchive):
    """An Archive on a Milvus server. Many processes may change it at once."""

    @classmethod
    def open(cls, place: MilvusPlace, *, lease: float = LEASE_SECONDS) -> "MilvusArchive":
        """Open an archive; raises ArchiveMissing, and other errors that say why it cannot be opened."""
        archive = cls(Client(place), lease=lease)
        passages = archive.collections.passages()
        # Raises if a newer Clippings made the archive.
        archive.ledger.spec(passages.name)
        for collection in (passages, *archive.collections.schemas):
            collection.load()
        return archive

    @classmethod
    def open_or_create(cls, place: MilvusPlace, spec: Callable[[], IndexSpec]) -> "MilvusArchive":
        """Open an archive, or create an empty one; an archive that lacks a collection is not created anew."""
        try:
            return cls.open(place)
        except CollectionMissing:
            raise
        except ArchiveMissing:
            create(place, spec())
        return cls.open(place)

    @property
    def spec(self) -> IndexSpec:
        """The index spec of the passages in use; a re-embedding changes it."""
        return self.collections.with_passages(lambda passages: self.ledger.spec(passages.name))

    def status(self) -> Status:
        """Count what is in the archive; its size in bytes is None, since the server does not report it."""
        first, last = self.counts.first_and_last_day()
        articles = self.counts.articles()
        languages = self.counts.articles_by_name("language", self.ledger.names("language"))
        if unknown := articles - sum(count for _, count in languages):
            languages = most_first([*languages, ("", unknown)])
        return Status(
            articles,
            self.count_passages(),
            self.counts.cached("groups", self.notes.count_groups),
            first,
            last,
            None,
            self.generation().number,
            self.spec,
            1.0 if self.place.index == "flat" else None,
            tuple((name or None, count) for name, count in languages),
            self.collections.with_passages(self.bm25).limitations,
        )

    def verify(self) -> list[str]:
        """Check every row; return what is wrong, one line each."""
        return self.collections.with_passages(lambda passages: verify(self, passages))

    @contextmanager
    def write_lock(self, what: str, *, wait: bool = True) -> Iterator[None]:  # noqa: ARG002 - other writers do not matter
        """Wait for another process's re-embedding, or raise ArchiveBusy; other writers may change the archive too."""
        with retry_as_writer() if wait else nullcontext():
            self._wait_for_embedding(wait=wait)
        with retry_as_writer():
            try:
                yield
            finally:
                # An interrupted re-embedding is resumed later. Until then, no other process has to wait for it.
                with suppress(ArchiveUnreachable):
                    self.ledger.release_embedding()

    def _wait_for_embedding(self, *, wait: bool) -> None:
        has_warned = False
        while self.ledger.is_being_embedded():
            if not wait:
                raise ArchiveBusy(f"{self.place} is being embedded again. Try again when that has ended.")
            if not has_warned:
                log.warning("Waiting for another process, which embeds %s again …", self.place)
                has_warned = True
            time.sleep(POLL_SECONDS)

    def shadow_index(self, spec: IndexSpec) -> ShadowIndex:
        """Begin to re-embed the archive with an index spec, or resume."""
        return MilvusShadowIndex(self, spec)

    def drop(self) -> None:
        """Drop the archive's collections from the server."""
        self.collections.drop()

    def close(self) -> None:
        """Close the connection."""
        self.client.close()
