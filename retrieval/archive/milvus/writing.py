"""Changing an archive on Milvus: each article wholly or not at all, whenever a process dies.

A put adds the new passages to the old ones, under a version of their own. Then it writes the articles' rows,
which name that version: from then on the new passages are current. After that it removes the old ones. Rows that a dead
writer left behind are never current. The next *sweep* removes them: it checks all rows written since the last sweep, as
far as the archive is settled (writer_ledger.py).
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from retrieval.archive.contract import IndexedArticle, Occurrence
from retrieval.archive.index_spec_checks import check_passages
from retrieval.archive.milvus.client import Client, retry_as_writer
from retrieval.archive.milvus.collection import Collection, Row, all_of, any_of, catch_up
from retrieval.archive.milvus.groups_and_occurrences import NOTE_VERSION
from retrieval.archive.milvus.rows import (
    PART_CHARACTERS,
    article_body,
    article_row,
    name_key,
    passage_body,
    passage_rows,
    text_part_rows,
    tombstone,
    version_key,
)
from retrieval.archive.milvus.search import SearchableArchive
from retrieval.archive.milvus.writer_ledger import LEASE_SECONDS
from retrieval.batch_and_prefetch import batched
from retrieval.errors import ArchiveMismatch, ArchiveUnreachable

# Articles' ids in one filter expression.
ARTICLES_PER_REQUEST = 200
ROWS_PER_CHECK = 1000
# A put starts over if it took so long that other processes may no longer wait for it.
MAX_PUTS = 3
NAMED_FIELDS = ("source", "author", "language")


class WritableArchive(SearchableArchive):
    """The writing methods of the contract. Of this process's threads, one at a time writes."""

    def __init__(self, client: Client, *, lease: float = LEASE_SECONDS) -> None:
        super().__init__(client, lease=lease)
        self._writing = threading.Lock()
        self._written_names: set[tuple[str, str]] = set()

    # ── Changes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, articles: Sequence[IndexedArticle]) -> None:
        """Put articles, each whole, replacing the one with its id; of two with one id, the last one.

        Raises ArchiveMismatch, ArchiveBusy, ArchiveUnreachable or ArchiveUnwritable; articles that were not put then
        stay as they were.
        """
        if not articles:
            return
        last = list({entry.article.id: entry for entry in articles}.values())
        with self._writing:
            for _ in range(MAX_PUTS):
                with self._change() as stamp:
                    # Within the change: a re-embedding waits for it before it puts other passages in use.
                    passages = self.collections.passages()
                    self._check_passages(last, passages, stamp)
                    if self._put(last, passages, stamp):
                        return
        raise ArchiveUnreachable(f"{self.place} is too slow: what was written came too late. Try again later.")

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles; raises as `put` does."""
        with self._writing, self._change() as stamp:
            passages = self.collections.passages()
            known = self._versions(ids)
            self.collections.articles.upsert([tombstone(id_, stamp) for id_ in known])
            notes = self.notes.delete(ids)
            # Another process may have put some of them meanwhile.
            versions = self._versions(notes, strong=True)
            self.notes.restore([note for id_, note in notes.items() if versions.get(id_)], stamp)
            self._delete_other_versions(dict.fromkeys(known, ""), passages, self.ledger.generation())

    def set_occurrences(self, occurrences: Mapping[str, Sequence[Occurrence]]) -> None:
        """Replace the occurrences of articles, by their ids, the canonical one first. The generation stays."""
        with self._writing:
            self.notes.set_occurrences(occurrences, self.ledger.generation())

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, greater than `after`, which may be that of another archive."""
        with self._writing, self._change(after):
            pass

    def checkpoint(self) -> None:
        """Remove rows that are not current, and have new rows searched as fast as the others."""
        with self._writing:
            passages = self.collections.passages()
            self._sweep(passages)
            for collection in (passages, *self.collections.schemas):
                collection.flush()

    @contextmanager
    def _change(self, after: int = 0) -> Iterator[int]:
        with retry_as_writer():
            stamp = self.ledger.begin(after)
            try:
                yield stamp
            except BaseException:
                self.ledger.leave_open()
                raise
            self.ledger.end(stamp)

    def _check_passages(self, entries: Sequence[IndexedArticle], passages: Collection, stamp: int) -> None:
        """Raise ArchiveMismatch if articles have passages of another index spec than those in use."""
        try:
            check_passages(self.ledger.spec(passages.name), entries, self.place)
        except ArchiveMismatch:
            self.ledger.abandon(stamp)
            raise

    def _put(self, entries: Sequence[IndexedArticle], passages: Collection, stamp: int) -> bool:
        """Write articles; return False, before their own rows are written, if that has taken too long."""
        version = f"{stamp:x}-{secrets.token_hex(4)}"
        before = self.collections.articles.get([entry.article.id for entry in entries], ["version", "added"])
        rows, texts = [], list[Row]()
        for entry in entries:
            id_, old = entry.article.id, before.get(entry.article.id)
            added = entry.added if entry.added is not None else old["added"] if old and old["version"] else stamp
            body = article_body(entry)
            over = old is not None or not self.ledger.is_alone
            rows.append(article_row(entry, version, stamp, added, passages.name, body, over=over))
            texts += text_part_rows(version_key(id_, version), id_, version, stamp, body)
        self.collections.texts.upsert(texts)
        self.write_passages(passages, zip(entries, rows, strict=True))
        self._write_names(entries)
        self.vocabulary.add(text for entry in entries for text in (entry.article.title, entry.article.text))
        notes = self.notes.add({entry.article.id: (_occurrence(entry), entry.signature) for entry in entries}, stamp)
        if not self.ledger.is_in_time():
            return False
        self.collections.articles.upsert(rows)
        # Another process may have removed one of them before, and deleted its note only now.
        self.notes.restore(notes, stamp)
        replaced = {row["id"]: version for row in rows if row["over"]}
        if replaced:
            self._delete_other_versions(replaced, passages, self.ledger.generation())
        return True

    def write_passages(self, passages: Collection, entries: Iterable[tuple[IndexedArticle, Row]]) -> None:
        """Write articles' passages with the version, stamp and `added` of their articles' rows."""
        rows, texts, indexed = list[Row](), list[Row](), self.bm25(passages).indexed
        for entry, article in entries:
            id_, version, stamp = entry.article.id, article["version"], article["stamp"]
            title, language = entry.article.title, entry.article.card.language
            words = [indexed(f"{title}\n{passage.text}", language) for passage in entry.passages]
            rows += passage_rows(entry, version, stamp, article["added"], words)
            for passage in entry.passages:
                texts += text_part_rows(version_key(passage.id, version), id_, version, stamp, passage_body(passage))
        self.collections.texts.upsert(texts)
        passages.upsert(rows)

    def _write_names(self, entries: Sequence[IndexedArticle]) -> None:
        for field in NAMED_FIELDS:
            names = dict(_key_and_name(field, entry) for entry in entries)
            new = {key: name for key, name in names.items() if key and (field, key) not in self._written_names}
            if new:
                self.ledger.write_names(field, new)
                self._written_names.update((field, key) for key in new)

    # ── Rows that are no longer current ───────────────────────────────────────────────────────────────────────────────

    def _delete_other_versions(self, versions: Mapping[str, str], passages: Collection, until: int) -> None:
        """Delete articles' passages and texts of other versions than these, up to a stamp."""
        for ids in batched(sorted(versions), ARTICLES_PER_REQUEST):
            filter_ = all_of(any_of("article", ids), f"stamp <= {until}")
            for collection in (passages, self.collections.texts):
                rows = collection.iterate(filter_, ["article", "version"])
                collection.delete(
                    [row["id"] for row in rows if row["version"] not in (versions[row["article"]], NOTE_VERSION)]
                )

    def _sweep(self, passages: Collection) -> None:
        """Remove rows that are not current and were written since the last sweep, as far as the archive is settled."""
        since, until = self.ledger.swept(), self.ledger.generation(strong=True)
        if until <= since:
            return
        articles, texts = self.collections.articles, self.collections.texts
        # After the ledger was read, so that every change that the ledger calls finished is visible.
        catch_up(articles, self.collections.notes, texts, passages)
        written = f"stamp > {since} and stamp <= {until}"
        for rows in batched(articles.iterate(all_of(written, "over == true"), ["version"]), ARTICLES_PER_REQUEST):
            self._delete_other_versions({row["id"]: row["version"] for row in rows}, passages, until)
            # The process that removed these articles may have died before it deleted their notes.
            self.notes.delete([row["id"] for row in rows if not row["version"]], until)
        for collection in (passages, texts):
            self.delete_stale(collection, written)
        for ids in batched(self.notes.written_between(since, until), ROWS_PER_CHECK):
            versions = self._versions(ids)
            self.notes.delete([id_ for id_ in ids if not versions.get(id_)], until)
        self.ledger.write_swept(until)

    def delete_stale(self, collection: Collection, filter_: str = "") -> None:
        """Delete, among the rows that match a filter expression, those that are not of an article's current version."""
        for rows in batched(collection.iterate(filter_, ["article", "version"]), ROWS_PER_CHECK):
            versions = self._versions(row["article"] for row in rows)
            collection.delete(
                [row["id"] for row in rows if row["version"] not in (versions.get(row["article"], ""), NOTE_VERSION)]
            )

    def _versions(self, ids: Iterable[str], *, strong: bool = False) -> dict[str, str]:
        rows = self.collections.articles.get(list(ids), ["version"], strong=strong)
        return {id_: row["version"] for id_, row in rows.items()}


def _occurrence(entry: IndexedArticle) -> Occurrence:
    return Occurrence(entry.origin or "", entry.key, len(entry.article.text))


def _key_and_name(field: str, entry: IndexedArticle) -> tuple[str, str]:
    """Return the key and the name of an article's source, author or language; ("", "") if it has none."""
    card = entry.article.card
    if field == "language":
        return card.language or "", card.language or ""
    name = card.source if field == "source" else card.author
    return name_key(name), (name or "")[:PART_CHARACTERS]
