"""The commands of the command line: each takes the parsed arguments and the settings, and returns an exit status."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.cli.output import console, counted, show_article, show_cards, show_sources, show_status
from retrieval.errors import ArticleMissing, LinkRefused, ShardRefused

# Each command imports what it needs when it runs, so that --help and `status` start at once.
if TYPE_CHECKING:
    from config.settings import Settings
    from retrieval.archive.contract import Archive
    from retrieval.cli.index import IndexCommand

ANSWERED, NOT_ANSWERED, ERROR, INTERRUPTED = 0, 1, 2, 130
OWN_ARTICLES = Path(__file__).resolve().parents[2] / "corpus" / "articles"
MAX_HITS = 50


def index(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Sync the archive with the files under the paths, and visit each link once."""
    from retrieval.indexing.shard import WHOLE

    links, paths = _split(parsed.paths)
    roots = paths or [OWN_ARTICLES]
    if parsed.shard and (links or parsed.re_embed):
        raise ShardRefused(
            "--shard shares the reading of files. A link is read by one process, and so is an archive embedded again: "
            "do these without --shard, before or after."
        )
    indexing = _indexing(
        settings,
        wait=not parsed.no_wait,
        allow_removals=parsed.allow_removals,
        re_embed=parsed.re_embed,
        shard=parsed.shard or WHOLE,
    )
    if links and (parsed.dry_run or parsed.watch):
        raise LinkRefused(
            "--dry-run and --watch are for files. A link is kept up to date as a [[source]] in the settings."
        )
    if parsed.re_embed:
        if parsed.dry_run:
            indexing.survey_re_embedding()
        else:
            indexing.re_embed()
        if not parsed.paths and not parsed.watch:
            return ANSWERED
    if links:
        succeeded = _visit_links(settings, links, parsed)
        if not paths or not succeeded:
            return ANSWERED if succeeded else ERROR
    if parsed.dry_run:
        indexing.survey(roots)
    elif parsed.watch:
        indexing.watch(roots)
    else:
        indexing.sync(roots)
    return ANSWERED


def add(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Add files, and the articles that links lead to; all other articles stay."""
    links, paths = _split(parsed.files)
    succeeded = not links or _visit_links(settings, links, parsed)
    if paths:
        _indexing(settings, wait=not parsed.no_wait).sync(paths)
    return ANSWERED if succeeded else ERROR


def sync(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Visit the sources once; the exit status is 2 if one of them failed."""
    from retrieval.cli.sources import visit_sources

    return ANSWERED if visit_sources(settings, parsed.names, wait=not parsed.no_wait) else ERROR


def remove(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Remove articles by their ids: all of them, or none if one id is unknown."""
    from retrieval.indexing.single_articles import take_out

    files = take_out(_archive(settings), parsed.ids, wait=not parsed.no_wait)
    out = console(sys.stdout)
    for id_ in parsed.ids:
        out.print(f"Removed {id_}.")
        if (origin := files[id_]) and origin.exists():
            out.print(f"Its file is still there, and the next index takes it in again: {origin}")
    return ANSWERED


def list_(_: argparse.Namespace, settings: "Settings") -> int:
    """List the articles, newest first."""
    show_cards(_archive(settings).cards())
    return ANSWERED


def show(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Print an article, and where each of its fields was found."""
    archive = _archive(settings)
    article = archive.article(parsed.id)
    if article is None:
        raise ArticleMissing(f"There is no article {parsed.id}. See: python -m retrieval list")
    show_article(article, archive.provenance(parsed.id))
    return ANSWERED


def status(_: argparse.Namespace, settings: "Settings") -> int:
    """Print what is in the archive, and the status of its sources."""
    archive = _archive(settings)
    show_status(archive.status(), settings.archive, settings.confidence, settings.reranker)
    if settings.source:
        from retrieval.sources.source import Source

        show_sources(
            [Source.from_settings(entry, settings.post_types) for entry in settings.source],
            settings.folder,
            archive,
            console(sys.stdout),
        )
    return ANSWERED


def verify(_: argparse.Namespace, settings: "Settings") -> int:
    """Check the archive; print each error found, and return 2 if there is one."""
    from retrieval.from_settings import archive_location

    archive = _archive(settings)
    if errors := archive.verify():
        for line in errors:
            print(line, file=sys.stderr)
        return ERROR
    status = archive.status()
    indexes = ", both indexes" if isinstance(archive_location(settings), Path) else ""
    console(sys.stdout).print(
        f"{settings.archive} is whole: {counted(status.articles, 'article')}, "
        f"{counted(status.passages, 'passage')}{indexes}."
    )
    return ANSWERED


def backup(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Write a copy of the archive to one file."""
    from retrieval.archive.local.backup import backup
    from retrieval.archive.local.record_store import Store

    backup(Store.open(_folder(settings)), parsed.file)
    console(sys.stdout).print(f"{settings.archive} is copied to {parsed.file}.")
    return ANSWERED


def restore(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Replace the archive by a backup."""
    from retrieval.archive.local.archive import LocalArchive
    from retrieval.archive.local.backup import check_backup, check_rows, restore
    from retrieval.archive.lock import write_lock

    folder = _folder(settings)
    check_backup(parsed.file)
    with write_lock(folder, "restore", wait=not parsed.no_wait):
        check_rows(folder, parsed.file)
        restore(folder, parsed.file)
        archive = LocalArchive.open(folder)
        archive.build_indexes()
    console(sys.stdout).print(f"{folder} is what {parsed.file} was: {counted(archive.status().articles, 'article')}.")
    return ANSWERED


def copy(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Copy an archive to another location, and check that both are equal."""
    from retrieval.cli.output import progress_bar
    from retrieval.from_settings import archive_location
    from retrieval.indexing.copy import copy

    source, target = archive_location(settings, parsed.source), archive_location(settings, parsed.target)
    with progress_bar("Copying", "articles") as progress:
        copied = copy(
            source,
            target,
            wait=not parsed.no_wait,
            progress=lambda what, done, total: progress(done, total, what),
        )
    out = console(sys.stdout)
    held = f"{counted(copied.articles, 'article')}, {counted(copied.passages, 'passage')}"
    out.print(f"{target} is what {source} is: {held}.")
    out.print(f"Articles written: {copied.written:,}. Digest of both, as they were read back: {copied.digest}")
    return ANSWERED


def eval_(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Measure how well the questions of a BEIR folder are answered."""
    from retrieval.cli.evaluate import Evaluator, Outputs
    from retrieval.errors import EvaluationError
    from retrieval.extras import require_extra

    require_extra("eval", "ir_measures", "The command eval")
    if parsed.fit and (parsed.run or parsed.report):
        raise EvaluationError(
            "--fit measures nothing, so there is nothing for --run and --report. Run eval once more for them."
        )
    if parsed.run and parsed.run == parsed.report:
        raise EvaluationError(f"--run and --report both name {parsed.run}. Name two files.")
    outputs = Outputs(parsed.json, parsed.run, parsed.report)
    evaluator = Evaluator(settings, parsed.cache)
    if parsed.fit:
        evaluator.fit(parsed.folder, parsed.fit, json=parsed.json)
    else:
        evaluator.evaluate(parsed.folder, parsed.system, outputs)
    return ANSWERED


def export(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Write the users' verdicts on answers as a BEIR folder."""
    from retrieval.evaluate.export_feedback import export

    exported = export(Path(settings.bot.state), _archive(settings), parsed.folder)
    out = console(sys.stdout)
    out.print(f"{exported.questions:,} questions and {exported.judged:,} judged passages are in {parsed.folder}.")
    if exported.unanswered:
        out.print(f"To {exported.unanswered:,} of them every passage is wrong: eval takes these to have no answer.")
    for count, why in ((exported.gone, "are about passages that are gone"), (exported.tied, "contradict each other")):
        if count:
            out.print(f"Left out: {count:,} verdicts that {why}.")
    return ANSWERED


def _split(places: list[Path | str]) -> tuple[list[str], list[Path]]:
    """Split the arguments into links and paths."""
    return [place for place in places if isinstance(place, str)], [place for place in places if isinstance(place, Path)]


def _visit_links(settings: "Settings", links: list[str], parsed: argparse.Namespace) -> bool:
    from retrieval.cli.sources import visit_links

    return visit_links(settings, links, wait=not parsed.no_wait)


def _indexing(settings: "Settings", **options: Any) -> "IndexCommand":
    from retrieval.cli.index import IndexCommand

    return IndexCommand(settings, **options)


def _archive(settings: "Settings") -> "Archive":
    from retrieval.archive.open import open_archive
    from retrieval.from_settings import archive_location

    return open_archive(archive_location(settings))


def _folder(settings: "Settings") -> Path:
    """Return the folder of the archive; raises NotLocal if it is on a server."""
    from retrieval.errors import NotLocal
    from retrieval.from_settings import archive_location

    location = archive_location(settings)
    if not isinstance(location, Path):
        raise NotLocal(
            f"{location} is no folder, and is backed up as its server is (docs/operations.md). To have it in a folder, "
            f"which a backup can be made of: python -m retrieval copy {location} FOLDER"
        )
    return location
