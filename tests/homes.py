"""Where archives of each kind are: in a folder, on milvus-lite, on a whole Milvus, or on the cluster at MILVUS_URI."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.archive.archive import Archive
from retrieval.archive.making import wanted_making
from retrieval.archive.opened import open_archive, open_or_create
from retrieval.archive.place import MilvusPlace, Where, milvus_place
from retrieval.encode.encoder import Encoder

EMBEDDED, LITE, REAL, CLUSTER = "embedded", "lite", "real", "cluster"
CLUSTER_VARIABLE = "MILVUS_URI"
# What is held to the contract on every run; the whole server takes minutes, and is held to it by `make torture`.
KINDS = (EMBEDDED, LITE, *([CLUSTER] if os.environ.get(CLUSTER_VARIABLE) else []))


@dataclass(frozen=True)
class Home:
    """A place for one archive."""

    kind: str
    where: Where

    def made(self, encoder: Encoder, passage_tokens: int = 0) -> Archive:
        """Open the archive, or make an empty one."""
        return open_or_create(self.where, lambda: wanted_making(encoder, passage_tokens))

    def opened(self) -> Archive:
        """Open the archive as another process does."""
        return open_archive(self.where)


@contextmanager
def home_in(folder: Path) -> Iterator[Home]:
    """Give a place in a folder."""
    yield Home(EMBEDDED, folder)


@contextmanager
def home_on(kind: str, server: MilvusPlace) -> Iterator[Home]:
    """Give a place on a server, under a name that nobody else has, and leave nothing there."""
    from retrieval.archive.milvus.archive import MilvusArchive
    from retrieval.archive.milvus.server import Server

    place = MilvusPlace(server.host, server.port, f"t{secrets.token_hex(6)}", server.token, server.tls)
    yield Home(kind, place)
    MilvusArchive(Server(place)).drop()


def cluster() -> MilvusPlace:
    """Return the server at MILVUS_URI; its token is in MILVUS_TOKEN."""
    uri = os.environ[CLUSTER_VARIABLE].rstrip("/")
    return milvus_place(
        uri if uri.count("/") > 2 else f"{uri}/clippings", token=os.environ.get("MILVUS_TOKEN", ""), timeout=30
    )
