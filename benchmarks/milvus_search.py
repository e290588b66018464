"""Search on a local archive and on Milvus, with the same drawn corpus and questions, in one run.

python -m benchmarks.milvus_search --start real|lite [--sizes 10000 100000] [--to FOLDER] [--place FOLDER]
python -m benchmarks.milvus_search --at milvus://host:port/name …

The archives are created for it and dropped; local ones lie in the folder of --place. It times a whole search (by
vectors, by words, fused) and its parts, with 200 questions one after the other, after 50 questions to warm up.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.support.milvus_server import RESULTS, add_server, served, write
from benchmarks.support.synthetic_corpus import SPEC, Corpus, DrawnEncoder, entries
from retrieval.answer.query_features import analyze_question, query_features
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
    """Create the archive of a corpus; return it, and the seconds to fill it."""
    archive = open_or_create(where, lambda: SPEC)
    begun = time.perf_counter()
    with archive.write_lock("benchmark"):
        for drawn in corpus.blocks():
            archive.put(list(entries(drawn)))
        archive.checkpoint()
    return archive, time.perf_counter() - begun


def timed(archive: Archive, corpus: Corpus) -> Timed:
    """Return p50 and p95, in milliseconds, of a search and of its parts."""
    texts, vectors = corpus.questions(WARM + QUESTIONS)
    encoder = DrawnEncoder(dict(zip(texts, vectors, strict=True)))

    def search(text: str) -> object:
        return retrieve_candidates(query_features(text, analyze_question(text, archive), encoder), archive)

    parts: Parts = {
        "a search": search,
        "by meaning": lambda text: archive.search_vectors(encoder.vectors[text], SEARCH_HITS, encoder.fingerprint),
        "by words": lambda text: archive.search_words(text, SEARCH_HITS),
        "how often its words are": lambda text: archive.document_frequencies(text.split()),
    }
    took: dict[str, list[float]] = {name: [] for name in parts}
    for number in range(len(texts)):
        # Each part gets another question, so that no part finds its question in a cache.
        for shift, (name, do) in enumerate(parts.items()):
            question = texts[(number + shift * len(texts) // len(parts)) % len(texts)]
            begun = time.perf_counter()
            do(question)
            if number >= WARM:
                took[name].append(1000 * (time.perf_counter() - begun))
    return {name: tuple(np.percentile(times, [50, 95]).tolist()) for name, times in took.items()}


def measured(size: int, milvus: MilvusPlace, place: Path) -> dict[str, object]:
    """Measure both archives at one size, one after the other."""
    from retrieval.archive.milvus.archive import MilvusArchive

    corpus = Corpus(size)
    embedded, embedded_fill = filled(place / str(size), corpus)
    with closing(embedded):
        local_times = timed(embedded, corpus)
    on_server, milvus_fill = filled(milvus, corpus)
    with closing(on_server):
        try:
            milvus_times = timed(on_server, corpus)
        finally:
            if isinstance(on_server, MilvusArchive):
                on_server.drop()
    return {
        "passages": size,
        "embedded": local_times,
        "milvus": milvus_times,
        "embedded_fill_s": embedded_fill,
        "milvus_fill_s": milvus_fill,
    }


def rows(run: dict[str, object]) -> list[str]:
    """Return the table's rows of one size."""
    size, local_times, milvus_times = run["passages"], run["embedded"], run["milvus"]
    assert isinstance(size, int)
    assert isinstance(local_times, dict)
    assert isinstance(milvus_times, dict)
    lines = []
    for name, (p50, p95) in local_times.items():
        other50, other95 = milvus_times[name]
        cells = [f"{milliseconds:.1f} ms" for milliseconds in (p50, p95, other50, other95)]
        lines.append(f"| {size:,} | {name} | {' | '.join(cells)} | {other50 / p50:.1f} |")
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
    args = parser.parse_args()
    with TemporaryDirectory(dir=args.place) as place, served(args) as where:
        runs = [measured(size, where.place(str(size)), Path(place)) for size in args.sizes]
        title, server = f"# Search, embedded and on Milvus\n\n{where.description}.\n\n", where.description
    table = title + HEAD + LINE + "\n".join(line for run in runs for line in rows(run)) + "\n"
    write("milvus", table, {"server": server, "sizes": runs}, args.to)


if __name__ == "__main__":
    main()
