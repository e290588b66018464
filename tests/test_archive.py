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
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from corpus.source import Reading
from retrieval.archive.archive import Entry, Generation, Making, Provenance, Telling
from retrieval.archive.backup import backup, restore
from retrieval.archive.database import FILE
from retrieval.archive.dense import DenseIndex
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.making import check_making, wanted_making
from retrieval.archive.rows import Rows
from retrieval.archive.store import Changes
from retrieval.archive.sync import draft, entries
from retrieval.errors import (
    ArchiveDamaged,
    ArchiveMismatch,
    ArchiveMissing,
    ArchiveUnwritable,
    NotAnArchive,
    PassageLimit,
)
from retrieval.split import split
from retrieval.types import Slice
from tests.articles import an_article
from tests.fakes import FakeEncoder, archive_at, nearest, take_in
from tests.older_archives import as_fourth_schema, as_second_schema, as_third_schema, first_schema_at

ROOT = Path(__file__).parent.parent
NONE = np.empty(0, np.int64)


def changes(numbers: np.ndarray, vectors: np.ndarray, removed: np.ndarray = NONE) -> Changes:
    rows = Rows(numbers, [""] * len(numbers), vectors)
    return Changes(Generation(1, ""), 1, Making("", "", 16, 64, 1), rows, removed, whole=False)


@pytest.fixture
def archive(tmp_path: Path, fake: FakeEncoder) -> EmbeddedArchive:
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
    index.apply(changes(NONE, vectors[:0], removed))

    there = ~np.isin(numbers, removed)
    cosines = vectors[there].astype(np.float32) @ query
    expected = numbers[there][np.argsort(-cosines, kind="stable")[:count]]
    assert index.search(query, count) == expected.tolist()
    assert index.numbers() == sorted(numbers[there].tolist())


def test_what_went_in_comes_out(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    article = an_article(1)
    take_in(archive, fake, article, an_article(2))
    passages = split(article, fake, fake.max_tokens)
    assert nearest(archive, fake, f"{article.title}\n{passages[0].text}")[0].passage == passages[0]
    assert archive.article("id1") == article
    assert archive.article("id3") is None


def test_an_archive_reopened_answers_the_same(archive: EmbeddedArchive, fake: FakeEncoder, tmp_path: Path) -> None:
    take_in(archive, fake, *map(an_article, range(5)))
    reopened = EmbeddedArchive.open(tmp_path / "archive")
    assert nearest(reopened, fake, "number 3") == nearest(archive, fake, "number 3")
    assert reopened.matching("number 3", 3) == archive.matching("number 3", 3)


def test_a_changed_article_takes_the_place_of_the_old_one(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, an_article(1, "The old words stood here."))
    take_in(archive, fake, an_article(1, "Now new ones do."))
    assert [one.passage.text for one in nearest(archive, fake, "old words")] == ["Now new ones do."]
    assert archive.matching("old", 5) == []
    assert [one.passage.text for one in archive.matching("new", 5)] == ["Now new ones do."]


def test_a_removed_article_is_found_no_longer_and_its_numbers_are_not_used_again(
    archive: EmbeddedArchive, fake: FakeEncoder
) -> None:
    take_in(archive, fake, *map(an_article, range(3)))
    before = next(archive.store.changes(None)).added.numbers
    with archive.writing("test"):
        archive.remove(["id2"])
    assert {one.passage.article.id for one in nearest(archive, fake, "number 2")} == {"id0", "id1"}
    assert {one.passage.article.id for one in archive.matching("number", 9)} == {"id0", "id1"}
    take_in(archive, fake, an_article(2))
    new = next(archive.store.changes(None)).added.numbers
    assert set(before) - set(new) == {before.max()}
    assert new.max() > before.max()


def test_a_batch_goes_in_whole_or_not_at_all(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    made, _ = entries([draft(Reading(an_article(n), ""), fake, 64) for n in (1, 2)], {}, fake, archive.making)
    twice = replace(made[1], passages=made[1].passages * 2, keys=made[1].keys * 2, vectors=made[1].vectors.repeat(2, 0))
    with pytest.raises(ArchiveDamaged, match="UNIQUE"):
        archive.put([made[0], twice])
    assert archive.status().articles == 0
    assert archive.store.generation().number == 1


def test_the_status_counts(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, *map(an_article, range(3)))
    status = archive.status()
    assert (status.articles, status.passages, status.making.model) == (3, 3, "fake")
    assert (status.first, status.last) == (date(2020, 1, 1), date(2020, 1, 3))
    assert status.bytes is not None
    assert status.bytes > 0


def test_cards_come_newest_first_and_those_without_a_date_last(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    undated = Article(Card("undated", "Undated"), "Some words stand here.")
    take_in(archive, fake, an_article(1), undated, an_article(2))
    assert [card.id for card in archive.cards()] == ["id2", "id1", "undated"]


def test_no_archive_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(ArchiveMissing, match="No archive at .* python -m retrieval index"):
            EmbeddedArchive.open(folder)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(NotAnArchive, match=f"is not an archive: it holds no {FILE}"):
        archive_at(tmp_path, fake)
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all, but words" * 99, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(NotAnArchive, match="is not an archive"):
        EmbeddedArchive.open(tmp_path)


def test_another_programs_database_is_not_taken_for_an_archive(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("CREATE TABLE manifest (key, value)")
    with pytest.raises(NotAnArchive, match="is not an archive of Clippings"):
        EmbeddedArchive.open(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_not_an_archive(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NotAnArchive):
        archive_at(tmp_path / "data", fake)


def test_a_place_that_cannot_be_written_is_named(fake: FakeEncoder) -> None:
    with pytest.raises(ArchiveUnwritable, match="Cannot make an archive at /proc/clippings"):
        archive_at(Path("/proc/clippings"), fake)


def test_an_archive_in_a_read_only_folder_answers_and_refuses_to_be_written(
    archive: EmbeddedArchive, fake: FakeEncoder, tmp_path: Path
) -> None:
    take_in(archive, fake, an_article(1))
    folder = tmp_path / "archive"
    for beside in folder.glob(f"{FILE}-*"):
        beside.unlink()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    script = (
        "import sys; from pathlib import Path; from tests.test_archive import *\n"
        "archive, fake = EmbeddedArchive.open(Path(sys.argv[1])), FakeEncoder()\n"
        "print(nearest(archive, fake, 'number')[0].passage.article.title)\n"
        "print(archive.matching('number', 3)[0].passage.article.title)\n"
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


def test_another_model_is_refused_naming_both_and_the_mend(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    with pytest.raises(ArchiveMismatch, match="the model 'fake', and the settings name 'other'.* index --re-embed"):
        check_making(archive.making, wanted_making(replace(fake, name="other"), 0))
    with pytest.raises(ArchiveMismatch, match="passages of 64 tokens, and the settings ask for 100.* index --re-embed"):
        check_making(archive.making, replace(archive.making, passage_tokens=100))
    with pytest.raises(ArchiveMismatch, match="split by an older Clippings.* index --re-embed"):
        check_making(archive.making, replace(archive.making, splitter=2))


def test_passages_are_as_long_as_the_model_reads_or_as_asked_for(fake: FakeEncoder) -> None:
    long = replace(fake, max_tokens=256)
    assert [wanted_making(long, asked).passage_tokens for asked in (0, 100)] == [256, 100]
    for wrong in (63, 257):
        with pytest.raises(PassageLimit, match="from 64 to 256"):
            wanted_making(long, wrong)


def test_an_archive_of_the_first_schema_opens_whole(tmp_path: Path, fake: FakeEncoder) -> None:
    folder = tmp_path / "old"
    first_schema_at(folder)
    archive = EmbeddedArchive.open(folder)
    assert archive.verify() == []
    status = archive.status()
    assert (status.articles, status.passages, status.first) == (3, 24, date(2014, 2, 17))
    assert (
        "Text number 1"
        in nearest(archive, fake, "Title 1\nText number 1 is here. It has two sentences.", 1)[0].passage.text
    )
    assert archive.matching("Xu Zhiyong", 1)
    (card,) = [card for card in archive.cards() if card.title == "Title 1"]
    article = archive.article(card.id)
    assert article is not None
    # Nothing that was embedded then is embedded again, although what it was read from was not kept.
    assert take_in(archive, fake, article).embedded == 0
    assert EmbeddedArchive.open(folder).verify() == []


def test_an_archive_of_the_second_schema_opens_whole_and_has_nothing_new(tmp_path: Path, fake: FakeEncoder) -> None:
    folder = tmp_path / "archive"
    archive = archive_at(folder, fake)
    take_in(archive, fake, *map(an_article, range(3)))
    before = archive.generation()
    as_second_schema(folder)
    archive = EmbeddedArchive.open(folder)
    assert archive.verify() == []
    assert archive.generation() == before
    assert [archive.article(f"id{number}") for number in range(3)] == list(map(an_article, range(3)))
    assert archive.matching("text", 9, Slice(added_after=0)) == []
    take_in(archive, fake, an_article(3))
    assert {one.passage.article.id for one in archive.matching("text", 9, Slice(added_after=0))} == {an_article(3).id}
    assert EmbeddedArchive.open(folder).verify() == []


def test_an_archive_of_the_third_schema_opens_whole_and_what_belongs_to_an_article_goes_with_it(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    folder = tmp_path / "archive"
    first = an_article(0)
    articles = [*map(an_article, range(3)), replace(first, card=replace(first.card, id="copy"))]
    before = archive_at(folder, fake)
    take_in(before, fake, *articles)
    shown, known = before.cards(), before.known()
    as_third_schema(folder)
    archive = EmbeddedArchive.open(folder)
    assert archive.verify() == []
    assert (archive.cards(), archive.known()) == (shown, known)
    assert [archive.article(article.id) for article in articles] == articles
    assert take_in(archive, fake, *articles).embedded == 0
    for article in articles:
        archive.remove([article.id])
        assert EmbeddedArchive.open(folder).verify() == []
    with archive.store.database.read() as db:
        left = {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("passage", "band", "split")
        }
    assert left == {"passage": 0, "band": 0, "split": 0}


def test_an_archive_of_the_fourth_schema_opens_whole_and_learns_who_tells_what(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    folder = tmp_path / "archive"
    articles = list(map(an_article, range(3)))
    before = archive_at(folder, fake)
    take_in(before, fake, *articles)
    shown, known = before.cards(), before.known()
    as_fourth_schema(folder)
    archive = EmbeddedArchive.open(folder)
    assert archive.verify() == []
    assert (archive.cards(), archive.known()) == (shown, known)
    found = archive.provenance("id1")
    assert found == Provenance((Telling("/files/id1.txt", "", len(articles[1].text)),), "", (), ())
    reading = Reading(replace(articles[1], text="Longer. " * 99), "https://example.org/1", traces=(("title", "h1"),))
    take_in(archive, fake, reading)
    found = archive.provenance("id1")
    assert found is not None
    assert found.traces == (("title", "h1"),)
    assert EmbeddedArchive.open(folder).verify() == []


def test_traces_that_are_none_are_damage(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, an_article(0))
    for column, wrong in (("traces", "[1]"), ("traces", "{}"), ("warnings", "nonsense")):
        with archive.store.database.write() as db:
            db.execute(f"UPDATE article SET traces = '[]', warnings = '[]', {column} = ?", (wrong,))
        with pytest.raises(ArchiveDamaged):
            archive.provenance("id0")
        assert len(archive.verify()) == 1


def test_passages_are_told_of_an_article_and_by_the_beginnings_of_an_id(
    archive: EmbeddedArchive, fake: FakeEncoder
) -> None:
    same = "The mayor opened a bridge. " * 12
    articles = [an_article(number) for number in range(3)] + [an_article(20, f"{same}\n\n{same}\n\n{same}")]
    take_in(archive, fake, *articles)
    for article in articles:
        wanted = list(split(article, fake, fake.max_tokens))
        assert archive.passages_of(article.id) == wanted
        for one in wanted:
            own = one.id.removeprefix(f"{article.id}-")
            whole, found = archive.found_like(article.id, own), archive.found_like(article.id, own[:5])
            assert whole is not None
            assert found is not None
            assert whole.passage == one
            assert (found.passage.article, found.passage.text) == (one.article, one.text)
            other = "".join("fedcba9876543210"[int(digit, 16)] for digit in own[:5])
            assert archive.found_like(article.id, other) is None
    assert len(archive.passages_of("id20")) > 2
    # "id2" is how "id20" begins too: the passage tells which is meant.
    (second, *_), (twentieth, *_) = archive.passages_of("id2"), archive.passages_of("id20")
    both = [archive.found_like("id2", one.id.partition("-")[2]) for one in (second, twentieth)]
    assert [found and found.passage for found in both] == [second, twentieth]
    assert archive.passages_of("id") == []
    assert archive.found_like("id4", "") is None
    assert archive.found_like("%", "") is None


def test_the_newest_come_first_and_sources_of_most_articles(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    articles = [an_article(number) for number in range(6)]
    articles[0] = replace(articles[0], card=replace(articles[0].card, published=None, source=None))
    articles[5] = replace(articles[5], card=replace(articles[5].card, source="Another"))
    take_in(archive, fake, *articles)
    assert [card.id for card in archive.newest(2)] == ["id5", "id4"]
    assert archive.newest(99) == archive.cards()
    assert archive.cards()[-1].id == "id0"
    assert archive.sources() == ["Paper", "Another"]


def test_a_generation_is_told_and_never_comes_again(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    numbers = [archive.generation()]

    def note() -> None:
        numbers.append(archive.generation())
        assert numbers[-2] < numbers[-1] == archive.status().generation

    take_in(archive, fake, an_article(1))
    note()
    backup(archive.store, tmp_path / "backup.db")
    take_in(archive, fake, an_article(1))
    assert archive.generation() == numbers[-1]
    for number in range(2, 6):
        take_in(archive, fake, an_article(number))
        note()
    with archive.writing("test"):
        archive.remove(["id2"])
    note()
    # What comes after a restore is new to whoever saw what was there before it.
    with archive.writing("test"):
        restore(tmp_path / "archive", tmp_path / "backup.db")
    note()
    take_in(archive, fake, an_article(7))
    assert [one.passage.article.id for one in archive.matching("text", 9, Slice(added_after=numbers[-2]))] == ["id7"]


def test_an_archive_of_a_later_schema_is_refused(tmp_path: Path, fake: FakeEncoder) -> None:
    archive_at(tmp_path / "archive", fake)
    with closing(sqlite3.connect(tmp_path / "archive" / FILE)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveMismatch, match="a newer Clippings.*Upgrade"):
        EmbeddedArchive.open(tmp_path / "archive")


@settings(max_examples=25, deadline=None)  # archives are written to the disk
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True))
def test_any_text_is_found_by_its_own_words(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    fake = FakeEncoder()
    archive = archive_at(tmp_path_factory.mktemp("any") / "archive", fake)
    articles = [Article(Card(f"id{n}", f"Number {n}"), f"words {text.strip()} end") for n, text in enumerate(texts)]
    take_in(archive, fake, *articles)
    assert {one.passage.article.id for one in archive.matching("words", 99)} == {article.id for article in articles}
    assert archive.verify() == []


def test_entries_of_an_article_without_passages_are_possible(archive: EmbeddedArchive) -> None:
    archive.put([Entry(an_article(1), None, b"", (), (), np.empty((0, 32), np.float16))])
    assert archive.verify() == []


def test_entries_come_out_as_they_were_put_in(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    traces = (("title", "<h1>"),)
    read = [
        Reading(an_article(n), f"/files/{n}", key=f"[{n}]", where=f"file {n}", warnings=("odd",), traces=traces)
        for n in range(3)
    ]
    drafts = [draft(one, fake, fake.max_tokens) for one in read]
    put, _ = entries(drafts, {}, fake, archive.making)
    archive.put(put)
    archive.put([replace(put[0], passages=(), keys=(), vectors=put[0].vectors[:0])])
    put[0] = archive.entries([put[0].article.id])[0]
    ids = [one.article.id for one in put]
    assert put[0].passages == ()
    assert plain(archive.entries(["nobody", *ids])) == plain([replace(one, added=2) for one in put])
    with archive.store.database.write() as db:
        db.execute("UPDATE article SET text = text || '!' WHERE id = ?", ids[1:2])
    with pytest.raises(ArchiveDamaged, match=ids[1]):
        archive.entries(ids)


def test_an_entry_that_says_when_it_was_added_was_added_then(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    take_in(archive, fake, an_article(1), an_article(2))
    archive.renew(100)
    archive.put([replace(one, added=7) for one in archive.entries(["id1"])])
    archive.put([replace(one, added=None) for one in archive.entries(["id2"])])
    assert [one.added for one in archive.entries(["id1", "id2"])] == [7, 2]
    assert {one.passage.article.id for one in archive.matching("number", 9, Slice(added_after=6))} == {"id1"}
    assert archive.verify() == []


def test_the_states_that_an_archive_was_in_are_known(archive: EmbeddedArchive, fake: FakeEncoder) -> None:
    before = archive.state()
    take_in(archive, fake, an_article(1))
    archive.renew(100)
    assert archive.state().number == archive.generation() == 101
    assert archive.has_been(before)
    assert archive.has_been(archive.state())
    assert not archive.has_been(replace(before, token="another"))  # noqa: S106
    assert not archive.has_been(replace(before, number=50))


def plain(entries: list[Entry]) -> list[tuple[object, ...]]:
    """Return entries as they can be compared."""
    return [
        tuple(one.vectors.tobytes() if name == "vectors" else getattr(one, name) for name in Entry.__slots__)
        for one in entries
    ]
