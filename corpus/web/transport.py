"""The way to a server: to the address that was checked, and no longer than there is patience for."""

import ipaddress
import os
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx

from corpus.errors import LinkFailed

SECONDS_TO_CONNECT = 10.0
DEADLINE: ContextVar[float] = ContextVar("DEADLINE")


@dataclass
class Patience:
    """Seconds that are left for servers to answer in; what passes between their answers does not count."""

    left: float

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Count what is done within: whatever the transport waits for there ends with the patience."""
        begun = time.monotonic()
        token = DEADLINE.set(begun + self.left)
        try:
            yield
        finally:
            DEADLINE.reset(token)
            self.left -= time.monotonic() - begun


def _left(timeout: float | None) -> float:
    left = DEADLINE.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection: every wait on it ends by the deadline, be it for a byte, so that a server cannot dribble on."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and asks no name server twice: between two answers they may change."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the patience that is left is what counts
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("no address")
        for address in addresses(host, port, allow_private=self._allow_private):
            try:
                wait = _left(SECONDS_TO_CONNECT)
                return _Stream(self._inner.connect_tcp(address, port, wait, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@cache
def _trusting(*_places: str | None) -> ssl.SSLContext:
    # Reading all the authorities takes longer than a page does.
    return httpx.create_ssl_context()


class Transport(httpx.BaseTransport):
    """Connections to servers, kept open for the next request; raises LinkFailed, and httpcore's errors."""

    def __init__(self, *, allow_private: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            max_keepalive_connections=4,
            keepalive_expiry=15.0,
            network_backend=_Network(allow_private=allow_private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that has no body, and return the answer as far as its headers."""
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# An IPv4 address in the last 32 bits, for networks that speak IPv6 alone: RFC 6052, section 2.1.
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Return the numeric addresses of a host, in the order in which they are to be tried.

    Raises LinkFailed where there are none, or where any is one that may not be asked.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        missing = isinstance(error, UnicodeError) or getattr(error, "errno", 0) == socket.EAI_NONAME
        raise LinkFailed("there is no server of that name" if missing else "the name server does not answer") from None
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for address in found:
        if not may_be_asked(address, allow_private=allow_private):
            raise LinkFailed("a private address", lasting=True)
    return found


def may_be_asked(address: str, *, allow_private: bool) -> bool:
    """Tell whether an address is public, or private where that is allowed.

    Link-local addresses, where clouds keep their machines' secrets, and those of no one machine never are.
    """
    try:
        one = _unwrapped(ipaddress.ip_address(address))
    except ValueError:
        return False
    if one.is_link_local or one.is_multicast or one.is_unspecified:
        return False
    if allow_private and (one.is_loopback or one.is_private):
        return True
    return one.is_global and not one.is_reserved


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


CHUNK_BYTES = 65_536
# Told by the first bytes: gzip's, zlib's.
EITHER = zlib.MAX_WBITS | 32


def unpacked(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Yield the bytes of a body, never more than 64 KB at once, however tightly they were packed; raises LinkFailed."""
    match coding.strip().lower():
        case "" | "identity":
            yield from pieces
        case "gzip" | "x-gzip" | "deflate":
            yield from _inflated(pieces)
        case other:
            raise LinkFailed(f"packed in a way that was not asked for: {other[:40]}")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(EITHER)
    try:
        for piece in pieces:
            rest = piece
            while rest and not inflate.eof:
                yield inflate.decompress(rest, CHUNK_BYTES)
                rest = inflate.unconsumed_tail
        yield inflate.flush(CHUNK_BYTES)
    except zlib.error:
        raise LinkFailed("its packing is broken") from None
    if not inflate.eof:
        raise LinkFailed("its packing is broken off")
