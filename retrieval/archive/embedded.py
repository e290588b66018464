"""The embedded archive: SQLite for the truth, FAISS for meaning, in one folder."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from retrieval.archive.archive import Entry, Found, Making, Status
from retrieval.archive.dense import DenseIndex
from retrieval.archive.store import Store
from retrieval.encode.encoder import Encoder, Vectors
from retrieval.errors import ArchiveMismatch, ArchiveMissing


class EmbeddedArchive:
    """An Archive in a folder, without any other service."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dense: DenseIndex | None = None

    @classmethod
    def open(cls, folder: Path) -> "EmbeddedArchive":
        """Open an archive for asking; raises ArchiveMissing or NotAnArchive."""
        return cls(Store(folder))

    @classmethod
    def check_place(cls, folder: Path) -> None:
        """Raise NotAnArchive where the folder holds something else: cheap, and before a model is loaded."""
        with suppress(ArchiveMissing):
            cls.open(folder)

    @classmethod
    def open_or_create(cls, folder: Path, encoder: Encoder, passage_tokens: int) -> "EmbeddedArchive":
        """Open an archive for writing, or make it; raises ArchiveMismatch where it was made with something else."""
        try:
            archive = cls.open(folder)
        except ArchiveMissing:
            making = Making(encoder.name, encoder.fingerprint, encoder.dimension, passage_tokens)
            return cls(Store.create(folder, making))
        archive.check(encoder)
        if archive.making.passage_tokens != passage_tokens:
            raise ArchiveMismatch(
                f"{folder} holds passages of {archive.making.passage_tokens} tokens, and the settings ask for "
                f"{passage_tokens}. Mend the setting `passage_tokens`, or name another folder in `archive`."
            )
        return archive

    @property
    def making(self) -> Making:
        """What the vectors were made with."""
        return self._store.making

    def check(self, encoder: Encoder) -> None:
        """Raise ArchiveMismatch unless the vectors were made by this encoder."""
        if encoder.fingerprint != self.making.fingerprint:
            raise ArchiveMismatch(
                f"The archive was made with the model {self.making.model!r}, and the settings name {encoder.name!r} "
                "(or its files have changed). Mend the setting `model`, or name another folder in `archive`."
            )

    def search(self, vector: Vectors, count: int) -> list[Found]:
        """Return the passages nearest to a vector of length 1, nearest first, at most `count`."""
        self._dense = self._dense or DenseIndex(*self._store.vectors())
        nearest = self._dense.search(vector, count)
        passages = self._store.passages([number for number, _ in nearest])
        return [Found(passages[number], cosine) for number, cosine in nearest if number in passages]

    def digests(self) -> Mapping[str, str]:
        """Tell the content digest of every article, by its id."""
        return self._store.digests()

    def put(self, entries: Sequence[Entry]) -> None:
        """Take in articles, each in place of the one with its id, all of them or none."""
        self._store.put(entries)
        self._dense = None

    def status(self) -> Status:
        """Count what is in the archive."""
        return self._store.status()

    def close(self) -> None:
        """Let go of the index."""
        self._dense = None
