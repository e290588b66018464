"""Opens an archive of either kind; each kind is imported only when it is opened."""

from collections.abc import Callable
from pathlib import Path

from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.location import Where
from retrieval.extras import require_extra


def open_archive(where: Where) -> Archive:
    """Open an archive; raises ArchiveMissing or another ArchiveError."""
    if isinstance(where, Path):
        from retrieval.archive.local.archive import LocalArchive

        return LocalArchive.open(where)
    require_extra("milvus", "pymilvus", f"The archive {where}")
    from retrieval.archive.milvus.archive import MilvusArchive

    return MilvusArchive.open(where)


def open_or_create(where: Where, spec: Callable[[], IndexSpec]) -> Archive:
    """Open an archive, or create an empty one; `spec` is called only if there is none."""
    if isinstance(where, Path):
        from retrieval.archive.local.archive import LocalArchive

        return LocalArchive.open_or_create(where, spec)
    require_extra("milvus", "pymilvus", f"The archive {where}")
    from retrieval.archive.milvus.archive import MilvusArchive

    return MilvusArchive.open_or_create(where, spec)
