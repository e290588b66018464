"""Files → archive: what is new is embedded, what is gone is removed, the rest is left alone."""

import os
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.documents import Reading, Skipped
from retrieval.archive.contract import Archive, IndexedArticle, IndexSpec, KnownArticle, StoredVectors
from retrieval.archive.digests import key_of
from retrieval.batching import prefetch
from retrieval.encode.encoder import Encoder, embedded_text
from retrieval.errors import RemovalRefused
from retrieval.indexing.reconcile import MOST_REMOVED, Meeting
from retrieval.indexing.reconcile import Report as Report
from retrieval.indexing.shard import WHOLE, Shard
from retrieval.text.chunking import split, title_prefix
from retrieval.text.near_duplicates import signature
from retrieval.types import Passage

# Passages a transaction: enough that its cost is lost beside embedding them, few enough to lose little work.
PASSAGES_A_BATCH = 128
# Passages between two writings of the indexes in one run.
PASSAGES_A_SNAPSHOT = 10_000


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that is to be taken in, split."""

    reading: Reading
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


def under(known: Mapping[str, KnownArticle], root: Path) -> set[str]:
    """Return the files at or below a path that articles came from, whether they are still there or not."""
    top = str(root.resolve())
    origins = {told.origin for one in known.values() for told in one.occurrences}
    return {origin for origin in origins if origin == top or origin.startswith(top + os.sep)}


def missing(
    known: Mapping[str, KnownArticle], roots: Iterable[Path], there: Container[str], *, allow: bool
) -> list[str]:
    """Return the files under the roots that articles came from, and that are not `there` any longer.

    Raises RemovalRefused where nobody else tells more than a third of what came from a root, unless `allow` says that
    it is meant.
    """
    gone: set[str] = set()
    for root in roots:
        origins = under(known, root)
        away = {origin for origin in origins if origin not in there}
        had = [one.occurrences for one in known.values() if any(told.origin in origins for told in one.occurrences)]
        lost = [occurrences for occurrences in had if all(told.origin in away for told in occurrences)]
        if len(lost) > MOST_REMOVED * len(had) and not allow:
            raise RemovalRefused(
                f"Nothing was changed: of {len(had):,} articles that came from {root}, {len(lost):,} are no longer "
                "there. If they are to be removed, run it again with --allow-removals."
            )
        gone |= away
    return sorted(gone)


def sync(
    readings: Iterable[Reading | Skipped],
    archive: Archive,
    encoder: Encoder,
    spec: IndexSpec,
    *,
    gone: Iterable[str] = (),
    again: Callable[[Container[str]], Iterable[Reading | Skipped]] = lambda _: (),
    allow_removals: bool = False,
    shard: Shard = WHOLE,
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Take in what is new or changed, a batch a transaction, then remove what nobody tells any longer (meeting.py).

    `gone` are the files that are not there any longer; `again` reads files once more, for what stands only now that
    everything was read. Of a `shard` no more than its own articles are changed, though everything has to be read. The
    caller holds the archive's lock. `progress` is called after each batch.
    """
    report = Report()
    meeting = Meeting(archive.known_articles(), gone, report, allow_removals=allow_removals, shard=shard)
    take = _Taking(archive, encoder, spec, report, progress)
    take(meeting.news(readings))
    if owed := meeting.owed():
        take(meeting.paid(again({told.origin for told in owed.values()})))
    removed, told = meeting.end()
    if told:
        archive.set_occurrences(told)
    if removed:
        archive.remove(removed)
    if report.passages or removed:
        archive.checkpoint()
    progress(report)
    return report


def survey(
    readings: Iterable[Reading | Skipped],
    known: Mapping[str, KnownArticle],
    gone: Iterable[str],
    *,
    allow: bool = False,
    shard: Shard = WHOLE,
) -> Report:
    """Count what a sync would do, and do none of it."""
    report = Report()
    meeting = Meeting(known, gone, report, allow_removals=allow, shard=shard)
    for _ in meeting.news(readings):
        pass
    meeting.end()
    return report


@dataclass(slots=True)
class _Taking:
    """Articles into the archive: split, embedded and written."""

    archive: Archive
    encoder: Encoder
    spec: IndexSpec
    report: Report
    progress: Callable[[Report], None]
    saved: int = 0

    def __call__(self, readings: Iterable[Reading]) -> None:
        drafts = (draft(reading, self.encoder, self.spec.passage_tokens) for reading in readings)
        # Reading and splitting, embedding, and writing go on at the same time, each a batch ahead of the next.
        with (
            closing(prefetch(batches(drafts))) as drafted,
            closing(prefetch(_embedded(drafted, self.archive.stored_vectors, self.encoder, self.spec))) as batched,
        ):
            for made, embedded in batched:
                self.archive.put(made)
                self.report.passages += sum(len(one.passages) for one in made)
                self.report.embedded += embedded
                self.progress(self.report)
                if self.report.passages - self.saved >= PASSAGES_A_SNAPSHOT:
                    self.archive.checkpoint()
                    self.saved = self.report.passages


def draft(reading: Reading, encoder: Encoder, passage_tokens: int) -> Draft:
    """Split an article."""
    passages = tuple(split(reading.article, encoder, passage_tokens))
    return Draft(reading, passages, tuple(key_of(reading.article.title, passage.text) for passage in passages))


def entries(
    drafts: Iterable[Draft], vectors: Mapping[bytes, StoredVectors], encoder: Encoder, spec: IndexSpec
) -> tuple[list[IndexedArticle], int]:
    """Return drafts with their vectors, and how many had to be embedded: those under keys that have none yet."""
    drafts = list(drafts)
    texts = {
        key: embedded_text(prefix, passage.text)
        for one in drafts
        for prefix in [title_prefix(one.reading.article.title, encoder, spec.passage_tokens)]
        for passage, key in zip(one.passages, one.keys, strict=True)
        if key not in vectors
    }
    fresh = encoder.encode(list(texts.values())).astype(np.float16)
    vectors = {**vectors, **dict(zip(texts, fresh, strict=True))}
    none = np.empty((0, spec.dimension), np.float16)
    made = [
        IndexedArticle(
            one.reading.article,
            one.reading.origin,
            signature(one.reading.article.text),
            one.passages,
            one.keys,
            np.stack([vectors[key] for key in one.keys]) if one.keys else none,
            one.reading.key,
            one.reading.where,
            one.reading.warnings,
            one.reading.traces,
        )
        for one in drafts
    ]
    return made, len(texts)


def batches(drafts: Iterable[Draft]) -> Generator[list[Draft]]:
    """Yield drafts, as many together as are worth a transaction."""
    batch: list[Draft] = []
    for one in drafts:
        batch.append(one)
        if sum(len(each.passages) for each in batch) >= PASSAGES_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _embedded(
    drafted: Iterable[list[Draft]],
    stored: Callable[[Sequence[bytes]], Mapping[bytes, StoredVectors]],
    encoder: Encoder,
    spec: IndexSpec,
) -> Generator[tuple[list[IndexedArticle], int]]:
    """Yield batches with their vectors, and how many of these had to be embedded."""
    # What has been made may not be stored yet: the batch that is being written, and the one that waits for it.
    recent: deque[dict[bytes, StoredVectors]] = deque(maxlen=3)
    for batch in drafted:
        there = dict(stored([key for one in batch for key in one.keys]))
        for before in recent:
            there |= before
        made, embedded = entries(batch, there, encoder, spec)
        recent.append({key: vector for one in made for key, vector in zip(one.keys, one.vectors, strict=True)})
        yield made, embedded
