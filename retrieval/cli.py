"""python -m retrieval: index articles into an archive, and ask it."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from config.settings import Settings, load
from corpus.errors import ClippingsError, NoArticles
from corpus.reader import count_files, read_all
from corpus.source import Reading, Skipped
from retrieval.errors import QuestionError
from retrieval.present import as_json, console, show, show_report, show_status

if TYPE_CHECKING:
    from retrieval.answer.answerer import Answerer

Command = Callable[[argparse.Namespace, Settings], int]
Readings = Iterator[Reading | Skipped]

ANSWERED, NOT_ANSWERED, ERROR, INTERRUPTED = 0, 1, 2, 130
OWN_ARTICLES = Path(__file__).resolve().parent.parent / "corpus" / "articles"
MOST_HITS = 50


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the status of an error."""
        self.exit(ERROR, f"{self.prog}: {message}. See: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 where nothing in the archive answers, or 2 after an error."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    parsed = parser().parse_args(arguments)
    command: Command = parsed.command
    try:
        return command(parsed, load())
    except ClippingsError as error:
        print(error, file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        # Whoever read our output has gone. Python flushes stdout once more at its end: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED


def parser() -> Parser:
    """Return the parser of the command line."""
    top = Parser(prog="clippings", description="Ask an archive of news articles; it answers word for word.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(command: Command, help_: str) -> argparse.ArgumentParser:
        one = commands.add_parser(command.__name__, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        one.set_defaults(command=command)
        return one

    one = add(index, "take in new and changed articles")
    one.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="a text file or a folder of them",
        default=[OWN_ARTICLES],
    )
    one = add(ask, "answer one question; the exit status is 1 where nothing in the archive does")
    one.add_argument("question", metavar="QUESTION")
    one.add_argument("-k", type=_hits, metavar="N", dest="hits", help=f"show at most N passages, 1 to {MOST_HITS}")
    one.add_argument("--json", action="store_true", help="print one JSON object")
    add(chat, "answer questions at a prompt")
    add(status, "tell what is in the archive")
    return top


def _hits(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST_HITS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_HITS}")
    return int(text)


def index(parsed: argparse.Namespace, settings: Settings) -> int:
    """Read, split, embed and store what is new or changed."""
    readings = _some(read_all(parsed.paths, settings.article_megabytes * 1_000_000), parsed.paths)

    from retrieval.archive.embedded import EmbeddedArchive
    from retrieval.archive.sync import passage_limit, sync
    from retrieval.encode.sentence import SentenceEncoder

    folder = Path(settings.archive)
    EmbeddedArchive.check_place(folder)
    encoder = SentenceEncoder(settings.model, threads=settings.threads, batch=settings.batch)
    limit = passage_limit(settings.passage_tokens, encoder)
    archive = EmbeddedArchive.open_or_create(folder, encoder, limit)
    with tqdm(total=count_files(parsed.paths), unit=" files", disable=None, desc="Indexing") as bar:
        report = sync(_counted(readings, bar), archive, encoder, limit)
    show_report(report, parsed.paths, folder, console(sys.stdout), console(sys.stderr))
    return ANSWERED


def _some(readings: Readings, paths: list[Path]) -> Readings:
    """Return the readings; raise NoArticles where there is not one article among them, before anything is loaded."""
    skipped: list[Reading | Skipped] = []
    for reading in readings:
        if isinstance(reading, Reading):
            return chain(skipped, [reading], readings)
        skipped.append(reading)
    named = "; ".join(f"{one.path} skipped: {one.reason}" for one in skipped if isinstance(one, Skipped))
    where = ", ".join(map(str, paths))
    raise NoArticles(
        f"There is no article in {where}{f' ({named})' if named else ''}. Give text files, or a folder of them."
    )


def _counted(readings: Readings, bar: "tqdm[NoReturn]") -> Readings:
    for reading in readings:
        yield reading
        bar.update()


def ask(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print the answer to one question."""
    answer = _answerer(settings).answer(parsed.question, parsed.hits)
    if parsed.json:
        print(as_json(answer))
    else:
        show(answer, console(sys.stdout))
    return ANSWERED if answer.answered else NOT_ANSWERED


def chat(_: argparse.Namespace, settings: Settings) -> int:
    """Answer line by line until the input ends."""
    answerer, to = _answerer(settings), console(sys.stdout)
    to.print("Ask a question, such as: Who met Kerry? Ctrl-D ends.")
    for question in _lines():
        try:
            show(answerer.answer(question), to)
        except QuestionError as error:
            to.print(str(error))
    return ANSWERED


def _lines() -> Iterator[str]:
    """Yield what is typed at the prompt, empty lines left out."""
    import readline  # noqa: F401 (gives input() its history and its arrow keys)

    while True:
        try:
            line = input("\n? ")
        except EOFError:
            print()
            return
        if line.strip():
            yield line


def status(_: argparse.Namespace, settings: Settings) -> int:
    """Print what is in the archive; loads no model."""
    from retrieval.archive.embedded import EmbeddedArchive

    show_status(EmbeddedArchive.open(Path(settings.archive)).status(), settings.archive, console(sys.stdout))
    return ANSWERED


def _answerer(settings: Settings) -> "Answerer":
    from retrieval.answer.answerer import Answerer

    return Answerer.open(
        archive=Path(settings.archive),
        model=settings.model,
        threads=settings.threads,
        batch=settings.batch,
        hits=settings.hits,
        strictness=settings.strictness,
        question_characters=settings.question_characters,
    )
