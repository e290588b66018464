"""From ten thousand to a million passages: the costs of search, memory, disk, opening and adding, and recall.

    python -m benchmarks.scale FOLDER [--sizes 10000 100000 1000000]

Archives are drawn into the folder, once (a million passages are 3 GB and some minutes), and nothing is embedded. Each
is then opened by a process of its own. A search is everything but the question's encoding: search by words and by
vectors, reading from archive.db, and fusion. Recall is that of the ten nearest, against all stored vectors.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.support.results_table import Figure, rounded
from benchmarks.support.synthetic_corpus import BLOCK, SPEC, Corpus, DrawnEncoder, entries, passage_id

if TYPE_CHECKING:
    from retrieval.answer.query_features import QueryFeatures
    from retrieval.archive.found_passages import FoundColumns
    from retrieval.archive.local.archive import LocalArchive

SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS, NEAREST, NEW = 200, 10, 1000
# For each measure its description, its unit, and the goal at the largest size.
MEASURES = {
    "p50_ms": ("a search, p50", "ms", 8),
    "p95_ms": ("a search, p95", "ms", 15),
    "words_ms": ("… of it found by words", "ms", None),
    "meaning_ms": ("… found by meaning", "ms", None),
    "read_ms": ("… read from the truth, both", "ms", None),
    "fused_ms": ("… scored and fused", "ms", None),
    "recall": ("recall@10", "", 0.98),
    "recall_told": ("recall@10 that `status` tells", "", None),
    "open_s": ("open to first answer", "s", 1),
    "memory_mb": ("resident memory after 200 questions", "MB", 600),
    "of_it_mapped_mb": ("… of it mapped files", "MB", None),
    "disk_mb": ("disk", "MB", None),
    "add_1000_s": ("1,000 passages with vectors added until found", "s", 3),
    "build_s": ("both indexes built anew", "s", None),
}


def drawn_archive(corpus: Corpus, folder: Path) -> Path:
    """Return the archive of a corpus, drawn and indexed unless it exists."""
    from retrieval.archive.local.archive import LocalArchive
    from retrieval.archive.local.record_store import Store

    whole = folder / f"{corpus.size}"
    if whole.exists():
        return whole
    new = folder / f"{corpus.size}.new"
    if new.exists():
        raise SystemExit(f"{new} was left unfinished. Remove it.")
    begun = time.perf_counter()
    store = Store.create(new, SPEC)
    for drawn in corpus.blocks():
        store.put(list(entries(drawn)))
    filled = time.perf_counter()
    # The archive has no indexes yet: the first use builds them from archive.db and saves them.
    _ = LocalArchive.open(new).indexes
    built = time.perf_counter()
    exact(corpus, new)
    (new / "made.json").write_text(
        json.dumps({"fill_s": round(filled - begun, 1), "build_s": round(built - filled, 1)})
    )
    new.rename(whole)
    return whole


def exact(corpus: Corpus, folder: Path) -> list[list[str]]:
    """Return the ids of the nearest passages of each question, by all vectors; saved in the archive's folder."""
    file = folder / "exact.json"
    if file.exists():
        return json.loads(file.read_text())  # type: ignore[no-any-return]
    _, questions = corpus.questions(QUESTIONS)
    best, where = np.full((QUESTIONS, NEAREST), -2.0), np.zeros((QUESTIONS, NEAREST), np.int64)
    for drawn in corpus.blocks():
        cosines = questions @ drawn.vectors.astype(np.float16).astype(np.float32).T
        numbers = np.broadcast_to(drawn.number * BLOCK + np.arange(BLOCK), cosines.shape)
        best, where = np.hstack([best, cosines]), np.hstack([where, numbers])
        first = np.argsort(-best, axis=1, kind="stable")[:, :NEAREST]
        best, where = np.take_along_axis(best, first, 1), np.take_along_axis(where, first, 1)
    ids = [[passage_id(number) for number in row] for row in where.tolist()]
    file.write_text(json.dumps(ids))
    return ids


def measured(size: int, folder: Path) -> dict[str, float]:
    """Measure an existing archive, in a process that has done nothing else."""
    corpus = Corpus(size)
    texts, vectors = corpus.questions(2 * QUESTIONS)
    expected = exact(corpus, folder)
    before = _status("RssAnon")
    begun = time.perf_counter()
    # The first question waits for these imports, too.
    from retrieval.answer.query_features import analyze_question, query_features
    from retrieval.answer.retrieve import retrieve_candidates
    from retrieval.archive.local.archive import LocalArchive

    imported = time.perf_counter()
    archive = LocalArchive.open(folder)
    encoder = DrawnEncoder(dict(zip(texts, vectors, strict=True)))

    def search(text: str) -> None:
        retrieve_candidates(query_features(text, analyze_question(text, archive), encoder), archive)

    search(texts[0])
    opened = time.perf_counter()
    for text in texts[:QUESTIONS]:
        search(text)
    memory = {"memory_mb": _status("VmRSS") / 1e3, "of_it_mapped_mb": _status("RssFile") / 1e3}
    took = []
    for text in texts[QUESTIONS:]:
        start = time.perf_counter()
        search(text)
        took.append(time.perf_counter() - start)
    results = [
        archive.search_vectors(vector, NEAREST, encoder.fingerprint) for vector in corpus.questions(QUESTIONS)[1]
    ]
    recall = [
        len({hit.passage.id for hit in hits} & set(ids)) / NEAREST for hits, ids in zip(results, expected, strict=True)
    ]
    p50, p95 = np.percentile(took, [50, 95]) * 1000
    return {
        "passages": size,
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        **_parts(archive, encoder, texts[QUESTIONS:]),
        "recall": float(np.mean(recall)),
        "recall_told": archive.status().recall or 0,
        "open_s": opened - imported,
        "import_s": imported - begun,
        **memory,
        "questions_mb": before / 1e3,
        "disk_mb": (archive.status().size_bytes or 0) / 1e6,
        **_adding(corpus, folder),
    }


def _parts(archive: "LocalArchive", encoder: DrawnEncoder, texts: Sequence[str]) -> dict[str, float]:
    """Return the median times of a search's parts."""
    from retrieval.answer.query_features import analyze_question, query_features
    from retrieval.answer.retrieve import SEARCH_HITS

    took: dict[str, list[float]] = {}

    def timed(name: str, do: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        done = do()
        took.setdefault(name, []).append(1000 * (time.perf_counter() - start))
        return done

    for text in texts:
        features, indexes = query_features(text, analyze_question(text, archive), encoder), archive.indexes
        words = timed("words_ms", partial(indexes.search_words, text, SEARCH_HITS))
        meaning = timed(
            "meaning_ms", partial(indexes.search_vectors, features.vector, SEARCH_HITS, encoder.fingerprint)
        )
        both = timed("read_ms", partial(_read, archive, words, meaning))
        timed("fused_ms", partial(_fused, features, both))
    return {name: float(np.median(times)) for name, times in took.items()}


def _read(archive: "LocalArchive", *results: list[int]) -> "FoundColumns":
    from retrieval.archive.local.found_rows import in_columns

    rows = archive.rows_by_number(number for numbers in results for number in numbers)
    return in_columns(list(rows.values()), archive.as_passages)


def _fused(features: "QueryFeatures", found: "FoundColumns") -> None:
    from retrieval.answer.fusion import fuse
    from retrieval.answer.retrieve import MAX_RANKED

    fuse(features, found).first(MAX_RANKED)


def _adding(corpus: Corpus, folder: Path) -> dict[str, float]:
    """Add passages and search until they are found, save the indexes, and remove the passages again."""
    from retrieval.archive.local.archive import LocalArchive

    archive = LocalArchive.open(folder)
    drawn = corpus.block(10**6)
    new = list(entries(drawn))
    vector = drawn.vectors[0]
    archive.search_vectors(vector, 1, SPEC.fingerprint)
    start = time.perf_counter()
    with archive.write_lock("benchmark"):
        archive.put(new)
        (first,) = archive.search_vectors(vector, 1, SPEC.fingerprint)
        assert first.passage.article.id == new[0].article.id
        archive.search_words(first.passage.text, 1)
        found = time.perf_counter()
        archive.checkpoint()
        settled = time.perf_counter()
        archive.remove([entry.article.id for entry in new])
        archive.search_vectors(vector, 1, SPEC.fingerprint)
    return {"add_1000_s": found - start, "settle_s": settled - found, "remove_1000_s": time.perf_counter() - settled}


def _status(name: str) -> float:
    """Return a figure of this process's memory, in KB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def measure(sizes: Sequence[int], place: Path) -> list[dict[str, float]]:
    """Draw missing archives, and measure each size in a process of its own."""
    results = []
    for size in sizes:
        folder = drawn_archive(Corpus(size), place)
        command = [sys.executable, "-m", "benchmarks.scale", str(place), "--sizes", str(size), "--measure"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results.append(json.loads(output) | json.loads((folder / "made.json").read_text()))
    return results


def figures(results: Sequence[dict[str, float]]) -> Iterator[Figure]:
    """Compare the largest size with its goals."""
    largest = results[-1]
    for name, (what, unit, goal) in MEASURES.items():
        if goal is not None:
            called = f"{largest['passages']:,.0f} passages: {what}"
            yield Figure(called, unit, (largest[name],), (), goal, more=name == "recall")


def table(results: Sequence[dict[str, float]]) -> str:
    """Return how each figure grows, as a table in Markdown."""
    head = ["passages", *(f"{result['passages']:,.0f}" for result in results)]
    rows = [
        [f"{what}{f', {unit}' if unit else ''}", *(rounded(result[name]) for result in results)]
        for name, (what, unit, _) in MEASURES.items()
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--measure", action="store_true", help="measure the first size, in this process")
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measured(args.sizes[0], args.folder / f"{args.sizes[0]}")))
    else:
        print(table(measure(args.sizes, args.folder)), end="")


if __name__ == "__main__":
    main()
