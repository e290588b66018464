"""Proxies between an archive and its Milvus server: a connection that stalls, and a server that refuses calls."""

import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Protocol

import grpc

from tests.milvus_servers import HOST

SERVICE = "/milvus.proto.milvus.MilvusService/"


class Message(Protocol):
    """A gRPC message."""

    def SerializeToString(self) -> bytes: ...  # noqa: N802


class Line:
    """A proxy to a port. After `cut` it passes nothing on, and its connections stay open, as on a dead network."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._is_whole = threading.Event()
        self._is_whole.set()
        self._closed = False
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """Pass nothing on from now on, and leave the connections open."""
        self._is_whole.clear()

    def mend(self) -> None:
        """Pass on the data that has waited, and everything from now on."""
        self._is_whole.set()

    def close(self) -> None:
        self._closed = True
        self.mend()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in list(self._threads):
            thread.join(10)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._pass_on, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, client: socket.socket) -> None:
        with (
            client,
            suppress(OSError),
            socket.create_connection((HOST, self._to)) as server,
            DefaultSelector() as ready,
        ):
            ready.register(client, EVENT_READ, server)
            ready.register(server, EVENT_READ, client)
            while not self._closed:
                for key, _ in ready.select(0.1):
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    self._is_whole.wait()
                    if not data:
                        return
                    key.data.sendall(data)


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """Open a proxy to a port of this machine."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def refusing(port: int, refused: Mapping[str, Message]) -> Iterator[int]:
    """Run a server that passes calls on to the server at a port, except `refused`, by their names: these it answers."""
    channel = grpc.insecure_channel(f"{HOST}:{port}")

    class Proxy(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            answer = refused.get(details.method.removeprefix(SERVICE))

            def serve(request: bytes, context: grpc.ServicerContext) -> bytes:
                if answer is not None:
                    return answer.SerializeToString()
                try:
                    return bytes(channel.unary_unary(details.method)(request, timeout=10))
                except grpc.RpcError as error:
                    context.abort(error.code(), error.details())
                    raise

            return grpc.unary_unary_rpc_method_handler(serve)

    server = grpc.server(ThreadPoolExecutor(8), handlers=[Proxy()])
    proxy_port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield proxy_port
    finally:
        server.stop(0).wait()
        channel.close()
