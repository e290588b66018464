"""An exception that nobody foresaw ends a command with status 2 and one line; 1 means that nothing answers."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.cli.main import main

ROOT = Path(__file__).parents[3]


class Panic(BaseException):
    """As the libraries in Rust raise it: no Exception."""


def out_of_words() -> None:
    raise OSError("no error number")


def wrong_key() -> None:
    os.environ["NO SUCH KEY"]


def panic() -> None:
    raise Panic("called `Option::unwrap()`\n  on a `None` value")


def too_deep() -> None:
    too_deep()


def long_message() -> None:
    raise ValueError("x" * 10_000)


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let reading the archive fail in a way that nobody foresaw."""

    def fails(how: Callable[[], None]) -> None:
        monkeypatch.setattr("retrieval.archive.local.archive.LocalArchive.open", lambda *_: how())

    return fails


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (out_of_words, "OSError: no error number."),
        (wrong_key, "KeyError: 'NO SUCH KEY'."),
        (panic, "Panic: called `Option::unwrap()` on a `None` value."),
        (too_deep, "RecursionError: "),
        (long_message, "ValueError: xxx"),
    ],
)
@pytest.mark.parametrize("command", [["status"], ["ask", "Who?"], ["list"], ["index", "--re-embed"]])
def test_it_exits_2_with_one_line_that_says_what_where_and_where_to_report_it(
    capsys: pytest.CaptureFixture[str],
    fails: Callable[[Callable[[], None]], None],
    how: Callable[[], None],
    what: str,
    command: list[str],
) -> None:
    fails(how)
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert len(err) < 700
    assert err.startswith("Unexpected error at retrieval/")
    assert what in err
    assert 'please report this line (docs/operations.md, "Reporting a fault", says where)' in err
    assert "Traceback" not in err


def test_the_traceback_is_logged_at_debug_level(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[[Callable[[], None]], None],
) -> None:
    fails(wrong_key)
    monkeypatch.setenv("CLIPPINGS_LOG_LEVEL", "debug")
    assert main(["status"]) == 2
    err = capsys.readouterr().err
    assert 'in wrong_key\n    os.environ["NO SUCH KEY"]' in err
    assert err.splitlines()[-1].startswith("Unexpected error at retrieval/")


def test_an_error_that_the_system_names_is_told_in_its_words(
    capsys: pytest.CaptureFixture[str], fails: Callable[[Callable[[], None]], None]
) -> None:
    fails(lambda: Path("/no/such/file").unlink())
    assert main(["status"]) == 2
    assert capsys.readouterr().err == "/no/such/file could not be written or read: No such file or directory.\n"


@pytest.mark.parametrize("broken", ["retrieval.cli.main.parser", "retrieval.archive.open.open_archive"])
def test_the_process_exits_2(broken: str) -> None:
    module, _, name = broken.rpartition(".")
    script = f"import {module} as module; module.{name} = lambda *_: 1 / 0\n"
    script += "import sys; from retrieval.cli.main import run; sys.argv[1:] = ['status']; run()"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "ZeroDivisionError: division by zero." in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_process_without_output_exits_as_any_other(closed: str, tmp_path: Path) -> None:
    command = f'exec "$0" -m retrieval status {closed}'
    environment = os.environ | {"CLIPPINGS_ARCHIVE": str(tmp_path / "none")}
    done = subprocess.run(["sh", "-c", command, sys.executable], cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 2
