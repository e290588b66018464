"""kill -9 of the indexer and of the server at eighty moments: nothing is lost or doubled, and the next run ends.

The server is milvus-lite. The whole Milvus needs ten seconds to restart, so it is killed a few times only.
"""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from corpus.errors import ClippingsError
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.client import Client
from retrieval.errors import ArchiveMissing, ArchiveUnreachable
from tests.milvus_servers import missing
from tests.torture.archive_changes import ENCODER, OTHER, own_word
from tests.torture.forks import Steps, in_fork, killed
from tests.torture.milvus_changes import (
    SEARCHED,
    PatientReal,
    QuickLite,
    State,
    edition,
    faults,
    index,
    left_over,
    opened_later,
    re_embed,
    remove,
    state,
    think_ahead,
)

KILLS = {"all": 0, "early": 0}


class Writes(Steps):
    """Counts a process's writes to a server, and kills it before or after the write with the number `fatal`."""

    def install(self) -> None:
        Client.write = self._around(Client.write)  # type: ignore[method-assign]


@dataclass(frozen=True)
class Operation:
    """A change that is killed: from one edition of an archive to the other, or a new archive."""

    name: str
    work: Callable[[MilvusPlace, int], object]
    timed: int
    exact: int


def create(place: MilvusPlace, number: int) -> int:
    return index(place, edition(number))


OPERATIONS = [
    Operation("index", lambda place, number: index(place, edition(number)), 17, 17),
    Operation("re-embed", lambda place, number: re_embed(place, [ENCODER, OTHER][number]), 4, 4),
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
    """Tell whether every article is wholly the old or wholly the new one, all embedded with the same model."""
    if old.fingerprint != new.fingerprint:
        return now == (old if now.fingerprint == old.fingerprint else new)
    # Who tells an article, and its story, may be known before it counts.
    ids = {*now.articles, *old.articles, *new.articles}
    return all(now.articles.get(id_) in (old.articles.get(id_), new.articles.get(id_)) for id_ in ids)


@dataclass(frozen=True)
class Seen:
    """The state of an archive after a kill, after the next run, and after the end of all leases."""

    after_kill: State | None
    after_run: State
    after_leases: State
    wrong: list[str]
    generations: tuple[int, int]


def next_run(place: MilvusPlace, operation: Operation, number: int) -> Seen:
    after_kill, wrong, before = None, list[str](), 0
    if archive := opened(place):
        after_kill, wrong, before = state(archive), archive.verify(), archive.generation().number
    operation.work(place, number)
    # A process that opened the archive before the run sees the change too.
    archive = archive or MilvusArchive.open(place)
    after_run, after = state(archive), archive.generation().number
    wrong += faults(archive)
    later = opened_later(place)
    # A row is garbage only once a later change has ended.
    later.begin_generation(0)
    later.checkpoint()
    return Seen(after_kill, after_run, state(later), [*wrong, *later.verify(), *left_over(later)], (before, after))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_indexer_killed_at_any_moment_leaves_a_whole_archive_and_the_next_run_completes_it(
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
        lasted.append(killed(lambda: None, partial(operation.work, place, number * (not creates)), None)[1])
    random_ = random.Random(operation.name)  # noqa: S311
    delays = [(number + random_.random()) / operation.timed * min(lasted) for number in range(operation.timed)]
    fatal = [1 + number * steps // operation.exact for number in range(operation.exact)]
    early = before = 0
    for turn, moment in enumerate([*delays, *fatal]):
        number = 0 if creates else turn % 2
        if creates:
            in_fork(lambda: remove(place))
            before = 0
        exact = turn >= operation.timed

        def prepare(fatal: int = int(moment) if exact else 0) -> None:
            Writes(fatal).install()

        interrupted, _ = killed(prepare, partial(operation.work, place, number), None if exact else moment)
        early += interrupted
        seen = in_fork(partial(next_run, place, operation, number))
        new = states[number]
        old = State(new.fingerprint, {}, {}, frozenset()) if creates else states[1 - number]
        assert seen.wrong == [], moment
        assert seen.after_kill is None or whole(seen.after_kill, old, new), moment
        assert seen.after_run == new, moment
        assert seen.after_leases == new, moment
        assert seen.generations == (max(before, seen.generations[0]), max(seen.generations)), moment
        before = seen.generations[1] * (operation.name == "index")
    KILLS["all"] += operation.timed + operation.exact
    KILLS["early"] += early
    print(f"\n{operation.name}: {early} kills before the end, of {steps} steps in {min(lasted):.2f} s")


def test_at_least_forty_kills_came_before_the_end() -> None:
    if not KILLS["all"]:
        pytest.skip("counts what the test above did in the same run")
    assert KILLS["early"] >= 40, KILLS


# ── The server killed ────────────────────────────────────────────────────────────────────────────────────────────────

# Seconds that a read may take beyond its timeout on a busy machine.
SLACK = 5.0
TIMEOUT = 3.0


@dataclass
class Answers:
    """The answers to repeated searches: how many were right, the wrong ones, and the errors."""

    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    slowest: float = 0.0


def own_passages(content: State, id_: str) -> set[str]:
    """Return the passages that have an article's own word."""
    if id_ not in content.articles:
        return set()
    word = own_word(int(id_.removeprefix("id")))
    return {passage.text for passage in content.articles[id_].passages if word in passage.text.lower()}


def search(place: MilvusPlace, states: Sequence[State], ended: threading.Event, answers: Answers) -> None:
    """Search until `ended`: every answer is of one edition or of the other, or a clear error soon."""
    archive = MilvusArchive.open(place)
    for number in cycle(SEARCHED):
        if ended.is_set():
            return
        id_, began = f"id{number:03}", time.monotonic()
        try:
            article = archive.article(id_)
            texts = [hit.passage.text for hit in archive.search_words(own_word(number), 9)]
        except ClippingsError as error:
            answers.refused.append(f"{type(error).__name__}: {error}")
            answers.slowest = max(answers.slowest, time.monotonic() - began)
            continue
        answers.answered += 1
        if article not in [state.articles[id_].article if id_ in state.articles else None for state in states]:
            answers.wrong.append(f"{id_} is {article}")
        if len(texts) != len(set(texts)) or set(texts) not in [own_passages(state, id_) for state in states]:
            answers.wrong.append(f"{own_word(number)} is in {texts}")


def index_and_search(place: MilvusPlace, number: int, states: Sequence[State]) -> tuple[str, Answers]:
    """Index while another thread searches; return the error message of the indexing, if any, and the answers."""
    ended, answers, refused = threading.Event(), Answers(), ""
    searching = threading.Thread(target=search, args=(place, states, ended, answers))
    searching.start()
    try:
        index(place, edition(number))
    except ArchiveUnreachable as error:
        refused = str(error)
    finally:
        ended.set()
        searching.join()
    return refused, answers


def index_again(place: MilvusPlace, number: int, *, sweep: bool) -> tuple[State, list[str]]:
    """Index once more; return the archive's state and what is wrong with it."""
    index(place, edition(number))
    archive = MilvusArchive.open(place)
    now, wrong = state(archive), faults(archive)
    if sweep:
        later = opened_later(place)
        later.begin_generation(0)
        later.checkpoint()
        wrong += [*later.verify(), *left_over(later)]
    return now, wrong


def both_states(place: MilvusPlace) -> list[State]:
    states = []
    for number in (0, 1):
        index(place, edition(number))
        states.append(state(MilvusArchive.open(place)))
    return states


@pytest.mark.parametrize(("program", "kills"), [(QuickLite, 30), (PatientReal, 3)], ids=["lite", "real"])
def test_a_server_killed_at_any_moment_loses_nothing_and_no_search_gets_a_wrong_answer(
    program: type[QuickLite | PatientReal], kills: int, tmp_path: Path
) -> None:
    if reason := missing(program.kind):
        pytest.skip(reason)
    think_ahead()
    processes = multiprocessing.get_context("fork")
    total, refusals = Answers(), list[str]()
    with program(tmp_path / program.kind) as server:
        place = server.place("served", timeout=TIMEOUT)
        states = in_fork(lambda: both_states(place))
        began = time.monotonic()
        for number in (0, 1):
            in_fork(partial(index_and_search, place, number, states))
        lasted = (time.monotonic() - began) / 2
        for turn in range(kills):
            number, delay = turn % 2, (turn + 0.5) / kills * lasted
            pipe, end = processes.Pipe(duplex=False)
            process = processes.Process(
                target=lambda end=end, number=number: end.send(index_and_search(place, number, states))
            )
            process.start()
            pipe.poll(delay)
            server.kill()
            server.restart()
            assert pipe.poll(60), f"after {delay:.2f} s: the indexing process sends nothing"
            refused, answers = pipe.recv()
            process.join()
            refusals += [refused] if refused else []
            total.answered += answers.answered
            total.wrong += answers.wrong
            total.refused += answers.refused
            total.slowest = max(total.slowest, answers.slowest)
            assert total.wrong == [], f"after {delay:.2f} s: {refused} {total}"
            last = turn == kills - 1
            now, wrong = in_fork(partial(index_again, place, number, sweep=last or turn % 5 == 4))
            lost = [id_ for id_, content in states[number].articles.items() if now.articles.get(id_) != content]
            assert (lost, wrong) == ([], []), f"after {delay:.2f} s: {refused}\n" + "\n".join([*lost, *wrong])
            assert now == states[number], f"after {delay:.2f} s: {refused}"
    assert [message for message in total.refused if not message.startswith("ArchiveUnreachable: ")] == []
    assert total.slowest < TIMEOUT + SLACK
    assert total.answered > kills
    print(
        f"\n{program.kind}: {kills} kills in {lasted:.2f} s, {len(refusals)} runs refused; "
        f"{total.answered} right answers, {len(total.refused)} refused in {total.slowest:.1f} s at most"
    )
