"""The `eval` command: index a question set, ask its questions, print the figures, write the run and the report."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TypeVar

import msgspec

from config.settings import Settings
from retrieval.answer.confidence_file import ModelFit, write_fit
from retrieval.archive.contract import Archive
from retrieval.cli.json_output import evaluation_as_json
from retrieval.cli.output import console, progress_bar, show_evaluation, show_fit
from retrieval.encode.open import open_encoder
from retrieval.errors import OutputUnwritable
from retrieval.evaluate import FULL, SYSTEMS
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.caching_encoder import CachingEncoder
from retrieval.evaluate.confidence_examples import Question, examples_of
from retrieval.evaluate.evaluate import Evaluation, evaluate, highlighter, system
from retrieval.evaluate.fit_confidence import fit_model
from retrieval.evaluate.report import report
from retrieval.evaluate.trec import check_ids, run_lines
from retrieval.from_settings import archive_location, own_fit, prompts, wanted_reranker

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of an evaluation: `json` prints JSON in place of the table; a file that is None is not written."""

    json: bool
    run: Path | None
    report: Path | None


class Evaluator:
    """Measures a question set with the settings' model, and prints the figures."""

    def __init__(self, settings: Settings, cache: Path | None) -> None:
        self._settings = settings
        self._cache = cache or default_cache()
        models = Path(settings.models) if settings.models else self._cache / "models"
        self._encoder = open_encoder(
            settings.model,
            models,
            prompts=prompts(settings),
            precision=settings.asked_precision or "int8",
            threads=settings.threads,
            batch=settings.batch,
        )
        self._reranker = wanted_reranker(settings, models)

    def evaluate(self, folder: Path, name: str, outputs: Outputs) -> None:
        """Measure one of SYSTEMS over a BEIR folder, or all of them for a report; raises EvaluationError."""
        questions = read(folder)
        if outputs.run:
            check_ids(questions)
        for path in filter(None, (outputs.run, outputs.report)):
            check_writable(path)
        if empty := questions.empty:
            console(sys.stderr).print(f"{len(empty):,} documents have no text and cannot be found: {_shortened(empty)}")
        archive = self._index(questions)
        systems = SYSTEMS if outputs.report else (name,)
        evaluations = {system_name: self._ask(system_name, questions, archive) for system_name in systems}
        if outputs.run:
            _write(outputs.run, "".join(run_lines(evaluations[name])))
        if outputs.report:
            page = report(questions, evaluations, name, self._settings.strictness)
            _write(outputs.report, page)
        self._print(questions, evaluations[name], outputs)

    def fit(self, folder: Path, file: Path, *, json: bool) -> None:
        """Fit the confidence of the model to the questions of a BEIR folder, and write it to a file.

        Raises EvaluationError.
        """
        questions = read(folder)
        check_writable(file)
        encoder = CachingEncoder(self._encoder)
        examples = examples_of(questions, encoder, self._settings.passage_tokens, _asking(), self._reranker)
        fit = fit_model(encoder, questions.name, examples, self._reranker)
        write_fit(file, fit)
        if json:
            print(msgspec.json.encode(fit).decode())
        else:
            show_fit(fit, file, console(sys.stdout))

    @cached_property
    def _fit(self) -> ModelFit | None:
        """The fit that the settings name; raises FitUnusable."""
        return own_fit(self._settings, self._encoder, self._reranker)

    def _index(self, questions: QuestionSet) -> Archive:
        location = archive_location(self._settings)
        archive, _ = archive_of(
            questions,
            self._encoder,
            self._settings.passage_tokens,
            self._cache if isinstance(location, Path) else location,
            lambda articles: _counted(articles, len(questions.articles), "documents", "Indexing"),
        )
        return archive

    def _ask(self, name: str, questions: QuestionSet, archive: Archive) -> Evaluation:
        ask = system(
            name,
            archive,
            self._encoder,
            strictness=self._settings.strictness,
            question_characters=self._settings.question_characters,
            reranker=self._reranker,
            fit=self._fit,
        )
        highlights = highlighter(questions, archive, self._encoder, self._reranker) if name == FULL else None
        return evaluate(
            name,
            ask,
            questions,
            highlights,
            lambda ids: _counted(ids, len(questions.questions), "questions", f"Asking {name}"),
        )

    def _print(self, questions: QuestionSet, evaluation: Evaluation, outputs: Outputs) -> None:
        if outputs.json:
            print(evaluation_as_json(questions, evaluation))
            return
        out = console(sys.stdout)
        show_evaluation(questions, evaluation, out)
        for what, path in (("run", outputs.run), ("report", outputs.report)):
            if path:
                out.print(f"The {what} is in {path}.")


def _asking() -> Callable[[Sequence[Question]], Iterable[Question]]:
    """Return a function that passes the questions to an archive through, with a progress bar for each archive."""
    numbers = count(1)
    return lambda asked: _counted(asked, len(asked), "questions", f"Asking archive {next(numbers)}")


def default_cache() -> Path:
    """Return the folder in which question sets are indexed, in the user's XDG cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "clippings", "eval")


def check_writable(path: Path) -> None:
    """Raise OutputUnwritable unless the file can be written; an existing file stays as it is."""
    new = not path.exists()
    try:
        path.open("ab").close()
        if new:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputUnwritable:
    return OutputUnwritable(f"{path} cannot be written ({error.strerror}). Name a file in a folder that takes one.")


def _counted(items: Iterable[Item], total: int, unit: str, what: str) -> Iterator[Item]:
    with progress_bar(what, unit) as progress:
        for done, item in enumerate(items):
            progress(done, total)
            yield item


def _shortened(ids: list[str], max_ids: int = 5) -> str:
    return ", ".join(ids[:max_ids]) + (", …" if len(ids) > max_ids else "")
