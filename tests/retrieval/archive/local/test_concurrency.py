"""Many threads search an archive while another thread or process writes. No query fails or returns what never existed.

The sizes are those of `load`. tests/torture/test_concurrency.py runs the same tests with more threads and articles.
"""

import logging
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.archive.found_passages import FoundPassage
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.errors import ArchiveBusy
from retrieval.indexing.reembed import reembed
from tests.concurrent_queries import an_article, check, queries_running
from tests.fakes import FakeEncoder, archive_at, nearest, take_in

ROOT = Path(__file__).parents[4]
FAKE = FakeEncoder()
BATCHES = 5


@dataclass(frozen=True)
class Load:
    """The number of threads that search and of articles written, and the seconds that one change may take."""

    threads: int
    articles: int
    change_seconds: float = math.inf


@pytest.fixture
def load() -> Load:
    return Load(threads=5, articles=60)


def search_both(archive: LocalArchive, number: int) -> list[FoundPassage]:
    text = f"report {number} edition"
    return nearest(archive, FAKE, text, 5) + archive.search_words(text, 5)


def queries_of(archive: LocalArchive) -> list[Callable[[int], None]]:
    """Return every kind of query; each checks what it returns."""
    answerer = Answerer(archive, FAKE, strictness=0)  # every passage found is a hit

    def answer(number: int) -> None:
        for hit in answerer.answer(f"What does report {number} say?").hits:
            check(hit.passage)
            assert hit.passage.text[slice(*hit.highlight)]

    def find(number: int) -> None:
        for hit in search_both(archive, number):
            check(hit.passage)

    def look(number: int) -> None:
        article = archive.article(f"id{number}")
        assert article is None or article == an_article(number, int(article.title.split()[-1]))
        status = archive.status()
        assert status.passages == 2 * status.articles

    return [answer, find, answer, find, look]


def write_articles(folder: Path, articles: int) -> float:
    """Add, change and remove articles; return the seconds of the longest change."""
    archive = LocalArchive.open(folder)
    longest, batch = 0.0, articles // BATCHES
    for first in range(0, articles, batch):
        numbers = range(first, first + batch)
        for change in (
            lambda numbers=numbers: take_in(archive, FAKE, *map(an_article, numbers)),
            lambda numbers=numbers: take_in(archive, FAKE, *(an_article(number, 1) for number in numbers)),
            lambda numbers=numbers: archive.remove([f"id{number}" for number in numbers if number % 3]),
        ):
            began = time.monotonic()
            change()
            longest = max(longest, time.monotonic() - began)
        if first % (2 * batch) == 0:
            with archive.write_lock("test"):
                archive.indexes.save(always=True)
    return longest


@pytest.fixture
def folder(tmp_path: Path, load: Load) -> Path:
    archive = archive_at(tmp_path / "archive", FAKE)
    take_in(archive, FAKE, *map(an_article, range(0, load.articles, 10)))
    return tmp_path / "archive"


def assert_has_written(archive: LocalArchive, articles: int) -> None:
    assert {card.title for card in archive.cards()} == {f"Report {n} edition 1" for n in range(0, articles, 3)}
    assert archive.verify() == []


def test_queries_run_while_a_thread_adds_changes_and_removes_articles(folder: Path, load: Load) -> None:
    archive = LocalArchive.open(folder)
    with queries_running(*queries_of(archive), threads=load.threads, articles=load.articles) as wait_for:
        wait_for(load.threads)
        longest = write_articles(folder, load.articles)
        wait_for(load.threads)
    assert longest < load.change_seconds
    assert_has_written(archive, load.articles)
    assert_has_written(LocalArchive.open(folder), load.articles)


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    # `folder` overwrites the fixture of the module.
    head = "from tests.retrieval.archive.local.test_concurrency import *\n"
    head += "import sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
    command = [sys.executable, "-c", head + script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_queries_run_while_another_process_writes(folder: Path, load: Load) -> None:
    archive = LocalArchive.open(folder)
    with (
        queries_running(*queries_of(archive), threads=load.threads, articles=load.articles) as wait_for,
        python(f"write_articles(folder, {load.articles})", folder) as writer,
    ):
        assert writer.wait(60) == 0
        wait_for(load.threads)
    assert_has_written(archive, load.articles)


def test_an_open_archive_finds_a_change_within_two_seconds_of_its_commit(folder: Path) -> None:
    archive, writer = LocalArchive.open(folder), LocalArchive.open(folder)
    search_both(archive, 0)
    for number in (1, 2, 3):
        take_in(writer, FAKE, an_article(number, 7))
        committed = time.monotonic()
        assert f"id{number}" in {hit.passage.article.id for hit in search_both(archive, number)}
        assert "7" in {hit.passage.article.title.split()[-1] for hit in search_both(archive, number)}
        assert time.monotonic() - committed < 2
    writer.remove(["id1"])
    assert "id1" not in {hit.passage.article.id for hit in search_both(archive, 1)}


def test_archives_open_whole_indexes_while_these_are_replaced_again_and_again(
    folder: Path, load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    """An archive that is open keeps the older files, and each writer opens the files of the other."""
    old = LocalArchive.open(folder)
    search_both(old, 0)
    caplog.clear()

    def open_and_ask(number: int) -> None:
        archive = LocalArchive.open(folder)
        for hit in search_both(archive, number):
            check(hit.passage)
        archive.status()
        if number % 5 == 0:
            assert archive.indexes.verify() == []

    with queries_running(open_and_ask, threads=4, articles=load.articles) as wait_for:
        writers = [LocalArchive.open(folder) for _ in range(2)]
        for number in range(1, 16):
            writer = writers[number % 2]
            take_in(writer, FAKE, an_article(number, 2))
            with writer.write_lock("test"):
                writer.indexes.save(always=True)
        wait_for(load.threads)
    assert old.verify() == []
    assert [record.getMessage() for record in caplog.records if "anew" in record.getMessage()] == []


def test_an_answerer_switches_to_a_new_model_and_no_question_fails(folder: Path, load: Load) -> None:
    new = replace(FAKE, name="another", dimension=16)
    archive = LocalArchive.open(folder)
    loaded = []

    def load_model(name: str) -> FakeEncoder:
        loaded.append(name)
        return new

    answerer = Answerer(archive, FAKE, strictness=0, load=load_model)

    def ask(number: int) -> None:
        hits = answerer.answer(f"What does report {number} say?").hits
        assert hits
        for hit in hits:
            check(hit.passage)

    with queries_running(ask, threads=load.threads, articles=load.articles) as wait_for:
        wait_for(load.threads)
        writer = LocalArchive.open(folder)
        with writer.write_lock("re-embed"):

            def halfway(_done: int, _all: int) -> None:
                wait_for(load.threads)
                assert loaded == []

            reembed(writer, new, wanted_spec(new, 0), halfway)
            writer.checkpoint()
        wait_for(2 * load.threads)
    assert loaded == ["another"]
    assert archive.spec.fingerprint == new.fingerprint
    assert LocalArchive.open(folder).verify() == []


def test_a_backup_is_taken_and_restored_while_queries_run(folder: Path, load: Load, tmp_path: Path) -> None:
    archive, writer = LocalArchive.open(folder), LocalArchive.open(folder)
    with queries_running(*queries_of(archive), threads=load.threads, articles=load.articles) as wait_for:
        wait_for(load.threads)
        backup(writer, tmp_path / "backup.db")
        for number in range(1, 6):
            take_in(writer, FAKE, an_article(number, 3))
            wait_for(5)
            with writer.write_lock("restore"):
                restore(folder, tmp_path / "backup.db")
            wait_for(load.threads)
    assert {card.title for card in archive.cards()} == {f"Report {n} edition 0" for n in range(0, load.articles, 10)}
    assert LocalArchive.open(folder).verify() == []


HOLD = "with LocalArchive.open(folder).write_lock('index'): print('held', flush=True); sys.stdin.read()"


def test_a_second_writer_logs_who_writes_and_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = LocalArchive.open(folder)
    waiting, written = threading.Event(), threading.Event()

    class WaitingHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Waiting for"):
                waiting.set()

    def write() -> None:
        with archive.write_lock("add"):
            written.set()

    handler = WaitingHandler()
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


def test_the_lock_of_a_killed_process_is_released(folder: Path) -> None:
    with python(HOLD, folder) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    with LocalArchive.open(folder).write_lock("add", wait=False):
        pass
