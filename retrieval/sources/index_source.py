"""Crawl a source: fetch new and changed articles, index them batch by batch, and record how the visit went."""

import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from corpus.backoff import Backoff
from corpus.errors import CorpusError, PathMissing
from corpus.reader_types import Reading, Skipped
from corpus.reading import Place, find_files, read_files
from retrieval.archive.contract import Archive, KnownArticle
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveBusy, RemovalRefused
from retrieval.indexing.pipeline import missing_files, sync
from retrieval.indexing.reconciler import Scope
from retrieval.indexing.report import Report
from retrieval.sources.cancellable_client import BackgroundClient, Stopped
from retrieval.sources.fetch_links import Visit
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState, LastVisit

if TYPE_CHECKING:
    from corpus.web.client import Client

log = logging.getLogger(__name__)
OPERATION = "sync"  # the name of a visit in messages about the lock
RETRY_SECONDS = 0.5  # between two attempts to get the lock of another writer
MAX_WAIT_SECONDS = 86_400.0  # until a source that fails is visited again
# A feed or a sitemap may be this many times as large as an article: a sitemap of 50,000 links has up to 50 MB.
LIST_FACTOR = 5


@dataclass(frozen=True)
class CrawlResult:
    """One visit of a source: what was indexed, and how it went."""

    source: Source
    report: Report
    last_visit: LastVisit


@dataclass(frozen=True)
class Crawler:
    """Visits sources and indexes their articles into an archive.

    `encoder` is called once there is something to index. Without `wait`, a visit raises ArchiveBusy at its start while
    another process writes. `clock` returns seconds since 1970. `stopped` returns True once the visit is to end.
    `progress` is called with the report so far, after each batch.
    """

    archive: Archive
    encoder: Callable[[], Encoder]
    state: CrawlState
    max_bytes: int
    wait: bool = True
    clock: Callable[[], float] = time.time
    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[Report], None] = lambda _: None

    def visit(self, source: Source) -> CrawlResult:
        """Visit a source; index new and changed articles batch by batch. A batch that was indexed is never lost.

        If the source itself fails, the result says why. Raises ArchiveBusy unless `wait`, and ArchiveMismatch,
        ArchiveUnwritable, SourcesUnusable or EncoderError if nothing can be indexed at all.
        """
        report, reason = Report(), None
        if not self.wait:
            # While another process writes, nothing could be indexed: do not fetch either.
            with self.archive.write_lock(OPERATION, wait=False):
                pass
        try:
            if source.folder:
                self._visit_folder(source, report)
            else:
                reason = self._visit_link(source, report)
        except Stopped:
            pass
        except (CorpusError, RemovalRefused) as error:
            reason = str(error)
        last_visit = self._last_visit(source, report, reason)
        if reason:
            log.info("%s failed: %s", source.name, reason)
        log.info(
            "%s: %d added, %d changed, %d skipped.", source.name, report.added, report.changed, len(report.skipped)
        )
        if not self.stopped():  # a visit that was stopped stays due
            self.state.save_visit(source.name, last_visit)
        return CrawlResult(source, report, last_visit)

    def _visit_link(self, source: Source, report: Report) -> str | None:
        from corpus.web.client import ROBOTS, Client

        ROBOTS.restore(self.state.robots())
        client = Client(max_bytes=LIST_FACTOR * self.max_bytes, allow_private=source.private)
        try:
            return self._follow(source, report, client)
        finally:
            self.state.save_robots(ROBOTS.cached())

    def _follow(self, source: Source, report: Report, client: "Client") -> str | None:
        with BackgroundClient(client, self.stopped) as background:
            visit = Visit(
                source,
                self.state,
                background,
                indexed=lambda id_: self.archive.article(id_) is not None,
                max_bytes=self.max_bytes,
                now=self.clock(),
                stopped=self.stopped,
            )
            for batch in visit.batches():
                if batch.readings:
                    with self._writing():
                        self._sync(batch.readings, report)
                # A link is recorded as read only after its articles are indexed.
                self.state.save_links(source.name, batch.links)
                self.progress(report)
        return visit.reason

    def _visit_folder(self, source: Source, report: Report) -> None:
        with self._writing():
            files, scope = compare_folder(source, self.archive.known_articles())

            def read(origins: Container[str]) -> Iterator[Reading | Skipped]:
                wanted = (place for place in files if str(place.origin) in origins)
                yield from read_files(wanted, self.max_bytes, source.options)

            self._sync(read({str(place.origin) for place in files}), report, scope, read)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the archive's write lock. To keep what was fetched, wait for the lock until the visit is to end."""
        with ExitStack() as stack:
            if self.wait:
                stack.enter_context(self.archive.write_lock(OPERATION))
            while not self.wait:
                try:
                    stack.enter_context(self.archive.write_lock(OPERATION, wait=False))
                    break
                except ArchiveBusy:
                    if self.stopped():
                        raise Stopped from None
                    time.sleep(RETRY_SECONDS)
            yield

    def _sync(
        self,
        readings: Iterable[Reading | Skipped],
        report: Report,
        scope: Scope | None = None,
        read_again: Callable[[Container[str]], Iterable[Reading | Skipped]] = lambda _: (),
    ) -> None:
        changes = sync(self._until_stopped(readings), self.archive, self.encoder(), scope, read_again=read_again)
        for field in fields(Report):
            setattr(report, field.name, getattr(report, field.name) + getattr(changes, field.name))
        self.state.mark_generation()

    def _until_stopped(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading | Skipped]:
        for reading in readings:
            if self.stopped():
                raise Stopped
            yield reading

    def _last_visit(self, source: Source, report: Report, reason: str | None) -> LastVisit:
        now = self.clock()
        if reason is None:
            return LastVisit(now, report.added, report.changed, next=now + source.every)
        previous = self.state.last_visit(source.name)
        failures = previous.failures if previous else 0
        since = previous.since if previous and previous.since else now
        wait = Backoff(source.every, max_seconds=max(source.every, MAX_WAIT_SECONDS)).seconds(failures)
        return LastVisit(now, report.added, report.changed, reason, since, failures + 1, now + wait)


def compare_folder(source: Source, known: Mapping[str, KnownArticle]) -> tuple[list[Place], Scope]:
    """Return the files of a source's folder, and the scope of the run, with the files that are gone.

    Raises RemovalRefused. Raises PathMissing if there is no such folder: if a disk is not mounted, its articles stay.
    """
    folder = source.folder
    if folder is None or not folder.is_dir():
        raise PathMissing(f"There is no folder {folder}.")
    files = find_files([folder])
    present = {str(place.origin) for place in files}
    return files, Scope(known, missing_files(known, [folder], present, allow_removals=False))
