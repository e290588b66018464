"""How the sources stand, in lines: what came of the last visit, what fails and since when, when the next one is."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.sources.source import Source
from retrieval.sources.state import Standing, due_at, look

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.archive.contract import Archive

MOST_LINKS = 5  # that gave nothing, of one source


def show_sources(sources: Sequence[Source], folder: Path, archive: "Archive", to: "Console") -> None:
    """Print how sources stand; raises SourcesUnusable."""
    standings = look(folder, archive, [source.name for source in sources], time.time())
    to.print("\nsources")
    for source in sources:
        to.print(f"  {source.name}")
        for line in lines(source, standings.get(source.name)):
            to.print(f"    {line}")


def lines(source: Source, standing: Standing | None) -> Iterator[str]:
    """Yield how a source stands, a line a thing."""
    if standing is None:
        yield "not read yet"
        return
    visited, due = standing.visited, _when(due_at(source, standing.visited))
    if visited.reason:
        yield f"failing since {_when(visited.since or visited.visited)}: {visited.reason}"
        yield f"tries so far: {visited.failures:,}; next try {due}"
    else:
        yield f"read {_when(visited.visited)}: {visited.added:,} added, {visited.changed:,} changed; next {due}"
    if standing.waiting:
        yield f"{standing.waiting:,} links wait for the next visit"
    for link in standing.failing[:MOST_LINKS]:
        again = f"; next try {_when(link.next)}" if link.failures and link.next else ""
        yield f"{link.url}: {link.reason}{again}"
    if (more := len(standing.failing) - MOST_LINKS) > 0:
        yield f"and {more:,} more links that gave nothing"


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
