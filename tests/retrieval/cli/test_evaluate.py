import json
from pathlib import Path

import pytest

from retrieval.cli.evaluate import default_cache
from retrieval.cli.main import main
from tests.retrieval.cli.test_main import Capture, error_of
from tests.retrieval.evaluate.question_sets import TOWN, write_set

KEYS = [
    "hits@1", "hits@5", "recall@10", "mrr@10", "ndcg@10", "highlight", "highlight_gold", "auroc", "false_answers",
    "false_refusals", "ms", "questions", "documents",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_question_set_is_measured_and_reported_in_every_format(capsys: Capture, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "town", documents=TOWN | {"void": ("", "")})
    before = files(folder)
    run, report = tmp_path / "out.run", tmp_path / "out.html"

    assert main(["eval", str(folder), "--run", str(run), "--report", str(report)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "town, full: 4 documents, 5 questions, 2 of them without an answer"
    assert [line.split()[0] for line in lines[1:12]] == KEYS[:11]
    assert lines[1].split(maxsplit=2)[1:] == ["100.0", "[100.0, 100.0]"]
    assert lines[12:] == [f"The run is in {run}.", f"The report is in {report}."]
    assert err == "1 documents have no text and cannot be found: void\n"
    ranked = [line.split() for line in run.read_text().splitlines()]
    assert [row[2] for row in ranked if row[3] == "1"][:3] == ["bridge", "dog", "tax"]
    assert {(len(row), row[1], row[5]) for row in ranked} == {(6, "Q0", "clippings-full")}
    assert "town: how well its questions are answered" in report.read_text(encoding="utf-8")
    assert files(folder) == before

    assert main(["eval", str(folder), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert list(figures) == KEYS
    assert (figures.pop("questions"), figures.pop("documents")) == (5, 4)
    assert {tuple(figure) for figure in figures.values()} == {("value", "low", "high")}
    assert figures["hits@1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert figures["highlight"]["value"] == figures["highlight_gold"]["value"] == 1.0
    assert figures["false_answers"]["value"] == 0.0
    assert figures["ms"]["low"] <= figures["ms"]["value"] <= figures["ms"]["high"]
    (archive,) = (tmp_path / "home" / "clippings" / "eval").iterdir()

    assert main(["eval", str(folder), "--json", "--system", "bm25", "--cache", str(tmp_path / "other")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["auroc"] == {"value": None, "low": None, "high": None}
    assert figures["ndcg@10"]["value"] == 1.0
    assert [folder.name for folder in (tmp_path / "other").iterdir()] == [archive.name]


@pytest.mark.parametrize("option", ["--run", "--report"])
@pytest.mark.parametrize(("place", "why"), [("none/file", "No such file"), ("", "Is a directory"), ("/proc/x", "")])
def test_an_unwritable_output_is_an_error_before_anything_is_indexed(
    option: str, place: str, why: str, capsys: Capture, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "town")
    error = error_of(capsys, "eval", str(folder), option, str(tmp_path / place))
    assert f"{tmp_path / place} cannot be written ({why}" in error
    assert not (tmp_path / "home").exists()


def test_an_existing_report_survives_an_error(capsys: Capture, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "town")
    old, new = tmp_path / "old.html", tmp_path / "new.run"
    old.write_text("yesterday")
    cache = tmp_path / "cache"
    cache.write_text("a file where a folder should be")
    error_of(capsys, "eval", str(folder), "--report", str(old), "--run", str(new), "--cache", str(cache))
    assert old.read_text() == "yesterday"
    assert not new.exists()


def test_a_broken_set_exits_2_with_one_line(capsys: Capture, tmp_path: Path) -> None:
    assert "There is no folder nowhere" in error_of(capsys, "eval", "nowhere")
    folder = write_set(tmp_path / "town")
    (folder / "qrels" / "test.tsv").write_text("q1\tcat\t1\n")
    assert "test.tsv line 1: 'cat' is not in corpus.jsonl" in error_of(capsys, "eval", str(folder))
    spaced = write_set(tmp_path / "spaced", documents=TOWN | {"two words": ("A", "B.")})
    assert "'two words' has a space" in error_of(capsys, "eval", str(spaced), "--run", str(tmp_path / "run"))
    with pytest.raises(SystemExit):
        main(["eval", str(folder), "--system", "sparse"])


def test_the_cache_is_in_the_users_xdg_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_cache() == tmp_path / "home" / "clippings" / "eval"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache" / "clippings" / "eval"
