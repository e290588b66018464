"""Which of an archive's collections of passages is in use: the one that its alias stands for."""

from collections.abc import Callable
from typing import TypeVar

from retrieval.archive.milvus.client import Vanished
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Server
from retrieval.errors import ArchiveMissing, NotAnArchive

Result = TypeVar("Result")


class InUse:
    """The passages in use, whose place others may take at any time."""

    def __init__(self, server: Server, names: Names) -> None:
        self._server = server
        self._alias = names.archive

    def collection(self) -> str:
        """Return the collection; raises ArchiveMissing or NotAnArchive."""
        found = self._server.target(self._alias)
        if found is None or not found.startswith(f"{self._alias}_p"):
            if self._alias in self._server.collections():
                raise NotAnArchive(f"{self._server.place} is a collection of something else. Choose another name.")
            raise ArchiveMissing(
                f"No archive at {self._server.place}. Build one with: python -m retrieval index corpus/articles"
            )
        return found

    def do(self, what: Callable[[str], Result]) -> Result:
        """Do something with the collection; once more, where another has taken its place meanwhile."""
        current = self.collection()
        try:
            return what(current)
        except Vanished:
            if (now := self.collection()) == current:
                raise
            return what(now)
