"""Opens an archive of either kind; each kind is imported only when it is opened."""

from collections.abc import Callable
from pathlib import Path

from retrieval.archive.contract import Archive, IndexSpec
from retrieval.archive.location import MilvusPlace, Where
from retrieval.errors import ExtraMissing


def open_archive(where: Where) -> Archive:
    """Open an archive; raises ArchiveMissing or another ArchiveError."""
    if isinstance(where, Path):
        from retrieval.archive.local.archive import LocalArchive

        return LocalArchive.open(where)
    _check_extra(where)
    from retrieval.archive.milvus.archive import MilvusArchive

    return MilvusArchive.open(where)


def open_or_create(where: Where, spec: Callable[[], IndexSpec]) -> Archive:
    """Open an archive, or create an empty one; `spec` is called only if there is none."""
    if isinstance(where, Path):
        from retrieval.archive.local.archive import LocalArchive

        return LocalArchive.open_or_create(where, spec)
    _check_extra(where)
    from retrieval.archive.milvus.archive import MilvusArchive

    return MilvusArchive.open_or_create(where, spec)


def _check_extra(place: MilvusPlace) -> None:
    from importlib.util import find_spec

    if find_spec("pymilvus") is None:
        raise ExtraMissing(
            f"{place} is an archive on Milvus, and pymilvus is not installed. "
            "Install it with: pip install -c constraints.txt '.[milvus]'"
        )
