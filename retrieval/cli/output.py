"""What the command line prints as text: answers, articles, reports, the status of an archive and of its sources."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from retrieval.cli.language_messages import language_counts, unread_articles
from retrieval.text.write_day import written_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from corpus.article import Article, Card
    from retrieval.answer.confidence_file import ModelFit
    from retrieval.archive.contract import Archive, Provenance, Status
    from retrieval.evaluate.beir import QuestionSet
    from retrieval.evaluate.evaluate import Evaluation
    from retrieval.sources.source import Source
    from retrieval.sources.state import SourceStatus

MAX_LINKS = 5  # failing links that are named for each source


def console(file: IO[str]) -> "Console":
    """Return a console that wraps and colours for a terminal only."""
    from rich.console import Console

    plain = not file.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return Console(
        file=file,
        color_system=None if plain else "auto",
        soft_wrap=not file.isatty(),
        highlight=False,
        markup=False,
        emoji=False,
    )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 article", "1,200 articles"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


class Progress(Protocol):
    """Shows how many of how many items are done; the total may be unknown."""

    def __call__(self, done: int, total: int | None = None, description: str | None = None) -> None:
        """Show the new numbers."""


@contextmanager
def progress_bar(description: str, unit: str) -> Iterator[Progress]:
    """Show a progress bar on stderr until the block ends; none if stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    err = console(sys.stderr)
    with Bars(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task = bars.add_task(description, total=None)

        def show(done: int, total: int | None = None, description: str | None = None) -> None:
            bars.update(task, completed=done, total=total, description=description)

        yield show


def show_cards(cards: "list[Card]") -> None:
    """Print one line for each article: id, date, headline."""
    for card in cards:
        print(f"{card.id}  {written_day(card.published) if card.published else '-':>17}  {card.title}")


def show_article(article: "Article", provenance: "Provenance | None") -> None:
    """Print an article: its fields and where each was found, its files, warnings, and its text."""
    card = article.card
    traces = dict(provenance.traces) if provenance else {}
    rows = {
        "id": card.id,
        "title": card.title,
        "published": card.published and written_day(card.published),
        "source": card.source,
        "author": card.author,
        "link": card.url,
        "language": card.language,
    }
    for name, value in rows.items():
        trace = traces.pop("url" if name == "link" else name, None)
        _show_field(name, f"{'-' if value is None else value}{f'   ({trace})' if trace else ''}")
    for name, trace in provenance.traces if provenance else ():
        if name in traces:
            _show_field(name, f"({trace})")
    occurrences = provenance.occurrences if provenance else ()
    _show_field("file", occurrences[0].origin if occurrences else "-")
    if provenance and occurrences and occurrences[0].key:
        _show_field("in it", provenance.where)
    for other in occurrences[1:]:
        _show_field("also in", f"{other.origin}{f', {other.key}' if other.key else ''} ({other.length:,} characters)")
    for warning in provenance.warnings if provenance else ():
        _show_field("warning", warning)
    print()
    print(article.text)


def _show_field(name: str, value: object) -> None:
    print(f"{name:<9}  {value}")


def show_status(status: "Status", folder: str, fit: str = "", reranker: str = "") -> None:
    """Print what is in an archive; the settings name the file `fit` of the confidence, and the `reranker`."""
    from retrieval.answer.confidence import is_calibrated
    from retrieval.answer.confidence_file import read_fit_for
    from retrieval.encode.cross_encoder import SentenceReranker
    from retrieval.errors import FitUnusable, ModelMissing

    duplicates, spec = status.articles - status.distinct_articles, status.spec
    rows = {
        "archive": folder,
        "articles": f"{status.articles:,}" + (f", {duplicates:,} of them the same story again" if duplicates else ""),
        "passages": f"{status.passages:,}",
        "languages": language_counts(status.languages) or "none",
        "dates": _period(status.first_date, status.last_date),
        "size": "the server's to tell" if status.size_bytes is None else f"{status.size_bytes / 1e6:.1f} MB",
        "model": f"{spec.model} ({spec.fingerprint[:12]}), {spec.passage_tokens} tokens a passage",
        "generation": f"{status.generation:,}",
    }
    of_reranker = ""
    if reranker:
        try:
            of_reranker = SentenceReranker(reranker).fingerprint
            rows["reranker"] = f"{reranker} ({of_reranker[:12]})"
        except ModelMissing as error:
            rows["reranker"] = str(error)
    if fit:
        try:
            read_fit_for(Path(fit), spec.fingerprint, of_reranker)
            rows["confidence"] = f"fitted: {fit}"
        except FitUnusable as error:
            rows["confidence"] = str(error)
    elif not is_calibrated(spec.fingerprint):
        rows["confidence"] = (
            "uncalibrated: it was fitted for the built-in models. Fit it with eval DIR --fit FILE, or choose "
            "`strictness` by trying questions"
        )
    if status.recall is None:
        rows["recall"] = "not measured: the server's index does not look at every passage"
    elif status.recall < 1:
        rows["recall"] = f"{status.recall:.1%} of the ten passages nearest in meaning"
    if status.limitations:
        rows["lacks"] = " ".join(status.limitations)
    if unread := unread_articles(status):
        rows["unread"] = unread
    for name, value in rows.items():
        print(f"{name:<10} {value}")


def show_evaluation(questions: "QuestionSet", evaluation: "Evaluation", out: "Console") -> None:
    """Print one line for each figure, with its 95 % interval: `ms` in milliseconds, all others in per cent."""
    unanswerable = len(questions.questions) - len(questions.relevant)
    out.print(
        f"{questions.name}, {evaluation.system}: {len(questions.articles):,} documents, "
        f"{len(questions.questions):,} questions, {unanswerable:,} of them without an answer"
    )
    for name, figure in evaluation.figures.items():
        if figure is None:
            out.print(f"{name:<14}     -")
            continue
        scale = 1 if name == "ms" else 100
        value, low, high = (scale * number for number in (figure.value, figure.low, figure.high))
        out.print(f"{name:<14} {value:>5.1f}  [{low:.1f}, {high:.1f}]")


def show_fit(fit: "ModelFit", file: Path, out: "Console") -> None:
    """Print how well a confidence fit holds, and how to use it."""
    for line in fit.fitted_on:
        out.print(f"Fitted on {line}.")
    out.print("Of questions that were left out of the fitting, at a strictness of 0.5, in per cent:")
    for name, value in fit.figures.items():
        out.print(f"{name:<30} {100 * value:>5.1f}")
    out.print(f'The fit is in {file}. To use it, set confidence = "{file}".')


def show_sources(sources: "Sequence[Source]", folder: Path, archive: "Archive", out: "Console") -> None:
    """Print the status of each source; raises SourcesUnusable."""
    from retrieval.sources.state import read_statuses

    statuses = read_statuses(folder, archive, [source.name for source in sources], time.time())
    out.print("\nsources")
    for source in sources:
        out.print(f"  {source.name}")
        for line in _source_lines(source, statuses.get(source.name)):
            out.print(f"    {line}")


def _source_lines(source: "Source", status: "SourceStatus | None") -> Iterator[str]:
    from retrieval.sources.state import due_at

    if status is None:
        yield "not read yet"
        return
    visit, due = status.last_visit, _local_time(due_at(source, status.last_visit))
    if visit.reason:
        yield f"failing since {_local_time(visit.since or visit.time)}: {visit.reason}"
        yield f"tries so far: {visit.failures:,}; next try {due}"
    else:
        yield f"read {_local_time(visit.time)}: {visit.added:,} added, {visit.changed:,} changed; next {due}"
    if status.waiting:
        yield f"{status.waiting:,} links wait for the next visit"
    for link in status.failing[:MAX_LINKS]:
        next_try = f"; next try {_local_time(link.next)}" if link.failures and link.next else ""
        yield f"{link.url}: {link.reason}{next_try}"
    if (more := len(status.failing) - MAX_LINKS) > 0:
        yield f"and {more:,} more links that gave nothing"


def _local_time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds).astimezone()
    return f"{written_day(moment)}, {moment:%H:%M}"


def _period(first: date | None, last: date | None) -> str:
    return f"{written_day(first)} to {written_day(last)}" if first and last else "none"
