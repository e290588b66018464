"""kill -9 at a hundred moments, of who indexes and of the server: nothing is lost or twice, and the next run ends.

That is milvus-lite; the whole Milvus takes ten seconds to come back, so that it is killed a few times only.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.server import Server
from retrieval.archive.place import MilvusPlace
from retrieval.errors import ArchiveMissing
from tests.forks import in_fork, killed
from tests.milvus_torture import (
    ENCODER,
    OTHER,
    QuickLite,
    State,
    edition,
    faults,
    index,
    left_over,
    much_later,
    re_embed,
    remove,
    state,
    think_ahead,
)

KILLS = {"all": 0, "early": 0}


class Writes:
    """Counts what a process has a server write, and kills it before or after the one whose number is fatal."""

    def __init__(self, fatal: int | None = None) -> None:
        self.count = 0
        self._fatal = fatal

    def step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        write = Server._write

        def around(server: Server, what: str, *args: Any, **kwargs: Any) -> Any:
            self.step()
            result = write(server, what, *args, **kwargs)
            self.step()
            return result

        Server._write = around  # type: ignore[method-assign]


@dataclass(frozen=True)
class Operation:
    """What is killed: it changes an archive from one edition to the other, or makes one."""

    name: str
    work: Callable[[MilvusPlace, int], object]
    timed: int
    exact: int
    prepare: Callable[[], None] = lambda: None


def create(place: MilvusPlace, number: int) -> int:
    return index(place, edition(number))


# Who embeds everything again keeps the others waiting, as long as its lease.
OPERATIONS = [
    Operation("index", lambda place, number: index(place, edition(number)), 17, 17),
    Operation("re-embed", lambda place, number: re_embed(place, [ENCODER, OTHER][number]), 4, 4, much_later),
    Operation("create", create, 4, 4),
]


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickLite]:
    think_ahead()
    with QuickLite(tmp_path_factory.mktemp("lite")) as server:
        yield server


def opened(place: MilvusPlace) -> MilvusArchive | None:
    try:
        return MilvusArchive.open(place)
    except ArchiveMissing:
        return None


def whole(now: State, old: State, new: State) -> bool:
    """Tell whether every article is wholly the old or wholly the new one, and all are made with one model."""
    if old.fingerprint != new.fingerprint:
        return now == (old if now.fingerprint == old.fingerprint else new)
    # Who tells an article, and its story, may be known before it counts.
    ids = {*now.articles, *old.articles, *new.articles}
    return all(now.articles.get(id_) in (old.articles.get(id_), new.articles.get(id_)) for id_ in ids)


@dataclass(frozen=True)
class Seen:
    """What was seen of an archive after a kill, after the next run, and when all leases were over."""

    now: State | None
    then: State
    later: State
    wrong: list[str]
    generations: tuple[int, int]


def next_run(place: MilvusPlace, operation: Operation, number: int) -> Seen:
    now, wrong, before = None, list[str](), 0
    if archive := opened(place):
        now, wrong, before = state(archive), archive.verify(), archive.generation()
    operation.prepare()
    operation.work(place, number)
    # Whoever reads since before that sees it too.
    archive = archive or MilvusArchive.open(place)
    then, after = state(archive), archive.generation()
    wrong += faults(archive)
    much_later()
    # What nothing has come after is nobody's garbage yet.
    archive.renew(0)
    archive.settle()
    return Seen(now, then, state(archive), [*wrong, *archive.verify(), *left_over(archive)], (before, after))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_indexer_killed_at_any_moment_leaves_a_whole_archive_and_the_next_run_ends_as_if_nothing_had_been(
    operation: Operation, lite: QuickLite
) -> None:
    creates = operation.name == "create"
    place = lite.place(f"killed_{operation.name.replace('-', '_')}")

    def counted(number: int) -> Callable[[], tuple[State, int]]:
        def count() -> tuple[State, int]:
            writes = Writes()
            writes.install()
            operation.work(place, number)
            return state(MilvusArchive.open(place)), writes.count

        return count

    if not creates:
        in_fork(lambda: index(place, edition(0)))
        in_fork(counted(1))
    (first, steps), lasted = in_fork(counted(0)), []
    states = [first] if creates else [first, in_fork(counted(1))[0]]
    for number in (0, 1, 0, 1):
        if creates:
            in_fork(lambda: remove(place))
        lasted.append(
            killed(lambda: None, lambda number=number: operation.work(place, number * (not creates)), None)[1]
        )
    random_ = random.Random(operation.name)  # noqa: S311
    delays = [(one + random_.random()) / operation.timed * min(lasted) for one in range(operation.timed)]
    fatal = [1 + one * steps // operation.exact for one in range(operation.exact)]
    early = before = 0
    for turn, moment in enumerate([*delays, *fatal]):
        number = 0 if creates else turn % 2
        if creates:
            in_fork(lambda: remove(place))
            before = 0
        exact = turn >= operation.timed

        def prepare(fatal: int = int(moment) if exact else 0) -> None:
            operation.prepare()
            Writes(fatal).install()

        interrupted, _ = killed(prepare, lambda number=number: operation.work(place, number), None if exact else moment)
        early += interrupted
        seen = in_fork(lambda number=number: next_run(place, operation, number))
        new = states[number]
        old = State(new.fingerprint, {}, {}, frozenset()) if creates else states[1 - number]
        assert seen.wrong == [], moment
        assert seen.now is None or whole(seen.now, old, new), moment
        assert seen.then == new, moment
        assert seen.later == new, moment
        assert seen.generations == (max(before, seen.generations[0]), max(seen.generations)), moment
        before = seen.generations[1] * (operation.name == "index")
    KILLS["all"] += operation.timed + operation.exact
    KILLS["early"] += early
    print(f"\n{operation.name}: {early} kills before the end, of {steps} steps in {min(lasted):.2f} s")


def test_that_was_fifty_moments() -> None:
    if not KILLS["all"]:
        pytest.skip("counts what the test above did in the same run")
    assert KILLS["early"] >= 40, KILLS
