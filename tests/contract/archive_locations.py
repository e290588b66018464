"""Where archives of each kind are: in a folder, on milvus-lite, on a whole Milvus, or on the cluster at MILVUS_URI."""

import os
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.archive.location import MilvusPlace, Where, milvus_place
from retrieval.archive.open import open_archive, open_or_create
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMissing

EMBEDDED, LITE, REAL, CLUSTER = "embedded", "lite", "real", "cluster"
CLUSTER_VARIABLE = "MILVUS_URI"
# Kinds that take seconds to create: an archive that a test has used is emptied and used again.
SLOW = (REAL, CLUSTER)
# The kinds that `make test` tests. Both servers write slowly: a torture of each has the kind in ARCHIVE_KINDS.
KINDS = (EMBEDDED, *([CLUSTER] if os.environ.get(CLUSTER_VARIABLE) else []))


@dataclass(frozen=True)
class Home:
    """The location of one archive."""

    kind: str
    where: Where

    def open_or_create(self, encoder: Encoder, passage_tokens: int = 0) -> Archive:
        """Open the archive, or create an empty one."""
        return open_or_create(self.where, lambda: wanted_spec(encoder, passage_tokens))

    def open(self) -> Archive:
        """Open the archive as another process does."""
        return open_archive(self.where)

    def empty(self, spec: IndexSpec) -> bool:
        """Remove all articles; return whether another test may use the archive: it has this spec and is undamaged."""
        try:
            archive = self.open()
        except ArchiveMissing:
            return False
        try:
            if archive.spec != spec:
                return False
            with archive.write_lock("test"):
                archive.remove(sorted(archive.known_articles()))
                archive.checkpoint()
            return archive.status().articles == 0 and archive.verify() == []
        finally:
            archive.close()

    def drop(self) -> None:
        """Remove the archive."""
        if isinstance(self.where, Path):
            shutil.rmtree(self.where, ignore_errors=True)
            return
        from retrieval.archive.milvus.archive import MilvusArchive
        from retrieval.archive.milvus.client import Client

        archive = MilvusArchive(Client(self.where))
        archive.drop()
        archive.close()


def home_on(kind: str, server: MilvusPlace) -> Home:
    """Return a location on a server, with a new name."""
    return Home(kind, replace(server, name=f"t{secrets.token_hex(6)}"))


def cluster() -> MilvusPlace:
    """Return the server at MILVUS_URI; its token is in MILVUS_TOKEN."""
    uri = os.environ[CLUSTER_VARIABLE].rstrip("/")
    return milvus_place(
        uri if uri.count("/") > 2 else f"{uri}/clippings", token=os.environ.get("MILVUS_TOKEN", ""), timeout=30
    )
