"""Single articles are added to an open archive, and removed."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import PathMissing, Unreadable
from retrieval.answer.answerer import Answerer
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.errors import ArchiveBusy, ArchiveMismatch, ArticleMissing
from retrieval.indexing.reembed import reembed
from retrieval.indexing.single_articles import read_document, take_in, take_out
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


def test_a_document_is_read_with_its_warnings(file: Path) -> None:
    reading = read_document(file, MAX_BYTES)
    assert (reading.article.title, reading.article.text) == ("Bridge opened", "The mayor opened a bridge.")
    assert reading.origin == str(file)
    assert "'30/02/2020' is no date" in reading.warnings[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "an empty file"), (b"\x00\x01\x02", "not a text file"), (b"The words. " * 100, "larger than 0.001 MB")],
)
def test_a_file_that_cannot_be_read_is_an_error_with_the_reason(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    with pytest.raises(Unreadable, match=f"^{reason}"):
        read_document(file, MAX_BYTES)
    with pytest.raises(PathMissing):
        read_document(file / "none", MAX_BYTES)
    (file.parent / "empty").mkdir()
    with pytest.raises(Unreadable):
        read_document(file.parent / "empty", MAX_BYTES)


def test_an_article_is_added_changed_and_removed(archive: LocalArchive, file: Path) -> None:
    answerer = Answerer(archive, FAKE)
    reading = read_document(file, MAX_BYTES)
    id_ = reading.article.id
    assert take_in(answerer.archive, answerer.encoder, reading).added == 1
    assert answerer.answer("bridge").hits[0].passage.article == reading.article.card
    assert take_in(archive, FAKE, reading).unchanged == 1
    file.write_text("Bridge closed\n\nThe mayor closed a bridge.\n", encoding="utf-8")
    assert take_in(archive, FAKE, read_document(file, MAX_BYTES)).changed == 1
    assert archive.verify() == []
    assert take_out(archive, [id_]) == {id_: file}
    assert archive.cards() == []
    assert answerer.answer("bridge").hits == ()


def test_an_unknown_id_removes_nothing(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file, MAX_BYTES)
    take_in(archive, FAKE, reading)
    with pytest.raises(ArticleMissing, match="There is no article other"):
        take_out(archive, [reading.article.id, "other"])
    assert archive.status().articles == 1


def test_another_writer_is_named_and_nothing_changed(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file, MAX_BYTES)
    with archive.write_lock("index"):
        with pytest.raises(ArchiveBusy, match=r"\(index\)"):
            take_in(archive, FAKE, reading)
        with pytest.raises(ArchiveBusy, match=r"\(index\)"):
            take_out(archive, [])
    assert archive.cards() == []
    assert take_in(archive, FAKE, reading).added == 1


def test_articles_are_not_added_with_another_model(archive: LocalArchive, file: Path) -> None:
    reading = read_document(file, MAX_BYTES)
    take_in(archive, FAKE, reading)
    other = replace(FAKE, name="other")
    answerer = Answerer(archive, FAKE, load=lambda _: other)
    with archive.write_lock("test"):
        reembed(archive, other, wanted_spec(other, 64))
    with pytest.raises(ArchiveMismatch):
        take_in(archive, FAKE, reading)
    assert answerer.encoder is other
    assert take_in(archive, answerer.encoder, reading).unchanged == 1
