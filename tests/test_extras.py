"""A feature whose extra is not installed ends with one line that names the command, and status 2."""

import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

import bot.startup
import retrieval.cli.main
from retrieval import extras

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def ask_milvus(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", "milvus://127.0.0.1:1/news")
    return retrieval.cli.main.main(["ask", "who?"])


def evaluate(_: pytest.MonkeyPatch) -> int:
    return retrieval.cli.main.main(["eval", "no folder"])


def serve(_: pytest.MonkeyPatch) -> int:
    return retrieval.cli.main.main(["mcp"])


def listen(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("CLIPPINGS_BOT_WEBHOOK_URL", "https://example.org/bot")
    return bot.startup.main([])


@pytest.mark.parametrize(
    ("package", "extra", "run"),
    [
        ("pymilvus", "milvus", ask_milvus),
        ("ir_measures", "eval", evaluate),
        ("tornado", "webhook", listen),
        ("mcp", "mcp", serve),
    ],
)
def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(
    package: str,
    extra: str,
    run: Callable[[pytest.MonkeyPatch], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == package else find_spec(name))
    assert run(monkeypatch) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"needs {package}, which is not installed" in line
    assert line.endswith(f" install -c constraints.txt -e '.[{extra}]'")
    named = line.partition("Install it with: ")[2].partition(" install ")[0]
    shown = subprocess.run([*named.split(), "--version"], capture_output=True, text=True, check=True)
    assert str(Path(sysconfig.get_path("purelib")) / "pip") in shown.stdout  # it can be called so, and is ours


def test_the_extras_are_those_of_pyproject_and_dev_has_them_all() -> None:
    optional = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (own,) = [name for name in optional["dev"] if name.startswith("clippings[")]
    assert (
        set(re.findall(r"\w+", own)) - {"clippings"}
        == set(optional) - {"dev", "bench"}
        == {"milvus", "multilingual", "mcp", "eval", "webhook"}
    )
