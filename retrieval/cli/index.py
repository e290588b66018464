"""What the command line does to an archive: the settings' model, the lock, bars and reports around the wings."""

import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from config.settings import Settings
from corpus.documents import Reading, Skipped
from corpus.errors import ClippingsError, NoArticles
from corpus.reading import Place, find_files, read_file, read_files
from retrieval.archive.contract import Archive, IndexSpec
from retrieval.archive.index_spec import check_spec, wanted_spec
from retrieval.archive.location import Where
from retrieval.archive.open import open_archive, open_or_create
from retrieval.cli.output import console, show_report, show_skipped, show_table
from retrieval.encode.encoder import Encoder, Precision, precision_of
from retrieval.encode.open import open_encoder
from retrieval.errors import ArchiveMissing
from retrieval.from_settings import archive_location
from retrieval.indexing.pipeline import Report, missing, survey, sync, under
from retrieval.indexing.shard import WHOLE, Shard

Roots = list[Path]


class Writer:
    """Changes an archive as the command line asks, and says what was done."""

    def __init__(
        self,
        settings: Settings,
        *,
        wait: bool,
        allow_removals: bool = False,
        afresh: bool = False,
        shard: Shard = WHOLE,
    ) -> None:
        """Take the settings; `afresh` tells that everything is to be embedded again, `shard` what part of it to do."""
        self._settings = settings
        self._where = archive_location(settings)
        self._max_bytes = settings.article_megabytes * 1_000_000
        self._wait = wait
        self._allow_removals = allow_removals
        self._afresh = afresh
        self._shard = shard
        self._out, self._err = console(sys.stdout), console(sys.stderr)

    @cached_property
    def _encoder(self) -> Encoder:
        """The settings' model, exported the first time that anything is to be embedded."""
        settings = self._settings
        return open_encoder(
            settings.model,
            settings.models_folder,
            precision=settings.asked_precision or ("int8" if self._afresh else _precision_in(self._where)),
            threads=settings.threads,
            batch=settings.batch,
        )

    @cached_property
    def _spec(self) -> IndexSpec:
        return wanted_spec(self._encoder, self._settings.passage_tokens)

    def sync(self, roots: Roots) -> None:
        """Take in what is new or changed under the roots, and remove what is gone from them."""
        archive = self._open(roots)
        with archive.write_lock("index", wait=self._wait):
            files, gone = self._compare(archive, roots)
            report = self._sync(archive, files, gone)
        self._show(report, f"Indexed {self._part}{_named(roots)} into {self._where}")

    def survey(self, roots: Roots) -> None:
        """Say what a sync would do."""
        try:
            archive = open_archive(self._where)
        except ArchiveMissing:
            self._check_readable(roots)
            report = survey(read_files(find_files(roots), self._max_bytes), {}, (), shard=self._shard)
        else:
            check_spec(archive.spec, self._spec)
            files, gone = self._compare(archive, roots)
            readings = read_files(files, self._max_bytes)
            report = survey(readings, archive.known_articles(), gone, allow=self._allow_removals, shard=self._shard)
        self._show(
            report, f"Nothing was done. To index {self._part}{_named(roots)} into {self._where} would be to have"
        )

    def watch(self, roots: Roots) -> None:
        """Sync, then take up each change within two seconds of its last write, until interrupted."""
        from retrieval.indexing.watch import batches

        def started() -> None:
            self.sync(roots)
            # The model is loaded when it is first used: now, not when the first article has come.
            self._encoder.encode(["Is anything new?"])
            self._out.print(f"Watching {_named(roots)}. Ctrl-C ends.")
            sys.stdout.flush()

        archive = self._open(roots)
        roots = [root.resolve() for root in roots]
        waiting: set[Path] = set()
        for paths in batches(roots, started):
            waiting.update(paths)
            try:
                report = self._take_up(archive, roots, waiting)
            except ClippingsError as error:
                # What could not be taken up is tried again with the next change.
                self._err.print(str(error))
                continue
            waiting.clear()
            show_skipped(report, self._err)
            show_report(report, "Took up what changed", self._out)
            sys.stdout.flush()

    def _take_up(self, archive: Archive, roots: Roots, paths: set[Path]) -> Report:
        there = [path for path in paths if path.exists()]
        files = {
            place.origin: place
            for root in roots
            for place in find_files(
                (path for path in there if path.is_relative_to(root)), root if root.is_dir() else None
            )
        }
        with archive.write_lock("index --watch"):
            known = archive.known_articles()
            lost = {origin for path in paths.difference(there) for origin in under(known, path)}
            kept = {told.origin for one in known.values() for told in one.occurrences} - lost
            gone = missing(known, roots, kept, allow=self._allow_removals)
            return self._sync(archive, list(files.values()), gone)

    def re_embed(self) -> None:
        """Embed everything again, as the settings say, beside what is in use."""
        from retrieval.indexing.reembed import reembed

        archive = open_archive(self._where)
        with (
            archive.write_lock("index --re-embed", wait=self._wait),
            tqdm(unit=" articles", disable=None, desc="Embedding", leave=False) as bar,
        ):

            def progress(done: int, todo: int) -> None:
                bar.total = todo
                bar.update(done - bar.n)

            embedded = reembed(archive, self._encoder, self._spec, progress)
            archive.checkpoint()
        self._out.print(f"{self._where} is embedded with the model {self._spec.model}: {embedded} passages embedded.")

    def _open(self, roots: Roots) -> Archive:
        """Open the archive; make one only where there is an article to put in."""
        try:
            archive = open_archive(self._where)
        except ArchiveMissing:
            self._check_readable(roots)
            archive = open_or_create(self._where, lambda: self._spec)
        check_spec(archive.spec, self._spec)
        return archive

    def _check_readable(self, roots: Roots) -> None:
        """Raise NoArticles where there is not one article under the roots."""
        skipped = []
        for reading in read_files(find_files(roots), self._max_bytes):
            if isinstance(reading, Reading):
                return
            skipped.append(f"{reading.where} skipped: {reading.reason}")
        why = f" ({'; '.join(skipped)})" if skipped else ""
        raise NoArticles(f"There is no article in {_named(roots)}{why}. Give text files, or a folder of them.")

    def _compare(self, archive: Archive, roots: Roots) -> tuple[list[Place], list[str]]:
        """Return the files to read, and those that are gone.

        Raises RemovalRefused, PathMissing, or NoArticles where nothing is there and nothing ever was.
        """
        known = archive.known_articles()
        if not any(under(known, root) for root in roots):
            self._check_readable(roots)
        files = find_files(root for root in roots if root.exists() or not under(known, root))
        gone = missing(known, roots, {str(place.origin) for place in files}, allow=self._allow_removals)
        return files, gone

    def _sync(self, archive: Archive, files: list[Place], gone: list[str]) -> Report:
        with tqdm(total=len(files), unit=" files", disable=None, desc="Indexing", leave=False) as bar:
            return sync(
                self._readings(files, bar),
                archive,
                self._encoder,
                self._spec,
                gone=gone,
                again=lambda origins: read_files(
                    (place for place in files if str(place.origin) in origins), self._max_bytes
                ),
                allow_removals=self._allow_removals,
                shard=self._shard,
            )

    def _readings(self, files: list[Place], bar: "tqdm[NoReturn]") -> Iterator[Reading | Skipped]:
        for place in files:
            yield from read_file(place, self._max_bytes)
            bar.update()

    @property
    def _part(self) -> str:
        return "" if self._shard == WHOLE else f"shard {self._shard} of "

    def _show(self, report: Report, what: str) -> None:
        show_skipped(report, self._err)
        show_table(report, what, self._out)


def _precision_in(where: Where) -> Precision:
    """Return the precision that an archive is embedded in; int8 where there is none yet."""
    try:
        return precision_of(open_archive(where).spec.fingerprint)
    except ArchiveMissing:
        return "int8"


def _named(roots: Roots) -> str:
    return ", ".join(map(str, roots))
