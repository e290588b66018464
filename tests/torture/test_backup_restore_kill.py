"""kill -9 at every step of backup, restore and migration: all or nothing has changed, and a second try succeeds."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.errors import ClippingsError
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, check_backup, restore
from retrieval.archive.local.database import FILE
from retrieval.archive.local.record_store import Store
from retrieval.archive.lock import write_lock
from tests.retrieval.archive.local.older_archives import (
    as_fourth_schema,
    as_second_schema,
    as_third_schema,
    first_schema_at,
)
from tests.torture import archive_changes
from tests.torture.archive_changes import copied, faults, state
from tests.torture.forks import Steps, in_fork, killed

TIMED = 5


def moments(work: Callable[[], object], reset: Callable[[], object]) -> Iterator[str]:
    """Kill `work` before and after each of its steps, and in between; `reset` first restores its start."""

    def counted() -> int:
        steps = Steps()
        steps.install()
        work()
        return steps.count

    reset()
    steps = in_fork(counted)
    reset()
    _, lasted = killed(lambda: None, work, None)
    for fatal in range(1, steps + 1):
        reset()
        assert killed(lambda fatal=fatal: Steps(fatal).install(), work, None)[0]  # type: ignore[misc]
        yield f"step {fatal} of {steps}"
    for number in range(TIMED):
        reset()
        killed(lambda: None, work, (number + 0.5) / TIMED * lasted)
        yield f"{number + 0.5} / {TIMED} of {lasted:.3f} s"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An archive, its backup, the same archive after changes, and that with a damaged database."""
    folder = tmp_path_factory.mktemp("archives")
    then, now, damaged, file = (folder / name for name in ("then", "now", "damaged", "news.backup"))

    def make() -> None:
        archive_changes.small_steps()
        archive_changes.index(then, archive_changes.before())
        backup(Store.open(then), file)
        archive_changes.index(copied(then, now), archive_changes.after())

    in_fork(make)
    copied(now, damaged)
    content = bytearray((damaged / FILE).read_bytes())
    content[4096 : 4096 * 30] = bytes(4096 * 29)
    (damaged / FILE).write_bytes(content)
    return {"then": then, "now": now, "damaged": damaged, "file": file}


@pytest.mark.parametrize("before", ["now", "damaged"])
def test_a_killed_restore_leaves_the_old_archive_or_the_restored_one(
    before: str, archives: dict[str, Path], tmp_path: Path
) -> None:
    here, aside = tmp_path / "here", tmp_path / "aside"

    def work() -> None:
        with write_lock(here, "restore"):
            restore(here, archives["file"])

    def look() -> tuple[list[str], list[str]]:
        try:
            wrong = faults(aside)
        except ClippingsError as error:
            wrong = [str(error)]
        work()
        return wrong, faults(here)

    both = [state(archives[name]) for name in ("then", "now")]
    assert both[0] != both[1]
    outcomes: set[object] = set()
    for moment in moments(work, lambda: copied(archives[before], here)):
        copied(here, aside)
        wrong, wrong_then = in_fork(look)
        assert wrong_then == [], moment
        assert state(here) == both[0], moment
        if wrong and before == "damaged":
            assert all("restore" in line for line in wrong), moment
            outcomes.add("still damaged")
            continue
        assert wrong == [], moment
        outcomes.add(both.index(state(aside)))
    assert outcomes == ({0, 1} if before == "now" else {"still damaged", 0})


def test_a_killed_backup_leaves_the_old_backup_or_the_new_one_and_a_whole_archive(
    archives: dict[str, Path], tmp_path: Path
) -> None:
    here, file = copied(archives["now"], tmp_path / "here"), tmp_path / "news.backup"

    def work() -> None:
        backup(Store.open(here), file)

    def look() -> list[str]:
        check_backup(file)
        whole = copied(here, tmp_path / "restored")
        restore(whole, file)
        work()
        check_backup(file)
        return faults(whole)

    both = [state(archives[name]) for name in ("then", "now")]
    outcomes = set()
    for moment in moments(work, lambda: shutil.copy(archives["file"], file)):
        assert in_fork(look) == [], moment
        outcomes.add(both.index(state(tmp_path / "restored")))
        assert sorted(path.name for path in tmp_path.glob("news.backup*")) == ["news.backup"], moment
    assert outcomes == {0, 1}
    assert state(here) == both[1]


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_opening_an_archive_completes_a_killed_migration(
    schema: int, archives: dict[str, Path], tmp_path: Path
) -> None:
    here, older = tmp_path / "here", copied(archives["then"], tmp_path / "older")
    if migrate_back := {2: as_second_schema, 3: as_third_schema, 4: as_fourth_schema}.get(schema):
        in_fork(lambda: migrate_back(older))

    def work() -> None:
        LocalArchive.open(here)

    def old() -> None:
        if schema == 1:
            first_schema_at(here)
        else:
            copied(older, here)

    def look() -> list[str]:
        return LocalArchive.open(here).verify()

    old()
    in_fork(work)
    new = state(here)
    for moment in moments(work, old):
        assert in_fork(look) == [], moment
        assert state(here) == new, moment
