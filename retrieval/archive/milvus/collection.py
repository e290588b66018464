"""A collection on a Milvus server: its rows by key, by filter expression, by vector and by words."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeAlias

from retrieval.archive.milvus.client import AlreadyExists, Client, CollectionMissing
from retrieval.archive.milvus.schema import KEY, CollectionSchema
from retrieval.batch_and_prefetch import batched
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveUnreachable

Row: TypeAlias = dict[str, Any]
LOADING_SECONDS = 60.0  # until a new collection must be searchable
POLL_SECONDS = 0.02
# Rows a request: gRPC limits a message to 64 MB by default, and a row may have a few hundred KB.
ROWS_PER_REQUEST = 1000
MAX_BYTES_PER_REQUEST = 16_000_000
# Rows that a server returns to one query at most.
MAX_ROWS = 16_384


class Collection:
    """One collection, by its name, for any thread."""

    def __init__(self, client: Client, name: str, *, rows_per_request: int = ROWS_PER_REQUEST) -> None:
        self.client = client
        self.place = client.place
        self.name = name
        self._rows_per_request = rows_per_request

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, keys: Sequence[str], fields: Sequence[str], *, strong: bool = False) -> dict[str, Row]:
        """Return rows by their keys; keys without a row are left out."""
        rows = {}
        for batch in batched(dict.fromkeys(keys), self._rows_per_request):
            for row in self.query(any_of(KEY, batch), fields, strong=strong):
                rows[row[KEY]] = row
        return rows

    def query(self, filter_: str, fields: Sequence[str], *, limit: int = MAX_ROWS, strong: bool = False) -> list[Row]:
        """Return up to `limit` rows that match a filter expression, in no order; 16,384 rows at most."""
        rows = self.client.read(
            "query",
            self.name,
            filter=filter_,
            output_fields=[KEY, *fields],
            consistency_level=_consistency(strong=strong),
            limit=limit,
        )
        return [dict(row) for row in rows]

    def iterate(self, filter_: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield all rows that match a filter expression, in no order, with one page of them in memory.

        On older servers an iterator takes no consistency level: call `catch_up` first to see all that was written.
        """
        pages = self.client.pages(
            self.name, batch_size=self._rows_per_request, filter=filter_, output_fields=[KEY, *fields]
        )
        return (dict(row) for page in pages for row in page)

    def count(self, filter_: str = "") -> int:
        """Count the rows that match a filter expression."""
        (row,) = self.client.read(
            "query",
            self.name,
            filter=filter_,
            output_fields=["count(*)"],
            consistency_level=_consistency(strong=False),
        )
        return int(row["count(*)"])

    def search(
        self,
        field: str,
        query: Vectors | str,
        limit: int,
        filter_: str,
        fields: Sequence[str],
        params: Row,
        *,
        strong: bool = False,
    ) -> list[Row]:
        """Return the rows nearest to a vector, or the best by BM25 for words, best first."""
        (hits,) = self.client.read(
            "search",
            self.name,
            [query if isinstance(query, str) else query.tolist()],
            anns_field=field,
            limit=limit,
            filter=filter_,
            output_fields=[KEY, *fields],
            search_params=params,
            consistency_level=_consistency(strong=strong),
        )
        return [dict(hit["entity"]) | {KEY: hit[KEY]} for hit in hits]

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows, each replacing the row with its key; raises ArchiveUnwritable too."""
        for batch in self._batches(rows):
            self.client.write("upsert", self.name, batch)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete rows by their keys."""
        for batch in batched(keys, self._rows_per_request):
            self.client.write("delete", self.name, ids=batch)

    def _batches(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        batch, batch_bytes = list[Row](), 0
        for row in rows:
            is_full = len(batch) >= self._rows_per_request or batch_bytes + _row_bytes(row) > MAX_BYTES_PER_REQUEST
            if batch and is_full:
                yield batch
                batch, batch_bytes = [], 0
            batch.append(row)
            batch_bytes += _row_bytes(row)
        if batch:
            yield batch

    # ── The collection itself ─────────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        """Tell whether the server has the collection."""
        return self.name in self.client.collection_names()

    def create(self, schema: CollectionSchema) -> None:
        """Create the collection with its indexes, unless it exists, and load it."""
        if not self.exists():
            with suppress(AlreadyExists):
                self.client.write("create_collection", self.name, schema=schema.fields_for_pymilvus())
        with suppress(AlreadyExists):
            self.client.write("create_index", self.name, schema.indexes_for_pymilvus(), sync=False)
        self.load()

    def load(self) -> None:
        """Load the collection into the server's memory, and wait until it can be searched."""
        deadline, has_requested = time.monotonic() + LOADING_SECONDS, False
        while (state := str(self.client.read("get_load_state", self.name)["state"])) != "Loaded":
            if state == "NotExist":
                raise CollectionMissing(
                    f"{self.place} is not whole: it has no collection {self.name}. Copy a backup to it."
                )
            if not has_requested:
                self.client.write("load_collection", self.name, _async=True)
                has_requested = True
            if time.monotonic() > deadline:
                raise ArchiveUnreachable(
                    f"{self.place}: the collection {self.name} is not loaded after {LOADING_SECONDS:.0f} s."
                )
            time.sleep(POLL_SECONDS)

    def drop(self) -> None:
        """Drop the collection, if it exists."""
        with suppress(CollectionMissing):
            self.client.write("drop_collection", self.name)

    def flush(self) -> None:
        """Have milvus-lite write rows in memory to segments, which it searches faster. Milvus itself needs no flush."""
        if self.client.is_lite:
            with suppress(ArchiveUnreachable):
                self.client.read("flush", self.name)


def catch_up(*collections: Collection) -> None:
    """Wait until every read sees what anybody has written to these collections before this call."""

    def wait(collection: Collection) -> None:
        collection.query(any_of(KEY, [""]), [], strong=True)

    with ThreadPoolExecutor(len(collections)) as threads:
        for waiting in [threads.submit(copy_context().run, wait, collection) for collection in collections]:
            waiting.result()


def _consistency(*, strong: bool) -> str:
    """Return Milvus's consistency level: a strong read waits, for 0.2 s or more, for all that anybody has written."""
    return "Strong" if strong else "Session"


def _row_bytes(row: Row) -> int:
    """Estimate how many bytes a row takes in a request, never too few."""
    return 1000 + sum(4 * len(value) for value in row.values() if isinstance(value, str | list))


# ── Filter expressions ────────────────────────────────────────────────────────────────────────────────────────────────


def quoted(value: str | int) -> str:
    """Return a value quoted, so that no name or word is read as part of an expression."""
    return json.dumps(value, ensure_ascii=False)


def any_of(field: str, values: Iterable[str | int]) -> str:
    """Return the expression: the field has one of these values."""
    return f"{field} in [{', '.join(map(quoted, values))}]"


def array_has_any(field: str, values: Sequence[str | int]) -> str:
    """Return the expression: the array field has at least one of these values."""
    return f"array_contains_any({field}, [{', '.join(map(quoted, values))}])"


def all_of(*expressions: str) -> str:
    """Return the expression: all of these hold. An empty one always holds."""
    return " and ".join(f"({expression})" for expression in expressions if expression)


def starts_with(field: str, prefix: str) -> str:
    """Return the expression: the field starts with a prefix. As a range, since % and _ are wildcards in `like`."""
    return f"{field} >= {quoted(prefix)} and {field} <= {quoted(prefix + chr(0x10FFFF))}"
