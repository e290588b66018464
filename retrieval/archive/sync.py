"""Files → archive: what is new is embedded, what is gone is removed, the rest is left alone."""

import os
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from corpus.article import Article, article_id
from corpus.source import Reading, Skipped
from retrieval.archive.ahead import ahead
from retrieval.archive.archive import Archive, Entry, Known, Making, StoredVectors
from retrieval.archive.digests import key_of
from retrieval.archive.stories import signature
from retrieval.encode.encoder import Encoder, embedded_text, precision_of, same_model
from retrieval.errors import ArchiveMismatch, PassageLimit, RemovalRefused
from retrieval.split import VERSION, split, title_prefix
from retrieval.types import Passage

# Passages a transaction: enough that its cost is lost beside embedding them, few enough to lose little work.
PASSAGES_A_BATCH = 128
# Passages between two writings of the indexes in one run.
PASSAGES_A_SNAPSHOT = 10_000
SMALLEST_PASSAGE = 64
# The largest share of a folder's articles that one run removes without being told to.
MOST_REMOVED = 1 / 3


@dataclass(slots=True)
class Report:
    """What a run did, article by article."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    embedded: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warned: list[Reading] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that is to be taken in, split."""

    article: Article
    origin: str
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


def wanted_making(encoder: Encoder, passage_tokens: int) -> Making:
    """Return what the settings ask for: passages of so many tokens, or for 0 of all that the encoder reads.

    Raises PassageLimit where that is too little for a sentence, or more than the encoder reads.
    """
    limit = passage_tokens or encoder.max_tokens
    if not SMALLEST_PASSAGE <= limit <= encoder.max_tokens:
        raise PassageLimit(
            f"Passages of {limit} tokens cannot be: the model {encoder.name!r} reads {encoder.max_tokens}. "
            f"Set passage_tokens to 0, or to a number from {SMALLEST_PASSAGE} to {encoder.max_tokens}."
        )
    return Making(encoder.name, encoder.fingerprint, encoder.dimension, limit, VERSION)


def check_making(there: Making, wanted: Making) -> None:
    """Raise ArchiveMismatch, naming both, unless new passages fit beside those that are there."""
    mend = "Embed the archive again with: python -m retrieval index --re-embed (or mend the settings)"
    if same_model(there.fingerprint, wanted.fingerprint) and there.fingerprint != wanted.fingerprint:
        had, asked = precision_of(there.fingerprint), precision_of(wanted.fingerprint)
        raise ArchiveMismatch(f"The archive is embedded in {had}, and the settings ask for {asked}. {mend}.")
    if there.fingerprint != wanted.fingerprint:
        and_so = "" if there.model != wanted.model else ", whose files have changed"
        raise ArchiveMismatch(
            f"The archive was made with the model {there.model!r}, and the settings name {wanted.model!r}{and_so}. "
            f"{mend}."
        )
    if there.passage_tokens != wanted.passage_tokens:
        raise ArchiveMismatch(
            f"The archive has passages of {there.passage_tokens} tokens, and the settings ask for "
            f"{wanted.passage_tokens}. {mend}."
        )
    if there.splitter != wanted.splitter:
        raise ArchiveMismatch(f"The archive's passages were split by an older Clippings. {mend}.")


def check_askable(there: Making, wanted: Making) -> None:
    """Raise ArchiveMismatch, naming both, unless questions of the one can be put to the other, in either precision."""
    alike = same_model(there.fingerprint, wanted.fingerprint)
    check_making(there, replace(wanted, fingerprint=there.fingerprint) if alike else wanted)


def under(known: Mapping[str, Known], root: Path) -> list[str]:
    """Return the ids of the articles whose files lie, or lay, at or below a path."""
    top = str(root.resolve())
    return [
        id_ for id_, one in known.items() if one.origin and (one.origin == top or one.origin.startswith(top + os.sep))
    ]


def missing(known: Mapping[str, Known], roots: Iterable[Path], there: Container[str], *, allow: bool) -> list[str]:
    """Return the ids of the articles that came from under the roots, and whose files are not `there` any longer.

    Raises RemovalRefused where that is more than a third of what came from a root, unless `allow` says it is meant.
    """
    gone: dict[str, None] = {}
    for root in roots:
        had = under(known, root)
        lost = [id_ for id_ in had if (known[id_].origin or "") not in there]
        if len(lost) > MOST_REMOVED * len(had) and not allow:
            raise RemovalRefused(
                f"Nothing was changed: of {len(had):,} articles that came from {root}, {len(lost):,} are no longer "
                "there. If they are to be removed, run it again with --allow-removals."
            )
        gone |= dict.fromkeys(lost)
    return list(gone)


def sync(
    readings: Iterable[Reading | Skipped],
    archive: Archive,
    encoder: Encoder,
    making: Making,
    *,
    gone: Iterable[str] = (),
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Take in what is new or changed, a batch a transaction, then remove what is `gone` and was not met again.

    The caller holds the archive's lock. `progress` is called after each batch.
    """
    report = Report()
    meeting = _Meeting(archive.known(), report)
    drafts = (draft(article, origin, encoder, making.passage_tokens) for article, origin in meeting.news(readings))
    saved = 0
    # Reading and splitting, embedding, and writing go on at the same time, each a batch ahead of the next.
    for made, embedded in ahead(_embedded(ahead(batches(drafts)), archive.vectors_of, encoder, making)):
        archive.put(made)
        report.passages += sum(len(one.passages) for one in made)
        report.embedded += embedded
        progress(report)
        if report.passages - saved >= PASSAGES_A_SNAPSHOT:
            archive.settle()
            saved = report.passages
    if removed := meeting.removed(gone):
        archive.remove(removed)
    if report.passages or removed:
        archive.settle()
    progress(report)
    return report


def survey(readings: Iterable[Reading | Skipped], known: Mapping[str, Known], gone: Iterable[str]) -> Report:
    """Count what a sync would do, and do none of it."""
    report = Report()
    meeting = _Meeting(known, report)
    for _ in meeting.news(readings):
        pass
    meeting.removed(gone)
    return report


class _Meeting:
    """What is read, held against what is known."""

    def __init__(self, known: Mapping[str, Known], report: Report) -> None:
        self._known = known
        self._report = report
        self._at: dict[str, set[str]] = {}
        for id_, one in known.items():
            if one.origin:
                self._at.setdefault(one.origin, set()).add(id_)
        self._read: set[str] = set()
        self.seen: dict[str, str] = {}

    def news(self, readings: Iterable[Reading | Skipped]) -> Iterator[tuple[Article, str]]:
        """Yield what has to be written, with where it was read, and count everything."""
        for reading in readings:
            if isinstance(reading, Skipped):
                self._report.skipped.append(reading)
                continue
            if reading.warnings:
                self._report.warned.append(reading)
            origin, where = reading.origin, reading.where or reading.origin
            article = self._named(reading)
            if first := self.seen.get(article.id):
                reason = f"the same article as {first}: they have the same link"
                self._report.skipped.append(Skipped(where, reason))
                continue
            self.seen[article.id] = where
            self._read.add(origin)
            before = self._known.get(article.id)
            self._report.added += before is None
            self._report.changed += before is not None and before.digest != article.digest
            self._report.unchanged += before is not None and before.digest == article.digest
            if before != Known(article.digest, origin):
                yield article, origin

    def _named(self, reading: Reading) -> Article:
        """Keep the name that this file's article had, and take that of no other file that is still there."""
        article, origin = reading.article, reading.origin
        here = self._at.get(origin, set())
        if article.card.url or article.id in here:
            return article
        own = article_id(f"{origin}#{reading.key}" if reading.key else origin)
        if own in here:
            return _renamed(article, own)
        if not reading.key and len(here) == 1:
            return _renamed(article, next(iter(here)))
        before = self._known.get(article.id)
        taken = before and before.origin and before.origin != origin and Path(before.origin).exists()
        return _renamed(article, own) if taken or article.id in self.seen else article

    def removed(self, gone: Iterable[str]) -> list[str]:
        """Return, and count, what is gone and was not met again, and names that no file gives any longer."""
        replaced = (id_ for origin in self._read for id_ in self._at.get(origin, ()))
        removed = [id_ for id_ in dict.fromkeys([*gone, *replaced]) if id_ not in self.seen]
        self._report.removed = len(removed)
        return removed


def _renamed(article: Article, id_: str) -> Article:
    return replace(article, card=replace(article.card, id=id_))


def draft(article: Article, origin: str, encoder: Encoder, passage_tokens: int) -> Draft:
    """Split an article."""
    passages = tuple(split(article, encoder, passage_tokens))
    return Draft(article, origin, passages, tuple(key_of(article.title, passage.text) for passage in passages))


def entries(
    drafts: Iterable[Draft], vectors: Mapping[bytes, StoredVectors], encoder: Encoder, making: Making
) -> tuple[list[Entry], int]:
    """Return drafts with their vectors, and how many had to be embedded: those under keys that have none yet."""
    drafts = list(drafts)
    texts = {
        key: embedded_text(prefix, passage.text)
        for one in drafts
        for prefix in [title_prefix(one.article.title, encoder, making.passage_tokens)]
        for passage, key in zip(one.passages, one.keys, strict=True)
        if key not in vectors
    }
    fresh = encoder.encode(list(texts.values())).astype(np.float16)
    vectors = {**vectors, **dict(zip(texts, fresh, strict=True))}
    none = np.empty((0, making.dimension), np.float16)
    made = [
        Entry(
            one.article,
            one.origin,
            signature(one.article.text),
            one.passages,
            one.keys,
            np.stack([vectors[key] for key in one.keys]) if one.keys else none,
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
    making: Making,
) -> Generator[tuple[list[Entry], int]]:
    """Yield batches with their vectors, and how many of these had to be embedded."""
    # What has been made may not be stored yet: the batch that is being written, and the one that waits for it.
    recent: deque[dict[bytes, StoredVectors]] = deque(maxlen=3)
    for batch in drafted:
        there = dict(stored([key for one in batch for key in one.keys]))
        for before in recent:
            there |= before
        made, embedded = entries(batch, there, encoder, making)
        recent.append({key: vector for one in made for key, vector in zip(one.keys, one.vectors, strict=True)})
        yield made, embedded
