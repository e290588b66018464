"""The confidence was fitted for the built-in models; with any other one, every answer says so."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.answer.confidence import confidence, is_calibrated, may_answer
from retrieval.answer.confidence_file import built_in_fits
from retrieval.answer.query_features import analyze_question, query_features
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.cli.json_output import as_json
from retrieval.cli.main import main
from retrieval.encode.encoder import Encoder, fingerprint_in_precision, fingerprint_with_prompts
from retrieval.encode.locate_model import fingerprint, locate
from retrieval.encode.prompts import prompts_of
from retrieval.indexing.reembed import reembed
from retrieval.types import Query
from tests.articles import FAKE, an_article
from tests.fakes import archive_at, take_in

Capture = pytest.CaptureFixture[str]


def test_it_was_fitted_for_the_built_in_models() -> None:
    assert [fit.fingerprint for fit in built_in_fits()] == [
        fingerprint_with_prompts(fingerprint(folder), prompts_of(model, folder))
        for model in ("bundled", "multilingual")
        for folder in [locate(model)]
    ]


def test_both_precisions_and_a_copy_of_the_bundled_model_are_calibrated(encoder: Encoder, tmp_path: Path) -> None:
    assert is_calibrated(encoder.fingerprint)
    assert all(is_calibrated(fingerprint_in_precision(fit.fingerprint, "int8")) for fit in built_in_fits())
    assert not is_calibrated(FAKE.fingerprint)
    assert not is_calibrated("")
    copy = shutil.copytree(locate("bundled"), tmp_path / "copy")
    assert is_calibrated(fingerprint(copy))
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 128}))
    assert not is_calibrated(fingerprint(copy))


def test_an_answer_says_whether_its_confidence_is_calibrated(tmp_path: Path, encoder: Encoder) -> None:
    for model in (encoder, FAKE):
        archive = archive_at(tmp_path / model.name, model)
        for articles in ([], [an_article(1)]):
            take_in(archive, model, *articles)
            answer = Answerer(archive, model, strictness=0).answer("What number is here?")
            assert answer.calibrated is (model is encoder)
            assert json.loads(as_json(answer)).get("uncalibrated", False) is (model is FAKE)


def test_an_archive_embedded_again_with_another_model_answers_uncalibrated(tmp_path: Path, encoder: Encoder) -> None:
    archive = archive_at(tmp_path / "archive", encoder)
    take_in(archive, encoder, an_article(1))
    answerer = Answerer(archive, encoder, load=lambda _: FAKE)
    assert answerer.answer("What number is here?").calibrated
    with archive.write_lock("test"):
        reembed(archive, FAKE, wanted_spec(FAKE, 0))
    assert not answerer.answer("What number is here?").calibrated


def test_status_says_so_of_another_model_only(
    seed_archive: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_at(tmp_path / "other", replace(FAKE, name="/models/other"))
    take_in(archive, replace(FAKE, name="/models/other"), an_article(1))
    for folder, is_other in ((seed_archive, False), (tmp_path / "other", True)):
        monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(folder))
        assert main(["status"]) == 0
        rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
        assert rows.get("confidence", "").startswith("uncalibrated: ") is is_other
    assert LocalArchive.open(seed_archive).status().spec.model == "bundled"


@pytest.mark.parametrize("model", ["bundled", "other"])
def test_json_says_so_of_another_model_only(
    model: str, encoder: Encoder, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = encoder if model == "bundled" else replace(FAKE, name="other")
    take_in(archive_at(tmp_path / "archive", used), used, an_article(1))
    monkeypatch.setattr("retrieval.encode.open.open_encoder", lambda *_, **__: used)
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(tmp_path / "archive"))
    main(["ask", "--json", "What number is here?"])
    answer = json.loads(capsys.readouterr().out)
    expected = ["question", "answered", "confidence", *(["uncalibrated"] if model == "other" else []), "hits"]
    assert [key for key in answer if key != "searched"] == expected


def test_a_passage_is_read_if_it_may_answer_and_always_if_what_is_read_counts(
    seed_archive: Path, encoder: Encoder
) -> None:
    archive = LocalArchive.open(seed_archive)
    question = "What is the capital of France?"
    features = query_features(question, analyze_question(question, archive), encoder)
    ranked = retrieve_and_rank(Query(question), features, archive, encoder)
    expected = [confidence(features, passage) for passage in ranked]
    for strictness in (0.0, 0.02, 0.5):
        found = [may_answer(features, passage, strictness) for passage in ranked]
        assert found == [sure >= strictness for sure in expected]
    assert max(expected) < 0.5
    fit = built_in_fits()[0]
    weights = replace(fit.same_language.weights, reader=0.1)
    own = replace(fit, same_language=replace(fit.same_language, weights=weights))
    assert all(may_answer(features, passage, 0.5, own) for passage in ranked)
