"""python -m retrieval: the names and arguments of the commands, most of which are in archive_commands.py."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from corpus.errors import ClippingsError
from retrieval.cli import archive_commands as on_archive
from retrieval.cli import ask, mcp_server, timeline
from retrieval.cli.archive_commands import ANSWERED, ERROR, INTERRUPTED, MAX_HITS
from retrieval.evaluate import FULL, SYSTEMS

if TYPE_CHECKING:
    from config.settings import Settings
    from retrieval.indexing.shard import Shard

log = logging.getLogger(__name__)
Command: TypeAlias = "Callable[[argparse.Namespace, Settings], int]"
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
FEEDBACK = "what users said of answers in the chat"


class Parser(argparse.ArgumentParser):
    """Prints an error in the arguments as one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the status of an error."""
        self.exit(ERROR, f"{self.prog}: {message}. See: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 1 for no answer, 2 after an error, 130 when interrupted."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None if the process was started without it
        stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.ERROR, format="%(message)s", stream=sys.stderr, force=True)
    for package in ("config", "retrieval"):
        logging.getLogger(package).setLevel(logging.WARNING)
    logging.getLogger("retrieval.encode").setLevel(logging.INFO)  # a model is prepared, which takes a while
    try:
        parsed = parser().parse_args(arguments)
        command: Command = parsed.command
        from config.settings import load

        settings = load()
        if settings.log_level == "debug":
            logging.getLogger("retrieval").setLevel(logging.DEBUG)
        return command(parsed, settings)
    except ClippingsError as error:
        print(error, file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        # The process that reads our output has ended. Python flushes stdout once more at exit: send that nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except KeyboardInterrupt:
        print("\nInterrupted. What was finished is kept.", file=sys.stderr)
        return INTERRUPTED
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - not only Exception: libraries in Rust panic with another one
        if isinstance(error, OSError) and error.strerror:  # most likely, stdout is a file on a full disk
            return _unwritten(error)
        return _unexpected(error)


def run() -> NoReturn:
    """Run the command of this process, and exit.

    The interpreter's clean-up is skipped: it takes a tenth of the time of a question, and all data is written already.
    """
    status = main()
    try:
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        status = _unwritten(error)
    if sys.stderr:
        sys.stderr.flush()
    os._exit(status)


def _unexpected(error: BaseException) -> int:
    """Print what nobody foresaw and where to report it; log the traceback. Return the exit status."""
    from config.unexpected_error import fault_line

    log.debug("The traceback of what follows:", exc_info=error)
    print(fault_line(error, with_message=True), file=sys.stderr)
    return ERROR


def _unwritten(error: OSError) -> int:
    """Print what could not be written or read; return the exit status."""
    what = error.filename or "What was to be printed"
    print(f"{what} could not be written or read: {error.strerror}.", file=sys.stderr)
    return ERROR


def parser() -> Parser:
    """Return the parser of the command line."""
    top = Parser(prog="clippings", description="Ask an archive of news articles; it answers word for word.")
    group = top.add_subparsers(required=True, metavar="COMMAND")

    def add(function: Command, help_: str, to: Commands = group) -> argparse.ArgumentParser:
        name, description = function.__name__.rstrip("_"), f"{help_[0].upper()}{help_[1:]}."
        subparser = to.add_parser(name, help=help_, description=description)
        subparser.set_defaults(command=function)
        return subparser

    command = add(ask.ask, "answer one question, or those of a file; the exit status is 1 if one is not answered")
    asked = command.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="*", default=[], metavar="QUESTION")
    asked.add_argument("--file", metavar="FILE", help="answer the questions of a file, one a line; - is standard input")
    command.add_argument("-k", type=_hits, metavar="N", dest="hits", help=f"show at most N passages, 1 to {MAX_HITS}")
    _filters(command)
    command.add_argument("--newest", action="store_true", help="order the passages that answer by date, newest first")
    command.add_argument(
        "--literal", action="store_true", help='search for words such as "in 2019" or "latest", do not act on them'
    )
    command.add_argument("--explain", action="store_true", help="print what spoke for each passage that was ranked")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--jsonl", action="store_true", help="with --file: print one JSON object a line")
    form.add_argument("--csv", action="store_true", help="with --file: print a table for spreadsheets")

    add(ask.chat, "answer questions at a prompt")

    command = add(timeline.timeline, "print every sentence on somebody or something, in order of date")
    command.add_argument("name", metavar="NAME", help="a name, as articles first give it: Xu Zhiyong")
    _filters(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page to read and to print")
    command.add_argument("--markdown", type=Path, metavar="FILE", help="write Markdown")

    command = add(timeline.names, "list whom and what the archive writes about, and how often")
    command.add_argument("prefix", nargs="?", default="", metavar="PREFIX", help="only names that begin so: xu")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")

    command = add(on_archive.index, "add, change and remove articles, so that the archive has what the files have")
    command.add_argument("paths", nargs="*", type=_place, metavar="PATH", help="a file, a folder of files, or a link")
    command.add_argument("--dry-run", action="store_true", help="only print what would be done")
    command.add_argument("--watch", action="store_true", help="then index each change, until interrupted")
    command.add_argument(
        "--allow-removals", action="store_true", help="allow to remove more than a third of the articles of a folder"
    )
    command.add_argument(
        "--re-embed", action="store_true", help="embed all articles again, with the model of the settings"
    )
    command.add_argument(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="index only part I of N, such as 3/20; N processes together index all",
    )
    _no_wait(command)

    command = add(on_archive.add, "add files, or the articles that links lead to")
    command.add_argument("files", nargs="+", type=_place, metavar="FILE")
    _no_wait(command)

    command = add(on_archive.sync, "visit the sources of the settings and index what is new or has changed")
    command.add_argument("names", nargs="*", metavar="NAME", help="visit only the sources of these names")
    _no_wait(command)

    command = add(on_archive.remove, "remove articles by their ids")
    command.add_argument("ids", nargs="+", metavar="ID")
    _no_wait(command)

    add(on_archive.list_, "list the articles, newest first")

    command = add(on_archive.show, "print an article, and where each of its fields was found")
    command.add_argument("id", metavar="ID")

    add(on_archive.status, "print what is in the archive, and the status of its sources")
    add(on_archive.verify, "check that the archive is complete and consistent; the exit status is 2 if not")

    command = add(on_archive.backup, "write a copy of the archive, also while it is in use")
    command.add_argument("file", type=Path, metavar="FILE")

    command = add(on_archive.restore, "replace the archive by a backup")
    command.add_argument("file", type=Path, metavar="FILE")
    _no_wait(command)

    command = add(
        on_archive.copy, "copy an archive, from and to a folder or a Milvus server, without embedding it again"
    )
    command.add_argument("source", metavar="SOURCE", help="a folder, or milvus://host:19530/name")
    command.add_argument("target", metavar="TARGET", help="the same; a new archive, or one that was copied in part")
    _no_wait(command)

    command = add(on_archive.eval_, "measure how well the questions of a BEIR folder are answered")
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="holds corpus.jsonl, queries.jsonl and qrels/test.tsv"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--run", type=Path, metavar="FILE", help="write the ranking as a TREC run")
    command.add_argument(
        "--system",
        choices=SYSTEMS,
        default=FULL,
        help="search by words, by meaning, by both, or the whole pipeline (the default)",
    )
    command.add_argument("--report", type=Path, metavar="FILE.html", help="write a page that compares all systems")
    command.add_argument(
        "--fit", type=Path, metavar="FILE", help="fit the confidence for the model, instead, for the setting confidence"
    )
    command.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="index the documents in this folder, not in ~/.cache/clippings/eval",
    )

    add(mcp_server.mcp, "serve the archive to other programs over the Model Context Protocol")

    feedback = group.add_parser("feedback", help=FEEDBACK, description=f"{FEEDBACK[0].upper()}{FEEDBACK[1:]}.")
    actions = feedback.add_subparsers(required=True, metavar="ACTION")
    command = add(on_archive.export, "write it as a BEIR folder, for eval", actions)
    command.add_argument("folder", type=Path, metavar="DIR", help="an empty or a new folder")
    return top


def _filters(command: argparse.ArgumentParser) -> None:
    """Add the options that limit a command to a part of the archive."""
    command.add_argument("--since", metavar="DATE", help="only articles from this year, month or day on")
    command.add_argument("--until", metavar="DATE", help="only articles up to the end of this year, month or day")
    command.add_argument("--source", metavar="NAME", help="only articles of this source")
    command.add_argument("--author", metavar="NAME", help="only articles by this author")


def _no_wait(command: argparse.ArgumentParser) -> None:
    """Add the option --no-wait to a command."""
    command.add_argument("--no-wait", action="store_true", help="do not wait for another process that is writing")


def _place(text: str) -> Path | str:
    """Return a link as it is, and anything else as a path."""
    return text if text.lower().startswith(("https://", "http://")) else Path(text)


def _shard(text: str) -> "Shard":
    from retrieval.indexing.shard import Shard

    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part, such as 3/20: the third of twenty")
    return Shard(int(number), int(count))


def _hits(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MAX_HITS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_HITS}")
    return int(text)
