"""What an error of pymilvus's or gRPC's is here: they are told apart by what servers say, at times in a page."""

import grpc
from pymilvus import MilvusException

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
