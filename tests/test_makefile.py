import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with our Makefile, everything set up, and a Python that only prints its arguments."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt", ".venv/run", "data/archive.db", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nfor one; do printf "%s\\n" "$one"; done\nexit "${STATUS:-0}"\n')
    python.chmod(0o755)
    return tmp_path


def make(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        ["make", "-s", *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "question",
    [
        "who met Kerry?",
        'who said "no"?',
        "what's $5 or $HOME or $(shell id) or ${Q}?",
        "a # b \\ c `id` ; & | > x",
        "-k 3",
        "$$",
    ],
)
def test_a_question_survives_make_however_it_is_given(clone: Path, question: str) -> None:
    expected = ["-m", "retrieval", "ask", "--", question]
    assert make(clone, "ask", f"Q={question}").stdout.splitlines() == expected
    assert make(clone, "ask", Q=question).stdout.splitlines() == expected


@pytest.mark.parametrize(("status", "fails"), [("0", False), ("1", False), ("2", True)])
def test_an_honest_no_is_no_failure_of_make_and_an_error_is(clone: Path, status: str, fails: bool) -> None:
    assert (make(clone, "ask", "Q=x", STATUS=status).returncode != 0) is fails


def test_make_alone_says_what_there_is(clone: Path) -> None:
    assert 'make ask Q="who met Kerry?"' in make(clone).stdout


@pytest.mark.parametrize(("target", "server"), [("milvus-lite", "lite"), ("milvus-server", "real")])
def test_a_milvus_is_run_by_name(clone: Path, target: str, server: str) -> None:
    (clone / ".venv" / "dev").touch()
    assert make(clone, target).stdout.splitlines() == ["-m", "tests.milvus_servers", server]
    assert target in make(clone).stdout


def test_the_contract_is_held_against_every_kind(clone: Path) -> None:
    (clone / ".venv" / "dev").touch()
    assert make(clone, "contract").stdout.splitlines() == ["-m", "tests.contract"]
