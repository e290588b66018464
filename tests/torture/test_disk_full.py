"""A disk that fills up at many moments: a clear error, the old state still answers, and with room all succeeds."""

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


ATTEMPTED = [*OPERATIONS, Operation("write words", write_words, start="wordless"), Operation("back up", back_up)]


@dataclass
class Outcomes:
    """The error messages on disks of several sizes, and the number of successes."""

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
    """Run `work`; return the message of an ArchiveUnwritable, "" if none, and let other errors pass."""
    archive_changes.small_steps()
    try:
        work()
    except ClippingsError as error:
        if not isinstance(error, ArchiveUnwritable):
            raise
        return str(error)
    return ""


def at_most(size: int) -> None:
    """Limit the size of the files that this process writes. Python ignores the signal, so writing raises an error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def sizes(folder: Path) -> list[int]:
    """Return limits that stop each file of an archive at its beginning, in its middle and at its very end."""
    limits = {0, 100_000}
    for size in sorted({file.stat().st_size for file in folder.rglob("*") if file.is_file()})[-3:]:
        limits |= {size // 2, size - 1}
    return sorted(limits)


def check(message: str, here: Path, old: State, new: State, wrong: list[str]) -> None:
    """Check that an error message says what to do, and that the old or the new state answers."""
    if message:
        assert "Make room" in message or "Until there is room" in message, message
        assert str(here) in message or BACKUP in message, message
    assert wrong == [], message
    assert whole(state(here) if (here / FILE).exists() else old, old, new), message


def faults_if_any_archive(folder: Path) -> list[str]:
    return faults(folder) if (folder / FILE).exists() else []


def expected(operation: Operation, start: Path, done: Path) -> tuple[State, State]:
    """Return the state before an operation, and after it with enough room."""

    def work() -> None:
        archive_changes.small_steps()
        operation.work(copied(start, done))

    in_fork(work)
    new = state(done)
    return state(start) if start.exists() else State(new.fingerprint, {}, {}, 0), new


@pytest.mark.parametrize("operation", ATTEMPTED, ids=lambda operation: operation.name)
def test_an_operation_whose_files_cannot_grow_fails_clearly_and_the_old_state_answers(
    operation: Operation, starts: dict[str, Path], tmp_path: Path
) -> None:
    start, here, done = starts[operation.start], tmp_path / "here", tmp_path / "done"
    old, new = expected(operation, start, done)
    outcomes = Outcomes()
    for size in sizes(done):

        def limited(work: Callable[[], object], size: int = size) -> str:
            at_most(size)
            return refusal(work)

        def search(size: int = size) -> list[str]:
            at_most(size)
            return faults_if_any_archive(here)

        copied(start, here)
        message = in_fork(lambda: limited(lambda: operation.work(here)))
        # A new process, under the same limit.
        check(message, here, old, new, in_fork(search))
        assert in_fork(lambda: refusal(lambda: operation.work(here))) == ""
        assert state(here) == new
        assert in_fork(lambda: faults(here)) == []
        outcomes.refusals += [message] if message else []
        outcomes.successes += not message
    assert len(outcomes.refusals) >= 3, outcomes
    print(f"\n{operation.name}: {len(outcomes.refusals)} refusals, {outcomes.successes} successes")


def test_search_sees_the_commits_of_a_dead_process_when_nothing_can_be_written(
    starts: dict[str, Path], tmp_path: Path
) -> None:
    here, done = copied(starts["old"], tmp_path / "here"), tmp_path / "done"
    _, new = expected(OPERATIONS[0], starts["old"], done)

    def die_with_all_in_the_wal() -> None:
        db = sqlite3.connect(here / FILE)
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM article").fetchone()
        archive_changes.index(here, archive_changes.after())

    def search() -> list[str]:
        at_most(0)
        return faults_if_any_archive(here)

    in_fork(die_with_all_in_the_wal)
    assert (here / f"{FILE}-wal").stat().st_size > 0
    assert in_fork(search) == []
    assert state(here) == new


class Disk:
    """A small disk in a mount namespace that ends with this process."""

    SIZE = 24 << 20

    def __init__(self, place: Path) -> None:
        """Mount the disk; raises OSError if that is not allowed."""
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
        """Fill the disk, except so many bytes."""
        free = os.statvfs(self.place)
        with (self.place / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_bsize - room))

    def clear(self) -> None:
        (self.place / "ballast").unlink()


def on_a_full_disk(place: Path, operation: Operation, start: Path, room: int, old: State, new: State) -> str:
    disk = Disk(place)
    here = copied(start, place / "here")
    disk.fill(room)
    message = in_fork(lambda: refusal(lambda: operation.work(here)))
    wrong = in_fork(lambda: faults_if_any_archive(here))
    disk.clear()
    check(message, here, old, new, wrong)
    assert in_fork(lambda: refusal(lambda: operation.work(here))) == ""
    assert state(here) == new
    assert in_fork(lambda: faults(here)) == []
    return message


@pytest.mark.parametrize("operation", ATTEMPTED, ids=lambda operation: operation.name)
def test_an_operation_on_a_full_disk_fails_clearly_and_the_old_state_answers(
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
    outcomes = Outcomes()
    for room in (0, 8, 36, 90, 220, 400, 1600):
        message = in_fork(
            lambda room=room: on_a_full_disk(tmp_path / "disk", operation, start, room << 10, old, new)  # type: ignore[misc]
        )
        outcomes.refusals += [message] if message else []
        outcomes.successes += not message
    assert len(outcomes.refusals) >= 3, outcomes
    print(f"\n{operation.name}: {len(outcomes.refusals)} refusals, {outcomes.successes} successes")
