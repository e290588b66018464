"""Indexers and the bot on one Milvus, while an indexer and the server are killed.

python -m benchmarks.milvus_indexers_killed --start real|lite [--passages 20000] [--milliseconds 10] [--to FOLDER]
python -m benchmarks.milvus_indexers_killed --at milvus://host:port/name …

Each indexer is a process that runs `index --shard I/N` on the same drawn articles. Its stand-in for a model takes 10 ms
a passage. There are three runs, each into an archive of its own: one indexer; four; and four of which one is killed,
and then the server, which is restarted (a server given by --at is not killed). An indexer that ends early is started
again, as a timer would do. Meanwhile a user asks the bot, and each answer is compared with the drawn articles. At the
end every passage is read back.

The goals: nothing missing, nothing twice, no wrong answer. The exit status is 1 if one is missed.
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

from benchmarks.support.answer_checker import Outcome, asking
from benchmarks.support.content_check import left_over, missing_or_twice, not_found
from benchmarks.support.milvus_server import RESULTS, Served, add_server, served, write
from benchmarks.support.simulated_indexer import Machine, Wanted, draw, expected
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.writer_ledger import LEASE_SECONDS
from retrieval.archive.open import open_archive
from retrieval.cli.archive_commands import ERROR
from retrieval.errors import ArchiveError
from tests.milvus_servers import Server

INDEXERS = 4
# The share of the work that is done when an indexer and when the server is killed; the server is down for DOWN seconds.
KILLED_AT, SERVER_KILLED_AT, DOWN = 0.3, 0.5, 5.0
LOOK = 0.1  # seconds
# How often an indexer is started again at most, and how many seconds all of them may be without a new batch.
TRIES, STALLED = 20, 180.0
ROOT = Path(__file__).parent.parent


@dataclass
class Indexer:
    """An indexer's process, and the later ones that replaced it after it ended early."""

    command: Sequence[str]
    place: MilvusPlace
    log: Path
    starts: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start the process, or start it again."""
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
        """Tell whether all is done; start a process again that has ended early. Raises SystemExit."""
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
        return sum(counts[-1] for counts in numbers if counts)

    def _log(self, start: int) -> Path:
        return self.log.with_suffix(f".{start}.log")


@dataclass(frozen=True, slots=True)
class Work:
    """Articles in a folder, their expected content in an archive, and the seconds that a passage costs."""

    folder: Path
    wanted: Mapping[str, Wanted]
    seconds: float

    @property
    def passages(self) -> int:
        """The number of passages."""
        return sum(len(wanted.passages) for wanted in self.wanted.values())


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome of one run: its seconds, the answers to the user, and the faults with their counts.

    `again` counts indexers that were started again. `left` counts passages that are not current: at the end, and after
    the leases of dead writers.
    """

    indexers: int
    killed: tuple[str, ...]
    passages: int
    seconds: float
    again: int
    left: tuple[int, int]
    asked: Outcome
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
    """Index with several indexers while a user asks, and read the archive back."""
    place = where.place(name, timeout=5.0)
    killed = [f"an indexer at {KILLED_AT:.0%}"] if kill else []
    killed += [f"the server at {SERVER_KILLED_AT:.0%}"] if kill and where.server else []
    with created(place), TemporaryDirectory() as temporary:
        with asking(place, work.wanted, Path(temporary)) as outcome:
            took, again = indexed(place, indexers, work, Path(temporary), kill=kill, server=where.server)
        with closing(open_archive(place)) as archive:
            faults = {**missing_or_twice(archive, work.wanted), **not_found(archive, work.wanted)}
        left = left_over(place, work.passages, LEASE_SECONDS if kill else 0.0)
        faults["rows that nobody sweeps"] = left[1]
        with closing(open_archive(place)) as archive:
            faults["lines of verify, once swept"] = len(archive.verify())
    return Run(indexers, tuple(killed), work.passages, took, again, left, outcome, faults)


def indexed(
    place: MilvusPlace, indexers: int, work: Work, logs: Path, *, kill: bool, server: Server | None
) -> tuple[float, int]:
    """Index with several indexers; return the seconds, and how often one was started again."""
    begun = time.perf_counter()
    with started(place, indexers, work, logs) as all_:
        if kill:
            wait_for(all_, KILLED_AT * work.passages)
            all_[0].kill()
            wait_for(all_, SERVER_KILLED_AT * work.passages)
        if kill and server:
            server.kill()
            time.sleep(DOWN)
            server.restart()
        wait_for(all_)
        return time.perf_counter() - begun, sum(indexer.starts - 1 for indexer in all_)


@contextmanager
def created(place: MilvusPlace) -> Iterator[None]:
    """Create an archive; drop it when the block ends."""
    MilvusArchive.open_or_create(place, lambda: wanted_spec(Machine(), 0)).close()
    try:
        yield
    finally:
        with suppress(ArchiveError), closing(MilvusArchive.open(place)) as archive:
            archive.drop()


@contextmanager
def started(place: MilvusPlace, count: int, work: Work, logs: Path) -> Iterator[Sequence[Indexer]]:
    """Start several indexers; none outlives the block."""
    parts = [f"{number}/{count}" for number in range(1, count + 1)]
    commands = [[str(work.seconds), "index", "--shard", part, str(work.folder)] for part in parts]
    indexers = [Indexer(command, place, logs / f"{n}") for n, command in enumerate(commands)]
    try:
        for indexer in indexers:
            indexer.start()
        yield indexers
    finally:
        for indexer in indexers:
            if indexer.process:
                indexer.kill()


def wait_for(indexers: Sequence[Indexer], passages: float = 0.0) -> None:
    """Wait until so many passages are written, or (0) all of them; start indexers again that have ended early.

    Raises SystemExit if they make no progress.
    """
    before, since = -1, time.monotonic()
    while True:
        done = [indexer.is_done() for indexer in indexers]
        now = sum(indexer.passages for indexer in indexers)
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


def serial(alone: float, many: float, count: int) -> float:
    """Return the share of the work that is serial, from the times of one indexer and of many (Karp and Flatt 1990)."""
    return (count * many / alone - 1) / (count - 1)


def report(runs: Sequence[Run], where: Served, milliseconds: float) -> str:
    """Return the report as Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *(run_.row for run_ in runs)]
    alone, together = runs[0].seconds, runs[1].seconds
    part = serial(alone, together, INDEXERS)
    limit = f"; however many, never more than {1 / part:.1f} times as fast (Amdahl 1967)" if part > 0 else ""
    wrong = [line for run_ in runs for line in run_.asked.wrong[:10]]
    return (
        f"# Indexers and the bot on one Milvus\n\n{where.description}. Indexers, bot and server on this machine; "
        f"a passage costs an indexer\n{milliseconds:g} ms in which it uses no processor "
        "(`python -m benchmarks.milvus_indexers_killed`).\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        + f"\n{INDEXERS} indexers are {alone / together:.2f} times as fast as one: {part:.1%} of the work is shared by "
        f"nobody (after Karp and Flatt 1990){limit}.\n" + "".join(f"\n- wrong: {line}" for line in wrong)
    )


def main() -> None:
    """Measure, write the report, and exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.milvus_indexers_killed", description=(__doc__ or "").splitlines()[0]
    )
    add_server(parser)
    parser.add_argument("--passages", type=int, default=20_000, help="a multiple of 1,000")
    parser.add_argument("--milliseconds", type=float, default=10.0, help="what embedding a passage takes")
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER")
    args = parser.parse_args()
    # A signal to this process ends all processes that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runs = list[Run]()
    with TemporaryDirectory() as temporary, served(args) as where:
        folder = Path(temporary) / "articles"
        draw(args.passages, folder)
        work = Work(folder, expected(folder), args.milliseconds / 1000)
        for name, count, kill in (("one", 1, False), ("many", INDEXERS, False), ("killed", INDEXERS, True)):
            runs.append(run(where, name, count, work, kill=kill))
            print(*runs[-1].row, sep=" | ", flush=True)
        text = report(runs, where, args.milliseconds)
    results = {"server": where.description, "milliseconds": args.milliseconds, "runs": [asdict(run_) for run_ in runs]}
    write("indexers", text, results, args.to)
    sys.exit(any(run_.asked.wrong or any(run_.faults.values()) for run_ in runs))


if __name__ == "__main__":
    main()
