"""Calls of pymilvus: bounded in time, repeated where that is safe, their errors made ours.

Every write is one of rows under their own keys, so that doing it twice is doing it once. Whoever writes waits for a
server that is being restarted; whoever only reads is told within seconds.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

import grpc
from pymilvus import MilvusClient, MilvusException

from retrieval.archive.location import MilvusPlace
from retrieval.errors import ArchiveMissing, ArchiveRefused, ArchiveUnreachable, ArchiveUnwritable

# Parts of what servers say, in lower case: of a collection or an alias that is not there, of no room, of no right.
GONE = ("collection not found", "can't find collection", "alias not found")
FULL = ("no space", "quota", "disk full", "deny to write", "memory limit", "read-only", "readonly", "exhausted")
REFUSED = ("unauthenticated", "permission", "auth check", "authenticat", "authoriz", "certificate", "handshake")
NO_COLLECTION = 100  # Milvus's code


class Vanished(ArchiveMissing):
    """A collection that was there has been dropped."""


class NotLoaded(Exception):
    """A collection is not in the server's memory."""


class AlreadyThere(Exception):
    """What was to be made has been made, by another process perhaps."""


def meant(error: MilvusException | grpc.RpcError, place: MilvusPlace) -> Exception:
    """Return the error that is raised for one of theirs."""
    code, message = _said(error)
    line = " ".join(message.split("\n", 1)[0].split())[:200].strip(" .")
    low = message.lower()
    if "already exist" in low or "duplicate" in low or "at most one distinct index" in low:
        return AlreadyThere(line)
    if "not loaded" in low or "'released'" in low or "notload" in low:
        return NotLoaded(line)
    named = "collection" in low or "alias" in low
    if code == NO_COLLECTION or ("not exist" in low and named) or any(word in low for word in GONE):
        return Vanished(f"{place} is not there, or not whole ({line}). Copy a backup to it.")
    if any(word in low for word in FULL):
        return ArchiveUnwritable(
            f"{place} takes nothing more ({line}). What was in it is unchanged. Make room on the server."
        )
    if any(word in low for word in REFUSED):
        return ArchiveRefused(f"{place} lets nobody in ({line}). Look at [milvus] in the settings.")
    return ArchiveUnreachable(
        f"{place} does not answer ({line}). See that the server runs and can be reached, and try again."
    )


def _said(error: MilvusException | grpc.RpcError) -> tuple[object, str]:
    if isinstance(error, MilvusException):
        return error.code, error.message
    code, details = getattr(error, "code", None), getattr(error, "details", None)
    return 0, f"{code() if code else ''} {details() if details else error}".removeprefix("StatusCode.")


log = logging.getLogger(__name__)
Result = TypeVar("Result")
# How long a write is tried, in calls' timeouts: a server is up again within a minute. A read is tried for one, but for
# those that whoever writes needs.
PATIENCE = 12
_patient = ContextVar("_patient", default=False)
AGAIN = 0.25  # seconds between two tries
# A server that is up again is found at once: gRPC would wait for two minutes, and share its waits between channels. And
# no server is asked every ten seconds whether it is there: some hang up on whoever does. Each call has its own timeout.
CONNECTION = {
    "grpc.keepalive_time_ms": 600_000,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 1000,
    "grpc.max_reconnect_backoff_ms": 1000,
}


@contextmanager
def patient() -> Iterator[None]:
    """Have this thread's reads wait for a server that is being restarted, as writes do."""
    before = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(before)


class Calls:
    """A connection to a Milvus server; any thread may call anything."""

    def __init__(self, place: MilvusPlace) -> None:
        """Connect; raises ArchiveUnreachable or ArchiveRefused."""
        self._place = place
        # What it says of an error that we say ourselves, with a traceback.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        certificate = {"server_pem_path": place.certificate} if place.certificate else {}
        self._client: MilvusClient = self._once(
            lambda: MilvusClient(
                place.uri,
                token=place.token,
                timeout=place.timeout,
                secure=place.tls,
                grpc_options=CONNECTION,
                **certificate,
            )
        )

    def read(self, what: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method that changes nothing."""
        return self._ask(what, *args, **kwargs)

    def write(self, what: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method that changes something, and may be called twice."""
        with patient():
            return self._ask(what, *args, **kwargs)

    def pages(self, collection: str, **kwargs: Any) -> Iterator[Any]:
        """Yield what a query finds, page by page; one that fails is asked for again, after the last that was given."""
        rows = self.read("query_iterator", collection, **kwargs)
        try:
            while page := self._until_answered(rows.next, collection):
                yield page
        finally:
            with suppress(MilvusException, grpc.RpcError):
                rows.close()

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(MilvusException, grpc.RpcError, ValueError):
            self._client.close()

    def _ask(self, what: str, *args: Any, **kwargs: Any) -> Any:
        return self._until_answered(self._call(what, *args, **kwargs), args[0] if args else "")

    def _until_answered(self, call: Callable[[], Result], collection: str) -> Result:
        """Call until there is an answer, a call's timeout each time; raises whatever says why there is none."""
        began, told = time.monotonic(), False
        patience = self._place.timeout * (PATIENCE if _patient.get() else 1)
        while True:
            try:
                return self._once(call)
            except NotLoaded:
                # A server that was started anew may have to be told what it had in memory.
                with suppress(ArchiveUnreachable):
                    self._once(self._call("load_collection", collection))
            except ArchiveUnreachable:
                waited = time.monotonic() - began
                if waited + AGAIN > patience:
                    raise
                if waited > self._place.timeout and not told:
                    log.warning("Waiting for %s, which does not answer …", self._place)
                    told = True
            if time.monotonic() - began > patience:
                raise ArchiveUnreachable(f"{self._place} does not have its collections in memory. Try again later.")
            time.sleep(AGAIN)

    def _call(self, what: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
        return partial(getattr(self._client, what), *args, timeout=self._place.timeout, **kwargs)

    def _once(self, call: Callable[[], Result]) -> Result:
        try:
            return call()
        except (MilvusException, grpc.RpcError) as error:
            raise meant(error, self._place) from error
