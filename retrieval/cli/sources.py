"""What the command line does with sources: visit them one after the other, and print what came."""

from collections.abc import Callable
from contextlib import closing
from typing import NoReturn

from tqdm import tqdm

from retrieval.archive.lock import keeping
from retrieval.archive.open import open_or_create
from retrieval.cli.index import Writer
from retrieval.cli.output import show_report, show_skipped
from retrieval.errors import SourceUnknown
from retrieval.indexing.reconcile import Report
from retrieval.sources.crawl import Keeping
from retrieval.sources.source import Source
from retrieval.sources.state import State

# A link that somebody names is read to its end, however many it leads to: Ctrl-C ends it, and the next time it goes on.
ALL = 10_000_000


class Visitor(Writer):
    """Visits sources as the command line asks."""

    def visit(self, names: list[str]) -> bool:
        """Visit the sources of these names, or all; tell whether none failed. Raises SourceUnknown."""
        sources = {entry.called: Source.of(entry) for entry in self._settings.source}
        if not sources:
            raise SourceUnknown("There are no sources yet. Name them in the settings, each under a [[source]].")
        if unknown := [name for name in names if name not in sources]:
            raise SourceUnknown(f"There is no source {unknown[0]!r}. There are: {', '.join(map(repr, sources))}.")
        return self._visit([sources[name] for name in dict.fromkeys(names)] or list(sources.values()))

    def read(self, links: list[str]) -> bool:
        """Read what links lead to, once, as their [[source]] has it where there is one; tell whether all could be."""
        sources = {entry.url: Source.of(entry) for entry in self._settings.source if entry.url}
        return self._visit([sources.get(link) or Source(link, link, most=ALL) for link in dict.fromkeys(links)])

    def _visit(self, sources: list[Source]) -> bool:
        archive = open_or_create(self._where, lambda: self._spec)
        folder, failed = self._settings.folder, False
        with keeping(folder), closing(State(folder, archive)) as state:
            for source in sources:
                with tqdm(unit=" articles", disable=None, desc=source.name, leave=False) as bar:
                    kept = Keeping(
                        archive,
                        lambda: self._encoder,
                        state,
                        self._max_bytes,
                        wait=self._wait,
                        progress=_shown_by(bar),
                    ).visit(source)
                if reason := kept.visited.reason:
                    self._err.print(f"{source.name} failed: {reason}")
                    failed = True
                if not reason or kept.report.passages:
                    show_skipped(kept.report, self._err)
                    show_report(kept.report, source.name, self._out)
        return not failed


def _shown_by(bar: "tqdm[NoReturn]") -> Callable[[Report], None]:
    def show(report: Report) -> None:
        bar.update(report.read - bar.n)

    return show
