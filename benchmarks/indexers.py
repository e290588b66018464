"""One indexer and four on one Milvus, with a reader, and what is left of it when one of them and the server are killed.

    python -m benchmarks.indexers [--server real|lite] [--passages 20000] [--cost 10] [--to FILE.md]

The server is started here, on loopback. Each indexer is a process that does what `index --shard` does, over the same
drawn articles; a passage costs it `cost` ms in which it sleeps, as if it had a machine and its processors for itself:
what is measured is what the server, and waiting for it, leave of that. Three times, each from nothing: one indexer;
four; and four while one of them and then the server are killed, both started again, as a service is. Meanwhile somebody
asks, over and over, and holds each answer against what was drawn. In the end every passage is read back.
"""

import argparse
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xxhash

from benchmarks.scale_corpus import Corpus, entries, unit
from corpus.article import Article
from corpus.errors import ClippingsError
from corpus.source import Reading
from retrieval.answer.search import find
from retrieval.archive.archive import Archive
from retrieval.archive.making import wanted_making
from retrieval.archive.opened import open_archive, open_or_create
from retrieval.archive.place import MilvusPlace, milvus_place
from retrieval.archive.shard import Shard
from retrieval.archive.sync import Report, sync
from retrieval.encode.encoder import Tokens, Vectors
from retrieval.split import split
from retrieval.types import Query
from tests.milvus_servers import SERVERS, Server

INDEXERS = 4
ROOT = Path(__file__).parent.parent
FAILED = 3  # an indexer's exit status where the server was away for too long; it is started again
KILLED_AT = (0.3, 0.5)  # how far they all are when an indexer is killed, and when the server is
DOWN = 5.0  # seconds until the server is started again
EACH = 100  # articles read back at a time
PATIENCE = 30.0  # seconds that an indexer gives a call; who asks has those of the settings


@dataclass(frozen=True)
class SleepyEncoder:
    """An Encoder whose vectors are drawn from a text itself, and take `cost` seconds a passage."""

    cost: float = 0.0
    name: str = "sleepy"
    fingerprint: str = "sleepy"
    dimension: int = 384
    max_tokens: int = 96

    @property
    def reader(self) -> "SleepyEncoder":
        """The encoder itself."""
        return self

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count words."""
        return [len(text.split()) + 2 for text in texts]

    def token_ends(self, text: str) -> Sequence[int]:
        """Tell where the words end."""
        return [place for place, sign in enumerate(f"{text} ") if sign == " "]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sleep, and return vectors of length 1."""
        time.sleep(self.cost * len(texts))
        seeds = [xxhash.xxh3_64_intdigest(text.encode()) for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds]
        return unit(np.array(drawn, np.float32).reshape(-1, self.dimension))

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return a text's vector, as one token."""
        vectors = self.encode(texts)
        return [
            Tokens(vector[None], np.array([[0, len(text)]]), vector)
            for text, vector in zip(texts, vectors, strict=True)
        ]


def articles(passages: int) -> Iterator[Article]:
    """Draw the articles."""
    for drawn in Corpus(passages).blocks():
        yield from (entry.article for entry in entries(drawn))


def index(place: MilvusPlace, shard: Shard, drawn: Path, cost: float) -> None:
    """Take in a shard of the articles, and print how far it is."""
    encoder = SleepyEncoder(cost)
    readings = (Reading(article, f"/{article.id}") for article in pickle.loads(drawn.read_bytes()))  # noqa: S301 - ours

    def tell(report: Report) -> None:
        print(report.passages, flush=True)

    with closing(open_archive(place)) as archive, archive.writing("benchmark"):
        sync(readings, archive, encoder, archive.making, shard=shard, progress=tell)


class Indexer:
    """An indexer's process, started again where it ends because the server was away for too long."""

    def __init__(self, place: MilvusPlace, shard: Shard, drawn: Path, cost: float) -> None:
        self.place, self.shard = place, shard
        self._command = ["--indexer", str(place), str(shard.number), str(shard.of), str(drawn), str(cost)]
        self.passages, self.again, self.failed = 0, 0, ""
        self._process = self._start()
        self._following = threading.Thread(target=self._follow)
        self._following.start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.indexers", *self._command]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def _follow(self) -> None:
        before = 0
        while True:
            assert self._process.stdout
            for line in self._process.stdout:
                self.passages = before + int(line)
            status = self._process.wait()
            if status == 0:
                return
            if status not in (FAILED, -signal.SIGKILL):
                self.failed = f"Indexer {self.shard} ended with status {status}."
                return
            before, self.again = self.passages, self.again + 1
            self._process = self._start()

    def kill(self) -> None:
        """Kill the process, as it is."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until it is done; raises SystemExit where it cannot be."""
        self._following.join()
        if self.failed:
            raise SystemExit(self.failed)


@dataclass
class Asking:
    """Somebody who asks while others write; `wrong` names what is not as it was drawn."""

    archive: Archive
    texts: Mapping[str, Mapping[str, str]]
    waits: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until stopped."""
        chance, ids = random.Random(1), list(self.texts)  # noqa: S311
        while not self.stopped.is_set():
            begun, id_ = time.perf_counter(), chance.choice(ids)
            try:
                self._ask(id_, chance)
                self.waits.append(time.perf_counter() - begun)
            except ClippingsError:
                self.away.append(time.perf_counter() - begun)

    def _ask(self, id_: str, chance: random.Random) -> None:
        wanted = self.texts[id_]
        words = chance.choice(list(wanted.values())).split()
        question = f"what did the {' '.join(chance.sample(words, 5))} do about it?"
        _, found = find(Query(question), self.archive, SleepyEncoder())
        for one in found:
            passage = one.found.passage
            if self.texts.get(passage.article.id, {}).get(passage.id) != passage.text:
                self.wrong.append(f"{passage.id} is not what was drawn")
        there = self.archive.passages_of(id_)
        if there and {one.id: one.text for one in there} != wanted:
            self.wrong.append(f"{id_} has {len(there)} passages, not {len(wanted)}")


def expected(drawn: Sequence[Article]) -> dict[str, dict[str, str]]:
    """Return the text of every passage there is to be, by its article and by its id."""
    encoder = SleepyEncoder()
    making = wanted_making(encoder, 0)
    return {
        article.id: {one.id: one.text for one in split(article, encoder, making.passage_tokens)} for article in drawn
    }


def faults(archive: Archive, texts: Mapping[str, Mapping[str, str]]) -> Counter[str]:
    """Read everything back; count what is missing, what is there twice, and what is otherwise than it was drawn."""
    found = Counter[str]()
    ids, encoder = sorted(texts), SleepyEncoder()
    found["articles too many"] = len(set(archive.known()) - texts.keys())
    for start in range(0, len(ids), EACH):
        there = {entry.article.id: entry for entry in archive.entries(ids[start : start + EACH])}
        for id_ in ids[start : start + EACH]:
            if id_ not in there:
                found["articles missing"] += 1
                continue
            entry = there[id_]
            counted = Counter(one.id for one in entry.passages)
            found["passages missing"] += len(texts[id_].keys() - counted.keys())
            found["passages twice"] += sum(number - 1 for number in counted.values())
            found["passages otherwise"] += sum(texts[id_].get(one.id) != one.text for one in entry.passages)
    sample = random.Random(2).sample(ids, min(len(ids), 200))  # noqa: S311
    for id_ in sample:
        first = archive.passages_of(id_)[0]
        (vector,) = archive.vectors_of([archive.entries([id_])[0].keys[0]]).values()
        near = archive.nearest(vector.astype(np.float32), 2, encoder.fingerprint)
        found["found twice"] += len({one.passage.id for one in near}) < len(near)
        found["not found by meaning"] += first.id not in {one.passage.id for one in near}
    found["lines of verify"] = len(archive.verify())
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one indexing; times are in seconds, `away` those until the reader was told that the server is."""

    indexers: int
    killed: bool
    passages: int
    seconds: float
    again: int
    answered: Sequence[float]
    away: Sequence[float]
    wrong: Sequence[str]
    faults: Mapping[str, int]

    @property
    def row(self) -> tuple[str, ...]:
        """The run, as a row of the table."""
        p50, p95 = np.percentile(self.answered or [0.0], [50, 95])
        return (
            f"{self.indexers}",
            f"an indexer, the server; {self.again} starts again" if self.killed else "nobody",
            f"{self.passages:,}",
            f"{self.seconds:.0f}",
            f"{self.passages / self.seconds:.0f}",
            f"{len(self.answered):,}",
            f"{p50:.2f}",
            f"{p95:.2f}",
            f"{len(self.away)}, within {max(self.away, default=0.0):.1f} s",
            f"{len(self.wrong)}",
            ", ".join(f"{count} {what}" for what, count in self.faults.items() if count) or "none",
        )


HEAD = (
    "indexers",
    "killed",
    "passages",
    "seconds",
    "passages/s",
    "questions",
    "p50 s",
    "p95 s",
    "told that it is away",
    "wrong answers",
    "missing, twice or otherwise",
)


def measured(server: Server, name: str, of: int, drawn: Sequence[Article], cost: float, *, kill: bool) -> Run:
    """Index with so many while somebody asks, and read back what came of it."""
    place = milvus_place(f"milvus://127.0.0.1:{server.port}/{name}")
    texts, file = expected(drawn), server.folder / "drawn.pickle"
    file.write_bytes(pickle.dumps(drawn))
    count = sum(map(len, texts.values()))
    open_or_create(replace(place, timeout=PATIENCE), lambda: wanted_making(SleepyEncoder(), 0)).close()
    asking = Asking(open_archive(place), texts)
    reader = threading.Thread(target=asking.run, daemon=True)
    reader.start()
    begun = time.perf_counter()
    indexers = [Indexer(place, Shard(number, of), file, cost) for number in range(1, of + 1)]
    if kill:
        _until(indexers, KILLED_AT[0] * count)
        indexers[0].kill()
        _until(indexers, KILLED_AT[1] * count)
        server.kill()
        time.sleep(DOWN)
        server.restart()
    for one in indexers:
        one.wait()
    took = time.perf_counter() - begun
    asking.stopped.set()
    reader.join()
    asking.archive.close()
    with closing(open_archive(replace(place, timeout=PATIENCE))) as archive:
        wrong = faults(archive, texts)
    again = sum(one.again for one in indexers)
    return Run(of, kill, count, took, again, asking.waits, asking.away, asking.wrong, wrong)


def _until(indexers: Sequence[Indexer], passages: float) -> None:
    while sum(one.passages for one in indexers) < passages and not any(one.failed for one in indexers):
        time.sleep(0.1)


def serial(one: float, many: float, of: int) -> float:
    """Return the part of the work that more indexers do not share, after Karp and Flatt (1990), from two times."""
    return (of * many / one - 1) / (of - 1)


def table(runs: Sequence[Run], kind: str, cost: float) -> str:
    """Write what was found."""
    rows = [HEAD, ("---",) * len(HEAD), *(one.row for one in runs)]
    alone, together = runs[0].seconds, runs[1].seconds
    return (
        f"# Indexers on one Milvus\n\nWritten by `python -m benchmarks.indexers --server {kind}`: indexers, server and "
        f"reader on one machine; a passage costs\nan indexer {1000 * cost:.0f} ms in which it sleeps.\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        + f"\n{INDEXERS} indexers are {alone / together:.2f} times as fast as one: "
        f"{serial(alone, together, INDEXERS):.0%} of the work is shared by nobody (after Karp and Flatt).\n"
    )


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--indexer"]:
        _index(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", choices=sorted(SERVERS), default="real")
    parser.add_argument("--passages", type=int, default=20_000, help="as drawn, in thousands; split, they are more")
    parser.add_argument("--cost", type=float, default=10.0, help="ms a passage")
    parser.add_argument("--to", type=Path)
    parsed = parser.parse_args()
    cost, runs, drawn = parsed.cost / 1000, list[Run](), list(articles(parsed.passages))
    with TemporaryDirectory() as folder, SERVERS[parsed.server](Path(folder)) as server:
        for name, of, kill in (("one", 1, False), ("four", INDEXERS, False), ("killed", INDEXERS, True)):
            runs.append(measured(server, name, of, drawn, cost, kill=kill))
            print(*runs[-1].row, *runs[-1].wrong[:5], sep=" | ", flush=True)
    text = table(runs, parsed.server, cost)
    print(text)
    if parsed.to:
        parsed.to.parent.mkdir(parents=True, exist_ok=True)
        parsed.to.write_text(text, encoding="utf-8")


def _index(place: str, shard: str, of: str, drawn: str, cost: str) -> None:
    try:
        index(milvus_place(place, timeout=PATIENCE), Shard(int(shard), int(of)), Path(drawn), float(cost))
    except ClippingsError as error:
        print(f"Indexer {shard}/{of}: {error}", file=sys.stderr)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
