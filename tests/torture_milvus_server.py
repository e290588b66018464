"""kill -9 of the server, over and over, under an indexer and a reader: nothing lost, nothing twice, no wrong answer."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.archive.archive import Archive
from retrieval.archive.making import wanted_making
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.place import MilvusPlace, milvus_place
from retrieval.errors import ArchiveUnreachable
from tests.fakes import FakeEncoder, nearest, take_in
from tests.milvus_servers import SERVERS, missing
from tests.test_concurrency import an_article, check
from tests.test_contract_together import holds

ROOT = Path(__file__).parent.parent
FAKE = FakeEncoder()
ARTICLES, BATCH = 12, 3
# Seconds that a reader waits for an answer or a clear word, with a call's timeout of READING.
SOON, READING = 10.0, 2.0
INDEXER = "from tests.torture_milvus_server import *; index_as_told(sys.argv[1])"


def index_as_told(where: str) -> None:
    """Take in all articles in each edition that stdin names, as runs of `index` do; say when each one is there."""
    archive = MilvusArchive.open(milvus_place(where))
    for line in sys.stdin:
        edition = int(line)
        while True:
            try:
                for first in range(0, ARTICLES, BATCH):
                    take_in(archive, FAKE, *(an_article(number, edition) for number in range(first, first + BATCH)))
            except ArchiveUnreachable as error:
                print(f"again: {error}", flush=True)
            else:
                break
        print(f"done {edition}", flush=True)


class Indexer:
    """A process that indexes."""

    def __init__(self, place: MilvusPlace) -> None:
        command = [sys.executable, "-c", INDEXER, str(place)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.again = 0

    def begin(self, edition: int) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{edition}\n")

    def wait(self) -> None:
        """Wait until an edition is there."""
        assert self._process.stdout
        while not (line := self._process.stdout.readline()).startswith("done"):
            assert line, "the indexer has ended"
            self.again += 1

    def end(self) -> None:
        """Have it end by itself."""
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0

    def kill(self) -> None:
        """See that it is no more."""
        with self._process:
            self._process.kill()


class Reader(threading.Thread):
    """Asks and asks: all that it is shown must have stood there once, and no article may be gone or there twice."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._enough = threading.Event()
        self.answers = self.refusals = self.unseen = 0
        self.longest = 0.0
        self.wrong: list[BaseException] = []

    def run(self) -> None:
        try:
            for number in iter(lambda: random.randrange(ARTICLES), None):  # noqa: S311
                if self._enough.is_set():
                    return
                began = time.monotonic()
                try:
                    self._ask(number)
                    self.answers += 1
                except ArchiveUnreachable:
                    self.refusals += 1
                self.longest = max(self.longest, time.monotonic() - began)
        except BaseException as error:  # noqa: BLE001 - told at the end
            self.wrong.append(error)

    def end(self) -> None:
        self._enough.set()
        self.join()

    def _ask(self, number: int) -> None:
        article = self._archive.article(f"id{number}")
        assert article
        assert article == an_article(number, int(article.title.split()[-1]))
        for one in nearest(self._archive, FAKE, f"report {number}", 5):
            check(one.passage)
        found = self._archive.matching("report", 999)
        for one in found:
            check(one.passage)
        places = [(one.passage.article.id, one.passage.start) for one in found]
        assert len(places) == len(set(places))
        # Of an article that is changed while it is looked for, neither edition may be found for a moment.
        self.unseen += len({one.passage.article.id for one in found}) < ARTICLES


@contextmanager
def indexing(place: MilvusPlace) -> Iterator[Indexer]:
    indexer = Indexer(place)
    try:
        yield indexer
        indexer.end()
    finally:
        indexer.kill()


@contextmanager
def reading(place: MilvusPlace) -> Iterator[Reader]:
    reader = Reader(MilvusArchive.open(replace(place, timeout=READING)))
    reader.start()
    try:
        yield reader
    finally:
        reader.end()


@pytest.mark.parametrize(("which", "moments"), [("lite", 50), ("real", 4)], ids=["lite", "real"])
def test_a_server_killed_at_any_moment_loses_nothing_and_nobody_is_told_what_is_wrong(
    which: str, moments: int, tmp_path: Path
) -> None:
    if reason := missing(which):
        pytest.skip(reason)
    random_ = random.Random(which)  # noqa: S311
    with SERVERS[which](tmp_path / which) as server:
        place = server.place("news")
        archive = MilvusArchive.open_or_create(place, lambda: wanted_making(FAKE, 0))
        take_in(archive, FAKE, *map(an_article, range(ARTICLES)))
        with indexing(place) as indexer, reading(place) as reader:
            indexer.begin(1)
            indexer.wait()
            began = time.monotonic()
            indexer.begin(2)
            indexer.wait()
            lasted = time.monotonic() - began
            for edition in range(3, 3 + moments):
                indexer.begin(edition)
                # Not a wait for anything: the moment of the kill.
                threading.Event().wait((edition - 3 + random_.random()) / moments * lasted)
                server.kill()
                server.restart()
                indexer.wait()
                with suppress(ArchiveUnreachable):
                    archive.generation()  # its line was cut too
                wanted = {f"id{number}": an_article(number, edition) for number in range(ARTICLES)}
                holds(archive, wanted, swept=False)
    assert [repr(error) for error in reader.wrong] == []
    assert reader.answers > moments
    assert reader.refusals > 0
    assert reader.longest < SOON
    print(f"\n{which}: {moments} kills, an edition in {lasted:.1f} s; {indexer.again} runs were begun again;")
    print(
        f"{reader.answers} answers, {reader.unseen} of them without an article that was being changed; "
        f"{reader.refusals} refusals; the longest wait {reader.longest:.1f} s"
    )
