"""Adds and removes single articles of an open archive, without a console."""

from collections.abc import Sequence
from pathlib import Path

from corpus.reader_types import Reading
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArticleMissing
from retrieval.indexing.pipeline import sync
from retrieval.indexing.report import Report


def take_in(archive: Archive, encoder: Encoder, *readings: Reading, wait: bool = False) -> Report:
    """Add the articles of a file, replacing those that it gave before.

    Raises ArchiveBusy if another process writes, unless `wait`, ArchiveMismatch if the archive was embedded with
    another model than the encoder's, and ArchiveUnwritable.
    """
    with archive.write_lock("add", wait=wait):
        return sync(readings, archive, encoder)


def take_out(archive: Archive, ids: Sequence[str], *, wait: bool = False) -> dict[str, Path | None]:
    """Remove articles, all of them or none; return by id the file that each came from, None if that is unknown.

    Raises ArticleMissing, ArchiveBusy as `take_in` does, and ArchiveUnwritable.
    """
    with archive.write_lock("remove", wait=wait):
        known = archive.known_articles()
        if unknown := [id_ for id_ in ids if id_ not in known]:
            raise ArticleMissing(f"There is no article {', '.join(unknown)}. See: python -m retrieval list")
        archive.remove(ids)
        archive.checkpoint()
    return {id_: Path(origin) if (origin := known[id_].origin) else None for id_ in ids}
