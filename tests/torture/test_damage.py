"""Damaged files: an index is rebuilt, a damaged archive.db is reported, and no search returns anything wrong.

No archive here has an encoder, so nothing can be embedded: the questions' vectors are computed beforehand.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from threading import Event, current_thread, main_thread
from typing import Any

import pytest

from corpus.article import Article, Card
from retrieval.archive.found_passages import FoundPassage
from retrieval.archive.local import dense, index_snapshots, ivf, persistent_index, recall_file
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.archive.local.database import FILE
from retrieval.errors import ArchiveDamaged, ArchiveMismatch, ModelChanged, NotAnArchive
from tests.fakes import FakeEncoder, archive_at, take_in

FAKE = FakeEncoder()
WORDS = [f"{a}{b}{c}" for a in ("bal", "dor", "fen", "gim") for b in ("a", "e", "i", "o", "u") for c in ("ro", "sta")]
# "paper" is in every headline, so every passage matches.
QUESTIONS = ("paper", "balaro dorista", "fenuro gimosta balero")
VECTORS = FAKE.encode_query(QUESTIONS)
Answers = tuple[list[list[FoundPassage]], list[set[FoundPassage]]]


def an_article(number: int, version: int = 0) -> Article:
    random = Random(number * 100 + version)  # noqa: S311
    sentences = [" ".join(random.choices(WORDS, k=9)).capitalize() + "." for _ in range(7)]
    card = Card(
        f"id{number:02}", f"Paper {number} {version}", f"https://example.org/{number}", published=date(2020, 1, 1)
    )
    return Article(card, "\n\n".join([" ".join(sentences[:4]), " ".join(sentences[4:])]))


def ask(archive: LocalArchive) -> Answers:
    """Ask every question; hits by words are sets, since BM25 scores depend on the segments of the index."""
    nearest = [archive.search_vectors(vector, 7, FAKE.fingerprint) for vector in VECTORS]
    return nearest, [set(archive.search_words(question, 200)) for question in QUESTIONS]


def all_hits(answers: Answers) -> set[FoundPassage]:
    return {hit for hits in (*answers[0], *answers[1]) for hit in hits}


def indexes(folder: Path) -> list[Path]:
    """Return the files of both indexes: the two seals, and the files that they name."""
    files = [path for name in ("dense", "lexical") for path in (folder / f"{name}.json", *folder.glob(f"{name}-*/*"))]
    return [path for path in files if path.suffix != ".lock"]


def role(file: Path) -> str:
    """Return the role of a file, because tantivy names files at random."""
    return file.name if file.suffix == ".json" else file.suffix


def files_by_role(folder: Path) -> dict[str, Path]:
    return {role(file): file for file in indexes(folder)}


@dataclass(frozen=True)
class World:
    """An archive, the same one change earlier, another one, and a backup; no test changes them."""

    now: Path
    before: Path
    other: Path
    backup: Path
    right: Answers


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Give the dense index a base, though there are few passages, and keep later changes in its delta."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "MIN_IVF_VECTORS", 20)
        patch.setattr(dense, "MAX_DELTA_SHARE", 2)
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    top = tmp_path_factory.mktemp("world")
    archive, other = archive_at(top / "now", FAKE), archive_at(top / "other", FAKE)
    take_in(other, FAKE, *map(an_article, range(40, 70)))
    take_in(archive, FAKE, *map(an_article, range(24)))
    for new in (archive, other):
        with new.write_lock("test"):
            new.indexes.save(always=True)
    shutil.copytree(top / "now", top / "before")
    take_in(archive, FAKE, *(an_article(number, 1) for number in range(4)), *map(an_article, range(24, 30)))
    with archive.write_lock("test"):
        archive.remove(["id07", "id08"])
        archive.indexes.save(always=True)
    backup(archive, top / "backup.db")
    right = ask(archive)
    files = {file.name: file.stat().st_size for file in (top / "now").glob("dense-*/*")}
    assert set(files) == {dense.FILE, dense.GONE, *ivf.FILES, recall_file.FILE}
    assert files[dense.GONE] == 8 * 2 * 6
    # Each article has two passages, and the first question matches all.
    assert len(right[1][0]) == archive.status().passages == 2 * 28
    for folder in ("now", "before"):
        with closing(sqlite3.connect(top / folder / FILE)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return World(top / "now", top / "before", top / "other", top / "backup.db", right)


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world.now, tmp_path / "archive"))


def rebuild_messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [
        record.getMessage() for record in caplog.records if record.name == "retrieval.archive.local.persistent_index"
    ]
    assert all("building it anew from archive.db, without embedding" in line for line in lines)
    caplog.clear()
    return lines


def assert_is_rebuilt(folder: Path, world: World, caplog: pytest.LogCaptureFixture, *, lines: int | None) -> None:
    archive = LocalArchive.open(folder)
    assert ask(archive) == world.right
    messages = rebuild_messages(caplog)
    assert lines is None or len(messages) == lines, messages
    archive.close()
    again = LocalArchive.open(folder)
    assert again.verify() == []
    assert ask(again) == world.right
    assert rebuild_messages(caplog) == []


def flipped(at: float) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        place = round(at * (len(data) - 1))
        return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]

    return flip


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _: None,
    "emptied": lambda _: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "a byte short": lambda data: data[:-1],
    "zeros": lambda data: bytes(len(data)),
    **{f"a byte flipped at {at:.0%}": flipped(at) for at in (0, 0.02, 0.3, 0.5, 0.8, 1)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_file_is_found_and_the_index_rebuilt(
    damage: str, folder: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for file in (file.relative_to(world.now) for file in files_by_role(world.now).values()):
        shutil.rmtree(folder)
        shutil.copytree(world.now, folder)
        content = DAMAGES[damage]((folder / file).read_bytes())
        (folder / file).unlink()
        if content is not None:
            (folder / file).write_bytes(content)
        assert_is_rebuilt(folder, world, caplog, lines=1)


@pytest.mark.parametrize("source", ["other", "before"])
def test_a_file_of_another_index_is_found(
    source: str, folder: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    others = files_by_role(getattr(world, source))
    swapped = 0
    for file in files_by_role(world.now).values():
        shutil.rmtree(folder)
        shutil.copytree(world.now, folder)
        replacement = others.get(role(file), others[".idx"])  # the older index has removed nothing, so it has no .del
        same = replacement.read_bytes() == file.read_bytes()
        shutil.copy(replacement, folder / file.relative_to(world.now))
        assert_is_rebuilt(folder, world, caplog, lines=0 if same else 1)
        swapped += not same
    # At least both seals, the vectors and the words differ; tantivy decides which other files do.
    assert swapped >= 4


@pytest.mark.parametrize(("source", "lines"), [("other", 2), ("before", 0)])
def test_a_whole_index_of_another_archive_is_not_trusted_and_an_older_one_catches_up(
    source: str, lines: int, folder: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("dense", "lexical"):
        for path in folder.glob(f"{name}-*"):
            shutil.rmtree(path)
        others = getattr(world, source)
        shutil.copy(others / f"{name}.json", folder)
        for path in others.glob(f"{name}-*"):
            shutil.copytree(path, folder / path.name)
    assert_is_rebuilt(folder, world, caplog, lines=lines)


@pytest.mark.parametrize("name", ["dense", "lexical"])
def test_an_index_folder_that_is_missing_or_a_file_is_rebuilt(
    name: str, folder: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = folder.glob(f"{name}-*")
    shutil.rmtree(path)
    assert_is_rebuilt(folder, world, caplog, lines=1)
    (path,) = folder.glob(f"{name}-*")
    shutil.rmtree(path)
    path.write_text("a file")
    assert_is_rebuilt(folder, world, caplog, lines=1)


def test_an_open_archive_outlives_damage_to_its_files(folder: Path, world: World) -> None:
    """Except truncation in place: the kernel kills a process that has mapped the file."""
    for damage in ("missing", "zeros", *(name for name in DAMAGES if "flipped" in name)):
        shutil.rmtree(folder)
        shutil.copytree(world.now, folder)
        open_archive = LocalArchive.open(folder)
        assert ask(open_archive) == world.right
        for file in indexes(folder):
            content = DAMAGES[damage](file.read_bytes())
            if content is None:
                file.unlink()
            else:
                with file.open("r+b") as stream:
                    stream.write(content)
        answers = ask(open_archive)
        assert all_hits(answers) <= world.right[1][0]
        assert all(len(hits) == 7 for hits in answers[0])


@pytest.fixture
def may_verify(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Verify checksums of indexes of any size in the background, and not before this event is set."""
    may_verify, verify_ = Event(), index_snapshots.verify

    def later(opened: index_snapshots.Snapshot) -> None:
        assert current_thread() is main_thread() or may_verify.wait(60)
        verify_(opened)

    monkeypatch.setattr(persistent_index, "MAX_BYTES_CHECKED_FIRST", 0)
    monkeypatch.setattr(index_snapshots, "verify", later)
    yield may_verify
    may_verify.set()


def test_a_large_damaged_index_returns_nothing_wrong_before_the_damage_is_found_and_is_right_after(
    folder: Path, world: World, may_verify: Event, caplog: pytest.LogCaptureFixture
) -> None:
    random = Random(1)  # noqa: S311
    sealed = [file for file in files_by_role(world.now).values() if file.parent != world.now]
    for file, at in [(file, at) for file in sealed for at in (0, 0.02, 1, random.random())]:
        may_verify.clear()
        shutil.rmtree(folder)
        shutil.copytree(world.now, folder)
        (folder / file.relative_to(world.now)).write_bytes(flipped(at)(file.read_bytes()))
        archive = LocalArchive.open(folder)
        with archive.write_lock("test"):  # so that it saves nothing, which would wait for the verification
            assert all_hits(ask(archive)) <= world.right[1][0], (file.name, at)
        may_verify.set()
        with archive.write_lock("test"):
            archive.checkpoint()
        assert ask(archive) == world.right, (file.name, at)
        assert len(rebuild_messages(caplog)) == 1, (file.name, at)
        archive.close()
        assert LocalArchive.open(folder).verify() == []
        assert rebuild_messages(caplog) == []


def test_a_writer_verifies_a_large_index_before_it_saves_it_again(
    folder: Path, world: World, may_verify: Event, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = persistent_index.PersistentIndex.wait

    def checked_only_while_waited_for(self: persistent_index.PersistentIndex[Any]) -> bool:
        may_verify.set()
        return wait(self)

    monkeypatch.setattr(persistent_index.PersistentIndex, "wait", checked_only_while_waited_for)
    (file,) = folder.glob(f"dense-*/{ivf.LISTS_FILE}")
    file.write_bytes(flipped(0)(file.read_bytes()))
    archive = LocalArchive.open(folder)
    ask(archive)
    assert rebuild_messages(caplog) == []
    take_in(archive, FAKE, an_article(99))
    with archive.write_lock("test"):
        archive.remove(["id99"])
        archive.indexes.save(always=True)
    assert len(rebuild_messages(caplog)) == 1
    assert ask(archive) == world.right
    assert LocalArchive.open(folder).verify() == []


def reports_damage(folder: Path, world: World, articles: dict[str, Article]) -> bool:
    """Use a damaged archive: it reports the damage with the command that helps, or answers as if undamaged.

    Return whether it reported any.
    """
    messages: list[str] = []

    def check(what: Callable[[], bool]) -> None:
        try:
            assert what()
        except (ArchiveDamaged, NotAnArchive, ArchiveMismatch) as error:
            messages.append(str(error))
        except ModelChanged:  # the model's fingerprint is damaged: an Answerer reports another model
            pass

    check(lambda: ask(LocalArchive.open(folder)) == world.right)
    check(lambda: {card.id: card for card in LocalArchive.open(folder).cards()}.items() <= cards(articles).items())
    for id_ in list(articles)[::9]:
        check(lambda id_=id_: LocalArchive.open(folder).article(id_) in (articles[id_], None))  # type: ignore[misc]
    assert all("python -m retrieval restore FILE" in line for line in messages)
    return bool(messages)


def cards(articles: dict[str, Article]) -> dict[str, Card]:
    return {id_: article.card for id_, article in articles.items()}


def remove_seals(folder: Path) -> None:
    for name in ("dense", "lexical"):
        (folder / f"{name}.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def articles(world: World) -> dict[str, Article]:
    archive = LocalArchive.open(world.now)
    return {card.id: article for card in archive.cards() if (article := archive.article(card.id))}


def assert_is_restored(folder: Path, world: World) -> None:
    restore(folder, world.backup)
    archive = LocalArchive.open(folder)
    assert ask(archive) == world.right
    assert archive.verify() == []


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.2, 0.5, 0.8, 0.99])
def test_a_truncated_or_overwritten_archive_is_reported_and_restored(
    share: float, folder: Path, world: World, articles: dict[str, Article]
) -> None:
    data = (world.now / FILE).read_bytes()
    place = int(share * len(data))
    for content in (data[:place], data[:place] + bytes(8192) + data[place + 8192 :], data[:place] + bytes(len(data))):
        (folder / FILE).write_bytes(content)
        assert reports_damage(folder, world, articles) or share
        assert_is_restored(folder, world)


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_byte_flipped_anywhere_in_an_archive_is_reported_or_does_not_matter(
    rebuilt: bool, folder: Path, world: World, articles: dict[str, Article]
) -> None:
    data = (world.now / FILE).read_bytes()
    random = Random(rebuilt)  # noqa: S311
    # The header's fields, then random bytes that are not zero.
    places = [0, 16, 18, 19, 20, 21, 24, 28, 52, 56, 60, 63, 68, 71, 100, 101, 103, 105]
    places += random.choices([place for place, byte in enumerate(data) if byte], k=30)
    reported = 0
    for place in places:
        for file in folder.glob(f"{FILE}*"):
            file.unlink()
        content = bytearray(data)
        content[place] ^= random.choice((1, 2, 3, 4, 0x80, 0xFF))
        (folder / FILE).write_bytes(content)
        if rebuilt:
            remove_seals(folder)
        reported += reports_damage(folder, world, articles)
        faults_of(folder)
    assert reported > 10
    assert_is_restored(folder, world)


def faults_of(folder: Path) -> list[str]:
    """Return what `verify` reports, or the error if the archive cannot be opened."""
    try:
        archive = LocalArchive.open(folder)
    except (ArchiveDamaged, NotAnArchive, ArchiveMismatch) as error:
        return [str(error)]
    return archive.verify()


CHANGED = """
UPDATE article SET text = replace(text, 'balaro', 'balari') WHERE id = (SELECT min(id) FROM article)
UPDATE article SET text = CAST(text AS BLOB)
UPDATE article SET title = 'Another' WHERE id = (SELECT min(id) FROM article)
UPDATE article SET title = CAST(x'ff41' AS TEXT)
UPDATE article SET title = x'ff41'
UPDATE article SET url = 'https://elsewhere.example', published = 'yesterday'
UPDATE article SET headings = 'none'
UPDATE article SET headings = 5
UPDATE article SET story = 'nobody' WHERE id = (SELECT max(id) FROM article)
DELETE FROM article WHERE id = (SELECT min(id) FROM article)
UPDATE passage SET text = replace(text, 'balaro', 'balari')
UPDATE passage SET text = CAST(x'ff41' AS TEXT)
UPDATE passage SET text = x'ff41'
UPDATE passage SET start = start + 1, "end" = "end" + 1
UPDATE passage SET start = 'zero'
UPDATE passage SET sentences = '[[0,5]]'
UPDATE passage SET sentences = '['
UPDATE passage SET key = x'00'
UPDATE passage SET vector = (SELECT vector FROM passage ORDER BY number DESC LIMIT 1)
UPDATE passage SET vector = x'00'
UPDATE passage SET vector = 7
UPDATE passage SET article = (SELECT max(id) FROM article)
UPDATE passage SET making = 9
DELETE FROM passage WHERE number = (SELECT max(number) FROM passage)
UPDATE making SET dimension = 31
UPDATE manifest SET value = 9 WHERE key = 'making'
DELETE FROM generation
DROP TABLE passage
""".strip().splitlines()


@pytest.mark.parametrize("rebuilt", [False, True])
@pytest.mark.parametrize("change", CHANGED)
def test_changes_by_other_programs_are_found_by_verify_and_never_returned(
    change: str, rebuilt: bool, folder: Path, world: World, articles: dict[str, Article]
) -> None:
    with closing(sqlite3.connect(folder / FILE)) as db, db:
        db.execute(change)
    if rebuilt:
        remove_seals(folder)
    reports_damage(folder, world, articles)
    assert faults_of(folder)
    assert_is_restored(folder, world)
