"""A timeline as Markdown."""

import re
from collections.abc import Iterator
from itertools import groupby

from corpus.article import Card
from retrieval.text.write_day import written_day
from retrieval.timeline.build_timeline import Timeline, by_article
from retrieval.timeline.render_html import WEB, summary

# What Markdown would take for markup, in a text that was not written in it.
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~!&])")
# What it would take for a list, at the beginning of a line.
LIST = re.compile(r"^(\s*\d*)([-+.)])(?=\s)")


def timeline_markdown(timeline: Timeline) -> str:
    """Return a timeline as Markdown."""
    return "\n".join(_lines(timeline)) + "\n"


def _lines(timeline: Timeline) -> Iterator[str]:
    yield f"# {_escaped(timeline.subject)}"
    yield ""
    yield summary(timeline)
    for day, events in groupby(timeline.events, key=lambda event: event.day):
        yield ""
        yield f"## {written_day(day) if day else 'Without a date'}"
        for cards, run in by_article(list(events)):
            for event in run:
                yield ""
                yield f"> {_escaped(event.text)}"
            yield ""
            yield "; ".join(map(_source, cards))


def _source(card: Card) -> str:
    title = _escaped(" ".join(card.title.split()) or "Untitled")
    if card.url and card.url.lower().startswith(WEB):
        title = f"[{title}](<{card.url.replace('>', '%3E').replace('<', '%3C')}>)"
    return f"{title}, {_escaped(card.source)}" if card.source else title


def _escaped(text: str) -> str:
    return LIST.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", text))
