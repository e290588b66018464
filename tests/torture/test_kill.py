"""kill -9 at hundreds of moments: no article is lost or half written, and the next run continues from there."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.database import FILE
from tests.torture import archive_changes
from tests.torture.archive_changes import OPERATIONS, Operation, State, copied, faults, state, unexpected, whole
from tests.torture.forks import Steps, in_fork, killed

# Kills in each test: at random times, which may come too late, and at exact steps.
TIMED, EXACT = 8, 34
# How many processes the tests of this file have killed, and how many of them before their end.
KILLS = {"all": 0, "early": 0}


def change_once_more(folder: Path) -> None:
    archive = LocalArchive.open(folder)
    with archive.write_lock("remove"):
        archive.remove([archive.cards()[0].id])
        archive.indexes.save(always=True)


def count_embedded(folder: Path, fingerprint: str) -> int:
    """Count the texts that have a vector of a model."""
    query = "SELECT count(DISTINCT key) FROM passage WHERE making = (SELECT id FROM making WHERE fingerprint = ?)"
    with closing(sqlite3.connect(folder / FILE)) as db:
        return int(db.execute(query, (fingerprint,)).fetchone()[0])


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return archive_changes.make_starts(tmp_path_factory.mktemp("starts"))


@pytest.mark.parametrize(("timed", "exact"), [(TIMED, 0), (0, EXACT)], ids=["at any time", "at exact steps"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_process_killed_at_any_moment_leaves_a_whole_archive_and_the_next_run_completes_it(
    operation: Operation, timed: int, exact: int, starts: dict[str, Path], tmp_path: Path
) -> None:
    start = starts[operation.start]
    here, aside, done = tmp_path / "here", tmp_path / "aside", tmp_path / "done"

    def counted() -> tuple[int, int]:
        archive_changes.small_steps()
        steps = Steps()
        steps.install()
        return operation.work(copied(start, done)), steps.count

    embedded, steps = in_fork(counted)
    old = state(start) if start.exists() else State(state(done).fingerprint, {}, {}, 0)
    new = state(done)
    assert new.articles != old.articles
    assert in_fork(lambda: faults(done)) == []
    assert unexpected(done) == []
    lasted = [
        killed(archive_changes.small_steps, lambda: operation.work(copied(start, here)), None)[1] for _ in range(3)
    ]

    def check(moment: object) -> None:
        def look() -> tuple[list[str], int, list[str]]:
            # Opening an archive may repair its indexes. So look at a copy, and let the next run meet the original.
            wrong = faults(aside) if (aside / FILE).exists() else []
            archive_changes.small_steps()
            return wrong, operation.work(here), faults(here)

        copied(here, aside)
        wrong, again, wrong_then = in_fork(look)
        assert (wrong, wrong_then) == ([], []), moment
        now = state(aside) if (aside / FILE).exists() else old
        assert whole(now, old, new), moment
        assert state(here) == new, moment
        # The next process that writes the indexes removes files that were never finished.
        in_fork(lambda: change_once_more(here))
        assert unexpected(here) == [], moment
        if operation.name == "re-embed":
            # The next run embeds exactly the texts without a vector.
            assert again == embedded - count_embedded(aside, new.fingerprint), moment
            resumed.append(again)

    resumed: list[int] = []
    early = 0
    random_ = random.Random(operation.name)  # noqa: S311
    for number in range(timed):
        delay = (number + random_.random()) / timed * min(lasted)
        copied(start, here)
        interrupted, _ = killed(archive_changes.small_steps, lambda: operation.work(here), delay)
        early += interrupted
        check(f"after {delay:.3f} s")
    for fatal in sorted({1 + number * steps // exact for number in range(exact)}):

        def prepare(fatal: int = fatal) -> None:
            archive_changes.small_steps()
            Steps(fatal).install()

        copied(start, here)
        interrupted, _ = killed(prepare, lambda: operation.work(here), None)
        # The number of steps depends on how tantivy's threads merge: the last step may not come.
        early += interrupted
        KILLS["all"] += 1
        check(f"at step {fatal} of {steps}")
    KILLS["all"] += timed
    KILLS["early"] += early
    print(f"\n{operation.name}: {early} kills before the end, of {steps} steps in {min(lasted):.2f} s")
    if operation.name == "re-embed" and exact:
        # The exact steps go from the first to the last: some kills came before any text was embedded, some late.
        assert sorted(resumed)[0] < embedded / 10
        assert 0 < len([again for again in resumed if again == embedded]) < len(resumed) / 2


def test_four_of_five_kills_came_before_the_end() -> None:
    if not KILLS["all"]:
        pytest.skip("counts what the test above did in the same run")
    assert KILLS["early"] >= 0.8 * KILLS["all"], KILLS
