import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from corpus.source import Reading, Skipped
from retrieval.archive.archive import Entry
from retrieval.archive.dense import DenseIndex
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.store import FILE
from retrieval.archive.sync import Report, passage_limit, sync
from retrieval.errors import ArchiveMismatch, ArchiveMissing, ArchiveUnwritable, NotAnArchive, PassageLimit
from retrieval.split import split
from tests.fakes import FakeEncoder

LIMIT = 64
ROOT = Path(__file__).parent.parent


def an_article(number: int, text: str = "") -> Article:
    card = Card(
        f"id{number}",
        f"Title {number}",
        f"https://example.org/{number}",
        "Paper",
        "Ann",
        date(2020, 1, number % 28 + 1),
    )
    return Article(card, text or f"Heading\n\nText number {number} is here. It has two sentences.", (Span(0, 7),))


def readings(*articles: Article) -> list[Reading | Skipped]:
    return [Reading(article, Path(f"{article.id}.txt")) for article in articles]


@pytest.fixture
def archive(tmp_path: Path, fake: FakeEncoder) -> EmbeddedArchive:
    return EmbeddedArchive.open_or_create(tmp_path / "archive", fake, LIMIT)


def run(archive: EmbeddedArchive, fake: FakeEncoder, *articles: Article) -> Report:
    return sync(readings(*articles), archive, fake, LIMIT)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_faiss_finds_what_brute_force_finds(size: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((size, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = random.permutation(1000)[:size].astype(np.int64)
    query = vectors[0] + random.standard_normal(16).astype(np.float32) / 4

    found = DenseIndex(numbers, vectors).search(query, count)

    cosines = vectors @ query
    best = np.argsort(-cosines)[:count]
    assert [number for number, _ in found] == numbers[best].tolist()
    np.testing.assert_allclose([cosine for _, cosine in found], cosines[best], atol=1e-5)


def test_what_went_in_comes_out(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    article = an_article(1)
    run(archive, fake, article, an_article(2))
    passages = split(article, fake, LIMIT)
    found = archive.search(fake.encode([f"{article.title}\n{passages[0].text}"])[0], 5)
    assert found[0].passage == passages[0]
    assert found[0].cosine == pytest.approx(1, abs=1e-5)
    assert [one.cosine for one in found] == sorted((one.cosine for one in found), reverse=True)


def test_an_archive_reopened_answers_the_same(archive: EmbeddedArchive, fake: FakeEncoder, tmp_path: Path) -> None:
    run(archive, fake, *map(an_article, range(5)))
    query = fake.encode(["number 3"])[0]
    assert EmbeddedArchive.open(tmp_path / "archive").search(query, 3) == archive.search(query, 3)


def test_an_unchanged_article_is_not_embedded_again(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    first = run(archive, fake, an_article(1), an_article(2))
    second = run(archive, fake, an_article(1), an_article(2, "Now another text. It has changed."), an_article(3))
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged, second.passages) == (1, 1, 1, 2)


def test_a_changed_article_takes_the_place_of_the_old_one(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    run(archive, fake, an_article(1, "The old words stood here."))
    run(archive, fake, an_article(1, "Now new ones do."))
    found = archive.search(fake.encode(["old words"])[0], 5)
    assert [one.passage.text for one in found] == ["Now new ones do."]


def test_an_article_read_twice_is_kept_once_and_named(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    report = run(archive, fake, an_article(1), an_article(1))
    assert report.added == 1
    assert "the same article as id1.txt" in report.skipped[0].reason
    assert archive.status().articles == 1


def test_a_batch_goes_in_whole_or_not_at_all(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    good, bad = an_article(1), an_article(2)
    passages = tuple(split(good, fake, LIMIT))
    vectors = fake.encode([passage.text for passage in passages])
    twice = Entry(bad, (*split(bad, fake, LIMIT), *split(bad, fake, LIMIT)), np.repeat(vectors, 2, axis=0))
    with pytest.raises(NotAnArchive):
        archive.put([Entry(good, passages, vectors), twice])
    assert archive.status().articles == 0


def test_the_status_counts(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    run(archive, fake, *map(an_article, range(3)))
    status = archive.status()
    assert (status.articles, status.passages, status.making.model) == (3, 3, "fake")
    assert (status.first, status.last) == (date(2020, 1, 1), date(2020, 1, 3))
    assert status.bytes > 0


def test_more_articles_than_a_batch_all_arrive(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    batches: list[int] = []
    sync(
        readings(*map(an_article, range(600))),
        archive,
        fake,
        LIMIT,
        lambda report: batches.append(report.passages),
    )
    assert archive.status().articles == 600
    assert len(batches) >= 3


def test_no_archive_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(ArchiveMissing, match="No archive at .* python -m retrieval index"):
            EmbeddedArchive.open(folder)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(NotAnArchive, match=f"is not an archive: it holds no {FILE}"):
        EmbeddedArchive.open_or_create(tmp_path, fake, LIMIT)
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all, but words" * 99, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(NotAnArchive, match="is not an archive"):
        EmbeddedArchive.open(tmp_path)


def test_another_programs_database_is_not_taken_for_an_archive(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("CREATE TABLE manifest (key, value)")
    db.close()
    with pytest.raises(NotAnArchive, match="is not an archive of Clippings"):
        EmbeddedArchive.open(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_not_an_archive(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NotAnArchive):
        EmbeddedArchive.open_or_create(tmp_path / "data", fake, LIMIT)


def test_a_place_that_cannot_be_written_is_named(fake: FakeEncoder) -> None:
    with pytest.raises(ArchiveUnwritable, match="Cannot make an archive at /proc/clippings"):
        EmbeddedArchive.open_or_create(Path("/proc/clippings"), fake, LIMIT)


def test_an_archive_in_a_read_only_folder_answers_and_refuses_to_be_written(
    archive: EmbeddedArchive, fake: FakeEncoder, tmp_path: Path
) -> None:
    run(archive, fake, an_article(1))
    folder = tmp_path / "archive"
    (folder / FILE).chmod(0o444)
    folder.chmod(0o555)
    script = (
        "import sys; from pathlib import Path; from tests.test_archive import *\n"
        "archive, fake = EmbeddedArchive.open(Path(sys.argv[1])), FakeEncoder()\n"
        "print(archive.search(fake.encode(['number'])[0], 5)[0].passage.article.title)\n"
        "try: run(archive, fake, an_article(2))\n"
        "except ArchiveUnwritable as error: print(error)"
    )
    # Permissions bind root only where it gives up overriding them.
    powerless = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*powerless, sys.executable, "-c", script, folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Title 1\nCannot write to" in done.stdout
    assert archive.status().articles == 1


def test_another_model_is_refused_naming_both(archive: EmbeddedArchive, fake: FakeEncoder, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMismatch, match="made with the model 'fake', and the settings name 'other'"):
        EmbeddedArchive.open_or_create(tmp_path / "archive", replace(fake, name="other"), LIMIT)
    with pytest.raises(ArchiveMismatch, match="passages of 64 tokens, and the settings ask for 32"):
        EmbeddedArchive.open_or_create(tmp_path / "archive", fake, 32)
    assert archive.status().articles == 0


def test_passages_are_as_long_as_the_model_reads_or_as_asked_for(fake: FakeEncoder) -> None:
    long = replace(fake, max_tokens=256)
    assert (passage_limit(0, long), passage_limit(100, long)) == (256, 100)
    for wrong in (63, 257):
        with pytest.raises(PassageLimit, match="from 64 to 256"):
            passage_limit(wrong, long)
