"""`from retrieval import open_archive`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import retrieval
from config.settings import Settings
from retrieval import open_archive
from retrieval.errors import ArchiveMissing, EmptyQuestion, InvalidFilter
from tests.fakes import FakeEncoder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "school.txt").write_text("A school in Linz\n\nIda Moser opened a school in Linz.\n", encoding="utf-8")
    (folder / "bridge.txt").write_text("A bridge\n\nThe bridge was painted green.\n", encoding="utf-8")
    return folder


def test_the_example_in_the_readme_prints_the_sentence_that_answers(
    seed_archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.M)
    example = next(block for block in blocks if "open_archive" in block)
    (tmp_path / "data").symlink_to(seed_archive)
    exec(example, {})  # noqa: S102 - our own README
    assert "Kerry" in capsys.readouterr().out


def test_every_public_name_is_there_and_nothing_else() -> None:
    assert {name: getattr(retrieval, name).__name__ for name in retrieval.__all__} == {
        name: name for name in retrieval.__all__
    }
    with pytest.raises(AttributeError, match="no_such_name"):
        retrieval.no_such_name  # noqa: B018


def test_importing_the_package_imports_no_heavy_library() -> None:
    code = (
        "import sys, retrieval; print([name for name in ('numpy', 'faiss', 'config.settings') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_types_are_exported() -> None:
    assert all((ROOT / package / "py.typed").is_file() for package in ("config", "corpus", "retrieval"))


def test_an_archive_is_made_asked_and_updated(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.encode.open.open_encoder", lambda *_, **__: FakeEncoder())
    with open_archive(tmp_path / "new", settings=Settings(strictness=0.0)) as archive:
        with pytest.raises(ArchiveMissing):
            archive.articles()
        with pytest.raises(ArchiveMissing):
            archive.ask("Who opened a school in Linz?")
        assert archive.index(articles).added == 2
        assert {card.title for card in archive.articles()} == {"A school in Linz", "A bridge"}
        answer = archive.ask("Who opened a school in Linz?", 1)
        assert [hit.highlight_text for hit in answer.hits] == ["Ida Moser opened a school in Linz."]
        (articles / "bridge.txt").unlink()
        assert archive.index([str(articles)], allow_removals=True).removed == 1
        assert [card.title for card in archive.articles()] == ["A school in Linz"]
        assert archive.ask("What colour is the bridge?").hits[0].passage.article.title == "A school in Linz"
        with pytest.raises(EmptyQuestion):
            archive.ask("?")
        with pytest.raises(InvalidFilter):
            archive.ask("Who?", since="2014-13")
    assert archive.ask("Who opened a school in Linz?").hits  # opened again
    archive.close()


def test_indexing_opens_the_encoder_once(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def open_encoder(*_: object, **__: object) -> FakeEncoder:
        opened.append(FakeEncoder())
        return opened[-1]

    monkeypatch.setattr("retrieval.encode.open.open_encoder", open_encoder)
    with open_archive(tmp_path / "archive") as archive:
        assert archive.index(articles).added == 2
    assert len(opened) == 1
