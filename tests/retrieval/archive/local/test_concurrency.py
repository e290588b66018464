"""Many ask while one writes: nobody waits for anybody, nothing fails, and nothing is shown that never stood there."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import FoundPassage
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.errors import ArchiveBusy
from retrieval.indexing.reembed import reembed
from retrieval.types import Passage
from tests.fakes import FakeEncoder, archive_at, nearest, take_in

ROOT = Path(__file__).parents[4]
FAKE = FakeEncoder()
ASKERS, PAUSE = 20, 0.2
ARTICLES = 300
BATCH = 60


def an_article(number: int, version: int = 0) -> Article:
    """Return an article that any passage can be checked against: its text follows from its headline."""
    card = Card(f"id{number}", f"Report {number} edition {version}", f"https://example.org/{number}")
    lines = [f"Line {line} of report {number} in edition {version} says what was seen there." for line in range(8)]
    return Article(card, "\n\n".join([" ".join(lines[:4]), " ".join(lines[4:])]))


def check(passage: Passage) -> None:
    """See that a passage lies, word for word, in the version of the article that it says it is from."""
    _, number, _, version = passage.article.title.split()
    article = an_article(int(number), int(version))
    assert passage.article == article.card
    assert article.text[passage.start : passage.end] == passage.text


def found(archive: LocalArchive, number: int) -> list[FoundPassage]:
    asked = f"report {number} edition"
    return nearest(archive, FAKE, asked, 5) + archive.search_words(asked, 5)


@contextmanager
def asking(*asks: Callable[[int], None], askers: int = ASKERS) -> Iterator[Callable[[int], None]]:
    """Have threads ask, over and over, until the block ends; gives a function that waits for so many more."""
    stop, count, more = threading.Event(), 0, threading.Condition()

    def ask(asker: int) -> None:
        nonlocal count
        number = asker
        try:
            # Not without a pause: the interpreter would leave who writes a twentieth of its time.
            while not stop.wait(PAUSE):
                asks[asker % len(asks)](number % ARTICLES)
                number += 7
                with more:
                    count += 1
                    more.notify_all()
        except BaseException:
            stop.set()
            raise

    def wait_for(questions: int) -> None:
        with more:
            wanted = count + questions
            assert more.wait_for(lambda: count >= wanted or stop.is_set(), 60)

    with ThreadPoolExecutor(askers) as pool:
        running = [pool.submit(ask, asker) for asker in range(askers)]
        try:
            yield wait_for
        finally:
            stop.set()
    for one in running:
        one.result()


def asks_of(archive: LocalArchive) -> list[Callable[[int], None]]:
    """Ask in every way that there is; each checks what it is shown."""
    answerer = Answerer(archive, FAKE)

    def answer(number: int) -> None:
        for hit in answerer.answer(f"What does report {number} say?").hits:
            check(hit.passage)
            assert hit.passage.text[slice(*hit.highlight)]

    def find(number: int) -> None:
        for one in found(archive, number):
            check(one.passage)

    def look(number: int) -> None:
        article = archive.article(f"id{number}")
        assert article is None or article == an_article(number, int(article.title.split()[-1]))
        status = archive.status()
        assert status.passages == 2 * status.articles

    return [answer, find, answer, find, look]


def write_300(folder: Path) -> float:
    """Add, change and remove 300 articles; return the seconds that the longest change took."""
    archive = LocalArchive.open(folder)
    longest = 0.0
    for first in range(0, ARTICLES, BATCH):
        numbers = range(first, first + BATCH)
        for change in (
            lambda numbers=numbers: take_in(archive, FAKE, *map(an_article, numbers)),
            lambda numbers=numbers: take_in(archive, FAKE, *(an_article(number, 1) for number in numbers)),
            lambda numbers=numbers: archive.remove([f"id{number}" for number in numbers if number % 3]),
        ):
            began = time.monotonic()
            change()
            longest = max(longest, time.monotonic() - began)
        if first % (2 * BATCH) == 0:
            with archive.write_lock("test"):
                archive.indexes.save(always=True)
    return longest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archive = archive_at(tmp_path / "archive", FAKE)
    take_in(archive, FAKE, *map(an_article, range(0, ARTICLES, 10)))
    return tmp_path / "archive"


def is_as_written(archive: LocalArchive) -> None:
    assert {card.title for card in archive.cards()} == {f"Report {n} edition 1" for n in range(0, ARTICLES, 3)}
    assert archive.verify() == []


def test_twenty_ask_while_a_thread_adds_changes_and_removes_300_articles(folder: Path) -> None:
    archive = LocalArchive.open(folder)
    with asking(*asks_of(archive)) as wait_for:
        wait_for(ASKERS)
        longest = write_300(folder)
        wait_for(ASKERS)
    # A tenth of a second alone, on two cores with twenty threads beside it.
    assert longest < 10
    is_as_written(archive)
    is_as_written(LocalArchive.open(folder))


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    # The module has a fixture called folder, too: it is overwritten.
    head = "from tests.retrieval.archive.local.test_concurrency import *\n"
    head += "import sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_twenty_ask_while_another_process_writes(folder: Path) -> None:
    archive = LocalArchive.open(folder)
    with asking(*asks_of(archive)) as wait_for, python("write_300(folder)", folder) as writer:
        assert writer.wait(60) == 0
        wait_for(ASKERS)
    is_as_written(archive)


def test_a_running_reader_answers_from_a_change_within_two_seconds_of_its_commit(folder: Path) -> None:
    reader, writer = LocalArchive.open(folder), LocalArchive.open(folder)
    found(reader, 0)
    for number in (1, 2, 3):
        take_in(writer, FAKE, an_article(number, 7))
        committed = time.monotonic()
        assert f"id{number}" in {one.passage.article.id for one in found(reader, number)}
        assert "7" in {one.passage.article.title.split()[-1] for one in found(reader, number)}
        assert time.monotonic() - committed < 2
    writer.remove(["id1"])
    assert "id1" not in {one.passage.article.id for one in found(reader, 1)}


def test_readers_open_whole_indexes_while_they_are_replaced_over_and_over(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does a reader that had the older files open find them damaged, nor does a second writer miss them."""
    old = LocalArchive.open(folder)
    found(old, 0)
    caplog.clear()

    def open_and_ask(number: int) -> None:
        archive = LocalArchive.open(folder)
        for one in found(archive, number):
            check(one.passage)
        archive.status()
        if number % 5 == 0:
            assert archive.indexes.verify() == []

    with asking(open_and_ask, askers=4) as wait_for:
        writers = [LocalArchive.open(folder) for _ in range(2)]
        for number in range(1, 16):
            writer = writers[number % 2]
            take_in(writer, FAKE, an_article(number, 2))
            with writer.write_lock("test"):
                writer.indexes.save(always=True)
        wait_for(ASKERS)
    assert old.verify() == []
    assert [record.getMessage() for record in caplog.records if "anew" in record.getMessage()] == []


def test_a_running_answerer_goes_over_to_a_new_model_and_no_question_fails(folder: Path) -> None:
    new = replace(FAKE, name="another", dimension=16)
    archive = LocalArchive.open(folder)
    loaded = []

    def load(name: str) -> FakeEncoder:
        loaded.append(name)
        return new

    answerer = Answerer(archive, FAKE, load=load)

    def ask(number: int) -> None:
        hits = answerer.answer(f"What does report {number} say?").hits
        assert hits
        for hit in hits:
            check(hit.passage)

    with asking(ask) as wait_for:
        wait_for(ASKERS)
        writer = LocalArchive.open(folder)
        with writer.write_lock("re-embed"):

            def halfway(_done: int, _all: int) -> None:
                wait_for(ASKERS)
                assert loaded == []

            reembed(writer, new, wanted_spec(new, 0), halfway)
            writer.checkpoint()
        wait_for(2 * ASKERS)
    assert loaded == ["another"]
    assert archive.spec.fingerprint == new.fingerprint
    assert LocalArchive.open(folder).verify() == []


def test_a_backup_is_taken_and_restored_under_running_readers(folder: Path, tmp_path: Path) -> None:
    archive, writer = LocalArchive.open(folder), LocalArchive.open(folder)
    with asking(*asks_of(archive)) as wait_for:
        wait_for(ASKERS)
        backup(writer, tmp_path / "backup.db")
        for number in range(1, 6):
            take_in(writer, FAKE, an_article(number, 3))
            wait_for(5)
            with writer.write_lock("restore"):
                restore(folder, tmp_path / "backup.db")
            wait_for(ASKERS)
    assert {card.title for card in archive.cards()} == {f"Report {n} edition 0" for n in range(0, ARTICLES, 10)}
    assert LocalArchive.open(folder).verify() == []


HOLD = "with LocalArchive.open(folder).write_lock('index'): print('held', flush=True); sys.stdin.read()"


def test_a_second_writer_is_told_who_writes_and_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = LocalArchive.open(folder)
    waiting, written = threading.Event(), threading.Event()

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Waiting for"):
                waiting.set()

    def write() -> None:
        with archive.write_lock("add"):
            written.set()

    handler = Said()
    logging.getLogger("retrieval.archive.lock").addHandler(handler)
    try:
        with python(HOLD, folder) as holder:
            assert holder.stdout
            assert holder.stdin
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(ArchiveBusy, match=rf"written to by process {holder.pid} \(index\)"):
                archive.write_lock("add", wait=False).__enter__()
            second = threading.Thread(target=write)
            second.start()
            assert waiting.wait(30)
            assert not written.is_set()
            holder.stdin.close()
            assert written.wait(30)
            second.join()
    finally:
        logging.getLogger("retrieval.archive.lock").removeHandler(handler)
    assert f"Waiting for process {holder.pid} (index), which is writing to" in caplog.text


def test_the_lock_of_a_killed_process_is_none(folder: Path) -> None:
    with python(HOLD, folder) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    with LocalArchive.open(folder).write_lock("add", wait=False):
        pass
