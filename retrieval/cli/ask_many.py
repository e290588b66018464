"""`ask --file`: answer the questions of a file, one a line, as text, JSON lines or CSV."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.cli.answer_output import show_answer
from retrieval.cli.archive_commands import ANSWERED, ERROR, NOT_ANSWERED
from retrieval.cli.json_output import as_json
from retrieval.cli.output import console, progress_bar
from retrieval.errors import QuestionError, QuestionsUnreadable

if TYPE_CHECKING:
    from retrieval.types import Answer

COLUMNS = ("question", "answered", "confidence", "answer", "headline", "published", "source", "author", "link", "error")
# A spreadsheet takes a cell that begins so for a formula, and runs it. An apostrophe before it makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Outcome:
    """A question with its answer, or with why it cannot be asked."""

    question: str
    answer: "Answer | None"
    error: str = ""


def read_questions(file: str) -> list[str]:
    """Return the lines of a file, or of standard input for "-", without empty ones; raises QuestionsUnreadable."""
    try:
        content = _standard_input() if file == STANDARD_INPUT else Path(file).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise QuestionsUnreadable(
            f"{file or 'The file'} cannot be read: {error.strerror}. Name a file with one question a line."
        ) from None
    except UnicodeDecodeError:
        raise QuestionsUnreadable(f"{file} is not in UTF-8. Save it as UTF-8, with one question a line.") from None
    questions = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    if not questions:
        raise QuestionsUnreadable(f"{file} has no question. Write one a line.")
    return questions


def _standard_input() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin else b""  # None if the process was started without it


def ask_all(questions: Iterable[str], ask: "Callable[[str], Answer]") -> Iterator[Outcome]:
    """Yield the outcome of each question, in order; a question that cannot be asked stops none of the others."""
    for question in questions:
        try:
            yield Outcome(question, ask(question))
        except QuestionError as error:
            yield Outcome(question, None, str(error))


def print_outcomes(questions: list[str], ask: "Callable[[str], Answer]", form: str) -> int:
    """Answer questions and print each outcome as it comes, as "text", "jsonl" or "csv".

    Return the exit status: that of an error if any question could not be asked, else 1 if any was not answered, else 0.
    """
    show = {"text": _show_text, "jsonl": _show_json, "csv": _show_csv}[form]
    if form == "csv":
        csv.writer(sys.stdout).writerow(COLUMNS)
    status = ANSWERED
    with progress_bar("Answering", "questions") as progress:
        progress(0, len(questions))
        for number, outcome in enumerate(ask_all(questions, ask), start=1):
            show(outcome)
            answered = ANSWERED if outcome.answer and outcome.answer.answered else NOT_ANSWERED
            status = max(status, ERROR if outcome.error else answered)
            progress(number)
    return status


def _show_text(outcome: Outcome) -> None:
    out = console(sys.stdout)
    out.print(f"? {outcome.question}\n")
    if outcome.answer:
        show_answer(outcome.answer, out)
    else:
        out.print(outcome.error)
    out.print()


def _show_json(outcome: Outcome) -> None:
    if outcome.answer:
        print(as_json(outcome.answer), flush=True)
    else:
        print(json.dumps({"question": outcome.question, "error": outcome.error}, ensure_ascii=False), flush=True)


def _show_csv(outcome: Outcome) -> None:
    from retrieval.answer.answering_sentences import answering_text

    answer = outcome.answer
    first = answer.hits[0] if answer and answer.hits else None
    card = first.passage.article if first else None
    row = (
        outcome.question,
        "" if answer is None else "yes" if answer.answered else "no",
        f"{answer.confidence:.4f}" if answer else "",
        answering_text(first) if first else "",
        card.title if card else "",
        card.published.isoformat() if card and card.published else "",
        (card.source or "") if card else "",
        (card.author or "") if card else "",
        (card.url or "") if card else "",
        outcome.error,
    )
    csv.writer(sys.stdout).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    sys.stdout.flush()
