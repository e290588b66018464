"""Articles → archive: what is new or changed is split, embedded and put, a batch at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from corpus.article import Article
from corpus.source import Reading, Skipped
from retrieval.archive.archive import Archive, Entry
from retrieval.encode.encoder import Encoder, Vectors, embedded_text
from retrieval.errors import PassageLimit
from retrieval.split import split, title_prefix
from retrieval.types import Passage

# Passages a transaction: enough that its cost is lost beside embedding them, few enough to lose little work.
PASSAGES_A_BATCH = 256


SMALLEST_PASSAGE = 64


def passage_limit(asked: int, encoder: Encoder) -> int:
    """Return the most tokens of a passage: what was asked for, or for 0 all that the encoder reads.

    Raises PassageLimit where that is too little for a sentence, or more than the encoder reads.
    """
    limit = asked or encoder.max_tokens
    if not SMALLEST_PASSAGE <= limit <= encoder.max_tokens:
        raise PassageLimit(
            f"Passages of {limit} tokens cannot be: {encoder.name} reads {encoder.max_tokens}. "
            f"Set passage_tokens to 0, or to a number from {SMALLEST_PASSAGE} to {encoder.max_tokens}."
        )
    return limit


@dataclass(slots=True)
class Report:
    """What a run did, article by article."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passages: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warned: list[Reading] = field(default_factory=list)

    @property
    def articles(self) -> int:
        """The articles that were read."""
        return self.added + self.changed + self.unchanged


def sync(
    readings: Iterable[Reading | Skipped],
    archive: Archive,
    encoder: Encoder,
    passage_tokens: int,
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Take in what is new or changed; `progress` is called after each batch."""
    report = Report()
    known = dict(archive.digests())
    batch: list[tuple[Article, list[Passage]]] = []
    for article in _news(readings, known, report):
        passages = split(article, encoder, passage_tokens)
        report.added += article.id not in known
        report.changed += article.id in known
        known[article.id] = article.digest
        batch.append((article, passages))
        if sum(len(passages) for _, passages in batch) >= PASSAGES_A_BATCH:
            _put(batch, archive, encoder, passage_tokens, report)
            progress(report)
            batch = []
    if batch:
        _put(batch, archive, encoder, passage_tokens, report)
    progress(report)
    return report


def _news(readings: Iterable[Reading | Skipped], known: dict[str, str], report: Report) -> Iterator[Article]:
    seen: dict[str, Reading] = {}
    for reading in readings:
        if isinstance(reading, Skipped):
            report.skipped.append(reading)
            continue
        article = reading.article
        if first := seen.get(article.id):
            report.skipped.append(Skipped(reading.path, f"the same article as {first.path}: same link or same path"))
            continue
        seen[article.id] = reading
        if reading.warnings:
            report.warned.append(reading)
        if known.get(article.id) == article.digest:
            report.unchanged += 1
        else:
            yield article


def _put(
    batch: list[tuple[Article, list[Passage]]],
    archive: Archive,
    encoder: Encoder,
    passage_tokens: int,
    report: Report,
) -> None:
    vectors = embed(batch, encoder, passage_tokens)
    entries, start = [], 0
    for article, passages in batch:
        entries.append(Entry(article, tuple(passages), vectors[start : start + len(passages)]))
        start += len(passages)
    archive.put(entries)
    report.passages += start


def embed(batch: list[tuple[Article, list[Passage]]], encoder: Encoder, passage_tokens: int) -> Vectors:
    """Embed every passage with its headline in front: (passages, dimension)."""
    return encoder.encode(
        [
            embedded_text(prefix, passage.text)
            for article, passages in batch
            for prefix in [title_prefix(article.title, encoder, passage_tokens)]
            for passage in passages
        ]
    )
