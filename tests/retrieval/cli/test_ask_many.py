"""`ask --file`: many questions at once, in order, as text, JSON lines or CSV."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.cli.main import main

Run = Callable[..., tuple[int, str, str]]
KNOWN, UNKNOWN = "Who met Kerry?", "How do I bake a chocolate cake?"


@pytest.fixture
def run(seed_archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the example's archive; return its exit status and what it printed."""
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(seed_archive))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (status, *capsys.readouterr())

    return run


def written(tmp_path: Path, *lines: str) -> str:
    """Write a file of questions; return its path."""
    file = tmp_path / "questions.txt"
    file.write_text("\ufeff" + "\n\n".join(lines), encoding="utf-8")
    return str(file)


def test_json_lines_are_the_answers_in_order(run: Run, tmp_path: Path) -> None:
    status, out, err = run("ask", "--file", written(tmp_path, KNOWN, UNKNOWN, KNOWN), "--jsonl")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["question"] for answer in answers] == [KNOWN, UNKNOWN, KNOWN]
    assert [answer["answered"] for answer in answers] == [True, False, True]
    assert (status, err) == (1, "")
    assert answers[0] == json.loads(run("ask", KNOWN, "--json")[1])


def test_the_status_is_0_only_if_all_are_answered(run: Run, tmp_path: Path) -> None:
    assert run("ask", "--file", written(tmp_path, KNOWN, KNOWN))[0] == 0


def test_a_question_that_cannot_be_asked_stops_none_of_the_others(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("ask", "--file", written(tmp_path, "???", KNOWN), "--jsonl")
    broken, answered = map(json.loads, out.splitlines())
    assert broken["question"] == "???"
    assert "nothing to search for" in broken["error"]
    assert answered["answered"]
    assert status == 2


def test_a_table_has_a_row_for_each_question_and_no_formulas(run: Run, tmp_path: Path) -> None:
    formula = '=HYPERLINK("https://example.org")'
    _, out, _ = run("ask", "--file", written(tmp_path, KNOWN, formula), "--csv")
    first, second = csv.DictReader(io.StringIO(out))
    assert (first["question"], first["answered"]) == (KNOWN, "yes")
    assert first["answer"] in run("ask", KNOWN)[1]
    assert first["published"] == "2014-02-17"
    assert second["question"] == f"'{formula}"


def test_text_has_each_question_above_its_answer(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("ask", "--file", written(tmp_path, KNOWN, UNKNOWN))
    known, unknown = out.split(f"? {UNKNOWN}")
    assert known.startswith(f"? {KNOWN}\n")
    assert "Nothing in this archive answers that." in unknown


def test_questions_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"\ufeff{KNOWN}\r\n".encode())))
    assert json.loads(run("ask", "--file", "-", "--jsonl")[1])["question"] == KNOWN
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"W\xfcrde\n")))
    assert "not in UTF-8" in run("ask", "--file", "-", "--jsonl")[2]
    monkeypatch.setattr("sys.stdin", None)
    assert "has no question" in run("ask", "--file", "-")[2]
    assert "cannot be read" in run("ask", "--file", "")[2]


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"\xff\xfe\x00", "not in UTF-8"), (b" \n\n", "has no question")],
)
def test_a_file_without_questions_is_an_error(run: Run, tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "questions.txt"
    if content is not None:
        file.write_bytes(content)
    status, out, err = run("ask", "--file", str(file))
    assert (status, out) == (2, "")
    assert told in err


@pytest.mark.parametrize("options", [("--file", "x", "--json"), ("--file", "x", "--explain"), (KNOWN, "--csv")])
def test_options_that_do_not_go_together_are_refused(run: Run, options: tuple[str, ...]) -> None:
    status, _, err = run("ask", *options)
    assert status == 2
    assert "--jsonl and --csv" in err
