"""How long the timeline of a name takes in a large archive: python -m benchmarks.timeline_speed [--passages 100000]

The archive is drawn (support/synthetic_corpus.py), in a temporary folder, and nothing is embedded. Timelines are made
of the most frequent name, and of others that are in fewer and fewer articles. Printed for each: the articles and the
sentences, and the milliseconds, the median of RUNS; then those of reading the passages of the same articles alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.results_table import Figure, markdown
from benchmarks.support.synthetic_corpus import SPEC, VOCABULARY, Corpus, entries
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.record_store import Store
from retrieval.timeline.build_timeline import timeline_of

RUNS, GOAL_MS = 5, 300
# The most frequent name, the tenth, …
RANKS = (0, 9, 99, 999)


def milliseconds(do: Callable[[], object]) -> tuple[float, ...]:
    """Return how long each of RUNS runs takes."""
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        do()
        taken.append(1000 * (time.perf_counter() - begun))
    return tuple(taken)


def figures(archive: LocalArchive, names: list[str]) -> Iterator[Figure]:
    """Time the timelines."""
    for name in names:
        timeline = timeline_of(name, archive)
        ids = dict.fromkeys(event.passage.article.id for event in timeline.events)

        def read(ids: dict[str, None] = ids) -> None:
            for id_ in ids:
                archive.passages_of(id_)

        what = f"{len(timeline.events):,} sentences of {timeline.articles:,} articles"
        ours = milliseconds(lambda name=name: timeline_of(name, archive))  # type: ignore[misc]
        yield Figure(what, "ms", ours, (), GOAL_MS)
        yield Figure("… reading these articles alone", "ms", milliseconds(read), (), statistics.median(ours))


def main() -> None:
    """Draw the archive, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000)
    args = parser.parse_args()
    corpus = Corpus(args.passages)
    with TemporaryDirectory() as temporary:
        store = Store.create(Path(temporary) / "archive", SPEC)
        for drawn in corpus.blocks():
            store.put(list(entries(drawn)))
        archive = LocalArchive.open(Path(temporary) / "archive")
        names = [str(corpus.vocabulary[VOCABULARY + rank]) for rank in RANKS]
        print(markdown(list(figures(archive, names))))
        archive.close()


if __name__ == "__main__":
    main()
