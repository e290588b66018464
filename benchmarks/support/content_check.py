"""An archive read back, and held against what was to be in it."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from benchmarks.support.simulated_indexer import Machine, Wanted, question
from retrieval.archive.contract import Archive
from retrieval.archive.location import MilvusPlace
from retrieval.archive.open import open_archive

READ_BACK = 100  # articles at once
SAMPLE = 100  # articles that are looked for by meaning and by words
EVERY = 5.0  # seconds between two looks at what is left over


def missing_or_twice(archive: Archive, wanted: Mapping[str, Wanted]) -> Counter[str]:
    """Read every passage back."""
    found = Counter[str]()
    ids, known = sorted(wanted), archive.known_articles()
    found["articles too many"] = len(known.keys() - wanted.keys())
    found["articles with another content"] = sum(
        known[id_].digest != article.digest for id_, (article, _) in wanted.items() if id_ in known
    )
    for start in range(0, len(ids), READ_BACK):
        some = ids[start : start + READ_BACK]
        there = {entry.article.id: entry for entry in archive.indexed_articles(some)}
        found["articles missing"] += len(set(some) - there.keys())
        for id_ in set(some) & there.keys():
            texts = {one.id: one.text for one in wanted[id_].passages}
            counted = Counter(one.id for one in there[id_].passages)
            found["passages missing"] += len(texts.keys() - counted.keys())
            found["passages twice"] += sum(number - 1 for number in counted.values())
            found["passages otherwise"] += sum(texts.get(one.id) != one.text for one in there[id_].passages)
    found["lines of verify"] = len(archive.verify())
    return found


def not_found(archive: Archive, wanted: Mapping[str, Wanted]) -> Counter[str]:
    """Look for some passages by their meaning and by their words."""
    found, encoder = Counter[str](), Machine()
    sample = random.Random(2).sample(sorted(wanted), min(len(wanted), SAMPLE))  # noqa: S311 - the same every time
    for id_ in sample:
        passage = wanted[id_].passages[0]
        text = question(passage)
        ways = {
            "by meaning": archive.search_vectors(encoder.encode([text])[0], 10, encoder.fingerprint),
            "by words": archive.search_words(text, 10),
        }
        for way, ones in ways.items():
            ids = [one.passage.id for one in ones]
            found[f"not found {way}"] += passage.id not in ids
            found[f"found twice {way}"] += len(set(ids)) < len(ids)
    return found


def left_over(place: MilvusPlace, passages: int, seconds: float) -> tuple[int, int]:
    """Count what counts for nobody, and once more when it is swept, which a dead writer keeps up for a lease."""
    first, until = -1, time.monotonic() + seconds + 10
    while True:
        # Anew: what an archive has counted it keeps for a while.
        with closing(open_archive(place)) as archive:
            left = archive.document_frequencies(()).passages - passages
            first = left if first < 0 else first
            if not left or time.monotonic() > until:
                return first, left
            with archive.write_lock("benchmark"):
                archive.checkpoint()
        time.sleep(EVERY)
