import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.reader_types import Reading
from retrieval.archive.contract import Generation, Occurrence, Provenance
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.archive.index_spec_checks import check_askable, check_encoder, check_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.archive.local.database import FILE
from retrieval.archive.local.dense import DenseIndex
from retrieval.archive.local.reading import Rows
from retrieval.archive.local.record_store import Changes
from retrieval.errors import (
    ArchiveDamaged,
    ArchiveMismatch,
    ArchiveMissing,
    ArchiveUnwritable,
    NotAnArchive,
    PassageLimit,
)
from retrieval.indexing.pipeline import draft
from retrieval.indexing.reembed import reembed
from retrieval.types import Filters
from tests.articles import an_article, embed
from tests.fakes import FakeEncoder, archive_at, nearest, take_in
from tests.retrieval.archive.local.older_archives import (
    as_fourth_schema,
    as_second_schema,
    as_third_schema,
    first_schema_at,
)

ROOT = Path(__file__).parents[4]
NO_NUMBERS = np.empty(0, np.int64)


def changes(numbers: np.ndarray, vectors: np.ndarray, removed: np.ndarray = NO_NUMBERS) -> Changes:
    rows = Rows(numbers, [""] * len(numbers), [None] * len(numbers), vectors)
    return Changes(Generation(1, ""), 1, IndexSpec("", "", 16, 64, 1), rows, removed, whole=False)


@pytest.fixture
def archive(tmp_path: Path, fake: FakeEncoder) -> LocalArchive:
    return archive_at(tmp_path / "archive", fake)


@given(st.integers(1, 60), st.integers(0, 10), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_faiss_finds_what_brute_force_finds(size: int, gone: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((size, 16))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    numbers = random.permutation(1000)[:size].astype(np.int64)
    query = vectors[0].astype(np.float32) + random.standard_normal(16).astype(np.float32) / 4
    removed = random.choice(numbers, min(gone, size - 1), replace=False)

    index = DenseIndex.empty(16)
    index.apply(changes(numbers, vectors))
    index.apply(changes(NO_NUMBERS, vectors[:0], removed))

    rest = ~np.isin(numbers, removed)
    cosines = vectors[rest].astype(np.float32) @ query
    expected = numbers[rest][np.argsort(-cosines, kind="stable")[:count]]
    assert index.search(query, count) == expected.tolist()
    assert index.numbers() == sorted(numbers[rest].tolist())


def test_a_removed_article_is_found_no_longer_and_its_numbers_are_not_used_again(
    archive: LocalArchive, fake: FakeEncoder
) -> None:
    take_in(archive, fake, *map(an_article, range(3)))
    before = next(archive.changes(None)).added.numbers
    with archive.write_lock("test"):
        archive.remove(["id2"])
    assert {hit.passage.article.id for hit in nearest(archive, fake, "number 2")} == {"id0", "id1"}
    assert {hit.passage.article.id for hit in archive.search_words("number", 9)} == {"id0", "id1"}
    take_in(archive, fake, an_article(2))
    new = next(archive.changes(None)).added.numbers
    assert set(before) - set(new) == {before.max()}
    assert new.max() > before.max()


def test_a_batch_is_stored_whole_or_not_at_all(archive: LocalArchive, fake: FakeEncoder) -> None:
    entries = embed([draft(Reading(an_article(n), ""), fake, 64) for n in (1, 2)], fake, archive.spec)
    twice = replace(
        entries[1], passages=entries[1].passages * 2, keys=entries[1].keys * 2, vectors=entries[1].vectors.repeat(2, 0)
    )
    with pytest.raises(ArchiveDamaged, match="UNIQUE"):
        archive.put([entries[0], twice])
    assert archive.status().articles == 0
    assert archive.generation().number == 1


def test_a_missing_archive_is_reported_with_the_command_that_creates_one(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(ArchiveMissing, match="No archive at .* python -m retrieval index"):
            LocalArchive.open(folder)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(NotAnArchive, match=f"is not an archive: it holds no {FILE}"):
        archive_at(tmp_path, fake)
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all, but words" * 99, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(NotAnArchive, match="is not an archive"):
        LocalArchive.open(tmp_path)


def test_another_programs_database_is_not_taken_for_an_archive(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("CREATE TABLE manifest (key, value)")
    with pytest.raises(NotAnArchive, match="is not an archive of Clippings"):
        LocalArchive.open(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_not_an_archive(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NotAnArchive):
        archive_at(tmp_path / "data", fake)


def test_a_place_that_cannot_be_written_is_named(fake: FakeEncoder) -> None:
    with pytest.raises(ArchiveUnwritable, match="Cannot make an archive at /proc/clippings"):
        archive_at(Path("/proc/clippings"), fake)


def test_an_archive_in_a_read_only_folder_is_searched_and_refuses_writes(
    archive: LocalArchive, fake: FakeEncoder, tmp_path: Path
) -> None:
    take_in(archive, fake, an_article(1))
    folder = tmp_path / "archive"
    for file in folder.glob(f"{FILE}-*"):
        file.unlink()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    script = (
        "import sys; from pathlib import Path; from tests.retrieval.archive.local.test_archive import *\n"
        "archive, fake = LocalArchive.open(Path(sys.argv[1])), FakeEncoder()\n"
        "print(nearest(archive, fake, 'number')[0].passage.article.title)\n"
        "print(archive.search_words('number', 3)[0].passage.article.title)\n"
        "try: take_in(archive, fake, an_article(2))\n"
        "except ArchiveUnwritable as error: print(error)"
    )
    # Permissions bind root only where it gives up overriding them.
    powerless = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*powerless, sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Title 1\nTitle 1\nCannot write to" in done.stdout
    assert archive.status().articles == 1


def test_another_model_is_refused_naming_both_and_the_command(archive: LocalArchive, fake: FakeEncoder) -> None:
    with pytest.raises(ArchiveMismatch, match="the model 'fake', and the settings name 'other'.* index --re-embed"):
        check_spec(archive.spec, wanted_spec(replace(fake, name="other"), 0))
    with pytest.raises(ArchiveMismatch, match="passages of 64 tokens, and the settings ask for 100.* index --re-embed"):
        check_spec(archive.spec, replace(archive.spec, passage_tokens=100))
    with pytest.raises(ArchiveMismatch, match="split by an older Clippings.* index --re-embed"):
        check_spec(archive.spec, replace(archive.spec, splitter=archive.spec.splitter + 1))


def test_passages_of_an_older_splitter_are_searched_until_they_are_embedded_anew(
    archive: LocalArchive, fake: FakeEncoder
) -> None:
    older = replace(archive.spec, splitter=archive.spec.splitter - 1)
    check_askable(older, archive.spec)
    with pytest.raises(ArchiveMismatch, match="split by an older Clippings.* index --re-embed"):
        check_encoder(older, fake)
    with pytest.raises(ArchiveMismatch, match="the model 'fake'"):
        check_askable(older, wanted_spec(replace(fake, name="other"), 0))


def test_passages_are_as_long_as_the_model_reads_or_as_the_settings_ask(fake: FakeEncoder) -> None:
    long = replace(fake, max_tokens=256)
    assert [wanted_spec(long, tokens).passage_tokens for tokens in (0, 100)] == [256, 100]
    for wrong in (63, 257):
        with pytest.raises(PassageLimit, match="from 64 to 256"):
            wanted_spec(long, wrong)


def test_an_archive_of_the_first_schema_opens_whole(tmp_path: Path, fake: FakeEncoder) -> None:
    folder = tmp_path / "old"
    first_schema_at(folder)
    archive = LocalArchive.open(folder)
    assert archive.verify() == []
    status = archive.status()
    assert (status.articles, status.passages, status.first_date) == (3, 24, date(2014, 2, 17))
    assert (
        "Text number 1"
        in nearest(archive, fake, "Title 1\nText number 1 is here. It has two sentences.", 1)[0].passage.text
    )
    assert archive.search_words("Xu Zhiyong", 1)
    (card,) = [card for card in archive.cards() if card.title == "Title 1"]
    article = archive.article(card.id)
    assert article is not None
    # Its passages were split by an older Clippings: questions are answered, and the command mends the rest.
    check_askable(archive.spec, wanted_spec(fake, 0))
    with pytest.raises(ArchiveMismatch, match="split by an older Clippings.* index --re-embed"):
        take_in(archive, fake, article)
    reembed(archive, fake, wanted_spec(fake, 0))
    assert archive.spec == wanted_spec(fake, 0)
    # Nothing is embedded again, although schema 1 did not store the origin of an article.
    assert take_in(archive, fake, article).embedded == 0
    assert LocalArchive.open(folder).verify() == []


def test_an_archive_of_the_second_schema_opens_whole_and_has_nothing_new(tmp_path: Path, fake: FakeEncoder) -> None:
    folder = tmp_path / "archive"
    archive = archive_at(folder, fake)
    take_in(archive, fake, *map(an_article, range(3)))
    before = archive.generation().number
    as_second_schema(folder)
    archive = LocalArchive.open(folder)
    assert archive.verify() == []
    assert archive.generation().number == before
    assert [archive.article(f"id{number}") for number in range(3)] == list(map(an_article, range(3)))
    assert archive.search_words("text", 9, Filters(added_after=0)) == []
    take_in(archive, fake, an_article(3))
    assert {hit.passage.article.id for hit in archive.search_words("text", 9, Filters(added_after=0))} == {
        an_article(3).id
    }
    assert LocalArchive.open(folder).verify() == []


def test_an_archive_of_the_third_schema_opens_whole_and_removals_leave_no_rows(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    folder = tmp_path / "archive"
    first = an_article(0)
    articles = [*map(an_article, range(3)), replace(first, card=replace(first.card, id="copy"))]
    before = archive_at(folder, fake)
    take_in(before, fake, *articles)
    cards, known = before.cards(), before.known_articles()
    as_third_schema(folder)
    archive = LocalArchive.open(folder)
    assert archive.verify() == []
    assert (archive.cards(), archive.known_articles()) == (cards, known)
    assert [archive.article(article.id) for article in articles] == articles
    assert take_in(archive, fake, *articles).embedded == 0
    for article in articles:
        archive.remove([article.id])
        assert LocalArchive.open(folder).verify() == []
    with archive.database.read() as db:
        left = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("passage", "band", "split")
        }
    assert left == {"passage": 0, "band": 0, "split": 0}


def test_an_archive_of_the_fourth_schema_opens_whole_and_stores_new_occurrences(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    folder = tmp_path / "archive"
    articles = list(map(an_article, range(3)))
    before = archive_at(folder, fake)
    take_in(before, fake, *articles)
    cards, known = before.cards(), before.known_articles()
    as_fourth_schema(folder)
    archive = LocalArchive.open(folder)
    assert archive.verify() == []
    assert (archive.cards(), archive.known_articles()) == (cards, known)
    provenance = archive.provenance("id1")
    assert provenance == Provenance((Occurrence("/files/id1.txt", "", len(articles[1].text)),), "", (), ())
    reading = Reading(replace(articles[1], text="Longer. " * 99), "https://example.org/1", traces=(("title", "h1"),))
    take_in(archive, fake, reading)
    provenance = archive.provenance("id1")
    assert provenance is not None
    assert provenance.traces == (("title", "h1"),)
    assert LocalArchive.open(folder).verify() == []


def test_invalid_traces_are_damage(archive: LocalArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, an_article(0))
    for column, wrong in (("traces", "[1]"), ("traces", "{}"), ("warnings", "nonsense")):
        with archive.database.write() as db:
            db.execute(f"UPDATE article SET traces = '[]', warnings = '[]', {column} = ?", (wrong,))
        with pytest.raises(ArchiveDamaged):
            archive.provenance("id0")
        assert len(archive.verify()) == 1


def test_generation_numbers_are_never_used_again(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    numbers = [archive.generation().number]

    def note() -> None:
        numbers.append(archive.generation().number)
        assert numbers[-2] < numbers[-1] == archive.status().generation

    take_in(archive, fake, an_article(1))
    note()
    backup(archive, tmp_path / "backup.db")
    take_in(archive, fake, an_article(1))
    assert archive.generation().number == numbers[-1]
    for number in range(2, 6):
        take_in(archive, fake, an_article(number))
        note()
    with archive.write_lock("test"):
        archive.remove(["id2"])
    note()
    # An article added after a restore is new also after the generations that the restore dropped.
    with archive.write_lock("test"):
        restore(tmp_path / "archive", tmp_path / "backup.db")
    note()
    take_in(archive, fake, an_article(7))
    assert [hit.passage.article.id for hit in archive.search_words("text", 9, Filters(added_after=numbers[-2]))] == [
        "id7"
    ]


def test_an_archive_of_a_later_schema_is_refused(tmp_path: Path, fake: FakeEncoder) -> None:
    archive_at(tmp_path / "archive", fake)
    with closing(sqlite3.connect(tmp_path / "archive" / FILE)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveMismatch, match="a newer Clippings.*Upgrade"):
        LocalArchive.open(tmp_path / "archive")


def test_earlier_generations_are_known(archive: LocalArchive, fake: FakeEncoder) -> None:
    before = archive.generation()
    take_in(archive, fake, an_article(1))
    archive.begin_generation(100)
    assert archive.generation().number == 101
    assert archive.had_generation(before)
    assert archive.had_generation(archive.generation())
    assert not archive.had_generation(replace(before, token="another"))  # noqa: S106
    assert not archive.had_generation(replace(before, number=50))


def test_a_damaged_article_is_not_returned(archive: LocalArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, *map(an_article, range(3)))
    with archive.database.write() as db:
        db.execute("UPDATE article SET text = text || '!' WHERE id = 'id1'")
    assert [entry.article.id for entry in archive.indexed_articles(["id0", "id2"])] == ["id0", "id2"]
    with pytest.raises(ArchiveDamaged, match="id1"):
        archive.indexed_articles(["id0", "id1"])


def test_cards_of_near_duplicates_are_read_once_for_all_passages_found(
    archive: LocalArchive, fake: FakeEncoder
) -> None:
    """Hundreds of papers print an agency's article: a search must not read all their cards for each passage."""
    papers = [an_article(number, "The agency told it in these very words. " * 9) for number in range(4)]
    take_in(archive, fake, *papers)
    hits = nearest(archive, fake, "The agency told it", 8)
    assert len({hit.passage.article.id for hit in hits}) > 1
    cards = {id(card) for hit in hits for card in hit.also}
    assert len(cards) == len({card.id for hit in hits for card in hit.also}) == len(papers)
