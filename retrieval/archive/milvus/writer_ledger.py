"""The ledger of an archive: a row for each writer. Each process computes the archive's generation from it.

Milvus has neither locks nor transactions over several rows. So every change has a *stamp*, a number that grows, and a
writer enters its stamp in the ledger before it begins. Three rules hold, whenever a process dies:

- A stamp is greater than those of all finished changes. A writer first enters its stamp and then compares it with the
  others. So no process counts a later change as finished without seeing this one.
- The archive is *settled* up to the last finished change that has no unfinished one before it. That stamp is the
  generation. Older rows that are not current are garbage; newer rows may belong to a change under way.
- A change that has not ended when its lease is over belongs to a dead writer. No process waits for it any longer.

Stamps are milliseconds since 1970, or one more than the last stamp: clocks may differ by as much as the lease.

The ledger also has the archive's identity, the index spec of each collection of passages, the stamp of the last sweep,
and the names of sources, authors and languages.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock

from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.milvus.collection import Collection, Row, any_of
from retrieval.archive.milvus.schema import DUMMY_FIELD, DUMMY_VECTOR, VERSION
from retrieval.errors import ArchiveBusy, ArchiveDamaged, ArchiveMismatch

# An unfinished change that is older than this belongs to a dead writer. After half of this time its writer starts over.
LEASE_SECONDS = 300.0
# How long the ledger keeps the row of a writer that has ended.
KEEP_WRITER_SECONDS = 86_400.0
OPEN, DONE, EMBEDDING, SPEC, IDENTITY, SWEPT = "open", "done", "embedding", "making", "identity", "swept"
MAX_TRIES = 20


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer's row: the stamp of its last change, OPEN or DONE or EMBEDDING, and when it began (seconds since 1970).

    `ended` is the stamp of its last finished change.
    """

    id: str
    stamp: int
    kind: str
    began: float
    ended: int


class Ledger:
    """The ledger of an archive, with this process as one of its writers; `lease` is in seconds."""

    def __init__(self, collection: Collection, lease: float = LEASE_SECONDS) -> None:
        self._collection = collection
        self._place = collection.place
        self._lease = lease
        self._writer = _new_id("writer")
        self._embedding = _new_id("embedding")
        self._is_embedding = False
        self._last = 0
        self._began = 0.0
        self._ended = 0
        self._specs: dict[str, tuple[IndexSpec, bool]] = {}
        self._identity = ""
        self._generation = 0
        self._lock = Lock()
        # Whether no other process has changed anything within the last lease, as of this process's last change.
        self.is_alone = True

    # ── Changes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, after: int = 0) -> int:
        """Enter a new change and return its stamp; raises ArchiveBusy during another process's re-embedding."""
        self._last = max(self._last, *(writer.stamp for writer in self.writers(strong=False)), 0)
        for _ in range(MAX_TRIES):
            self._began = time.time()
            stamp = max(round(self._began * 1000), self._last + 1, after + 1)
            self._write_open(stamp, self._began)
            writers = self.writers()
            if any(self._is_embedding_elsewhere(writer) for writer in writers):
                self.abandon(stamp)
                raise ArchiveBusy(f"{self._place} is being embedded again. Try again when that has ended.")
            self._last = max(stamp, *(writer.stamp for writer in writers))
            self.is_alone = not any(self._is_alive(writer) and writer.id != self._writer for writer in writers)
            if all(writer.ended < stamp for writer in writers):
                return stamp
        raise ArchiveBusy(f"{self._place} is written to by too many at once. Try again.")

    def is_in_time(self) -> bool:
        """Tell whether this process's change may go on, since the others still wait for it."""
        return time.time() - self._began < self._lease / 2

    def end(self, stamp: int) -> None:
        """Enter that a change is finished."""
        self._write(self._writer, DONE, stamp, str(self._began))
        self._ended = stamp
        with self._lock:
            self._last = max(self._last, stamp)

    def abandon(self, stamp: int) -> None:
        """Enter that no process needs to wait for a change, since it has written no article's row."""
        self._write_open(stamp, 0.0)

    def leave_open(self) -> None:
        """Leave a failed change open until its lease is over, since the server may still carry out its writes."""
        self._writer, self._ended = _new_id("writer"), 0

    def _write_open(self, stamp: int, began: float) -> None:
        self._write(self._writer, OPEN, stamp, f"{began} {self._ended}")

    def writers(self, *, strong: bool = True) -> list[Writer]:
        """Return all writers, including those that re-embed the archive; raises ArchiveDamaged."""
        rows = self._collection.query(
            any_of("kind", [OPEN, DONE, EMBEDDING]), ["kind", "stamp", "value"], strong=strong
        )
        try:
            return [_as_writer(row) for row in rows]
        except ValueError as error:
            raise ArchiveDamaged(
                f"{self._place} is damaged: its ledger is not as it was written. Copy a backup over it."
            ) from error

    def generation(self, *, strong: bool = False) -> int:
        """Return the stamp up to which the archive is settled; it never decreases."""
        settled = self._settled(self.writers(strong=strong))
        with self._lock:
            self._generation = max(settled, self._generation)
            return self._generation

    def _settled(self, writers: list[Writer]) -> int:
        unfinished = [writer.stamp for writer in writers if writer.kind == OPEN and self._is_alive(writer)]
        finished = max((writer.ended for writer in writers), default=0)
        return min(finished, min(unfinished, default=finished + 1) - 1)

    def _is_alive(self, writer: Writer) -> bool:
        return time.time() - writer.began < self._lease

    # ── Re-embedding ──────────────────────────────────────────────────────────────────────────────────────────────────

    def claim_embedding(self) -> None:
        """Keep other processes from changing the archive until the lease is over; call it again to renew the lease."""
        self._is_embedding = True
        self._write(self._embedding, EMBEDDING, 0, str(time.time()))

    def release_embedding(self) -> None:
        """Let other processes change the archive again, if this one has claimed a re-embedding."""
        if self._is_embedding:
            self._collection.delete([self._embedding])
            self._is_embedding = False

    def end_embedding(self) -> None:
        """Enter that the re-embedding is finished, for all processes that took part in it."""
        self._collection.delete([writer.id for writer in self.writers() if writer.kind == EMBEDDING])
        self._is_embedding = False

    def is_being_embedded(self) -> bool:
        """Tell whether another process re-embeds the archive."""
        return any(self._is_embedding_elsewhere(writer) for writer in self.writers())

    def has_other_changes(self) -> bool:
        """Tell whether another process has a change under way."""
        others = [writer for writer in self.writers() if writer.kind == OPEN and writer.id != self._writer]
        return any(self._is_alive(writer) for writer in others)

    def _is_embedding_elsewhere(self, writer: Writer) -> bool:
        return writer.kind == EMBEDDING and writer.id != self._embedding and self._is_alive(writer)

    # ── Identity, index specs, sweeps and names ───────────────────────────────────────────────────────────────────────

    def identity(self) -> str:
        """Return the random token that the archive was given when it was created."""
        if not self._identity:
            row = self._collection.get([IDENTITY], ["value"], strong=True).get(IDENTITY)
            self._identity = str(row["value"]) if row else ""
        return self._identity

    def write_identity(self) -> None:
        """Give a new archive its identity."""
        self._write(IDENTITY, IDENTITY, 0, secrets.token_hex(8))

    def spec(self, passages: str) -> IndexSpec:
        """Return the index spec of a collection of passages; raises ArchiveDamaged or ArchiveMismatch."""
        return self._spec_and_search(passages)[0]

    def has_full_text_search(self, passages: str) -> bool:
        """Tell whether the server ranks a collection of passages by BM25; older servers could not."""
        return self._spec_and_search(passages)[1]

    def _spec_and_search(self, passages: str) -> tuple[IndexSpec, bool]:
        if passages not in self._specs:
            row = self._collection.get([_spec_key(passages)], ["value"], strong=True)
            try:
                value = json.loads(row[_spec_key(passages)]["value"])
                version, full_text_search = int(value.pop("schema")), bool(value.pop("finds_words"))
                spec = IndexSpec(**value)
            except (KeyError, TypeError, ValueError) as error:
                raise ArchiveDamaged(
                    f"{self._place} is damaged: it does not say what it was made with. Copy a backup over it."
                ) from error
            if version > VERSION:
                raise ArchiveMismatch(f"{self._place} was made by a newer Clippings. Install that, or a newer one.")
            self._specs[passages] = spec, full_text_search
        return self._specs[passages]

    def specs(self) -> dict[str, IndexSpec]:
        """Return the index specs of all collections of passages that were begun, by the collections' names."""
        rows = self._collection.query(any_of("kind", [SPEC]), [], strong=True)
        names = [row["id"].removeprefix(_spec_key("")) for row in rows]
        return {name: self.spec(name) for name in names}

    def write_spec(self, passages: str, spec: IndexSpec, *, full_text_search: bool) -> None:
        """Enter the index spec of a collection of passages, and whether the server ranks it by BM25."""
        value = {"schema": VERSION, "finds_words": full_text_search, **asdict(spec)}
        self._write(_spec_key(passages), SPEC, 0, json.dumps(value))

    def delete_specs(self, *passages: str) -> None:
        """Delete the index specs of collections of passages that were dropped."""
        self._collection.delete([_spec_key(name) for name in passages])

    def swept(self) -> int:
        """Return the stamp up to which garbage was removed."""
        row = self._collection.get([SWEPT], ["stamp"], strong=True).get(SWEPT)
        return int(row["stamp"]) if row else 0

    def write_swept(self, stamp: int) -> None:
        """Enter up to which stamp garbage was removed, and delete the rows of writers that ended long ago."""
        self._write(SWEPT, SWEPT, stamp, "")
        latest = time.time() - KEEP_WRITER_SECONDS
        writers = self.writers()
        old = [
            writer for writer in writers if writer.began < latest and writer.stamp < stamp and writer.kind != EMBEDDING
        ]
        last = max((writer.ended for writer in old), default=0)
        # The last finished change must stay in the ledger: the generation is computed from it.
        if any(writer.ended >= last and writer not in old for writer in writers):
            self._collection.delete([writer.id for writer in old])

    def names(self, kind: str) -> dict[str, str]:
        """Return all names of a kind ("source", "author", "language") that any article ever had, by their keys."""
        rows = self._collection.iterate(any_of("kind", [kind]), ["value"])
        return {row["id"].removeprefix(f"{kind}/"): str(row["value"]) for row in rows}

    def write_names(self, kind: str, names: Mapping[str, str]) -> None:
        """Enter names by their keys."""
        self._collection.upsert([_row(f"{kind}/{key}", kind, 0, name) for key, name in names.items()])

    def _write(self, key: str, kind: str, stamp: int, value: str) -> None:
        self._collection.upsert([_row(key, kind, stamp, value)])


def _new_id(kind: str) -> str:
    return f"{kind}/{secrets.token_hex(6)}"


def _as_writer(row: Row) -> Writer:
    began, _, ended = row["value"].partition(" ")
    is_done = row["kind"] == DONE
    return Writer(row["id"], row["stamp"], row["kind"], float(began), row["stamp"] if is_done else int(ended or 0))


def _spec_key(passages: str) -> str:
    return f"{SPEC}/{passages}"


def _row(key: str, kind: str, stamp: int, value: str) -> Row:
    return {"id": key, "kind": kind, "stamp": stamp, "value": value, DUMMY_FIELD: DUMMY_VECTOR}
