"""Who is writing: a row for each writer, from which everybody tells up to where the archive is settled.

A server has no lock and no transaction over many rows, so every change has a *stamp*, a number that grows, and
whoever begins one writes it down first. Three rules keep it true, whatever dies in between:

- A stamp is above those of all changes that are done. It is written down, and only then held against the others: so
  nobody can have counted a later change as done without having seen this one.
- The archive is *settled* up to the last change that is done and has none before it that is still under way. That is
  its generation. What is older, and does not count, is garbage; what is newer may be the work of somebody else.
- A change under way that has not ended after its lease belongs to a dead writer, and is waited for no longer.

Stamps are milliseconds since 1970, or one more than the last: clocks need agree only so far as the lease is long.
"""

import json
import secrets
import time
from dataclasses import asdict, dataclass
from threading import Lock

from retrieval.archive.contract import IndexSpec
from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.schema import NO_VECTOR, NONE, VERSION
from retrieval.archive.milvus.server import Row, Server
from retrieval.errors import ArchiveBusy, ArchiveDamaged, ArchiveMismatch

# Seconds after which a change that has not ended is that of a dead writer, and half of it, after which one begins anew.
LEASE = 300.0
# Seconds that the row of a writer that has ended is kept.
REMEMBERED = 86_400.0
OPEN, DONE, EMBEDDING, MAKING, IDENTITY, SWEPT = "open", "done", "embedding", "making", "identity", "swept"
TRIES = 20


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer's row: its last stamp, whether that change is done, and when it began, in seconds since 1970.

    `ended` is the stamp of the last of its changes that is done.
    """

    id: str
    stamp: int
    kind: str
    began: float
    ended: int

    @property
    def is_alive(self) -> bool:
        """Tell whether a change of its may still go on."""
        return time.time() - self.began < LEASE


def settled(writers: list[Writer]) -> int:
    """Return the last stamp up to which every change is done, or dead."""
    under_way = [one.stamp for one in writers if one.kind == OPEN and one.is_alive]
    done = max((one.ended for one in writers), default=0)
    return min(done, min(under_way, default=done + 1) - 1)


class Ledger:
    """The ledger of an archive, as one process writes in it."""

    def __init__(self, server: Server, collection: str) -> None:
        self._server = server
        self._collection = collection
        self._writer = _new_writer()
        self._embedding = _new_writer().replace("writer/", "embedding/")
        self._is_embedding = False
        self._last = 0
        self._began = 0.0
        self._ended = 0
        self._specs: dict[str, tuple[IndexSpec, bool]] = {}
        self._identity = ""
        self._seen = 0
        self._lock = Lock()
        # Whether nobody else has changed anything since a lease ago, as of when the last change began.
        self.is_alone = True

    # ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, after: int = 0) -> int:
        """Write down that a change begins, and return its stamp; raises ArchiveBusy while all is embedded again."""
        self._last = max(self._last, *(one.stamp for one in self.writers(strong=False)), 0)
        for _ in range(TRIES):
            self._began = time.time()
            stamp = max(round(self._began * 1000), self._last + 1, after + 1)
            self._open(stamp, self._began)
            writers = self.writers()
            if any(one.kind == EMBEDDING and one.is_alive and one.id != self._embedding for one in writers):
                self.abandon(stamp)
                raise ArchiveBusy(f"{self._server.place} is being embedded again. Try again when that has ended.")
            self._last = max(stamp, *(one.stamp for one in writers))
            self.is_alone = not any(one.is_alive and one.id != self._writer for one in writers)
            if all(one.ended < stamp for one in writers):
                return stamp
        raise ArchiveBusy(f"{self._server.place} is written to by too many at once. Try again.")

    def is_in_time(self) -> bool:
        """Tell whether the change may go on: others still wait for it."""
        return time.time() - self._began < LEASE / 2

    def end(self, stamp: int) -> None:
        """Write down that a change is done."""
        self._write(self._writer, DONE, stamp, str(self._began))
        self._ended = stamp
        with self._lock:
            self._last = max(self._last, stamp)

    def abandon(self, stamp: int) -> None:
        """Write down that nobody need wait for a change of which no article's row was written."""
        self._open(stamp, 0.0)

    def _open(self, stamp: int, began: float) -> None:
        self._write(self._writer, OPEN, stamp, f"{began} {self._ended}")

    def lose(self) -> None:
        """Leave a change as it is: what was asked of the server may yet be done, so its lease is to be waited for."""
        self._writer, self._ended = _new_writer(), 0

    def writers(self, *, strong: bool = True) -> list[Writer]:
        """Return all writers, and whoever embeds everything again."""
        rows = self._server.rows(
            self._collection, one_of("kind", [OPEN, DONE, EMBEDDING]), ["kind", "stamp", "value"], strong=strong
        )
        try:
            return [_writer(row) for row in rows]
        except ValueError as error:
            raise ArchiveDamaged(
                f"{self._server.place} is damaged: its ledger is not as it was written. Copy a backup over it."
            ) from error

    def generation(self, *, strong: bool = False) -> int:
        """Return the stamp up to which the archive is settled; it never goes back."""
        now = settled(self.writers(strong=strong))
        with self._lock:
            self._seen = max(now, self._seen)
            return self._seen

    # ── Embedding everything again ───────────────────────────────────────────────────────────────────────────────────

    def embed_again(self) -> None:
        """Keep everybody else from changes, for as long as the lease; call it again and again."""
        self._is_embedding = True
        self._write(self._embedding, EMBEDDING, 0, str(time.time()))

    def stop_embedding(self) -> None:
        """Let others change the archive, where this process kept them from it."""
        if self._is_embedding:
            self._server.delete(self._collection, [self._embedding])
            self._is_embedding = False

    def embedded_again(self) -> None:
        """Let everybody change the archive: it is done, whoever else was at it and may have died."""
        self._server.delete(self._collection, [one.id for one in self.writers() if one.kind == EMBEDDING])
        self._is_embedding = False

    def is_being_embedded(self) -> bool:
        """Tell whether another process embeds everything again."""
        others = [one for one in self.writers() if one.kind == EMBEDDING and one.id != self._embedding]
        return any(one.is_alive for one in others)

    def is_quiet(self) -> bool:
        """Tell whether no other process has a change under way."""
        others = [one for one in self.writers() if one.kind == OPEN and one.id != self._writer]
        return not any(one.is_alive for one in others)

    # ── What is known ────────────────────────────────────────────────────────────────────────────────────────────────

    def identity(self) -> str:
        """Return the random name that this archive was given when it was made."""
        if not self._identity:
            row = self._server.by_key(self._collection, [IDENTITY], ["value"], strong=True).get(IDENTITY)
            self._identity = str(row["value"]) if row else ""
        return self._identity

    def name_archive(self) -> None:
        """Give an archive that is being made its name."""
        self._write(IDENTITY, IDENTITY, 0, secrets.token_hex(8))

    def spec(self, collection: str) -> IndexSpec:
        """Return what a collection of passages is made with; raises ArchiveDamaged or ArchiveMismatch."""
        return self._made(collection)[0]

    def finds_words(self, collection: str) -> bool:
        """Tell whether the server searches a collection's words; one that it had before it could is searched here."""
        return self._made(collection)[1]

    def _made(self, collection: str) -> tuple[IndexSpec, bool]:
        if collection not in self._specs:
            row = self._server.by_key(self._collection, [_spec(collection)], ["value"], strong=True)
            try:
                value = json.loads(row[_spec(collection)]["value"])
                version, finds_words = int(value.pop("schema")), bool(value.pop("finds_words"))
                made = IndexSpec(**value)
            except (KeyError, TypeError, ValueError) as error:
                raise ArchiveDamaged(
                    f"{self._server.place} is damaged: it does not say what it was made with. Copy a backup over it."
                ) from error
            if version > VERSION:
                raise ArchiveMismatch(
                    f"{self._server.place} was made by a newer Clippings. Install that, or a newer one."
                )
            self._specs[collection] = made, finds_words
        return self._specs[collection]

    def specs(self) -> dict[str, IndexSpec]:
        """Return all collections of passages that were begun, with what they are made with."""
        rows = self._server.rows(self._collection, one_of("kind", [MAKING]), [], strong=True)
        names = [row["id"].removeprefix(_spec("")) for row in rows]
        return {name: self.spec(name) for name in names}

    def note_spec(self, collection: str, spec: IndexSpec, *, finds_words: bool) -> None:
        """Write down what a collection of passages is made with, and whether the server searches its words."""
        value = {"schema": VERSION, "finds_words": finds_words, **asdict(spec)}
        self._write(_spec(collection), MAKING, 0, json.dumps(value))

    def forget_specs(self, *collections: str) -> None:
        """Forget collections of passages that are no more."""
        self._server.delete(self._collection, [_spec(one) for one in collections])

    def swept(self) -> int:
        """Return the stamp up to which there is no garbage."""
        row = self._server.by_key(self._collection, [SWEPT], ["stamp"], strong=True).get(SWEPT)
        return int(row["stamp"]) if row else 0

    def sweep(self, stamp: int) -> None:
        """Write down that there is no garbage up to a stamp, and forget the writers that ended long ago."""
        self._write(SWEPT, SWEPT, stamp, "")
        latest = time.time() - REMEMBERED
        writers = self.writers()
        old = [one for one in writers if one.began < latest and one.stamp < stamp and one.kind != EMBEDDING]
        last = max((one.ended for one in old), default=0)
        if any(one.ended >= last and one not in old for one in writers):
            self._server.delete(self._collection, [one.id for one in old])

    def names(self, kind: str) -> dict[str, str]:
        """Return the names of a kind that any article ever had, by their keys."""
        rows = self._server.every(self._collection, one_of("kind", [kind]), ["value"])
        return {row["id"].removeprefix(f"{kind}/"): str(row["value"]) for row in rows}

    def note_names(self, kind: str, names: dict[str, str]) -> None:
        """Write down names by their keys."""
        self._server.write(self._collection, [_row(f"{kind}/{key}", kind, 0, name) for key, name in names.items()])

    def _write(self, key: str, kind: str, stamp: int, value: str) -> None:
        self._server.write(self._collection, [_row(key, kind, stamp, value)])


def _new_writer() -> str:
    return f"writer/{secrets.token_hex(6)}"


def _writer(row: Row) -> Writer:
    began, _, ended = row["value"].partition(" ")
    return Writer(
        row["id"], row["stamp"], row["kind"], float(began), row["stamp"] if row["kind"] == DONE else int(ended or 0)
    )


def _spec(collection: str) -> str:
    return f"{MAKING}/{collection}"


def _row(key: str, kind: str, stamp: int, value: str) -> Row:
    return {"id": key, "kind": kind, "stamp": stamp, "value": value, NONE: NO_VECTOR}
