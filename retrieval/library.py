"""Clippings as a Python library: open an archive, ask it questions, index files into it."""

import threading
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from config.settings import Settings, load
from corpus.article import Card
from corpus.reader_types import ReadOptions
from retrieval import from_settings
from retrieval.answer.answerer import Answerer
from retrieval.answer.query import parse_filters
from retrieval.archive.open import open_archive as open_at
from retrieval.indexing.folder_indexer import Indexer
from retrieval.indexing.report import Report
from retrieval.types import Answer


def open_archive(location: str | Path | None = None, *, settings: Settings | None = None) -> "NewsArchive":
    """Return the archive at a location: a folder, or milvus://host:19530/name; None is that of the settings.

    Without `settings` they are read as the command line reads them: the defaults, then the file that the environment
    variable CLIPPINGS_SETTINGS names, then the other variables. Nothing is opened before it is needed, so a folder
    without an archive is accepted: `index` makes one, and everything else raises ArchiveMissing.

    Raises SettingsError. Every error of this library is a ClippingsError (corpus/errors.py, retrieval/errors.py).
    """
    settings = settings or load()
    return NewsArchive(settings if location is None else settings.at(str(location)))


class NewsArchive:
    """An archive of news articles. Several threads may ask at once. Close it, or use it in a `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answerer: Answerer | None = None
        self._opening = threading.Lock()

    def ask(
        self,
        question: str,
        hits: int | None = None,
        *,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        author: str | None = None,
        newest: bool = False,
        literal: bool = False,
    ) -> Answer:
        """Answer a question with at most `hits` passages; the settings' number of them if None.

        `since` and `until` are a year, a month or a day, such as 2014-02, both included. `newest` orders the passages
        by date, newest first. Plain words such as "in 2019" are read as filters where something answers so, unless
        `literal`. Raises QuestionError, ArchiveError or EncoderError.
        """
        filters = parse_filters(since, until, source, author)
        return self._open().answer(question, hits, filters=filters, newest=newest, literal=literal)

    def index(self, paths: str | Path | Iterable[str | Path], *, allow_removals: bool = False) -> Report:
        """Sync the archive with the files under the paths: add, change and remove articles.

        If there is no archive, it is made. Raises RemovalRefused if more than a third of the articles from one path
        are gone, unless `allow_removals`; NoArticles, PathMissing, ArchiveError or EncoderError.
        """
        roots = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
        indexer = Indexer(
            from_settings.archive_location(self._settings),
            partial(from_settings.open_index_encoder, self._settings),
            self._settings.passage_tokens,
            self._settings.max_file_bytes,
            options=ReadOptions(post_types=self._settings.post_types),
            allow_removals=allow_removals,
        )
        with closing(indexer):
            return indexer.sync(roots)

    def articles(self) -> list[Card]:
        """Return the cards of all articles (everything but the text), newest first; raises ArchiveError."""
        with closing(open_at(from_settings.archive_location(self._settings))) as archive:
            return archive.cards()

    def close(self) -> None:
        """Close the archive; the next call opens it again."""
        with self._opening:
            if self._answerer:
                self._answerer.close()
                self._answerer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Answerer:
        with self._opening:
            if self._answerer is None:
                self._answerer = from_settings.open_answerer(self._settings)
            return self._answerer
