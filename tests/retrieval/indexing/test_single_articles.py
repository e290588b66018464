"""Single articles are added to an open archive, and removed."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.reader_types import Reading
from corpus.reading import find_files, read_files
from retrieval.answer.answerer import Answerer
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.errors import ArchiveBusy, ArchiveMismatch, ArticleMissing
from retrieval.indexing.reembed import reembed
from retrieval.indexing.single_articles import take_in, take_out
from tests.fakes import FakeEncoder, archive_at

FAKE = FakeEncoder()
MAX_BYTES = 1000


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return archive_at(tmp_path / "archive", FAKE, 64)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    file = tmp_path / "inbox" / "bridge.txt"
    file.write_text("Bridge opened\n\nOn 30/02/2020 by Paper\n\nThe mayor opened a bridge.\n", encoding="utf-8")
    return file


def read_document(file: Path) -> Reading:
    """Read the article in a file."""
    (reading,) = read_files(find_files([file]), MAX_BYTES)
    assert isinstance(reading, Reading)
    return reading


def test_an_article_is_added_changed_and_removed(archive: LocalArchive, file: Path) -> None:
    answerer = Answerer(archive, FAKE)
    reading = read_document(file)
    id_ = reading.article.id
    assert take_in(answerer.archive, answerer.encoder, reading).added == 1
    assert answerer.answer("bridge").hits[0].passage.article == reading.article.card
    assert take_in(archive, FAKE, reading).unchanged == 1
    file.write_text("Bridge closed\n\nThe mayor closed a bridge.\n", encoding="utf-8")
    assert take_in(archive, FAKE, read_document(file)).changed == 1
    assert archive.verify() == []
    assert take_out(archive, [id_]) == {id_: file}
    assert archive.cards() == []
    assert answerer.answer("bridge").hits == ()


def test_an_unknown_id_removes_nothing(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file)
    take_in(archive, FAKE, reading)
    with pytest.raises(ArticleMissing, match="There is no article other"):
        take_out(archive, [reading.article.id, "other"])
    assert archive.status().articles == 1


def test_another_writer_is_named_and_nothing_changed(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file)
    with archive.write_lock("index"):
        with pytest.raises(ArchiveBusy, match=r"\(index\)"):
            take_in(archive, FAKE, reading)
        with pytest.raises(ArchiveBusy, match=r"\(index\)"):
            take_out(archive, [])
    assert archive.cards() == []
    assert take_in(archive, FAKE, reading).added == 1


def test_articles_are_not_added_with_another_model(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file)
    take_in(archive, FAKE, reading)
    other = replace(FAKE, name="other")
    answerer = Answerer(archive, FAKE, load=lambda _: other)
    with archive.write_lock("test"):
        reembed(archive, other, wanted_spec(other, 64))
    with pytest.raises(ArchiveMismatch):
        take_in(archive, FAKE, reading)
    assert answerer.encoder is other
    assert take_in(archive, answerer.encoder, reading).unchanged == 1
