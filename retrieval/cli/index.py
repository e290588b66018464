"""The `index` and `add` commands for files: index them, watch them, or embed all articles again; print a report."""

import sys
from pathlib import Path

from config.settings import Settings
from corpus.errors import ClippingsError
from corpus.reader_types import ReadOptions
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import describe_spec, wanted_spec
from retrieval.archive.open import open_archive
from retrieval.cli.index_report import show_report, show_skipped, show_table, show_unread_articles, show_warnings
from retrieval.cli.output import console, progress_bar
from retrieval.errors import ArchiveMismatch
from retrieval.from_settings import archive_location, open_index_encoder
from retrieval.indexing.folder_indexer import Indexer, Roots, named
from retrieval.indexing.report import Report
from retrieval.indexing.shard import WHOLE, Shard


class IndexCommand:
    """Indexes into the archive of the settings, and prints what changed."""

    def __init__(
        self,
        settings: Settings,
        *,
        wait: bool,
        allow_removals: bool = False,
        re_embed: bool = False,
        shard: Shard = WHOLE,
    ) -> None:
        """Take the settings and the options of the command line."""
        self._settings = settings
        self._location = archive_location(settings)
        self._wait = wait
        self._re_embed = re_embed
        self._shard = shard
        self._indexer = Indexer(
            self._location,
            lambda: open_index_encoder(settings, re_embed=re_embed),
            settings.passage_tokens,
            settings.max_file_bytes,
            options=ReadOptions(post_types=settings.post_types),
            allow_removals=allow_removals,
            shard=shard,
            wait=wait,
        )
        self._out, self._err = console(sys.stdout), console(sys.stderr)

    def sync(self, roots: Roots) -> None:
        """Index new and changed files under the roots; remove articles whose files are gone."""
        with progress_bar("Indexing", "files") as progress:
            report = self._indexer.sync(roots, progress)
        self._store_or_remove_token_codes(self._indexer.open(roots))
        self._show(report, f"Indexed {self._part}{named(roots)} into {self._location}")
        show_unread_articles(self._indexer.open(roots), self._out)

    def survey(self, roots: Roots) -> None:
        """Print what a sync would do."""
        # Before the archive is embedded again, its index spec is still the old one.
        report = self._indexer.survey(roots, any_spec=self._re_embed)
        self._show(
            report, f"Nothing was done. To index {self._part}{named(roots)} into {self._location} would be to have"
        )

    def watch(self, roots: Roots) -> None:
        """Sync, then index each change within two seconds of its last write, until interrupted."""
        from retrieval.indexing.file_watcher import batches

        def started() -> None:
            self.sync(roots)
            # Load the model now, not when the first article has come.
            self._indexer.encoder().encode_query(["Is anything new?"])
            self._out.print(f"Watching {named(roots)}. Ctrl-C ends.")
            sys.stdout.flush()

        self._indexer.open(roots)
        resolved = [root.resolve() for root in roots]
        changed = set[Path]()
        for paths in batches(resolved, started):
            changed.update(paths)
            try:
                report = self._indexer.sync_changed(resolved, changed)
            except ArchiveMismatch:
                # Another process has embedded the archive again, not as these settings say: no later change could be
                # indexed either.
                raise
            except ClippingsError as error:
                # What could not be indexed is tried again with the next change.
                self._err.print(str(error))
                continue
            changed.clear()
            show_skipped(report, self._err)
            show_report(report, "Took up what changed", self._out)
            sys.stdout.flush()

    def re_embed(self) -> None:
        """Embed all articles again, as the settings say, into a shadow index; then switch to it."""
        from retrieval.indexing.reembed import reembed

        archive = open_archive(self._location)
        encoder = self._indexer.encoder()
        spec = wanted_spec(encoder, self._settings.passage_tokens)
        with (
            archive.write_lock("index --re-embed", wait=self._wait),
            progress_bar("Embedding", "articles") as progress,
        ):
            embedded = reembed(archive, encoder, spec, progress)
            archive.checkpoint()
        self._out.print(f"{self._location} is embedded with the model {spec.model}: {embedded} passages embedded.")
        show_unread_articles(archive, self._out)

    def survey_re_embedding(self) -> None:
        """Print what embedding all articles again would do; nothing is embedded, and nothing changes."""
        archive = open_archive(self._location)
        spec, status = wanted_spec(self._indexer.encoder(), self._settings.passage_tokens), archive.status()
        if status.spec == spec:
            self._out.print(
                f"Nothing was done. {self._location} is embedded as the settings say: nothing is to be done."
            )
            return
        self._out.print(
            f"Nothing was done. To embed {self._location} again would be to embed {status.articles:,} articles, now in "
            f"{status.passages:,} passages, less what an interrupted run has embedded so far.\n"
            f"  now: {describe_spec(status.spec)}\n  then: {describe_spec(spec)}"
        )

    def _store_or_remove_token_codes(self, archive: Archive) -> None:
        """Store the token codes that are missing, or remove all, as the settings say."""
        from retrieval.archive.local.archive import LocalArchive

        if not isinstance(archive, LocalArchive):
            return
        wanted = self._settings.store_token_codes
        if archive.stores_token_codes != wanted:
            with archive.write_lock("index", wait=self._wait):
                archive.store_token_codes(wanted)
        if not wanted or not archive.articles_without_token_codes():
            return
        from retrieval.indexing.missing_token_codes import store_missing

        with (
            archive.write_lock("index", wait=self._wait),
            progress_bar("Encoding words", "articles") as progress,
        ):
            stored = store_missing(archive, self._indexer.encoder(), progress)
        self._out.print(f"The words of {stored} passages were encoded, so that questions are answered faster.")

    @property
    def _part(self) -> str:
        return "" if self._shard == WHOLE else f"shard {self._shard} of "

    def _show(self, report: Report, heading: str) -> None:
        # Where both are on the screen, the table names what was skipped.
        (show_warnings if self._out.is_terminal and self._err.is_terminal else show_skipped)(report, self._err)
        show_table(report, heading, self._out)
