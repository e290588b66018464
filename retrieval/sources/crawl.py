"""Keeping sources: each is visited when it is due, what came is taken in, and how it went is noted."""

import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from corpus.documents import Reading, Skipped
from corpus.errors import CorpusError, PathMissing
from corpus.reading import Place, find_files, read_files
from retrieval.archive.contract import Archive, KnownArticle
from retrieval.archive.index_spec import check_spec, wanted_spec
from retrieval.backoff import Backoff
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveBusy, RemovalRefused
from retrieval.indexing.pipeline import missing_files, sync
from retrieval.indexing.reconcile import Report, Scope
from retrieval.sources.background_client import BackgroundClient, Stopped
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState, LastVisit
from retrieval.sources.visit import Visit

if TYPE_CHECKING:
    from corpus.web.client import Client

log = logging.getLogger(__name__)
WHAT = "sync"
LOOK_AGAIN = 0.5  # seconds between two looks at whether another writer has ended
MAX_WAIT_SECONDS = 86_400.0  # until a source that fails is visited again
# How much larger than an article a list of them may be: a sitemap of 50,000 links has up to 50 MB.
LISTS = 5


@dataclass(frozen=True)
class CrawlResult:
    """A visit: what it did, and how it went."""

    source: Source
    report: Report
    last_visit: LastVisit


@dataclass(frozen=True)
class Crawler:
    """What visits need. `clock` tells seconds since 1970, and `stopped` whether no more is wanted.

    The encoder is asked for once there is something to take in. `wait` tells whether to wait for another writer before
    anything is asked for. `progress` is called with all that a visit has done so far, again and again.
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
        """Visit a source, and take in what is new a batch at a time, so that what was taken in is never lost.

        A source that fails is noted as failing. Raises ArchiveBusy, unless `wait`, and what says that nothing can be
        taken in at all: ArchiveMismatch, ArchiveUnwritable, SourcesUnusable, EncoderError.
        """
        report, reason = Report(), None
        if not self.wait:
            # Nothing is asked for that could not be taken in.
            with self.archive.write_lock(WHAT, wait=False):
                pass
        try:
            if source.folder:
                self._folder(source, report)
            else:
                reason = self._link(source, report)
        except Stopped:
            pass
        except (CorpusError, RemovalRefused) as error:
            reason = str(error)
        last_visit = self._went(source, report, reason)
        if reason:
            log.info("%s failed: %s", source.name, reason)
        log.info(
            "%s: %d added, %d changed, %d skipped.", source.name, report.added, report.changed, len(report.skipped)
        )
        if not self.stopped():  # else it is as due as it was
            self.state.save_visit(source.name, last_visit)
        return CrawlResult(source, report, last_visit)

    def _link(self, source: Source, report: Report) -> str | None:
        from corpus.web.client import ROBOTS, Client

        ROBOTS.restore(self.state.robots())
        client = Client(max_bytes=LISTS * self.max_bytes, allow_private=source.private)
        try:
            return self._asked(source, report, client)
        finally:
            self.state.save_robots(ROBOTS.cached())

    def _asked(self, source: Source, report: Report, client: "Client") -> str | None:
        with BackgroundClient(client, self.stopped) as asking:
            visit = Visit(
                source,
                self.state,
                asking,
                there=lambda id_: self.archive.article(id_) is not None,
                max_bytes=self.max_bytes,
                now=self.clock(),
                stopped=self.stopped,
            )
            for batch in visit.batches():
                if batch.readings:
                    with self._writing():
                        self._sync(batch.readings, report)
                # Only what has been taken in is known.
                self.state.save_links(source.name, batch.links)
                self.progress(report)
        return visit.reason

    def _folder(self, source: Source, report: Report) -> None:
        with self._writing():
            files, scope = compared(source, self.archive.known_articles())

            def read(origins: Container[str]) -> Iterator[Reading | Skipped]:
                some = (place for place in files if str(place.origin) in origins)
                yield from read_files(some, self.max_bytes, source.options)

            self._sync(read({str(place.origin) for place in files}), report, scope, read)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the archive's lock; what has been fetched is worth waiting for it, as long as that is wanted."""
        with ExitStack() as held:
            if self.wait:
                held.enter_context(self.archive.write_lock(WHAT))
            while not self.wait:
                try:
                    held.enter_context(self.archive.write_lock(WHAT, wait=False))
                    break
                except ArchiveBusy:
                    if self.stopped():
                        raise Stopped from None
                    time.sleep(LOOK_AGAIN)
            yield

    def _sync(
        self,
        readings: Iterable[Reading | Skipped],
        report: Report,
        scope: Scope | None = None,
        read_again: Callable[[Container[str]], Iterable[Reading | Skipped]] = lambda _: (),
    ) -> None:
        encoder, spec = self.encoder(), self.archive.spec
        check_spec(spec, wanted_spec(encoder, spec.passage_tokens))
        done = sync(self._until_stopped(readings), self.archive, encoder, scope, read_again=read_again)
        for one in fields(Report):
            setattr(report, one.name, getattr(report, one.name) + getattr(done, one.name))
        self.state.mark_generation()

    def _until_stopped(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading | Skipped]:
        for reading in readings:
            if self.stopped():
                raise Stopped
            yield reading

    def _went(self, source: Source, report: Report, reason: str | None) -> LastVisit:
        now = self.clock()
        if reason is None:
            return LastVisit(now, report.added, report.changed, next=now + source.every)
        before = self.state.last_visit(source.name)
        failures = before.failures if before else 0
        since = before.since if before and before.since else now
        wait = Backoff(source.every, max_seconds=max(source.every, MAX_WAIT_SECONDS)).seconds(failures)
        return LastVisit(now, report.added, report.changed, reason, since, failures + 1, now + wait)


def compared(source: Source, known: Mapping[str, KnownArticle]) -> tuple[list[Place], Scope]:
    """Return the files to read, and the scope of the run: the files that are gone.

    Raises PathMissing where there is no such folder: a disk that is not there has lost nothing. Raises RemovalRefused.
    """
    folder = source.folder
    if folder is None or not folder.is_dir():
        raise PathMissing(f"There is no folder {folder}.")
    files = find_files([folder])
    present = {str(place.origin) for place in files}
    return files, Scope(known, missing_files(known, [folder], present, allow_removals=False))
