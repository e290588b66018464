"""Questions over an archive of small articles: each finds its article, and the whole sentence that answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from retrieval.encode.encoder import Encoder
from retrieval.library import NewsArchive, open_archive
from tests.cases.questions import ARTICLES, CASES, Question


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, models: Path, encoder: Encoder) -> Iterator[NewsArchive]:  # noqa: ARG001
    """An archive of the articles; `encoder` has exported the model."""
    folder = tmp_path_factory.mktemp("questions")
    lines = (json.dumps({"title": title, "text": text}) for title, text in ARTICLES.items())
    (folder / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with open_archive(folder / "data", settings=Settings(models=str(models))) as archive:
        archive.index(folder / "articles.jsonl")
        yield archive


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.name}")
def test_a_question_finds_its_article_and_the_whole_sentence(case: Question, archive: NewsArchive) -> None:
    answer = archive.ask(case.name, 1)
    assert answer.answered
    (hit,) = answer.hits
    assert (hit.passage.article.title, hit.highlight_text) == (case.title, case.sentence)
