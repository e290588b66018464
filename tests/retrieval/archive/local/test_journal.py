"""The journal of removed passages is bounded, and an index that is further behind is rebuilt."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.reader_types import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local import archive_state
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.database import FILE
from retrieval.indexing.pipeline import draft
from tests.articles import FAKE, OTHER, an_article, embed, ids_of
from tests.fakes import archive_at, nearest, take_in

MAX = 20


@pytest.fixture(autouse=True)
def short_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_state, "MAX_JOURNAL", MAX)


def journal(folder: Path) -> int:
    with closing(sqlite3.connect(folder / FILE)) as db:
        return int(db.execute("SELECT count(*) FROM gone").fetchone()[0])


def test_a_feed_that_only_changes_articles_does_not_let_the_journal_grow(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", FAKE)
    behind = LocalArchive.open(archive.folder)
    take_in(archive, FAKE, an_article(1), an_article(2, "The second one never changes."))
    assert ids_of(behind, "second") == {"id2"}
    for edition in range(3 * MAX):
        take_in(archive, FAKE, an_article(1, f"Text of edition {edition} is here."))
        assert journal(archive.folder) <= MAX
    assert journal(archive.folder) == MAX
    # This one has seen none of the editions: the journal does not reach so far back.
    assert ids_of(behind, "edition") == {"id1"}
    assert nearest(behind, FAKE, "edition")[0].passage.text == f"Text of edition {3 * MAX - 1} is here."
    assert len(nearest(behind, FAKE, "edition", 99)) == 2
    assert archive.verify() == behind.verify() == LocalArchive.open(archive.folder).verify() == []


def test_an_index_that_the_journal_reaches_is_not_rebuilt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = archive_at(tmp_path / "archive", FAKE)
    take_in(archive, FAKE, an_article(1))
    for edition in range(2 * MAX):
        take_in(archive, FAKE, an_article(1, f"Text of edition {edition} is here."))
        assert len(nearest(archive, FAKE, "edition", 99)) == 1
    assert caplog.text == ""


def test_a_shadow_index_that_is_dropped_does_not_fill_the_journal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive = archive_at(tmp_path / "archive", FAKE)
    articles = [an_article(number) for number in range(2 * MAX)]
    take_in(archive, FAKE, *articles)
    assert ids_of(archive, "number 1") >= {"id1"}
    with archive.write_lock("test"):
        spec = wanted_spec(OTHER, 0)
        drafts = [draft(Reading(article, "/files"), OTHER, 64) for article in articles]
        archive.shadow_index(spec).put(embed(drafts, OTHER, spec))
        archive.shadow_index(replace(spec, model="third", fingerprint="third"))
        archive.remove(["id1"])
    assert journal(archive.folder) == 1
    assert "id1" not in ids_of(archive, "number")
    assert caplog.text == ""
    assert archive.verify() == []
