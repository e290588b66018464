"""An archive read back, and compared with its expected content."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from benchmarks.support.simulated_indexer import Machine, Wanted, question
from retrieval.archive.contract import Archive
from retrieval.archive.location import MilvusPlace
from retrieval.archive.open import open_archive

ARTICLES_AT_ONCE = 100
SAMPLE = 100  # articles that are searched for by vectors and by words
POLL_SECONDS = 5.0  # between two counts of rows that are not current


def missing_or_twice(archive: Archive, wanted: Mapping[str, Wanted]) -> Counter[str]:
    """Read every passage back; return the counts of faults."""
    counts = Counter[str]()
    ids, known = sorted(wanted), archive.known_articles()
    counts["articles too many"] = len(known.keys() - wanted.keys())
    counts["articles with another content"] = sum(
        known[id_].digest != article.digest for id_, (article, _) in wanted.items() if id_ in known
    )
    for start in range(0, len(ids), ARTICLES_AT_ONCE):
        batch = ids[start : start + ARTICLES_AT_ONCE]
        entries = {entry.article.id: entry for entry in archive.indexed_articles(batch)}
        counts["articles missing"] += len(set(batch) - entries.keys())
        for id_ in set(batch) & entries.keys():
            texts = {passage.id: passage.text for passage in wanted[id_].passages}
            occurrences = Counter(passage.id for passage in entries[id_].passages)
            counts["passages missing"] += len(texts.keys() - occurrences.keys())
            counts["passages twice"] += sum(number - 1 for number in occurrences.values())
            counts["passages otherwise"] += sum(
                texts.get(passage.id) != passage.text for passage in entries[id_].passages
            )
    counts["lines of verify"] = len(archive.verify())
    return counts


def not_found(archive: Archive, wanted: Mapping[str, Wanted]) -> Counter[str]:
    """Search for a sample of passages by vectors and by words; return the counts of faults."""
    counts, encoder = Counter[str](), Machine()
    sample = random.Random(2).sample(sorted(wanted), min(len(wanted), SAMPLE))  # noqa: S311 - the same every time
    for id_ in sample:
        passage = wanted[id_].passages[0]
        text = question(passage)
        ways = {
            "by meaning": archive.search_vectors(encoder.encode_query([text])[0], 10, encoder.fingerprint),
            "by words": archive.search_words(text, 10),
        }
        for way, hits in ways.items():
            ids = [hit.passage.id for hit in hits]
            counts[f"not found {way}"] += passage.id not in ids
            counts[f"found twice {way}"] += len(set(ids)) < len(ids)
    return counts


def left_over(place: MilvusPlace, passages: int, seconds: float) -> tuple[int, int]:
    """Count the passages that are not current, and again after a sweep, which waits for the leases of dead writers."""
    first, deadline = -1, time.monotonic() + seconds + 10
    while True:
        # A new connection, since an archive caches its counts.
        with closing(open_archive(place)) as archive:
            left = archive.document_frequencies(()).passages - passages
            first = left if first < 0 else first
            if not left or time.monotonic() > deadline:
                return first, left
            with archive.write_lock("benchmark"):
                archive.checkpoint()
        time.sleep(POLL_SECONDS)
