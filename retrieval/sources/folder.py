"""One visit of a folder: what `index` does, removals included, but never because the folder itself is not there."""

from collections.abc import Mapping

from corpus.errors import PathMissing
from corpus.reading import Place, find_files
from retrieval.archive.contract import KnownArticle
from retrieval.indexing.pipeline import missing
from retrieval.sources.source import Source


def compared(source: Source, known: Mapping[str, KnownArticle]) -> tuple[list[Place], list[str]]:
    """Return the files to read, and those that are gone.

    Raises PathMissing where there is no such folder: a disk that is not there has lost nothing. Raises RemovalRefused.
    """
    folder = source.folder
    if folder is None or not folder.is_dir():
        raise PathMissing(f"There is no folder {folder}.")
    files = find_files([folder])
    return files, missing(known, [folder], {str(place.origin) for place in files}, allow=False)
