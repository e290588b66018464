import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.cli.evaluate import default_cache
from retrieval.cli.main import main
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.retrieval.cli.test_main import Capture, error_of
from tests.retrieval.evaluate.question_sets import TOWN, write_set

KEYS = [
    "hits@1", "hits@5", "recall@10", "mrr@10", "ndcg@10", "highlight", "shown", "highlight_gold", "hits_right", "auroc",
    "false_answers", "false_refusals", "ms", "questions", "documents",
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
    assert [line.split()[0] for line in lines[1:14]] == KEYS[:13]
    assert lines[1].split(maxsplit=2)[1:] == ["100.0", "[100.0, 100.0]"]
    assert lines[14:] == [f"The run is in {run}.", f"The report is in {report}."]
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


def town_of(count: int) -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, dict[str, int]]]:
    """Return documents that each have a question of their own."""
    numbers = range(count)
    documents = {
        f"d{n}": (f"News {n}", f"The mayor of Town{n} met Guest{n} at Hall{n}. Rain{n} fell on Road{n}.")
        for n in numbers
    }
    return (
        documents,
        {f"q{n}": f"Who met Guest{n} at Hall{n}?" for n in numbers},
        {f"q{n}": {f"d{n}": 1} for n in numbers},
    )


@pytest.fixture
def fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """Fit the confidence of a model that is not built in, and take it for every model from now on."""
    fake = FakeEncoder()
    monkeypatch.setattr("retrieval.cli.evaluate.open_encoder", lambda *_, **__: fake)
    monkeypatch.setattr("retrieval.encode.open.open_encoder", lambda *_, **__: fake)
    file = tmp_path / "fit.json"
    assert main(["eval", str(write_set(tmp_path / "town", *town_of(30), None)), "--fit", str(file)]) == 0
    out = capsys.readouterr().out
    assert "Fitted on town: " in out
    assert f'set confidence = "{file}"' in out
    return file


def test_a_fit_is_made_of_a_question_set_and_used_by_ask_eval_and_status(
    fitted: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = json.loads(fitted.read_text())
    assert fit["fingerprint"] == FakeEncoder().fingerprint
    assert fit["figures"]["auroc"] > 0.95
    documents, questions, _ = town_of(30)
    articles = [Article(Card(id_, title), text) for id_, (title, text) in documents.items()]
    archive = archive_at(tmp_path / "archive", FakeEncoder())
    take_in(archive, FakeEncoder(), *articles)
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("CLIPPINGS_CONFIDENCE", str(fitted))

    assert main(["ask", "--json", questions["q3"]]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "uncalibrated" not in answer
    assert main(["ask", "--json", "Which queen did Zanzibar crown in Xenia?"]) == 1
    assert json.loads(capsys.readouterr().out)["confidence"] < 0.5 < answer["confidence"]
    assert main(["status"]) == 0
    assert f"confidence fitted: {fitted}" in capsys.readouterr().out
    assert main(["eval", str(tmp_path / "town"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["false_refusals"]["value"] < 0.2

    monkeypatch.delenv("CLIPPINGS_CONFIDENCE")
    main(["ask", "--json", questions["q3"]])
    assert json.loads(capsys.readouterr().out)["uncalibrated"] is True


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda text: text.replace(FakeEncoder().fingerprint, "0" * 64),
            "the model here is another, or has other prompts",
        ),
        (lambda text: text[: len(text) // 2], "is damaged"),
        (lambda text: text.replace('"bias"', '"bios"'), "is damaged (Object missing required field `bias`"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_fit_of_another_model_and_a_damaged_one_are_errors_that_say_how_to_mend_them(
    change: Callable[[str], str] | None,
    why: str,
    fitted: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if change:
        fitted.write_text(change(fitted.read_text()))
    else:
        fitted.unlink()
    take_in(archive_at(tmp_path / "archive", FakeEncoder()), FakeEncoder(), Article(Card("a", "News"), "It rained."))
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("CLIPPINGS_CONFIDENCE", str(fitted))
    for command in (["ask", "Who met Guest3?"], ["eval", str(tmp_path / "town")]):
        error = error_of(capsys, *command)
        assert f"The confidence fit {fitted}" in error
        assert why in error
        assert "clippings eval DIR --fit FILE" in error
    assert main(["status"]) == 0
    assert why in capsys.readouterr().out


class LengthReranker:
    """A stand-in for a cross-encoder: the shorter a text, the more relevant it is."""

    fingerprint = "1" * 64

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        assert question
        return np.array([-len(text) for text in texts], np.float32)


def test_a_reranker_is_measured_and_fitted_and_its_fit_is_used_with_it_alone(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeEncoder()
    monkeypatch.setattr("retrieval.cli.evaluate.open_encoder", lambda *_, **__: fake)
    monkeypatch.setattr("retrieval.encode.open.open_reranker", lambda *_, **__: LengthReranker())
    folder, file = str(write_set(tmp_path / "town", *town_of(30), None)), tmp_path / "fit.json"
    town = str(write_set(tmp_path / "small"))

    def highlight() -> float:
        assert main(["eval", town, "--json"]) == 0
        return float(json.loads(capsys.readouterr().out)["highlight"]["value"])

    without = highlight()
    monkeypatch.setenv("CLIPPINGS_RERANKER", "some/cross-encoder")
    assert highlight() < without
    assert main(["eval", folder, "--fit", str(file)]) == 0
    fit = json.loads(file.read_text())
    assert fit["reranker"] == LengthReranker.fingerprint
    assert fit["same_language"]["weights"]["reranker"] != 0
    capsys.readouterr()

    monkeypatch.setenv("CLIPPINGS_CONFIDENCE", str(file))
    assert main(["eval", folder, "--json"]) == 0
    capsys.readouterr()
    monkeypatch.delenv("CLIPPINGS_RERANKER")
    error = error_of(capsys, "eval", folder)
    assert "was made with the reranker 111111111111, but here is no reranker" in error
    assert "clippings eval DIR --fit FILE" in error


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--fit", "a", "--report", "b"), "--fit measures nothing"),
        (("--fit", "a", "--run", "b"), "--fit measures nothing"),
        (("--run", "a", "--report", "a"), "Name two files"),
    ],
)
def test_outputs_that_would_not_be_written_are_an_error(
    options: tuple[str, ...], why: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert why in error_of(capsys, "eval", str(write_set(tmp_path / "town")), *options)
    assert not (tmp_path / "a").exists()


def test_too_few_questions_are_an_error(capsys: Capture, tmp_path: Path) -> None:
    error = error_of(capsys, "eval", str(write_set(tmp_path / "town")), "--fit", str(tmp_path / "fit.json"))
    assert "A fit needs 20 of each" in error
    assert not (tmp_path / "fit.json").exists()
