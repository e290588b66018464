"""The location of an archive: a folder of this machine, or a name on a Milvus server."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from config.milvus_scheme import SCHEME
from retrieval.errors import NotAnArchive

PORT = 19530
# A collection's name as Milvus allows it; ours add a few letters.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
Index = Literal["flat", "hnsw", "ivf_sq8", "diskann", "autoindex"]


@dataclass(frozen=True, slots=True)
class MilvusPlace:
    """An archive on a Milvus server, and how to connect to it.

    `timeout` is in seconds, for each call. `certificate` is the file of the certificate to trust. `token` is a token or
    user:password, and never shown.
    """

    host: str
    port: int
    name: str
    token: str = field(default="", repr=False)
    tls: bool = False
    certificate: str = ""
    timeout: float = 5.0
    index: Index = "hnsw"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{SCHEME}{host}:{self.port}/{self.name}"

    @property
    def uri(self) -> str:
        """The server's address in pymilvus's form."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


Where: TypeAlias = Path | MilvusPlace


def milvus_place(
    text: str,
    *,
    token: str = "",
    tls: bool = False,
    certificate: str = "",
    timeout: float = 5.0,
    index: Index = "hnsw",
) -> MilvusPlace:
    """Parse milvus://host:19530/name; raises NotAnArchive, which says how to write it."""
    how = "Write milvus://host:19530/name, with a name of letters, digits and _; the token is a setting of its own."
    try:
        parts = urlsplit(text)
        host, port, name = parts.hostname, parts.port or PORT, parts.path.removeprefix("/")
    except ValueError:
        raise NotAnArchive(f"{text} names no archive. {how}") from None
    if parts.username or parts.password:
        raise NotAnArchive(f"{SCHEME}…@{host} has a password in it, which would be shown wherever it is named. {how}")
    if not host or not NAME.fullmatch(name) or parts.query or parts.fragment:
        raise NotAnArchive(f"{text} names no archive. {how}")
    return MilvusPlace(host, port, name, token, tls, certificate, timeout, index)
