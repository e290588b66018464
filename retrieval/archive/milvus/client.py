"""The connection to a Milvus server: calls with timeouts and retries, aliases, and pymilvus's errors as ours.

Every write upserts or deletes rows by their own keys, so that it may safely be repeated. A write waits until a
restarted server is back. A read fails within seconds.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property, partial
from typing import Any, TypeVar

import grpc
from pymilvus import MilvusClient, MilvusException
from pymilvus.exceptions import DataNotMatchException

from corpus.backoff import Backoff
from retrieval.archive.location import MilvusPlace
from retrieval.errors import ArchiveMismatch, ArchiveMissing, ArchiveRefused, ArchiveUnreachable, ArchiveUnwritable

log = logging.getLogger(__name__)
Result = TypeVar("Result")
# How long a write is retried, as a multiple of a call's timeout: a restarted server is back within a minute. A read is
# retried for one timeout, unless a write needs it.
WRITE_TIMEOUTS = 12
_is_writing = ContextVar("_is_writing", default=False)
BACKOFF = Backoff(0.25, max_seconds=1.0)
# gRPC reconnects at once to a server that is back: by default it would wait for up to two minutes, and share its waits
# between channels. It sends no keepalive pings, since some servers close the connection over them. Each call has a
# timeout of its own.
GRPC_OPTIONS = {
    "grpc.keepalive_time_ms": 600_000,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 1000,
    "grpc.max_reconnect_backoff_ms": 1000,
}
# Parts of servers' error messages, in lower case: for a missing collection or alias, no space, and no permission.
MISSING = ("collection not found", "can't find collection", "alias not found")
FULL = ("no space", "quota", "disk full", "deny to write", "memory limit", "read-only", "readonly", "exhausted")
REFUSED = ("unauthenticated", "permission", "auth check", "authenticat", "authoriz", "certificate", "handshake")
COLLECTION_NOT_FOUND = 100  # Milvus's error code


class CollectionMissing(ArchiveMissing):
    """A collection of the archive is not on the server, or no longer."""


class CollectionNotLoaded(Exception):
    """A collection is not in the server's memory."""


class AlreadyExists(Exception):
    """The collection, index or alias to create exists, perhaps created by another process."""


@contextmanager
def retry_as_writer() -> Iterator[None]:
    """Retry this thread's reads for as long as writes, so that a change outlasts a server's restart."""
    before = _is_writing.set(True)
    try:
        yield
    finally:
        _is_writing.reset(before)


class Client:
    """A connection to a Milvus server, for any thread."""

    def __init__(self, place: MilvusPlace) -> None:
        """Connect; raises ArchiveUnreachable or ArchiveRefused."""
        self.place = place
        # It logs, with a traceback, the errors that we raise.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        certificate = {"server_pem_path": place.certificate} if place.certificate else {}
        self._milvus: MilvusClient = self._translating(
            lambda: MilvusClient(
                place.uri,
                token=place.token,
                timeout=place.timeout,
                secure=place.tls,
                grpc_options=GRPC_OPTIONS,
                **certificate,
            )
        )

    @cached_property
    def version(self) -> str:
        """The server's version in its own words: v2.6.1, or milvus_lite-3.2.2."""
        return str(self.read("get_server_version"))

    @property
    def is_lite(self) -> bool:
        """Whether the server is milvus-lite."""
        return "lite-" in self.version

    @cached_property
    def has_full_text_search(self) -> bool:
        """Whether the server ranks by BM25 itself: Milvus 2.5 and later, and milvus-lite."""
        if self.is_lite:
            return True
        with suppress(ValueError):
            major, minor, *_ = (int(part) for part in self.version.removeprefix("v").split("-")[0].split("."))
            return (major, minor) >= (2, 5)
        return False

    # ── Calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of pymilvus that changes nothing."""
        return self._retried(self._call(method, *args, **kwargs), args[0] if args else "")

    def write(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of pymilvus that changes something, and may be repeated."""
        with retry_as_writer():
            return self.read(method, *args, **kwargs)

    def pages(self, collection: str, **kwargs: Any) -> Iterator[Any]:
        """Yield a query's results page by page; a page that fails is requested again."""
        rows = self.read("query_iterator", collection, **kwargs)
        try:
            while page := self._retried(rows.next, collection):
                yield page
        finally:
            with suppress(MilvusException, grpc.RpcError):
                rows.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(MilvusException, grpc.RpcError, ValueError):
            self._milvus.close()

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
        return partial(getattr(self._milvus, method), *args, timeout=self.place.timeout, **kwargs)

    def _retried(self, call: Callable[[], Result], collection: str) -> Result:
        """Repeat a call until the server answers or the deadline is over; raises the last error translated."""
        began, has_warned, waits = time.monotonic(), False, BACKOFF.waits()
        deadline = self.place.timeout * (WRITE_TIMEOUTS if _is_writing.get() else 1)
        while True:
            wait = next(waits)
            try:
                return self._translating(call)
            except CollectionNotLoaded:
                # A restarted server may load its collections only on request.
                with suppress(ArchiveUnreachable):
                    self._translating(self._call("load_collection", collection))
            except ArchiveUnreachable:
                waited = time.monotonic() - began
                if waited + wait > deadline:
                    raise
                if waited > self.place.timeout and not has_warned:
                    log.warning("Waiting for %s, which does not answer …", self.place)
                    has_warned = True
            if time.monotonic() - began > deadline:
                raise ArchiveUnreachable(f"{self.place} does not have its collections in memory. Try again later.")
            time.sleep(wait)

    def _translating(self, call: Callable[[], Result]) -> Result:
        try:
            return call()
        except (MilvusException, grpc.RpcError) as error:
            raise translated(error, self.place) from error

    # ── Names of collections ──────────────────────────────────────────────────────────────────────────────────────────

    def collection_names(self) -> list[str]:
        """Return the names of all collections on the server."""
        return list(self.read("list_collections"))

    def alias_target(self, alias: str) -> str | None:
        """Return the name of the collection that an alias points to; None if the alias does not exist."""
        try:
            return str(self.read("describe_alias", alias)["collection_name"])
        except CollectionMissing:
            return None

    def point_alias(self, alias: str, collection: str) -> None:
        """Point an alias to a collection, in one atomic step."""
        self.write("alter_alias" if self.alias_target(alias) else "create_alias", collection, alias)

    def create_alias(self, alias: str, collection: str) -> None:
        """Create an alias of a collection, unless the alias exists."""
        if not self.alias_target(alias):
            with suppress(AlreadyExists):
                self.write("create_alias", collection, alias)

    def drop_alias(self, alias: str) -> None:
        """Drop an alias, if it exists."""
        if self.alias_target(alias):
            self.write("drop_alias", alias)


def translated(error: MilvusException | grpc.RpcError, place: MilvusPlace) -> Exception:
    """Return our exception for one of pymilvus's or gRPC's, chosen by the server's code and message."""
    code, message = _code_and_message(error)
    line = " ".join(message.split("\n", 1)[0].split())[:200].strip(" .")
    lower = message.lower()
    if "already exist" in lower or "duplicate" in lower or "at most one distinct index" in lower:
        return AlreadyExists(line)
    if "not loaded" in lower or "'released'" in lower or "notload" in lower:
        return CollectionNotLoaded(line)
    is_missing = "not exist" in lower and ("collection" in lower or "alias" in lower)
    if code == COLLECTION_NOT_FOUND or is_missing or any(part in lower for part in MISSING):
        return CollectionMissing(f"{place} is not there, or not whole ({line}). Copy a backup to it.")
    if any(part in lower for part in FULL):
        return ArchiveUnwritable(
            f"{place} takes nothing more ({line}). What was in it is unchanged. Make room on the server."
        )
    if any(part in lower for part in REFUSED):
        return ArchiveRefused(f"{place} lets nobody in ({line}). Look at [milvus] in the settings.")
    # The server, or pymilvus by the collection's schema, rejects the request itself: a retry cannot help.
    if isinstance(error, DataNotMatchException) or getattr(error, "is_input_error", False):
        return ArchiveMismatch(
            f"{place} does not take what this Clippings sends ({line}). See that the same version made the archive."
        )
    return ArchiveUnreachable(
        f"{place} does not answer ({line}). See that the server runs and can be reached, and try again."
    )


def _code_and_message(error: MilvusException | grpc.RpcError) -> tuple[object, str]:
    if isinstance(error, MilvusException):
        return error.code, error.message
    code, details = getattr(error, "code", None), getattr(error, "details", None)
    return 0, f"{code() if code else ''} {details() if details else error}".removeprefix("StatusCode.")
