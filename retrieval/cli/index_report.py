"""What `index`, `add` and `sync` print when they are done: what changed, what was skipped and why, warnings."""

import re
from typing import TYPE_CHECKING

from retrieval.cli.language_messages import unread_articles
from retrieval.encode.languages_read import READ

if TYPE_CHECKING:
    from rich.console import Console

    from corpus.reader_types import Skipped
    from retrieval.archive.contract import Archive
    from retrieval.indexing.report import Report

MAX_NAMED = 20  # warnings, and skipped documents, that are named on a terminal
MAX_FILES = 50  # skipped files that the table names for each reason
# The parts in which reasons of one kind differ: quotations, links and numbers.
PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|https?://\S+|\d+(?:[.,/:-]\d+)*")
ALL_IN_A_FILE = "To have them all, send them to a file: 2> FILE"


def show_warnings(report: "Report", out: "Console") -> None:
    """Print warnings: on a terminal the first MAX_NAMED, else all."""
    _show_lines([f"{article.where}: {warning}" for article in report.warned for warning in article.warnings], out)


def show_skipped(report: "Report", out: "Console") -> None:
    """Print warnings and skipped documents: on a terminal the first MAX_NAMED of each, else all."""
    show_warnings(report, out)
    _show_lines([f"skipped {document.where}: {document.reason}" for document in report.skipped], out)


def _show_lines(lines: list[str], out: "Console") -> None:
    max_lines = MAX_NAMED if out.is_terminal else len(lines)
    for line in lines[:max_lines]:
        out.print(line)
    if len(lines) > max_lines:
        out.print(f"… and {len(lines) - max_lines:,} more. {ALL_IN_A_FILE}")


def show_report(report: "Report", what: str, out: "Console") -> None:
    """Print what a run changed, on one line."""
    out.print(
        f"{what}: {report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.skipped)} skipped; {report.embedded} passages embedded."
    )


def show_table(report: "Report", what: str, out: "Console") -> None:
    """Print what a run changed, as a table: a line for each number that is not 0, and for each skipped file."""
    out.print(f"{what}:")
    rows = {
        "read": report.read,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "the same story": report.same,
        "of other shards": report.others,
        "removed": report.removed,
        "skipped": len(report.skipped),
        "passages embedded": report.embedded,
    }
    width = max(len(f"{count:,}") for count in rows.values()) + 2
    for name, count in rows.items():
        if count or name == "read":
            out.print(f"{count:>{width},} {name}")
        if name == "skipped":
            _show_reasons(report.skipped, width + 4, out)


def show_unread_articles(archive: "Archive", out: "Console") -> None:
    """Print how many articles are in languages that the model does not read, and what to do; nothing if none are."""
    # Counting takes time on a large archive. Of most models it is not known what they read.
    if archive.spec.model in READ and (unread := unread_articles(archive.status())):
        out.print(unread)


def _show_reasons(skipped: "list[Skipped]", width: int, out: "Console") -> None:
    any_more = False
    for reason, documents in _by_reason(skipped):
        out.print(f"{len(documents):>{width},} {reason}")
        files = _files(documents)
        for file in files[:MAX_FILES]:
            out.print(f"{'':{width + 2}}{file}")
        if more := len(files[MAX_FILES:]):
            any_more = True
            out.print(f"{'':{width + 2}}… and {more:,} more files")
    if any_more:
        out.print(f"{'':{width + 2}}{ALL_IN_A_FILE}")


def _files(documents: "list[Skipped]") -> list[str]:
    """Return a line for each file: the one part of it that was skipped, or how many."""
    parts: dict[str, list[str]] = {}
    for document in documents:
        parts.setdefault(document.where.partition(": ")[0], []).append(document.where)
    return [where[0] if len(where) == 1 else f"{file}: {len(where):,} parts" for file, where in parts.items()]


def _by_reason(skipped: "list[Skipped]") -> "list[tuple[str, list[Skipped]]]":
    """Return skipped documents by reason, the largest group first.

    Reasons that differ only in numbers, quotations or links are one group.
    """
    groups: dict[str, list[Skipped]] = {}
    for document in skipped:
        groups.setdefault(PARTICULAR.sub("…", document.reason), []).append(document)
    by_count = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [
        (documents[0].reason if len({document.reason for document in documents}) == 1 else reason, documents)
        for reason, documents in by_count
    ]
