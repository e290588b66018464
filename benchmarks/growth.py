"""What 100 articles cost that are added to a large archive: python -m benchmarks.growth FOLDER [--sizes 1000000]

FOLDER has the drawn archives of benchmarks.scale; missing ones are drawn. 100 articles, 1,000 passages with their
vectors, are put into a size as `index` puts them: what is known is read, then each transaction has 128 passages, then
the indexes are saved if enough has changed. They are removed again afterwards. The bytes written are those that this
process hands to the operating system (Linux), against the bytes of the new passages: texts, vectors and signatures.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.scale import drawn_archive
from benchmarks.support.results_table import Figure, markdown
from benchmarks.support.synthetic_corpus import Corpus, entries
from retrieval.archive.contract import IndexedArticle
from retrieval.archive.local.archive import LocalArchive
from retrieval.indexing.pipeline import SIZES

SIZE = 1_000_000
# A block that no archive of this size has.
NEW_BLOCK = 10**6
# Each of the 32 bands of an article's signature (near_duplicates.py) and each passage's key is on a page of its own,
# 4 KB, and a page is written to the log and then to archive.db: about 25 bytes for each that is new.
GOAL_SECONDS, GOAL_BYTES = 3, 30


def figures(place: Path, size: int = SIZE) -> Iterator[Figure]:
    """Add the articles to a drawn archive and remove them again; measure the adding, then a save of both indexes."""
    corpus = Corpus(size)
    archive = LocalArchive.open(drawn_archive(corpus, place))
    new = list(entries(corpus.block(NEW_BLOCK)))
    content = sum(_content_bytes(entry) for entry in new)
    archive.indexes.refresh()
    with archive.write_lock("benchmark"):
        try:
            seconds, written = _measured(lambda: _add(archive, new))
            saving, saved = _measured(lambda: archive.indexes.save(always=True))
        finally:
            archive.remove([entry.article.id for entry in new])
            archive.checkpoint()
    added = f"{len(new)} articles added to {size:,} passages"
    yield Figure(added, "s", (seconds,), (), GOAL_SECONDS)
    yield Figure(f"{added}: MB written, against their own", "MB", (written / 1e6,), (content / 1e6,), GOAL_BYTES)
    yield Figure(f"{added}: both indexes saved (every 5,000 passages)", "s", (saving,), (), GOAL_SECONDS)
    yield Figure("… MB written, against their own", "MB", (saved / 1e6,), (content / 1e6,), GOAL_BYTES)


def _add(archive: LocalArchive, new: list[IndexedArticle]) -> None:
    known = archive.known_articles()
    batch: list[IndexedArticle] = []
    for entry in new:
        assert entry.article.id not in known
        batch.append(entry)
        if sum(len(one.passages) for one in batch) >= SIZES.passages:
            archive.put(batch)
            batch = []
    if batch:
        archive.put(batch)
    archive.checkpoint()


def _content_bytes(entry: IndexedArticle) -> int:
    """Return the bytes of an article's text, twice because its passages have it too, its vectors and its signature."""
    return 2 * len(entry.article.text.encode()) + entry.vectors.nbytes + len(entry.signature)


def _measured(do: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds that a function takes, and the bytes that it writes."""
    before, start = _written(), time.perf_counter()
    do()
    return time.perf_counter() - start, _written() - before


def _written() -> int:
    """Return the bytes that this process has handed to the operating system for writing."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[SIZE])
    args = parser.parse_args()
    print(markdown([figure for size in args.sizes for figure in figures(args.folder, size)]), end="")


if __name__ == "__main__":
    main()
