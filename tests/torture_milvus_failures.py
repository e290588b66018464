"""A Milvus that stalls, is restarted, is full or has lost a collection, and many who begin at once."""

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from corpus.errors import ClippingsError
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.place import MilvusPlace
from retrieval.errors import ArchiveUnreachable, ArchiveUnwritable
from tests.forks import in_fork
from tests.milvus_servers import HOST, missing
from tests.milvus_torture import (
    QuickLite,
    State,
    edition,
    faults,
    index,
    left_over,
    much_later,
    state,
    think_ahead,
)
from tests.torture import own_word
from tests.torture_disk_full import Disk

TIMEOUT = 1.0
# Of a call, beyond its timeout, on a busy machine.
SLACK = 4.0


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickLite]:
    if reason := missing(QuickLite.kind):
        pytest.skip(reason)
    think_ahead()
    with QuickLite(tmp_path_factory.mktemp("lite")) as server:
        yield server


def indexed(place: MilvusPlace, number: int) -> State:
    index(place, edition(number))
    return state(MilvusArchive.open(place))


def said(work: Callable[[], object]) -> tuple[str, str, float]:
    """Do something; return the kind of error that it was refused with, its words, and how long that took."""
    began, error = time.monotonic(), None
    try:
        work()
    except ClippingsError as refusal:
        error = refusal
    return type(error).__name__ if error else "", str(error or ""), time.monotonic() - began


def look(archive: MilvusArchive) -> list[str]:
    return [one.passage.text for one in archive.matching(own_word(2), 3)]


def swept(place: MilvusPlace) -> list[str]:
    much_later()
    archive = MilvusArchive.open(place)
    archive.renew(0)
    archive.settle()
    return [*archive.verify(), *left_over(archive)]


# ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("start", ["nothing", "first edition"])
def test_indexers_at_once_on_the_same_articles_end_as_one(start: str, lite: QuickLite) -> None:
    place, alone = lite.place(f"many_{start.replace(' ', '_')}"), lite.place("alone")
    wanted = in_fork(lambda: indexed(alone, 1))
    if start != "nothing":
        in_fork(lambda: index(place, edition(0)))
    processes = multiprocessing.get_context("fork")
    gate, told = processes.Barrier(3), processes.SimpleQueue()

    def run() -> None:
        gate.wait()
        told.put(said(lambda: index(place, edition(1))))

    running = [processes.Process(target=run) for _ in range(3)]
    for process in running:
        process.start()
    assert [told.get()[:2] for _ in running] == [("", "")] * len(running)
    for process in running:
        process.join()
    assert in_fork(lambda: faults(MilvusArchive.open(place))) == []
    assert in_fork(lambda: state(MilvusArchive.open(place))) == wanted
    assert in_fork(lambda: swept(place)) == []


# ── A server that stalls or goes away ────────────────────────────────────────────────────────────────────────────────


class Proxy:
    """Stands between an archive and its server, and can stop letting anything through."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.flows = threading.Event()
        self.flows.set()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.create_connection((HOST, self._port))
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_a_stalled_server_is_told_of_in_time_and_is_asked_again(lite: QuickLite) -> None:
    place = lite.place("stalled", timeout=TIMEOUT)
    old, new = in_fork(lambda: indexed(place, 0)), in_fork(lambda: indexed(lite.place("stalled_alone"), 1))

    def check() -> tuple[list[tuple[str, str, float]], list[str], State, list[str]]:
        with Proxy(lite.port) as proxy:
            through = replace(place, port=proxy.port)
            archive = MilvusArchive.open(through)
            before = look(archive)
            proxy.flows.clear()
            refusals = [
                said(lambda: look(archive)),
                said(lambda: archive.article("id002")),
                said(lambda: MilvusArchive.open(through)),
            ]
            # Who writes waits for it.
            threading.Timer(2 * TIMEOUT, proxy.flows.set).start()
            refusals.append(said(lambda: archive.renew(0)))
            assert look(archive) == before
            index(through, edition(1))
        archive = MilvusArchive.open(place)
        return refusals, before, state(archive), faults(archive)

    refusals, found, now, wrong = in_fork(check)
    assert len(found) == 1
    assert old != new
    for kind, words, seconds in refusals[:3]:
        assert kind == ArchiveUnreachable.__name__, words
        assert "does not answer" in words
        assert seconds < TIMEOUT + SLACK
    assert refusals[3][:2] == ("", "")
    assert refusals[3][2] > TIMEOUT
    assert (now == new, wrong) == (True, [])


def test_a_server_that_is_gone_is_told_of_in_time_and_found_again(lite: QuickLite) -> None:
    place = lite.place("gone", timeout=TIMEOUT)
    wanted = in_fork(lambda: indexed(place, 0))
    processes = multiprocessing.get_context("fork")
    here, there = processes.Pipe()

    def ask() -> None:
        archive = MilvusArchive.open(place)
        while there.recv():
            there.send((said(lambda: look(archive)), said(lambda: MilvusArchive.open(place))))
        there.send((look(archive), state(archive) == wanted))

    process = processes.Process(target=ask)
    process.start()
    here.send(True)
    assert [one[0] for one in here.recv()] == ["", ""]
    lite.stop()
    here.send(True)
    for kind, words, seconds in here.recv():
        assert kind == ArchiveUnreachable.__name__, words
        assert f"{place} does not answer" in words
        assert seconds < TIMEOUT + SLACK
    lite.restart()
    here.send(False)
    found, same = here.recv()
    process.join()
    assert (len(found), same) == (1, True)


# ── A collection that is gone ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("which", ["p1", "articles", "notes", "texts", "words", "ledger"])
def test_a_collection_that_was_dropped_is_told_of_and_nothing_is_made_anew_in_its_place(
    which: str, lite: QuickLite
) -> None:
    place = lite.place(f"dropped_{which}", timeout=TIMEOUT)

    def check() -> tuple[list[tuple[str, str, float]], set[str]]:
        index(place, edition(0))
        opened = MilvusArchive.open(place)
        server = opened._server
        there = set(server.collections())
        server.drop(f"{place.name}_{which}")
        refusals = [said(lambda: index(place, edition(1))), said(lambda: MilvusArchive.open(place))]
        refusals.append(said(opened.verify))
        return refusals, there ^ set(server.collections())

    refusals, changed = in_fork(check)
    assert changed == {f"{place.name}_{which}"}
    for kind, words, seconds in refusals:
        assert kind in ("ArchiveMissing", "Vanished", "ArchiveDamaged"), (kind, words)
        assert str(place) in words
        assert seconds < TIMEOUT + SLACK


def test_an_archive_that_was_dropped_is_told_of_and_made_anew_by_who_indexes(lite: QuickLite) -> None:
    place = lite.place("dropped", timeout=TIMEOUT)

    def check() -> tuple[list[tuple[str, str, float]], bool, list[str]]:
        wanted = indexed(place, 0)
        opened = MilvusArchive.open(place)
        MilvusArchive.open(place).drop()
        refusals = [said(lambda: look(opened)), said(lambda: MilvusArchive.open(place))]
        return refusals, indexed(place, 0) == wanted, faults(opened)

    refusals, same, wrong = in_fork(check)
    assert [kind for kind, _, _ in refusals] == ["ArchiveMissing"] * 2
    assert all(str(place) in words for _, words, _ in refusals)
    assert (same, wrong) == (True, [])


# ── No room ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class FullLite(QuickLite):
    """A server whose data is on a small disk of its own, which only its process sees."""

    def prepare(self) -> None:
        Disk(self.folder / "data")

    def fill(self, room: int) -> None:
        """Leave so many bytes."""
        disk = os.statvfs(self._ballast.parent)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, disk.f_bavail * disk.f_bsize - room))

    def clear(self) -> None:
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        assert self._process
        return Path(f"/proc/{self._process.pid}/root{self.folder}/data/ballast")


def test_a_full_server_is_told_of_and_with_room_all_is_well(tmp_path: Path) -> None:
    try:
        (tmp_path / "try").mkdir()
        in_fork(lambda: Disk(tmp_path / "try") and None)
    except AssertionError as error:
        if "OSError" not in str(error):
            raise
        pytest.skip("no disk may be mounted here")
    if reason := missing(QuickLite.kind):
        pytest.skip(reason)
    think_ahead()
    refusals = []
    with FullLite(tmp_path / "full") as server:
        place = server.place("full", timeout=TIMEOUT)
        states = [in_fork(lambda number=number: indexed(place, number)) for number in (0, 1)]
        for turn, room in enumerate([0, 8, 40, 80, 120, 200, 400]):
            number = turn % 2
            server.fill(room << 10)
            kind, words, seconds = in_fork(lambda number=number: said(lambda: index(place, edition(number))))
            read, wrong = (
                in_fork(lambda: said(lambda: look(MilvusArchive.open(place)))),
                in_fork(lambda: MilvusArchive.open(place).verify()),
            )
            server.clear()
            if kind:
                assert kind == ArchiveUnwritable.__name__, words
                assert "Make room" in words
                refusals.append(seconds)
            assert (read[0], wrong) == ("", []), (room, read)
            assert in_fork(lambda number=number: indexed(place, number)) == states[number], room
            assert in_fork(lambda: faults(MilvusArchive.open(place))) == [], room
        assert in_fork(lambda: swept(place)) == []
    assert len(refusals) >= 3
    assert max(refusals) < TIMEOUT + SLACK


# ── Without the package ──────────────────────────────────────────────────────────────────────────────────────────────


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('archive = "milvus://127.0.0.1:19530/news"\n')
    code = "import sys; sys.modules['pymilvus'] = None; from retrieval.cli import run; run()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "verify"],
        env={**os.environ, "CLIPPINGS_SETTINGS": str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert ".[milvus]" in ran.stderr
    assert "Traceback" not in ran.stderr
