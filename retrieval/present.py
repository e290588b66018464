"""What the command line prints: an answer for people and as JSON, what a run did, what an archive holds."""

import json
import os
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

from retrieval.archive.archive import Status
from retrieval.archive.sync import Report
from retrieval.types import Answer, Hit

NO_ANSWER = "Nothing in this archive answers that."
CLOSEST = "Closest, but not an answer:"


def console(file: IO[str]) -> Console:
    """Return a console that wraps to the terminal, and neither wraps nor colours for anything else."""
    plain = not file.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return Console(
        file=file,
        color_system=None if plain else "auto",
        soft_wrap=not file.isatty(),
        highlight=False,
        markup=False,
        emoji=False,
    )


def show(answer: Answer, to: Console) -> None:
    """Print the passages that answer, or that nothing does and which headlines come closest."""
    if answer.answered:
        for hit in answer.hits:
            _show_hit(hit, to)
        return
    to.print(NO_ANSWER)
    titles = dict.fromkeys(hit.passage.article.title for hit in answer.hits)
    if titles:
        to.print(CLOSEST, style="dim")
        for title in titles:
            to.print(f"  {title}", style="dim")


def _show_hit(hit: Hit, to: Console) -> None:
    card = hit.passage.article
    published = f"{card.published.day} {card.published:%B %Y}" if card.published else None
    to.print(Text(f"{hit.rank}. {card.title}", style="bold"))
    if origin := " · ".join(filter(None, (published, card.source, card.author))):
        to.print(Text(origin, style="dim"))
    if card.url:
        to.print(Text(card.url, style="dim"))
    to.print()
    to.print(_marked(hit, colour=to.color_system is not None))
    to.print()


def _marked(hit: Hit, *, colour: bool) -> Text:
    """Mark the answering sentence: by colour where there is colour, else between double asterisks."""
    text, (start, end) = hit.passage.text, hit.highlight
    if colour:
        return Text.assemble(text[:start], (text[start:end], "bold yellow"), text[end:])
    return Text(f"{text[:start]}**{text[start:end]}**{text[end:]}")


def as_json(answer: Answer) -> str:
    """Return the answer as one JSON object, on one line."""
    content = {
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "hits": [_hit_as_json(hit) for hit in answer.hits],
    }
    return json.dumps(content, ensure_ascii=False)


def _hit_as_json(hit: Hit) -> dict[str, object]:
    passage, card, (start, end) = hit.passage, hit.passage.article, hit.highlight
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "passage": {"id": passage.id, "text": passage.text, "start": passage.start, "end": passage.end},
        "highlight": {"start": start, "end": end, "text": passage.text[start:end]},
        "article": {
            "id": card.id,
            "title": card.title,
            "url": card.url,
            "source": card.source,
            "author": card.author,
            "published": card.published.isoformat() if card.published else None,
        },
    }


def show_report(report: Report, paths: list[Path], folder: Path, to: Console, aside: Console) -> None:
    """Print what an index run did; what was skipped or odd goes aside."""
    for reading in report.warned:
        for warning in reading.warnings:
            aside.print(f"{reading.path}: {warning}")
    for skipped in report.skipped:
        aside.print(f"skipped {skipped.path}: {skipped.reason}")
    to.print(
        f"Indexed {', '.join(map(str, paths))} into {folder}: {report.added} added, {report.changed} changed, "
        f"{report.unchanged} unchanged, {len(report.skipped)} skipped; {report.passages} passages embedded."
    )


def show_status(status: Status, folder: str, to: Console) -> None:
    """Print what is in an archive."""
    dates = f"{status.first} to {status.last}" if status.first else "no dates"
    rows = {
        "archive": folder,
        "articles": f"{status.articles:,}",
        "passages": f"{status.passages:,}",
        "dates": dates,
        "size": f"{status.bytes / 1e6:.1f} MB",
        "model": f"{status.making.model} ({status.making.fingerprint[:12]})",
    }
    for name, value in rows.items():
        to.print(f"{name:<9} {value}")
