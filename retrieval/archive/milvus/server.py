"""What a Milvus server is asked: rows by key, by condition, by vector and by words; and its collections."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import cached_property
from typing import Any, TypeAlias

from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.client import AlreadyThere, Calls, Vanished
from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.schema import KEY, Collection
from retrieval.batching import in_turns
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveUnreachable

Row: TypeAlias = dict[str, Any]
LOADING = 60.0  # seconds that a new collection may take until it can be searched
# Rows a request: a message of gRPC's may have 64 MB where nobody has set another limit, and a row a few hundred KB.
ROWS = 1000
# Rows that a server gives at once.
MOST = 16_384
MOST_BYTES = 16_000_000


class Server:
    """A Milvus server; any thread may call anything."""

    def __init__(self, place: MilvusPlace) -> None:
        """Connect; raises ArchiveUnreachable or ArchiveRefused."""
        self.place = place
        self._calls = Calls(place)

    @cached_property
    def version(self) -> str:
        """The server's version, as it says it: v2.6.1, or milvus_lite-3.2.2."""
        return str(self._calls.read("get_server_version"))

    @cached_property
    def finds_words(self) -> bool:
        """Tell whether it has full text search of its own: Milvus from 2.5 on, and milvus-lite."""
        if "lite-" in self.version:
            return True
        with suppress(ValueError):
            major, minor, *_ = (int(part) for part in self.version.removeprefix("v").split("-")[0].split("."))
            return (major, minor) >= (2, 5)
        return False

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def by_key(
        self, collection: str, keys: Sequence[str], fields: Sequence[str], *, strong: bool = False
    ) -> dict[str, Row]:
        """Return rows by their keys, those that there are."""
        found = {}
        for some in in_turns(dict.fromkeys(keys), ROWS):
            for row in self.rows(collection, one_of(KEY, some), fields, strong=strong):
                found[row[KEY]] = row
        return found

    def rows(
        self, collection: str, filter_: str, fields: Sequence[str], *, limit: int = MOST, strong: bool = False
    ) -> list[Row]:
        """Return some rows, in no order: 16,384 at most, which is as many as a server gives at once."""
        found = self._calls.read(
            "query",
            collection,
            filter=filter_,
            output_fields=[KEY, *fields],
            consistency_level=_level(strong=strong),
            limit=limit,
        )
        return [dict(row) for row in found]

    def catch_up(self, *collections: str) -> None:
        """Wait until what anybody has written to collections by now is seen by every read."""

        def wait(name: str) -> None:
            self.rows(name, one_of(KEY, [""]), [], strong=True)

        with ThreadPoolExecutor(len(collections)) as threads:
            for one in [threads.submit(copy_context().run, wait, name) for name in collections]:
                one.result()

    def every(self, collection: str, filter_: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield all rows that there are, in no order, a page of them in memory at a time.

        On older servers an iterator takes no level of consistency: whoever needs one waits to `catch_up` first.
        """
        pages = self._calls.pages(collection, batch_size=ROWS, filter=filter_, output_fields=[KEY, *fields])
        return (dict(row) for page in pages for row in page)

    def count(self, collection: str, filter_: str = "", *, strong: bool = False) -> int:
        """Count rows."""
        (found,) = self._calls.read(
            "query", collection, filter=filter_, output_fields=["count(*)"], consistency_level=_level(strong=strong)
        )
        return int(found["count(*)"])

    def search(
        self,
        collection: str,
        field: str,
        what: Vectors | str,
        limit: int,
        filter_: str,
        fields: Sequence[str],
        params: Row,
        *,
        strong: bool = False,
    ) -> list[Row]:
        """Return the rows nearest to a vector, or the best ones for words, in order."""
        (found,) = self._calls.read(
            "search",
            collection,
            [what if isinstance(what, str) else what.tolist()],
            anns_field=field,
            limit=limit,
            filter=filter_,
            output_fields=[KEY, *fields],
            search_params=params,
            consistency_level=_level(strong=strong),
        )
        return [dict(one["entity"]) | {KEY: one[KEY]} for one in found]

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows, each in place of the one with its key; raises ArchiveUnwritable too."""
        for batch in _batches(rows):
            self._calls.write("upsert", collection, batch)

    def delete(self, collection: str, keys: Sequence[str]) -> None:
        """Remove rows by their keys."""
        for some in in_turns(keys, ROWS):
            self._calls.write("delete", collection, ids=some)

    # ── Collections ──────────────────────────────────────────────────────────────────────────────────────────────────

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return list(self._calls.read("list_collections"))

    def target(self, alias: str) -> str | None:
        """Return the collection that an alias stands for; None where there is no such alias."""
        try:
            return str(self._calls.read("describe_alias", alias)["collection_name"])
        except Vanished:
            return None

    def point(self, alias: str, collection: str) -> None:
        """Have an alias stand for a collection from now on, in one step."""
        self._calls.write("alter_alias" if self.target(alias) else "create_alias", collection, alias)

    def name(self, alias: str, collection: str) -> None:
        """Have an alias stand for a collection, unless it stands for one."""
        if not self.target(alias):
            with suppress(AlreadyThere):
                self._calls.write("create_alias", collection, alias)

    def unpoint(self, alias: str) -> None:
        """Have an alias stand for nothing."""
        if self.target(alias):
            self._calls.write("drop_alias", alias)

    def create(self, name: str, made: Collection) -> None:
        """Make a collection, where it is not there yet, and have it ready to be searched."""
        if name not in self.collections():
            with suppress(AlreadyThere):
                self._calls.write("create_collection", name, schema=made.schema())
        with suppress(AlreadyThere):
            self._calls.write("create_index", name, made.index_params(), sync=False)
        self.load(name)

    def load(self, name: str) -> None:
        """Have a collection ready to be searched, as it is after its server was started anew; wait for it."""
        until, asked = time.monotonic() + LOADING, False
        while (state := str(self._calls.read("get_load_state", name)["state"])) != "Loaded":
            if state == "NotExist":
                raise Vanished(f"{self.place} is not whole: it has no collection {name}. Copy a backup to it.")
            if not asked:
                self._calls.write("load_collection", name, _async=True)
                asked = True
            if time.monotonic() > until:
                raise ArchiveUnreachable(f"{self.place}: the collection {name} is not loaded after {LOADING:.0f} s.")
            time.sleep(0.02)

    def drop(self, *names: str) -> None:
        """Drop collections, those that there are."""
        for name in names:
            with suppress(Vanished):
                self._calls.write("drop_collection", name)

    def flush(self, *names: str) -> None:
        """Have milvus-lite write rows in memory to segments, which it finds faster; a Milvus does that by itself."""
        for name in names if "lite-" in self.version else ():
            with suppress(ArchiveUnreachable):
                self._calls.read("flush", name)

    def close(self) -> None:
        """Let go of the connection."""
        self._calls.close()


def _level(*, strong: bool) -> str:
    """Return a consistency level. A strong one waits for what anybody has written, 0.2 s and more on a real server."""
    return "Strong" if strong else "Session"


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    batch, bytes_ = list[Row](), 0
    for row in rows:
        if batch and (len(batch) >= ROWS or bytes_ + _bytes(row) > MOST_BYTES):
            yield batch
            batch, bytes_ = [], 0
        batch.append(row)
        bytes_ += _bytes(row)
    if batch:
        yield batch


def _bytes(row: Row) -> int:
    """Tell roughly how many bytes a row takes in a request, and never too few."""
    return 1000 + sum(4 * len(value) for value in row.values() if isinstance(value, str | list))
