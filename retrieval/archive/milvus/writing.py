"""Articles into an archive on Milvus and out of it: each whole, whatever dies in between.

A put writes what is new beside what is old, under a version of its own, and then the articles' rows, which name it:
from then on the new counts. What is old is removed after that. Whatever a writer that died has left behind counts for
nobody, and the next *sweep* removes it: it looks at what was written since the last one, as far as the archive is
settled.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from retrieval.archive.contract import Entry, Occurrence
from retrieval.archive.milvus.client import patient
from retrieval.archive.milvus.filters import both, one_of
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.notes import NOTED, Notes
from retrieval.archive.milvus.rows import (
    article_row,
    body_of,
    name_key,
    part_rows,
    passage_body,
    passage_rows,
    row_key,
    tombstone,
)
from retrieval.archive.milvus.schema import LONGEST, Names
from retrieval.archive.milvus.server import Row, Server
from retrieval.archive.milvus.words import Spelling, Words
from retrieval.batching import in_turns
from retrieval.errors import ArchiveUnreachable

# Articles looked up at once in a sweep: a condition with all their ids.
SWEPT = 200
# Times that a put is begun anew, because its writer was held up until others might have stopped waiting for it.
TRIES = 3
# Characters of a name that are kept to be searched.
NAME = LONGEST // 4


class Writing:
    """Changes of an archive; the caller lets one thread at a time in."""

    def __init__(
        self,
        server: Server,
        names: Names,
        ledger: Ledger,
        notes: Notes,
        spelling: Spelling,
        words: Callable[[str], Words],
    ) -> None:
        self._server = server
        self._names = names
        self._ledger = ledger
        self._notes = notes
        self._spelling = spelling
        self._words = words
        self._named: set[str] = set()

    def put(self, entries: Sequence[Entry], passages: str) -> None:
        """Take in articles, each whole, in place of the one with its id, their passages into a collection.

        Of two with one id the later stands. Raises ArchiveBusy, ArchiveUnreachable or ArchiveUnwritable; what is not
        taken in then is as it was.
        """
        last = list({one.article.id: one for one in entries}.values())
        for _ in range(TRIES):
            with self._change() as stamp:
                if self._put(last, passages, stamp):
                    return
        raise ArchiveUnreachable(f"{self._server.place} is too slow: what was written came too late. Try again later.")

    @contextmanager
    def _change(self, after: int = 0) -> Iterator[int]:
        with patient():
            stamp = self._ledger.begin(after)
            try:
                yield stamp
            except BaseException:
                self._ledger.lose()
                raise
            self._ledger.end(stamp)

    def _put(self, entries: Sequence[Entry], passages: str, stamp: int) -> bool:
        """Write articles; tell whether that was in time: else their rows are not written, and they do not count."""
        version = f"{stamp:x}-{secrets.token_hex(4)}"
        ids = [one.article.id for one in entries]
        before = self._server.by_key(self._names.articles, ids, ["version", "added"])
        rows, texts = [], list[Row]()
        for entry in entries:
            id_, old = entry.article.id, before.get(entry.article.id)
            added = entry.added if entry.added is not None else old["added"] if old and old["version"] else stamp
            body = body_of(entry)
            over = old is not None or not self._ledger.is_alone
            rows.append(article_row(entry, version, stamp, added, passages, body, over=over))
            texts += part_rows(row_key(id_, version), id_, version, stamp, body)
        self._server.write(self._names.texts, texts)
        self.write_passages(passages, [(one, row) for one, row in zip(entries, rows, strict=True)])
        self._note_names(entries)
        self._spelling.learn(text for one in entries for text in [one.article.title, one.article.text])
        noted = self._notes.take(
            {
                one.article.id: (Occurrence(one.origin or "", one.key, len(one.article.text)), one.signature)
                for one in entries
            },
            stamp,
        )
        if not self._ledger.is_in_time():
            return False
        self._server.write(self._names.articles, rows)
        # Somebody may have removed one of them just before, and have forgotten it just now.
        self._notes.remember(noted, stamp)
        self._clean({row["id"]: version for row in rows if row["over"]}, passages)
        return True

    def write_passages(self, passages: str, entries: Iterable[tuple[Entry, Row]]) -> None:
        """Write articles' passages, under the versions of the articles' rows, and what of them is too long for one."""
        rows, texts, indexed = list[Row](), list[Row](), self._words(passages).indexed
        for entry, article in entries:
            id_, version, stamp = entry.article.id, article["version"], article["stamp"]
            words = [indexed(f"{entry.article.title}\n{passage.text}") for passage in entry.passages]
            rows += passage_rows(entry, version, stamp, article["added"], words)
            for one in entry.passages:
                texts += part_rows(row_key(one.id, version), id_, version, stamp, passage_body(one))
        self._server.write(self._names.texts, texts)
        self._server.write(passages, rows)

    def remove(self, ids: Sequence[str], passages: str) -> None:
        """Remove articles; raises as `put` does."""
        with self._change() as stamp:
            there = self._versions(ids)
            self._server.write(self._names.articles, [tombstone(id_, stamp) for id_ in there])
            forgotten = self._notes.forget(ids)
            # Somebody may have taken one of them in since.
            counts = self._versions(forgotten, strong=True)
            self._notes.remember([note for id_, note in forgotten.items() if counts.get(id_)], stamp)
            self._clean(dict.fromkeys(there, ""), passages)

    def begin_generation(self, after: int) -> None:
        """Begin a new generation, after one of another archive too."""
        with self._change(after):
            pass

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]]) -> None:
        """Note who tells articles; the generation stays, as no reader of passages sees any of it."""
        self._notes.set_occurrences(told, self._ledger.generation())

    def _note_names(self, entries: Sequence[Entry]) -> None:
        for kind in ("source", "author", "language"):
            names = {key: name for one in entries for key, name in [_name(kind, one)] if key}
            if new := {key: name for key, name in names.items() if f"{kind}/{key}" not in self._named}:
                self._ledger.note_names(kind, new)
                self._named.update(f"{kind}/{key}" for key in new)

    # ── What does not count any longer ───────────────────────────────────────────────────────────────────────────────

    def _clean(self, versions: Mapping[str, str], passages: str, until: int | None = None) -> None:
        """Remove what articles have of other versions than these, as far as the archive is settled."""
        if not versions:
            return
        until = self._ledger.generation() if until is None else until
        for ids in in_turns(sorted(versions), SWEPT):
            for collection in (passages, self._names.texts):
                rows = self._server.every(
                    collection, both(one_of("article", ids), f"stamp <= {until}"), ["article", "version"]
                )
                self._server.delete(
                    collection, [row["id"] for row in rows if row["version"] not in (versions[row["article"]], NOTED)]
                )

    def sweep(self, passages: str) -> None:
        """Remove what does not count of what was written since the last sweep, as far as the archive is settled."""
        since, until = self._ledger.swept(), self._ledger.generation(strong=True)
        if until <= since:
            return
        # After the ledger was read, so that whatever it says is done is seen.
        self._server.catch_up(self._names.articles, self._names.notes, self._names.texts, passages)
        written = f"stamp > {since} and stamp <= {until}"
        replaced = self._server.every(self._names.articles, both(written, "over == true"), ["version"])
        for some in in_turns(replaced, SWEPT):
            self._clean({row["id"]: row["version"] for row in some}, passages, until)
            # Whoever removed them may have died before it forgot them.
            self._notes.forget([row["id"] for row in some if not row["version"]], until)
        for collection in (passages, self._names.texts):
            self.remove_stale(collection, written)
        for ids in in_turns(self._notes.since(since, until), 1000):
            counts = self._versions(ids)
            self._notes.forget([id_ for id_ in ids if not counts.get(id_)], until)
        self._ledger.sweep(until)

    def remove_stale(self, collection: str, where: str = "") -> None:
        """Remove what counts for no article, of the rows that a condition holds for."""
        for some in in_turns(self._server.every(collection, where, ["article", "version"]), 1000):
            counts = self._versions(row["article"] for row in some)
            stale = [row["id"] for row in some if row["version"] not in (counts.get(row["article"], ""), NOTED)]
            self._server.delete(collection, stale)

    def _versions(self, ids: Iterable[str], *, strong: bool = False) -> dict[str, str]:
        rows = self._server.by_key(self._names.articles, list(ids), ["version"], strong=strong)
        return {id_: row["version"] for id_, row in rows.items()}


def _name(kind: str, entry: Entry) -> tuple[str, str]:
    """Return the key and the name of an article's source, author or language; nothing where it has none."""
    card = entry.article.card
    if kind == "language":
        return card.language or "", card.language or ""
    name = card.source if kind == "source" else card.author
    return name_key(name), (name or "")[:NAME]
