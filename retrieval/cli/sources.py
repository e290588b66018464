"""The `sync` command, and `index` and `add` for links: visit sources one after the other, and print the results."""

import sys
from collections.abc import Callable
from contextlib import closing
from functools import cache

from config.settings import Settings
from corpus.reader_types import ReadOptions
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.lock import sources_lock
from retrieval.archive.open import open_or_create
from retrieval.cli.index_report import show_report, show_skipped, show_unread_articles
from retrieval.cli.output import Progress, console, progress_bar
from retrieval.errors import SourceUnknown
from retrieval.from_settings import archive_location, open_index_encoder
from retrieval.indexing.report import Report
from retrieval.sources.index_source import Crawler
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState

# The lists of a link on the command line are followed to their end. After Ctrl-C, the next run goes on from there.
UNLIMITED = 10_000_000


def visit_sources(settings: Settings, names: list[str], *, wait: bool) -> bool:
    """Visit the sources of these names, or all of them; return whether all succeeded. Raises SourceUnknown."""
    sources = {entry.called: Source.from_settings(entry, settings.post_types) for entry in settings.source}
    if not sources:
        raise SourceUnknown("There are no sources yet. Name them in the settings, each under a [[source]].")
    if unknown := [name for name in names if name not in sources]:
        raise SourceUnknown(f"There is no source {unknown[0]!r}. There are: {', '.join(map(repr, sources))}.")
    return _visit(settings, [sources[name] for name in dict.fromkeys(names)] or list(sources.values()), wait=wait)


def visit_links(settings: Settings, links: list[str], *, wait: bool) -> bool:
    """Visit these links once, with the options of their [[source]] if they have one; return whether all succeeded."""
    sources = {entry.url: Source.from_settings(entry, settings.post_types) for entry in settings.source if entry.url}
    options = ReadOptions(post_types=settings.post_types)
    return _visit(
        settings,
        [
            sources.get(link) or Source(link, link, max_links=UNLIMITED, options=options)
            for link in dict.fromkeys(links)
        ],
        wait=wait,
    )


def _visit(settings: Settings, sources: list[Source], *, wait: bool) -> bool:
    out, err = console(sys.stdout), console(sys.stderr)
    encoder = cache(lambda: open_index_encoder(settings))
    archive = open_or_create(archive_location(settings), lambda: wanted_spec(encoder(), settings.passage_tokens))
    succeeded = True
    with sources_lock(settings.folder), closing(CrawlState(settings.folder, archive)) as state:
        for source in sources:
            with progress_bar(source.name, "articles") as progress:
                result = Crawler(
                    archive,
                    encoder,
                    state,
                    settings.max_file_bytes,
                    wait=wait,
                    progress=_counting(progress),
                ).visit(source)
            if reason := result.last_visit.reason:
                err.print(f"{source.name} failed: {reason}")
                succeeded = False
            if not reason or result.report.passages:
                show_skipped(result.report, err)
                show_report(result.report, source.name, out)
    show_unread_articles(archive, out)
    return succeeded


def _counting(progress: Progress) -> Callable[[Report], None]:
    return lambda report: progress(report.read)
