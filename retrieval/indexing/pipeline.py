"""From files to an archive: new articles are embedded, missing ones removed, and all others left alone."""

import os
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.reader_types import Reading, Skipped
from retrieval.archive.contract import Archive, IndexedArticle, KnownArticle
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.index_spec_checks import check_encoder
from retrieval.archive.row_digests import key_of
from retrieval.batch_and_prefetch import prefetch
from retrieval.encode.encoder import Encoder
from retrieval.errors import RemovalRefused
from retrieval.indexing.embeddings import EmbeddedText, Embeddings, embeddings
from retrieval.indexing.reconciler import MAX_REMOVED_SHARE, Reconciler, Scope
from retrieval.indexing.report import Report
from retrieval.text.chunking import split, title_prefix
from retrieval.text.near_duplicates import signature
from retrieval.types import Passage

# Batches that were embedded and may not be stored yet: one being written, one waiting, and one to spare.
UNSTORED_BATCHES = 3


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """Passages in one transaction, and passages between two saves of the indexes in one run.

    A transaction is large enough that its cost is small compared with embedding, and small enough to lose little work.
    """

    passages: int = 128
    checkpoint: int = 10_000


SIZES = BatchSizes()


@dataclass(frozen=True, slots=True)
class Draft:
    """A split article that is not embedded yet; `prefix` is the headline as each passage is embedded with it."""

    reading: Reading
    prefix: str
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


def origins_under(known: Mapping[str, KnownArticle], root: Path) -> set[str]:
    """Return the files at or below a path that articles came from, whether they still exist or not."""
    top = str(root.resolve())
    origins = {occurrence.origin for article in known.values() for occurrence in article.occurrences}
    return {origin for origin in origins if origin == top or origin.startswith(top + os.sep)}


def missing_files(
    known: Mapping[str, KnownArticle], roots: Iterable[Path], present: Container[str], *, allow_removals: bool
) -> list[str]:
    """Return the files under the roots that articles came from and that are not `present`.

    Raises RemovalRefused if more than a third of the articles of a root would be removed, unless `allow_removals`.
    """
    missing: set[str] = set()
    for root in roots:
        origins = origins_under(known, root)
        gone = {origin for origin in origins if origin not in present}
        articles = [
            article.occurrences
            for article in known.values()
            if any(occurrence.origin in origins for occurrence in article.occurrences)
        ]
        lost = sum(all(occurrence.origin in gone for occurrence in occurrences) for occurrences in articles)
        if lost > MAX_REMOVED_SHARE * len(articles) and not allow_removals:
            raise RemovalRefused(
                f"Nothing was changed: of {len(articles):,} articles that came from {root}, {lost:,} are no longer "
                "there. If they are to be removed, run it again with --allow-removals."
            )
        missing |= gone
    return sorted(missing)


def sync(
    readings: Iterable[Reading | Skipped],
    archive: Archive,
    encoder: Encoder,
    scope: Scope | None = None,
    *,
    passage_tokens: int | None = None,
    read_again: Callable[[Container[str]], Iterable[Reading | Skipped]] = lambda _: (),
    progress: Callable[[Report], None] = lambda _: None,
    sizes: BatchSizes = SIZES,
) -> Report:
    """Write new and changed articles in batches, one transaction each, then remove articles without an occurrence.

    The caller holds the archive's lock. Without a `scope`, nothing is missing. `passage_tokens` are those of the
    settings; None leaves the length to the archive. `read_again` reads files a second time, for the deferred articles
    (reconciler.py). `progress` is called after each batch. Raises ArchiveMismatch, before anything changes, if the
    archive is embedded with another index spec.
    """
    # Here, under the lock: another process may have embedded the archive again since it was opened.
    spec = archive.spec
    check_encoder(spec, encoder, passage_tokens)
    report = Report()
    reconciler = Reconciler(scope or Scope(archive.known_articles()), report)
    write = _Writer(archive, encoder, spec, report, progress, sizes)
    write(reconciler.to_write(readings))
    if deferred := reconciler.deferred():
        origins = {occurrence.origin for occurrence in deferred.values()}
        write(reconciler.read_deferred(read_again(origins)))
    outcome = reconciler.outcome()
    if outcome.occurrences:
        archive.set_occurrences(outcome.occurrences)
    if outcome.removed:
        archive.remove(outcome.removed)
    if report.passages or outcome.removed:
        archive.checkpoint()
    progress(report)
    return report


def survey(readings: Iterable[Reading | Skipped], scope: Scope) -> Report:
    """Count what `sync` would do, without doing it."""
    report = Report()
    reconciler = Reconciler(scope, report)
    for _ in reconciler.to_write(readings):
        pass
    reconciler.outcome()
    return report


class _Writer:
    """Splits and embeds articles, and writes them to the archive."""

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        spec: IndexSpec,
        report: Report,
        progress: Callable[[Report], None],
        sizes: BatchSizes,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._spec = spec
        self._report = report
        self._progress = progress
        self._sizes = sizes
        self._saved_passages = 0

    def __call__(self, readings: Iterable[Reading]) -> None:
        drafts = (draft(reading, self._encoder, self._spec.passage_tokens) for reading in readings)
        # Three threads: one reads and splits, one embeds, and this one writes.
        with (
            closing(prefetch(draft_batches(drafts, self._sizes.passages))) as drafted,
            closing(prefetch(self._embedded(drafted))) as batches,
        ):
            for articles, embedded in batches:
                self._archive.put(articles)
                self._report.passages += sum(len(article.passages) for article in articles)
                self._report.embedded += embedded
                self._progress(self._report)
                if self._report.passages - self._saved_passages >= self._sizes.checkpoint:
                    self._archive.checkpoint()
                    self._saved_passages = self._report.passages

    def _embedded(self, batches: Iterable[list[Draft]]) -> Generator[tuple[list[IndexedArticle], int]]:
        """Yield batches with their vectors, and the number of passages that had to be embedded."""
        archive, fingerprint = self._archive, self._encoder.fingerprint
        unstored: deque[Embeddings] = deque(maxlen=UNSTORED_BATCHES)
        for batch in batches:
            keys = [key for one_draft in batch for key in one_draft.keys]
            known = Embeddings(archive.stored_vectors(keys), archive.token_codes(keys, fingerprint))
            for recent in unstored:
                known |= recent
            fresh = embeddings(unembedded(batch, known), self._encoder, with_token_codes=archive.stores_token_codes)
            unstored.append(used := (known | fresh).of(keys))
            yield [indexed(finished, used, self._spec) for finished in batch], len(fresh.vectors)


def draft(reading: Reading, encoder: Encoder, passage_tokens: int) -> Draft:
    """Split an article into passages of at most so many tokens."""
    article = reading.article
    prefix = title_prefix(article.title, encoder, passage_tokens)
    passages = tuple(split(article, encoder, passage_tokens, prefix))
    return Draft(reading, prefix, passages, tuple(key_of(article.title, passage.text) for passage in passages))


def draft_batches(drafts: Iterable[Draft], batch_passages: int = SIZES.passages) -> Generator[list[Draft]]:
    """Yield drafts in batches of at least so many passages; the last batch may have fewer."""
    batch: list[Draft] = []
    passages = 0
    for next_draft in drafts:
        batch.append(next_draft)
        passages += len(next_draft.passages)
        if passages >= batch_passages:
            yield batch
            batch, passages = [], 0
    if batch:
        yield batch


def unembedded(drafts: Iterable[Draft], known: Embeddings) -> dict[bytes, EmbeddedText]:
    """Return by embedding key the passages of drafts whose vectors are not known."""
    return {
        key: EmbeddedText(one_draft.prefix, passage.text)
        for one_draft in drafts
        for passage, key in zip(one_draft.passages, one_draft.keys, strict=True)
        if key not in known.vectors
    }


def indexed(finished: Draft, known: Embeddings, spec: IndexSpec) -> IndexedArticle:
    """Return a draft with the embeddings of its passages, all of which are known."""
    reading, keys = finished.reading, finished.keys
    return IndexedArticle(
        reading.article,
        reading.origin,
        signature(reading.article.text),
        finished.passages,
        keys,
        np.stack([known.vectors[key] for key in keys]) if keys else np.empty((0, spec.dimension), np.float16),
        reading.key,
        reading.where,
        reading.warnings,
        reading.traces,
        spec=spec,
        token_codes={key: known.token_codes[key] for key in keys if key in known.token_codes},
    )
