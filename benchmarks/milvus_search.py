"""Search on the embedded archive and on Milvus, the same drawn corpus and questions, in one run.

python -m benchmarks.milvus_search --start real|lite [--sizes 10000 100000] [--to FOLDER] [--place FOLDER]
python -m benchmarks.milvus_search --at milvus://host:port/name …

Archives are made for it and dropped, those in folders in that of --place. What is timed is a whole search (by meaning,
by words, fused) and its parts, by 200 questions after 50 that warm it up, one after the other.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from benchmarks.support.drawn_corpus import MAKING, Corpus, DrawnEncoder, entries
from benchmarks.support.milvus_server import RESULTS, add_server, served, write
from retrieval.answer.features import count_words, query_features
from retrieval.answer.retrieve import SEARCH_HITS, retrieve_candidates
from retrieval.archive.contract import Archive
from retrieval.archive.location import MilvusPlace, Where
from retrieval.archive.open import open_or_create

QUESTIONS, WARM = 200, 50
HEAD = "| passages | what | embedded p50 | p95 | Milvus p50 | p95 | Milvus / embedded (p50) |\n"
LINE = "| ---: | --- | ---: | ---: | ---: | ---: | ---: |\n"
Timed = dict[str, tuple[float, float]]
Parts = dict[str, Callable[[str], object]]


def filled(where: Where, corpus: Corpus) -> tuple[Archive, float]:
    """Make the archive of a corpus; return it with the seconds that filling it took."""
    archive = open_or_create(where, lambda: MAKING)
    begun = time.perf_counter()
    with archive.write_lock("benchmark"):
        for drawn in tqdm(corpus.blocks(), total=corpus.size // 1000, desc=str(where), disable=None, leave=False):
            archive.put(list(entries(drawn)))
        archive.checkpoint()
    return archive, time.perf_counter() - begun


def timed(archive: Archive, corpus: Corpus) -> Timed:
    """Return p50 and p95, in milliseconds, of a search and of what it is made of."""
    texts, vectors = corpus.questions(WARM + QUESTIONS)
    encoder = DrawnEncoder(dict(zip(texts, vectors, strict=True)))

    def search(text: str) -> object:
        return retrieve_candidates(query_features(text, count_words(text, archive), encoder), archive)

    parts: Parts = {
        "a search": search,
        "by meaning": lambda text: archive.search_vectors(encoder.vectors[text], SEARCH_HITS, encoder.fingerprint),
        "by words": lambda text: archive.search_words(text, SEARCH_HITS),
        "how often its words are": lambda text: archive.document_frequencies(text.split()),
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
    on_server, milvus_fill = filled(milvus, corpus)
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


def main() -> None:
    """Measure every size, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milvus_search")
    add_server(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument("--place", type=Path, metavar="FOLDER")
    parsed = parser.parse_args()
    with TemporaryDirectory(dir=parsed.place) as place, served(parsed) as where:
        runs = [measured(size, where.place(str(size)), Path(place)) for size in parsed.sizes]
        title, server = f"# Search, embedded and on Milvus\n\n{where.told}.\n\n", where.told
    table = title + HEAD + LINE + "\n".join(line for run in runs for line in rows(run)) + "\n"
    write("milvus", table, {"server": server, "sizes": runs}, parsed.to)


if __name__ == "__main__":
    main()
