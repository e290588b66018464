"""Indexers on one Milvus, with the bot, and what comes of it when one of them and the server are killed.

python -m benchmarks.milvus_indexers --start real|lite [--passages 20000] [--milliseconds 10] [--to FOLDER]
python -m benchmarks.milvus_indexers --at milvus://host:port/name …

Each indexer is a process that runs `index --shard I/N` over the same drawn articles; what stands for its model takes 10
ms a passage (machine.py). Three times, each into an archive of its own: one indexer; four; and four of which one is
killed, and then the server, which is started again (one that was named by its address is let live). An indexer that
ended before its time is begun again, as a timer would. All the while a reader asks the bot, and each answer is
held against what was drawn; in the end every passage is read back.

The goals are those of anybody who relies on it: nothing missing, nothing twice, no wrong answer. The exit status is 1
where one is missed.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.support.asking_user import Asked, asking
from benchmarks.support.content_check import left_over, missing_or_twice, not_found
from benchmarks.support.milvus_server import RESULTS, Served, add_server, served, write
from benchmarks.support.simulated_indexer import Machine, Wanted, draw, expected
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.ledger import LEASE_SECONDS
from retrieval.archive.open import open_archive
from retrieval.cli.commands import ERROR
from retrieval.errors import ArchiveError
from tests.milvus_servers import Server

INDEXERS = 4
# How far they all are when an indexer is killed, and when the server is; and for how many seconds that is away.
KILLED_AT, SERVER_KILLED_AT, DOWN = 0.3, 0.5, 5.0
LOOK = 0.1  # seconds
# An indexer is begun again so often, and all of them may go without a batch for so many seconds.
TRIES, STALLED = 20, 180.0
ROOT = Path(__file__).parent.parent


@dataclass
class Indexer:
    """An indexer's process, and those that went on where it ended before its time."""

    command: Sequence[str]
    place: MilvusPlace
    log: Path
    starts: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Begin, or begin again."""
        self.starts += 1
        with self._log(self.starts).open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.support.simulated_indexer", *self.command],
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={**environ, "CLIPPINGS_ARCHIVE": str(self.place)},
            )

    def is_done(self) -> bool:
        """Tell whether all is done; where the process ended before, begin again. Raises SystemExit."""
        assert self.process
        status = self.process.poll()
        if status == 0 or status is None:
            return status == 0
        if status not in (ERROR, -signal.SIGKILL) or self.starts > TRIES:
            raise SystemExit(f"{' '.join(self.command)} ended with {status}:\n{self._log(self.starts).read_text()}")
        self.start()
        return False

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        assert self.process
        self.process.kill()
        self.process.wait()

    @property
    def passages(self) -> int:
        """How many it has written; after a kill, those of a batch may be counted twice."""
        logs = [self._log(start).read_text() for start in range(1, self.starts + 1)]
        numbers = [[int(line) for line in log.splitlines() if line.isdecimal()] for log in logs]
        return sum(found[-1] for found in numbers if found)

    def _log(self, start: int) -> Path:
        return self.log.with_suffix(f".{start}.log")


@dataclass(frozen=True, slots=True)
class Work:
    """Articles in a folder, what an archive is to have of them, and what a passage costs, in seconds."""

    folder: Path
    wanted: Mapping[str, Wanted]
    seconds: float

    @property
    def passages(self) -> int:
        """How many there are."""
        return sum(len(one.passages) for one in self.wanted.values())


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one indexing: in how many seconds, and whatever is not as it should be, counted by what it is.

    `again` is how often an indexer was begun again; `left` are passages that count for nobody, at the end and once no
    dead writer is waited for any longer.
    """

    indexers: int
    killed: tuple[str, ...]
    passages: int
    seconds: float
    again: int
    left: tuple[int, int]
    asked: Asked
    faults: Mapping[str, int] = field(default_factory=dict)

    @property
    def row(self) -> tuple[str, ...]:
        """The run, as a row of the table."""
        p50, p95 = np.percentile(self.asked.waits or [0.0], [50, 95])
        away = f", the longest after {max(self.asked.away):.1f} s" if self.asked.away else ""
        return (
            str(self.indexers),
            " and ".join(self.killed) or "nobody",
            f"{self.passages:,}",
            f"{self.seconds:.0f} s",
            str(self.again),
            f"{len(self.asked.waits):,}; {1000 * p50:.0f} and {1000 * p95:.0f} ms",
            str(self.asked.early),
            f"{len(self.asked.away)}{away}",
            str(len(self.asked.wrong)),
            ", ".join(f"{count} {what}" for what, count in self.faults.items() if count) or "nothing",
            f"{self.left[0]:,}, then {self.left[1]:,}",
        )


HEAD = (
    "indexers",
    "killed",
    "passages",
    "time",
    "begun again",
    "answers; p50 and p95",
    "asked too early",
    "told that it is away",
    "wrong answers",
    "missing, twice or otherwise",
    "left over, then swept",
)


def run(where: Served, name: str, indexers: int, work: Work, *, kill: bool) -> Run:
    """Index with so many at once while somebody asks, and read back what came of it."""
    place = where.place(name, timeout=5.0)
    killed = [f"an indexer at {KILLED_AT:.0%}"] if kill else []
    killed += [f"the server at {SERVER_KILLED_AT:.0%}"] if kill and where.server else []
    with made(place), TemporaryDirectory() as temporary:
        with asking(place, work.wanted, Path(temporary)) as asked:
            took, again = indexed(place, indexers, work, Path(temporary), kill=kill, server=where.server)
        with closing(open_archive(place)) as archive:
            faults = {**missing_or_twice(archive, work.wanted), **not_found(archive, work.wanted)}
        left = left_over(place, work.passages, LEASE_SECONDS if kill else 0.0)
        faults["rows that nobody sweeps"] = left[1]
        with closing(open_archive(place)) as archive:
            faults["lines of verify, once swept"] = len(archive.verify())
    return Run(indexers, tuple(killed), work.passages, took, again, left, asked, faults)


def indexed(
    place: MilvusPlace, indexers: int, work: Work, logs: Path, *, kill: bool, server: Server | None
) -> tuple[float, int]:
    """Index with so many at once; return the seconds that it took, and how often one was begun again."""
    begun = time.perf_counter()
    with started(place, indexers, work, logs) as all_:
        if kill:
            watched(all_, KILLED_AT * work.passages)
            all_[0].kill()
            watched(all_, SERVER_KILLED_AT * work.passages)
        if kill and server:
            server.kill()
            time.sleep(DOWN)
            server.restart()
        watched(all_)
        return time.perf_counter() - begun, sum(one.starts - 1 for one in all_)


@contextmanager
def made(place: MilvusPlace) -> Iterator[None]:
    """Make an archive, and drop it in the end, whatever happens."""
    MilvusArchive.open_or_create(place, lambda: wanted_spec(Machine(), 0)).close()
    try:
        yield
    finally:
        with suppress(ArchiveError), closing(MilvusArchive.open(place)) as archive:
            archive.drop()


@contextmanager
def started(place: MilvusPlace, count: int, work: Work, logs: Path) -> Iterator[Sequence[Indexer]]:
    """Start so many indexers; whatever happens, none outlives the block."""
    parts = [f"{number}/{count}" for number in range(1, count + 1)]
    commands = [[str(work.seconds), "index", "--shard", part, str(work.folder)] for part in parts]
    indexers = [Indexer(command, place, logs / f"{n}") for n, command in enumerate(commands)]
    try:
        for one in indexers:
            one.start()
        yield indexers
    finally:
        for one in indexers:
            if one.process:
                one.kill()


def watched(indexers: Sequence[Indexer], passages: float = 0.0) -> None:
    """Wait until so many passages are written, or else until all is, beginning again whichever indexer has ended.

    Raises SystemExit where they do not get there.
    """
    before, since = -1, time.monotonic()
    while True:
        done = [one.is_done() for one in indexers]
        now = sum(one.passages for one in indexers)
        if passages and now >= passages:
            return
        if all(done):
            if passages:
                raise SystemExit(f"All was done, {now:,} passages, before any was to be killed at {passages:,.0f}.")
            return
        if now != before:
            before, since = now, time.monotonic()
        if time.monotonic() - since > STALLED:
            raise SystemExit(f"No indexer has written anything for {STALLED:.0f} s, after {now:,} passages.")
        time.sleep(LOOK)


def serial(one: float, many: float, count: int) -> float:
    """Return the part of the work that more indexers do not share, by two times (Karp and Flatt 1990)."""
    return (count * many / one - 1) / (count - 1)


def report(runs: Sequence[Run], where: Served, milliseconds: float) -> str:
    """Write what was found."""
    rows = [HEAD, ("---",) * len(HEAD), *(one.row for one in runs)]
    alone, together = runs[0].seconds, runs[1].seconds
    part = serial(alone, together, INDEXERS)
    limit = f"; however many, never more than {1 / part:.1f} times as fast (Amdahl 1967)" if part > 0 else ""
    wrong = [line for one in runs for line in one.asked.wrong[:10]]
    return (
        f"# Indexers and the bot on one Milvus\n\n{where.told}. Indexers, bot and server on this machine; a passage "
        f"costs an indexer\n{milliseconds:g} ms in which it uses no processor "
        "(`python -m benchmarks.milvus_indexers`).\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        + f"\n{INDEXERS} indexers are {alone / together:.2f} times as fast as one: {part:.1%} of the work is shared by "
        f"nobody (after Karp and Flatt 1990){limit}.\n" + "".join(f"\n- wrong: {line}" for line in wrong)
    )


def main() -> None:
    """Measure, write, and tell by the exit status whether all is as it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.milvus_indexers", description=(__doc__ or "").splitlines()[0]
    )
    add_server(parser)
    parser.add_argument("--passages", type=int, default=20_000, help="a multiple of 1,000")
    parser.add_argument("--milliseconds", type=float, default=10.0, help="what embedding a passage takes")
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER")
    parsed = parser.parse_args()
    # Whoever ends it ends all that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = list[Run]()
    with TemporaryDirectory() as temporary, served(parsed) as where:
        folder = Path(temporary) / "articles"
        draw(parsed.passages, folder)
        work = Work(folder, expected(folder), parsed.milliseconds / 1000)
        for name, count, kill in (("one", 1, False), ("many", INDEXERS, False), ("killed", INDEXERS, True)):
            runs.append(run(where, name, count, work, kill=kill))
            print(*runs[-1].row, sep=" | ", flush=True)
        text = report(runs, where, parsed.milliseconds)
    told = {"server": where.told, "milliseconds": parsed.milliseconds, "runs": [asdict(one) for one in runs]}
    write("indexers", text, told, parsed.to)
    sys.exit(any(one.asked.wrong or any(one.faults.values()) for one in runs))


if __name__ == "__main__":
    main()
