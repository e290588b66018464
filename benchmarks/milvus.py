"""Search on the embedded archive and on Milvus, the same drawn corpus and questions, in one run.

python -m benchmarks.milvus MILVUS [--sizes 10000 100000] [--to FILE.md] [--place FOLDER]

MILVUS is milvus://host:port/name; archives are made beside that name and dropped. What is timed is a whole search
(by meaning, by words, fused) and its parts, by 200 questions after 50 that warm it up, one after the other.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.scale_corpus import MAKING, Corpus, DrawnEncoder, entries
from retrieval.answer.search import FOUND, find
from retrieval.archive.archive import Archive
from retrieval.archive.opened import open_or_create
from retrieval.archive.place import MilvusPlace, Where, milvus_place
from retrieval.types import Query

QUESTIONS, WARM = 200, 50
HEAD = "| passages | what | embedded p50 | p95 | Milvus p50 | p95 | Milvus / embedded (p50) |\n"
LINE = "| ---: | --- | ---: | ---: | ---: | ---: | ---: |\n"
Timed = dict[str, tuple[float, float]]


def filled(where: Where, corpus: Corpus) -> tuple[Archive, float]:
    """Make the archive of a corpus; return it with the seconds that filling it took."""
    archive = open_or_create(where, lambda: MAKING)
    begun = time.perf_counter()
    with archive.writing("benchmark"):
        for drawn in tqdm(corpus.blocks(), total=corpus.size // 1000, desc=str(where), disable=None, leave=False):
            archive.put(list(entries(drawn)))
        archive.settle()
    return archive, time.perf_counter() - begun


def timed(archive: Archive, corpus: Corpus) -> Timed:
    """Return p50 and p95, in milliseconds, of a search and of what it is made of."""
    texts, vectors = corpus.questions(WARM + QUESTIONS)
    encoder = DrawnEncoder(dict(zip(texts, vectors, strict=True)))
    parts: dict[str, Callable[[str], object]] = {
        "a search": lambda text: find(Query(text), archive, encoder),
        "by meaning": lambda text: archive.nearest(encoder.vectors[text], FOUND, encoder.fingerprint),
        "by words": lambda text: archive.matching(text, FOUND),
        "how often its words are": lambda text: archive.frequencies(text.split()),
    }
    took: dict[str, list[float]] = {name: [] for name in parts}
    for number in range(len(texts)):
        # Each part of another question, so that none finds what the one before it has left in a cache.
        for shift, (name, do) in enumerate(parts.items()):
            asked = texts[(number + shift * len(texts) // len(parts)) % len(texts)]
            begun = time.perf_counter()
            do(asked)
            if number >= WARM:
                took[name].append(1000 * (time.perf_counter() - begun))
    return {name: tuple(np.percentile(times, [50, 95]).tolist()) for name, times in took.items()}


def measured(size: int, milvus: MilvusPlace, place: Path) -> dict[str, object]:
    """Measure both archives at one size, one after the other."""
    from retrieval.archive.milvus.archive import MilvusArchive

    corpus = Corpus(size)
    embedded, embedded_fill = filled(place / str(size), corpus)
    with closing(embedded):
        here = timed(embedded, corpus)
    on_server, milvus_fill = filled(replace(milvus, name=f"{milvus.name}_{size}"), corpus)
    with closing(on_server):
        try:
            there = timed(on_server, corpus)
        finally:
            if isinstance(on_server, MilvusArchive):
                on_server.drop()
    return {
        "passages": size,
        "embedded": here,
        "milvus": there,
        "embedded_fill_s": embedded_fill,
        "milvus_fill_s": milvus_fill,
    }


def rows(run: dict[str, object]) -> list[str]:
    """Return the table's rows of one size."""
    size, here, there = run["passages"], run["embedded"], run["milvus"]
    assert isinstance(size, int)
    assert isinstance(here, dict)
    assert isinstance(there, dict)
    lines = []
    for name, (p50, p95) in here.items():
        other50, other95 = there[name]
        told = [f"{one:.1f} ms" for one in (p50, p95, other50, other95)]
        lines.append(f"| {size:,} | {name} | {' | '.join(told)} | {other50 / p50:.1f} |")
    fill, other = run["embedded_fill_s"], run["milvus_fill_s"]
    assert isinstance(fill, float)
    assert isinstance(other, float)
    return [*lines, f"| {size:,} | filled, vectors given | {fill:.0f} s | | {other:.0f} s | | {other / fill:.1f} |"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size, and print the table or write it, with the figures as JSON beside it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milvus")
    parser.add_argument("milvus", type=milvus_place)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--to", type=Path)
    parser.add_argument("--place", type=Path)
    parsed = parser.parse_args(arguments)
    milvus = replace(parsed.milvus, timeout=60.0)
    with tempfile.TemporaryDirectory(dir=parsed.place) as place:
        runs = [measured(size, milvus, Path(place)) for size in parsed.sizes]
    from retrieval.archive.milvus.server import Server

    with closing(Server(milvus)) as server:
        title = f"# Search, embedded and on Milvus ({server.version}, index {milvus.index}), on one machine\n\n"
    table = title + HEAD + LINE + "\n".join(line for run in runs for line in rows(run)) + "\n"
    if parsed.to:
        parsed.to.write_text(table, encoding="utf-8")
        parsed.to.with_suffix(".json").write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    else:
        print(table, end="")


if __name__ == "__main__":
    main()
