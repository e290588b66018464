"""Copies an archive to another one of either kind, without embedding, then reads and compares both."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.archive.contract import Archive, Generation, IndexedArticle, KnownArticle, Occurrence
from retrieval.archive.index_spec import IndexSpec, describe_spec
from retrieval.archive.location import MilvusPlace, Where
from retrieval.archive.open import open_archive, open_or_create
from retrieval.batch_and_prefetch import batched
from retrieval.errors import ArchiveMismatch, CopyFailed, CopyRefused
from retrieval.indexing.pipeline import SIZES

# Large enough that the cost of a call does not matter; small enough to lose little work, and to be in memory twice.
BATCH_ARTICLES = 256
MAX_NAMED_IDS = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """Counts of what both archives have now, the articles that this run wrote, and a digest over all content."""

    articles: int
    passages: int
    written: int
    digest: str


def copy(
    source: Where,
    target: Where,
    *,
    wait: bool = True,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None,
    batch_articles: int = BATCH_ARTICLES,
    checkpoint_passages: int = SIZES.checkpoint,
) -> Copied:
    """Copy an archive into a new or partly copied one, then read and compare both.

    `progress` is called with the name of the step, the number of articles done and the number of all. Raises
    CopyRefused if the target has articles that the source lacks, ArchiveMismatch if its index spec differs, and
    CopyFailed if the archives differ afterwards.
    """
    if _place(source) == _place(target):
        raise CopyRefused(f"{source} cannot be copied to itself. Name another folder, or another name on a server.")
    with closing(open_archive(source)) as original:
        state, spec = original.generation(), original.spec
        with closing(open_or_create(target, lambda: spec)) as copied:
            _check_spec(target, copied.spec, source, spec)
            run = _Run(source, original, target, copied, state, spec, progress, batch_articles, checkpoint_passages)
            with copied.write_lock("copy", wait=wait):
                written = run.write()
            articles, passages, digest = run.compare()
    return Copied(articles, passages, written, digest)


def entry_digest(entry: IndexedArticle, occurrences: Sequence[Occurrence]) -> bytes:
    """Digest everything stored of an article; the order of passages and of the further occurrences does not matter."""
    rows = sorted(zip(entry.passages, entry.keys, entry.vectors, strict=True), key=lambda row: row[0].id)
    occurrences = [*occurrences[:1], *sorted(occurrences[1:])]
    fields = [entry.origin, entry.key, entry.where, entry.warnings, entry.traces, entry.added, entry.signature.hex()]
    passages = [
        [passage.id, passage.start, passage.end, passage.text, passage.sentences, key.hex()] for passage, key, _ in rows
    ]
    digest = hashlib.sha256(json.dumps([entry.article.digest, occurrences, fields, passages]).encode())
    for _, _, vector in rows:
        digest.update(np.ascontiguousarray(vector, "<f2").tobytes())
    return digest.digest()


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of copying: the two archives, and the generation and index spec of the original when it started."""

    source: Where
    original: Archive
    target: Where
    copied: Archive
    state: Generation
    spec: IndexSpec
    progress: Callable[[str, int, int], None]
    batch_articles: int
    checkpoint_passages: int

    def write(self) -> int:
        """Write the articles that are missing or differ in the copy; return their number. The caller holds the lock."""
        known, before = self.original.known_articles(), self.copied.known_articles()
        if own := sorted(before.keys() - known.keys()):
            raise CopyRefused(
                f"{self.target} has articles that {self.source} has not, {len(own):,} of them: {_first_ids(own)}. "
                "Copy to another place, or remove them first: python -m retrieval remove ID"
            )
        self._raise_generation()
        done = written = unsaved = 0
        for ids in batched(sorted(known), self.batch_articles):
            copied = _digested(self.copied, ids, before)
            originals = _digested(self.original, ids, known)
            new = [entry for id_, (digest, entry) in originals.items() if id_ not in copied or copied[id_][0] != digest]
            if new:
                self._check_spec_unchanged()
                self.copied.put(new)
                self.copied.set_occurrences(
                    {
                        entry.article.id: occurrences
                        for entry in new
                        if (occurrences := known[entry.article.id].occurrences)
                    }
                )
            written += len(new)
            unsaved += sum(len(entry.passages) for entry in new)
            if unsaved >= self.checkpoint_passages:
                self.copied.checkpoint()
                unsaved = 0
            done += len(ids)
            self.progress("Copying", done, len(known))
        self._raise_generation()
        self.copied.checkpoint()
        return written

    def compare(self) -> tuple[int, int, str]:
        """Return the numbers of articles and passages, and a digest over all content; raises CopyFailed."""
        known, copied = self.original.known_articles(), self.copied.known_articles()
        wrong = sorted(copied.keys() - known.keys())
        digest, done, passages = hashlib.sha256(), 0, 0
        for ids in batched(sorted(known), self.batch_articles):
            originals, copies = _digested(self.original, ids, known), _digested(self.copied, ids, copied)
            for id_ in ids:
                if id_ not in originals or id_ not in copies or originals[id_][0] != copies[id_][0]:
                    wrong.append(id_)
                else:
                    digest.update(originals[id_][0])
                    passages += len(originals[id_][1].passages)
            done += len(ids)
            self.progress("Comparing", done, len(known))
        if wrong:
            raise CopyFailed(
                f"{self.target} is not what {self.source} is in {len(wrong):,} articles: {_first_ids(wrong)}. "
                + (
                    "Copy it again; if that does not help, see what verify says of both."
                    if self.original.generation() == self.state
                    else f"{self.source} was changed meanwhile: copy it again, which goes on from here."
                )
            )
        return len(known), passages, digest.hexdigest()

    def _raise_generation(self) -> None:
        """Give the copy a generation after the original's, because watches go by these numbers."""
        last = self.original.generation().number
        if self.copied.generation().number < last:
            self.copied.begin_generation(last)

    def _check_spec_unchanged(self) -> None:
        """Raise CopyFailed if the original was embedded again since the run started."""
        if self.original.spec != self.spec:
            raise CopyFailed(
                f"{self.source} was embedded again while it was copied to {self.target}. Copy it to another place."
            )


def _check_spec(target: Where, target_spec: IndexSpec, source: Where, spec: IndexSpec) -> None:
    """Raise ArchiveMismatch, naming both specs, if they differ."""
    if target_spec != spec:
        raise ArchiveMismatch(
            f"{target} was made with {describe_spec(target_spec)}, and {source} with {describe_spec(spec)}. Copy to "
            "another place, or embed one of them again: python -m retrieval index --re-embed"
        )


def _digested(
    archive: Archive, ids: Sequence[str], known: Mapping[str, KnownArticle]
) -> dict[str, tuple[bytes, IndexedArticle]]:
    """Return the known ones among these articles by id, each with its digest."""
    entries = archive.indexed_articles([id_ for id_ in ids if id_ in known])
    return {entry.article.id: (entry_digest(entry, known[entry.article.id].occurrences), entry) for entry in entries}


def _place(where: Where) -> tuple[str, int, str] | Path:
    return (where.host, where.port, where.name) if isinstance(where, MilvusPlace) else where.resolve()


def _first_ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:MAX_NAMED_IDS]) + (", …" if len(ids) > MAX_NAMED_IDS else "")
