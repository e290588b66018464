"""The commands that print what the archive says of somebody in order of date, and whom it writes about."""

import argparse
import json
import sys
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.cli.answer_output import SEARCHED
from retrieval.cli.archive_commands import ANSWERED, NOT_ANSWERED
from retrieval.cli.json_output import card_as_json
from retrieval.cli.output import console
from retrieval.errors import OutputUnwritable

if TYPE_CHECKING:
    from config.settings import Settings
    from retrieval.timeline.build_timeline import Timeline


def timeline(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Print the timeline of a name, or write it as a page or as Markdown."""
    from retrieval.answer.query import parse_filters
    from retrieval.archive.open import open_archive
    from retrieval.from_settings import archive_location
    from retrieval.timeline.build_timeline import timeline_of
    from retrieval.timeline.render_html import timeline_page
    from retrieval.timeline.render_markdown import timeline_markdown

    filters = parse_filters(parsed.since, parsed.until, parsed.source, parsed.author)
    with closing(open_archive(archive_location(settings))) as archive:
        found = timeline_of(parsed.name, archive, filters)
    if parsed.html:
        _write(parsed.html, timeline_page(found))
    if parsed.markdown:
        _write(parsed.markdown, timeline_markdown(found))
    if parsed.json:
        print(json.dumps(timeline_content(found), ensure_ascii=False))
    elif not (parsed.html or parsed.markdown):
        _show(found, parsed.name)
    return ANSWERED if found.events else NOT_ANSWERED


def _show(found: "Timeline", asked: str) -> None:
    from rich.text import Text

    from retrieval.text.write_day import written_day
    from retrieval.timeline.build_timeline import by_article
    from retrieval.timeline.render_html import summary

    out = console(sys.stdout)
    if found.subject != asked or found.other_scripts:
        out.print(f"{SEARCHED} {', '.join((found.subject, *found.other_scripts))}", style="dim")
    if not found.events:
        out.print(f"No sentence in this archive says what happened to {found.subject}.")
        if found.suggested:
            out.print(f"It names: {', '.join(found.suggested)}.")
        return
    out.print(summary(found))
    for day, events in groupby(found.events, key=lambda event: event.day):
        out.print()
        out.print(written_day(day) if day else "Without a date", style="bold")
        for cards, run in by_article(list(events)):
            for event in run:
                out.print(event.text)
            for card in cards:
                parts = filter(None, (" ".join(card.title.split()), card.source, card.url))
                out.print(Text(f"  {' · '.join(parts)}", style="dim"))


def names(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Print whom and what the archive writes about, how often, and from when to when."""
    from retrieval.archive.open import open_archive
    from retrieval.from_settings import archive_location
    from retrieval.timeline.count_names import named_subjects

    with closing(open_archive(archive_location(settings))) as archive:
        found = named_subjects(archive, parsed.prefix)
    for subject in found:
        first, last = (day.isoformat() if day else None for day in (subject.first, subject.last))
        if parsed.json:
            content = {"name": subject.name, "articles": subject.articles, "first": first, "last": last}
            print(json.dumps(content, ensure_ascii=False))
        else:
            print(f"{subject.articles:>6,}  {first or '-':<10}  {last or '-':<10}  {subject.name}")
    if not (found or parsed.json):
        print("No name in this archive begins so." if parsed.prefix else "There are no names in this archive.")
    return ANSWERED if found else NOT_ANSWERED


def timeline_content(found: "Timeline") -> dict[str, object]:
    """Return what the JSON object of a timeline has."""
    events = [
        {
            "date": event.day.isoformat() if event.day else None,
            "sentence": event.text,
            "passage": event.passage.id,
            "article": card_as_json(event.passage.article),
            **({"also": [card_as_json(card) for card in event.also]} if event.also else {}),
        }
        for event in found.events
    ]
    optional = {"other_scripts": list(found.other_scripts), "suggested": list(found.suggested)}
    return {
        "subject": found.subject,
        "articles": found.articles,
        "complete": found.complete,
        "events": events,
        **{key: names for key, names in optional.items() if names},
    }


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(f"{file} cannot be written: {error.strerror}.") from None
