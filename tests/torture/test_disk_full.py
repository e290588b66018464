"""A disk that is full at many different moments: a clear error, the old state answers on, and with room all is well."""

import ctypes
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from corpus.errors import ClippingsError
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, check_backup
from retrieval.archive.local.database import FILE
from retrieval.errors import ArchiveUnwritable
from tests.torture import archive_changes
from tests.torture.archive_changes import OPERATIONS, Operation, State, copied, faults, state, whole
from tests.torture.forks import in_fork

NEW_NAMESPACE = 0x00020000
PRIVATE_AND_BELOW = 0x00040000 | 0x00004000
BACKUP = "news.backup"


def back_up(folder: Path) -> int:
    archive = LocalArchive.open(folder)
    backup(archive, folder.parent / BACKUP)
    check_backup(folder.parent / BACKUP)
    return 0


def write_words(folder: Path) -> int:
    archive = LocalArchive.open(folder)
    with archive.write_lock("index"):
        archive.indexes.save(always=True)
    return 0


TRIED = [*OPERATIONS, Operation("write words", write_words, start="wordless"), Operation("back up", back_up)]


@dataclass
class Told:
    """What was said of full disks, by how full they were."""

    refusals: list[str] = field(default_factory=list)
    successes: int = 0


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    starts = archive_changes.make_starts(tmp_path_factory.mktemp("starts"))
    wordless = copied(starts["old"], starts["old"].with_name("wordless"))
    for path in wordless.glob("lexical*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return {**starts, "wordless": wordless}


def refusal(work: Callable[[], object]) -> str:
    """Do something; return what is said where it is refused, and let pass whatever no user should ever see."""
    archive_changes.small_steps()
    try:
        work()
    except ClippingsError as error:
        if not isinstance(error, ArchiveUnwritable):
            raise
        return str(error)
    return ""


def at_most(size: int) -> None:
    """Let this process make no file grow past a size; Python ignores the signal, so that writing fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def sizes(folder: Path) -> list[int]:
    """Return limits that stop each file of an archive at its beginning, in its middle and at its very end."""
    at = {0, 100_000}
    for size in sorted({file.stat().st_size for file in folder.rglob("*") if file.is_file()})[-3:]:
        at |= {size // 2, size - 1}
    return sorted(at)


def check(told: str, here: Path, old: State, new: State, wrong: list[str]) -> None:
    """See to it that a refusal is one that helps, and that what there was answers."""
    if told:
        assert "Make room" in told or "Until there is room" in told, told
        assert str(here) in told or BACKUP in told, told
    assert wrong == [], told
    assert whole(state(here) if (here / FILE).exists() else old, old, new), told


def ask(folder: Path) -> list[str]:
    return faults(folder) if (folder / FILE).exists() else []


def expected(operation: Operation, start: Path, done: Path) -> tuple[State, State]:
    """Return what is there at first, and what the operation makes of it where there is room."""

    def work() -> None:
        archive_changes.small_steps()
        operation.work(copied(start, done))

    in_fork(work)
    new = state(done)
    return state(start) if start.exists() else State(new.fingerprint, {}, {}, 0), new


@pytest.mark.parametrize("operation", TRIED, ids=lambda operation: operation.name)
def test_where_files_cannot_grow_it_is_said_and_the_old_state_answers_on(
    operation: Operation, starts: dict[str, Path], tmp_path: Path
) -> None:
    start, here, done = starts[operation.start], tmp_path / "here", tmp_path / "done"
    old, new = expected(operation, start, done)
    said = Told()
    for size in sizes(done):

        def limited(work: Callable[[], object], size: int = size) -> str:
            at_most(size)
            return refusal(work)

        def asked(size: int = size) -> list[str]:
            at_most(size)
            return ask(here)

        copied(start, here)
        told = in_fork(lambda: limited(lambda: operation.work(here)))
        # A new process, which finds the disk as full.
        check(told, here, old, new, in_fork(asked))
        assert in_fork(lambda: refusal(lambda: operation.work(here))) == ""
        assert state(here) == new
        assert in_fork(lambda: faults(here)) == []
        said.refusals += [told] if told else []
        said.successes += not told
    assert len(said.refusals) >= 3, said
    print(f"\n{operation.name}: {len(said.refusals)} refusals, {said.successes} that were none")


def test_what_a_dead_process_committed_is_answered_from_where_nothing_can_be_written(
    starts: dict[str, Path], tmp_path: Path
) -> None:
    here, done = copied(starts["old"], tmp_path / "here"), tmp_path / "done"
    _, new = expected(OPERATIONS[0], starts["old"], done)

    def die_with_all_in_the_wal() -> None:
        reader = sqlite3.connect(here / FILE)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM article").fetchone()
        archive_changes.index(here, archive_changes.after())

    def asked() -> list[str]:
        at_most(0)
        return ask(here)

    in_fork(die_with_all_in_the_wal)
    assert (here / f"{FILE}-wal").stat().st_size > 0
    assert in_fork(asked) == []
    assert state(here) == new


class Disk:
    """A small disk of one's own, in a mount namespace that ends with the process."""

    SIZE = 24 << 20

    def __init__(self, place: Path) -> None:
        """Mount it; raises OSError where that is not allowed."""
        self.place = place
        self._libc = ctypes.CDLL(None, use_errno=True)
        place.mkdir(exist_ok=True)
        self._call("unshare", NEW_NAMESPACE)
        self._call("mount", b"none", b"/", None, PRIVATE_AND_BELOW, None)
        self._call("mount", b"none", os.fsencode(place), b"tmpfs", 0, f"size={self.SIZE}".encode())

    def _call(self, name: str, *args: object) -> None:
        if getattr(self._libc, name)(*args):
            raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")

    def fill(self, room: int) -> None:
        """Leave so many bytes."""
        free = os.statvfs(self.place)
        with (self.place / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_bsize - room))

    def clear(self) -> None:
        (self.place / "ballast").unlink()


def on_a_full_disk(place: Path, operation: Operation, start: Path, room: int, old: State, new: State) -> str:
    disk = Disk(place)
    here = copied(start, place / "here")
    disk.fill(room)
    told = in_fork(lambda: refusal(lambda: operation.work(here)))
    wrong = in_fork(lambda: ask(here))
    disk.clear()
    check(told, here, old, new, wrong)
    assert in_fork(lambda: refusal(lambda: operation.work(here))) == ""
    assert state(here) == new
    assert in_fork(lambda: faults(here)) == []
    return told


@pytest.mark.parametrize("operation", TRIED, ids=lambda operation: operation.name)
def test_on_a_full_disk_it_is_said_and_the_old_state_answers_on(
    operation: Operation, starts: dict[str, Path], tmp_path: Path
) -> None:
    try:
        in_fork(lambda: Disk(tmp_path / "disk") and None)
    except AssertionError as error:
        if "OSError" not in str(error):
            raise
        pytest.skip("no disk may be mounted here")
    start = starts[operation.start]
    old, new = expected(operation, start, tmp_path / "done")
    said = Told()
    for room in (0, 8, 36, 60, 90, 140, 220, 400, 900, 1600, 3200):
        told = in_fork(
            lambda room=room: on_a_full_disk(tmp_path / "disk", operation, start, room << 10, old, new)  # type: ignore[misc]
        )
        said.refusals += [told] if told else []
        said.successes += not told
    assert len(said.refusals) >= 3, said
    print(f"\n{operation.name}: {len(said.refusals)} refusals, {said.successes} that were none")
