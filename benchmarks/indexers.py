"""Many indexers on one server, some of which die: what is missing, what is there twice, what was answered wrongly.

python -m benchmarks.indexers --start real|lite [--passages 20000] [--to FILE.md]

One indexer fills an archive, then four fill another (`index --shard 1/4` and so on) while a reader asks all the while;
then four once more, of which one is killed in the middle, and so is the server, which is started again at once. The
articles are drawn; what stands for the model takes 10 ms a passage and uses no processor, since in earnest each indexer
is a machine of its own. Needs tests/milvus_servers.py, which starts the server.
"""

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash

from benchmarks.scale_corpus import DIMENSION, Corpus, entries
from corpus.article import Article
from corpus.source import Reading
from retrieval.archive.making import wanted_making
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.place import MilvusPlace, milvus_place
from retrieval.archive.shard import Shard
from retrieval.archive.sync import sync
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveError, ArchiveMissing
from retrieval.split import split
from tests.fakes import FakeEncoder
from tests.milvus_servers import SERVERS, Server

SECONDS_A_PASSAGE = 0.01
INDEXERS = 4
CHECKED = 300  # articles of which every passage is compared in the end


@dataclass(frozen=True)
class Machine(FakeEncoder):
    """Stands for a machine with a model: a vector of its own for each text, after as long as that takes."""

    name: str = "machine"
    dimension: int = DIMENSION
    max_tokens: int = 100
    seconds: float = SECONDS_A_PASSAGE

    @property
    def fingerprint(self) -> str:
        """The same for readers, who wait for nothing."""
        return "machine"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of length 1, (texts, dimension)."""
        time.sleep(self.seconds * len(texts))
        seeds = [xxhash.xxh3_64_intdigest(text.encode()) for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(self.dimension, np.float32) for seed in seeds]
        rows = np.array(drawn, np.float32).reshape(-1, self.dimension)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def articles(passages: int) -> Iterator[Article]:
    """Draw the articles of so many passages."""
    for drawn in Corpus(passages).blocks():
        yield from (entry.article for entry in entries(drawn))


def index(place: MilvusPlace, passages: int, shard: Shard) -> None:
    """Do an indexer's part."""
    encoder = Machine()
    archive = MilvusArchive.open_or_create(place, lambda: wanted_making(encoder, 0))
    readings = (Reading(one, f"/drawn/{one.id}") for one in articles(passages))
    with archive.writing("benchmark"):
        sync(readings, archive, encoder, archive.making, shard=shard)


def read(place: MilvusPlace, passages: int, until: Path) -> dict[str, float]:
    """Ask about one article after the other until a file is there; tell how it went."""
    encoder = Machine(seconds=0.0)
    told = {one.id: one for one in articles(passages)}
    choice = random.Random(1)  # noqa: S311
    answered = nothing = errors = wrong = 0
    waited = 0.0
    archive: MilvusArchive | None = None
    while not until.exists():
        article = told[choice.choice(sorted(told))]
        begun = time.monotonic()
        try:
            archive = archive or MilvusArchive.open(place)
            found = archive.matching(article.title, 10)
            found += archive.nearest(encoder.encode([article.title])[0], 10, encoder.fingerprint)
        except ArchiveMissing:
            time.sleep(0.1)
            continue
        except ArchiveError:
            errors += 1
            waited = max(waited, time.monotonic() - begun)
            continue
        answered, nothing = answered + bool(found), nothing + (not found)
        wrong += sum(
            told[one.passage.article.id].text[one.passage.start : one.passage.end] != one.passage.text for one in found
        )
    return {"answered": answered, "nothing": nothing, "errors": errors, "longest": waited, "wrong": wrong}


def started(*arguments: str) -> "subprocess.Popen[bytes]":
    """Start this module in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.indexers", *arguments], stdout=subprocess.PIPE)


def filled(place: MilvusPlace, passages: int, indexers: int) -> float:
    """Have so many indexers fill an archive; return the seconds that it took."""
    MilvusArchive.open_or_create(place, lambda: wanted_making(Machine(), 0)).close()
    begun = time.monotonic()
    running = [started("--index", f"{n}/{indexers}", str(place), str(passages)) for n in range(1, indexers + 1)]
    for one in running:
        if one.wait():
            raise SystemExit(f"An indexer ended with {one.returncode}.")
    return time.monotonic() - begun


def troubled(server: Server, place: MilvusPlace, passages: int, expected: float) -> float:
    """Have four indexers fill an archive, kill one of them and the server, and go on; return the seconds it took."""
    MilvusArchive.open_or_create(place, lambda: wanted_making(Machine(), 0)).close()
    begun = time.monotonic()
    running = {n: started("--index", f"{n}/{INDEXERS}", str(place), str(passages)) for n in range(1, INDEXERS + 1)}
    time.sleep(expected / 3)
    running[2].kill()
    running[2].wait()
    time.sleep(expected / 6)
    server.kill()
    server.restart()
    # As whoever runs indexers from a timer has it: what ended is begun again until its part is done.
    waiting = dict(running)
    while waiting:
        for n, one in list(waiting.items()):
            if one.wait():
                waiting[n] = started("--index", f"{n}/{INDEXERS}", str(place), str(passages))
            else:
                del waiting[n]
    return time.monotonic() - begun


def counted(place: MilvusPlace, passages: int) -> dict[str, object]:
    """Count what is there against what should be."""
    encoder = Machine(seconds=0.0)
    with closing(MilvusArchive.open(place)) as archive:
        wanted = {one.id: one for one in articles(passages)}
        known = archive.known()
        chosen = random.Random(2).sample(  # noqa: S311
            sorted(wanted), min(CHECKED, len(wanted))
        )
        differing = sum(
            archive.passages_of(id_) != list(split(wanted[id_], encoder, encoder.max_tokens)) for id_ in chosen
        )
        return {
            "articles missing": len(wanted.keys() - known.keys()),
            "articles too many": len(known.keys() - wanted.keys()),
            "articles with other content": sum(
                known[id_].digest != one.digest for id_, one in wanted.items() if id_ in known
            ),
            "passages": archive.status().passages,
            "passages expected": sum(len(split(one, encoder, encoder.max_tokens)) for one in wanted.values()),
            f"of {len(chosen)} articles, those with other passages": differing,
            "verify finds": archive.verify(),
        }


def watched(place: MilvusPlace, passages: int, folder: Path) -> "tuple[subprocess.Popen[bytes], Path]":
    """Start a reader, and return it with the file that ends it."""
    until = folder / secrets.token_hex(4)
    return started("--read", str(place), str(passages), str(until)), until


def ended(reader: "subprocess.Popen[bytes]", until: Path) -> dict[str, float]:
    """End a reader, and return what it tells."""
    until.touch()
    out, _ = reader.communicate(timeout=120)
    return json.loads(out)  # type: ignore[no-any-return]


def run(kind: str, passages: int) -> str:
    """Run it all; return the report."""
    with tempfile.TemporaryDirectory() as folder, SERVERS[kind](Path(folder) / "server") as server:
        one = filled(server.place("one", timeout=10), passages, 1)
        place = server.place("four", timeout=10)
        reader = watched(place, passages, Path(folder))
        four = filled(place, passages, INDEXERS)
        quiet = ended(*reader)
        place = server.place("troubled", timeout=10)
        reader = watched(place, passages, Path(folder))
        trouble = troubled(server, place, passages, four)
        loud = ended(*reader)
        counts = {name: counted(server.place(name, timeout=10), passages) for name in ("four", "troubled")}
    # Amdahl (1967): with a serial part s, n together take s + (1 - s) / n of the time that one takes.
    serial = (four / one - 1 / INDEXERS) / (1 - 1 / INDEXERS)
    lines = [
        f"# {INDEXERS} indexers on one server ({kind}), {passages:,} passages\n",
        f"- one indexer: {one:.0f} s; of it embedding, {passages * SECONDS_A_PASSAGE:.0f} s",
        f"- {INDEXERS} indexers: {four:.0f} s, {one / four:.2f} times as fast; the serial part is {serial:.1%}",
        f"- with an indexer and the server killed and started again: {trouble:.0f} s\n",
    ]
    for name, told, count in (("undisturbed", quiet, counts["four"]), ("disturbed", loud, counts["troubled"])):
        lines.append(f"## {name.capitalize()}\n")
        lines.append(
            f"- the reader: {told['answered']:,.0f} answers, {told['nothing']:,.0f} times nothing found yet, "
            f"{told['errors']:,.0f} errors, the longest after {told['longest']:.1f} s; "
            f"{told['wrong']:,.0f} passages that are not in their article"
        )
        lines += [f"- {what}: {value if value != [] else 'nothing'}" for what, value in count.items()]
        lines.append("")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it, or one of the processes that it starts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indexers")
    parser.add_argument("--start", choices=sorted(SERVERS))
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--index", nargs=3, metavar=("I/N", "PLACE", "PASSAGES"), help=argparse.SUPPRESS)
    parser.add_argument("--read", nargs=3, metavar=("PLACE", "PASSAGES", "UNTIL"), help=argparse.SUPPRESS)
    parsed = parser.parse_args(arguments)
    if parsed.index:
        part, place, passages = parsed.index
        number, of = map(int, part.split("/"))
        index(milvus_place(place, timeout=10), int(passages), Shard(number, of))
    elif parsed.read:
        place, passages, until = parsed.read
        print(json.dumps(read(milvus_place(place), int(passages), Path(until))))
    else:
        report = run(parsed.start or "real", max(1000, parsed.passages // 1000 * 1000))
        if parsed.to:
            parsed.to.write_text(report, encoding="utf-8")
        else:
            print(report)


if __name__ == "__main__":
    main()
