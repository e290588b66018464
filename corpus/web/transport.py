"""HTTP connections: only to checked addresses, within a deadline, and with bodies decompressed in bounded chunks."""

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

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 65_536
# With this setting zlib recognises gzip and zlib data by the first bytes.
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
# IPv6 addresses whose last 32 bits are an IPv4 address: RFC 6052, section 2.1.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# The time on the monotonic clock by which the request of this context must end.
ENDS_AT: ContextVar[float] = ContextVar("ENDS_AT")


@dataclass
class Deadline:
    """The seconds that servers have left to answer; only time spent within `counting` counts."""

    left: float

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the time spent in this block; every wait of the transport in it ends at the deadline."""
        start = time.monotonic()
        token = ENDS_AT.set(start + self.left)
        try:
            yield
        finally:
            ENDS_AT.reset(token)
            self.left -= time.monotonic() - start


def _left(timeout: float | None) -> float:
    left = ENDS_AT.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection on which every wait ends at the deadline, so that a server cannot prolong it byte by byte."""

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
    """Resolves a name once and connects to the checked addresses: a second answer could contain other addresses."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline replaces it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in checked_addresses(host, port, allow_private=self._allow_private):
            try:
                wait = _left(CONNECT_SECONDS)
                return _Stream(self._inner.connect_tcp(address, port, wait, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@cache
def _ssl_context(*_variables: str | None) -> ssl.SSLContext:
    # Loading the certificates of all authorities takes longer than fetching a page.
    return httpx.create_ssl_context()


class Transport(httpx.BaseTransport):
    """Connections that are kept open for the next request; raises LinkFailed and httpcore's errors."""

    def __init__(self, *, allow_private: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            max_keepalive_connections=4,
            keepalive_expiry=15.0,
            network_backend=_Network(allow_private=allow_private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request without a body; the response's body is read later."""
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


def checked_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host to its numeric addresses, in the order in which to try them.

    Raises LinkFailed if there are none, or if any of them is not allowed.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        missing = isinstance(error, UnicodeError) or getattr(error, "errno", 0) == socket.EAI_NONAME
        raise LinkFailed("there is no server of that name" if missing else "the name server does not answer") from None
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for address in addresses:
        if not is_allowed_address(address, allow_private=allow_private):
            raise LinkFailed("a private address", lasting=True)
    return addresses


def is_allowed_address(address: str, *, allow_private: bool) -> bool:
    """Tell whether an address is public, or private if that is allowed.

    Link-local addresses (clouds serve their machines' secrets there), multicast and unspecified ones never are.
    """
    try:
        ip = _ipv4_if_embedded(ipaddress.ip_address(address))
    except ValueError:
        return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if allow_private and (ip.is_loopback or ip.is_private):
        return True
    return ip.is_global and not ip.is_reserved


def _ipv4_if_embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address contains, or else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def read_body(response: httpx.Response, max_bytes: int, *, cut: bool) -> bytes:
    """Read a body; of one that is too long only the whole lines within the limit if `cut`, else raise LinkFailed."""
    content = bytearray()
    for chunk in decompress(response.iter_raw(), response.headers.get("Content-Encoding", "")):
        content += chunk
        if len(content) > max_bytes and cut:
            # A line that is cut off may mean something else: "Disallow: /" of "Disallow: /private".
            return bytes(content[: max(content.rfind(b"\n", 0, max_bytes), content.rfind(b"\r", 0, max_bytes)) + 1])
        if len(content) > max_bytes:
            raise LinkFailed(f"larger than {max_bytes / 1e6:g} MB", lasting=True)
    return bytes(content)


def decompress(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the decompressed bytes of a body, at most 64 KB at a time; raises LinkFailed."""
    match encoding.strip().lower():
        case "" | "identity":
            yield from chunks
        case "gzip" | "x-gzip" | "deflate":
            yield from _inflate(chunks)
        case other_encoding:
            raise LinkFailed(f"compressed in a way that was not asked for: {other_encoding[:40]}")


def _inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not inflate.eof:
                yield inflate.decompress(rest, CHUNK_BYTES)
                rest = inflate.unconsumed_tail
        yield inflate.flush(CHUNK_BYTES)
    except zlib.error:
        raise LinkFailed("its compressed content is broken") from None
    if not inflate.eof:
        raise LinkFailed("its compressed content is cut off")
