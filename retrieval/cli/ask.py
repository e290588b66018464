"""The commands that answer questions: one question, and a prompt."""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from retrieval.cli.answer_output import show_answer, show_considered
from retrieval.cli.archive_commands import ANSWERED, NOT_ANSWERED
from retrieval.cli.ask_many import print_outcomes, read_questions
from retrieval.cli.json_output import as_json
from retrieval.cli.output import console
from retrieval.errors import OptionRefused, QuestionError

if TYPE_CHECKING:
    from config.settings import Settings


def ask(parsed: argparse.Namespace, settings: "Settings") -> int:
    """Print the answer to one question, or those to the questions of a file."""
    from retrieval.answer.query import parse_filters
    from retrieval.from_settings import open_answerer

    if problem := _wrong_form(parsed):
        raise OptionRefused(problem)
    questions = read_questions(parsed.file) if parsed.file is not None else []
    answer_to = partial(
        open_answerer(settings).answer,
        hits=parsed.hits,
        filters=parse_filters(parsed.since, parsed.until, parsed.source, parsed.author),
        newest=parsed.newest,
        literal=parsed.literal,
    )
    if questions:
        return print_outcomes(questions, answer_to, "jsonl" if parsed.jsonl else "csv" if parsed.csv else "text")
    # Also without quotation marks around it, the words are one question.
    answer = answer_to(" ".join(parsed.question))
    if parsed.json:
        print(as_json(answer, explain=parsed.explain))
    else:
        out = console(sys.stdout)
        show_answer(answer, out)
        if parsed.explain:
            show_considered(answer, settings.strictness, out)
    return ANSWERED if answer.answered else NOT_ANSWERED


def _wrong_form(parsed: argparse.Namespace) -> str | None:
    """Return why the options do not go together; None if they do."""
    if parsed.file is not None and (parsed.json or parsed.explain):
        return "--json and --explain are for one question. For a file there are --jsonl and --csv."
    if parsed.file is None and (parsed.jsonl or parsed.csv):
        return "--jsonl and --csv are for --file FILE. For one question there is --json."
    return None


def chat(_: argparse.Namespace, settings: "Settings") -> int:
    """Answer questions from a prompt until the input ends."""
    from retrieval.answer.conversation import Turn
    from retrieval.answer.suggestions import example_question
    from retrieval.from_settings import open_answerer

    answerer, out = open_answerer(settings), console(sys.stdout)
    answerer.warm_up()
    example = example_question(answerer)
    out.print(f"Ask a question. Ctrl-D ends.{f' For example: {example}' if example else ''}")
    previous: Turn | None = None
    for question in _lines():
        try:
            answer = answerer.answer(question, before=previous)
        except QuestionError as error:
            out.print(str(error))
        else:
            previous = Turn.of(answer)
            show_answer(answer, out)
    return ANSWERED


def _lines() -> Iterator[str]:
    """Yield the lines typed at the prompt, without empty ones."""
    import readline  # noqa: F401 (gives input() its history and its arrow keys)

    while True:
        sys.stdout.flush()
        try:
            line = input("\n? ")
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if line.strip():
            yield line
