"""How the sources stand, told to an owner."""

import time
from collections.abc import Iterator
from html import escape

from bot.context import Desk
from bot.i18n.language import Language
from bot.views.header import MOST_NAME
from bot.views.telegram_html import field, shortened
from retrieval.archive.contract import Archive
from retrieval.errors import SourceError
from retrieval.sources.source import Source
from retrieval.sources.state import Standing, due_at, look

MOST_SOURCES = 10
MOST_REASON = 200  # units


async def standings(desk: Desk, language: Language) -> list[str]:
    """Return a line a source; raises ArchiveError."""
    sources = desk.rules.sources

    def see(archive: Archive) -> dict[str, Standing]:
        return look(desk.rules.folder, archive, [source.name for source in sources], time.time())

    if not sources:
        return []
    try:
        found = await desk.search.look(see)
    except SourceError as error:
        return [escape(str(error), quote=False)]
    lines = [line for one in sources[:MOST_SOURCES] for line in _lines(one, found.get(one.name), language)]
    if (more := len(sources) - MOST_SOURCES) > 0:
        lines.append(language.say_n("and {count} more source", "and {count} more sources", more))
    return ["", language.say("<b>Sources</b>"), *lines, ""]


def _lines(source: Source, standing: Standing | None, language: Language) -> Iterator[str]:
    name = field(source.name, MOST_NAME)
    if standing is None:
        yield language.say("• {name}: not read yet", name=name)
        return
    visited, now = standing.visited, time.time()
    again = language.moment(max(due_at(source, visited) - now, 0))
    if visited.reason:
        yield language.say(
            "⚠ {name}: failing since {since}, next try {again}: {reason}",
            name=name,
            since=language.moment((visited.since or visited.visited) - now),
            again=again,
            reason=escape(shortened(visited.reason, MOST_REASON), quote=False),
        )
    else:
        yield language.say(
            "• {name}: read {when}, {added} added, {changed} changed, next {again}",
            name=name,
            when=language.moment(visited.visited - now),
            added=language.number(visited.added),
            changed=language.number(visited.changed),
            again=again,
        )
    if standing.failing:
        yield language.say_n("⚠ {count} link gave nothing", "⚠ {count} links gave nothing", len(standing.failing))
