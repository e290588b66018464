"""What may stand between an archive and its Milvus server: a line that goes dead, and a server that refuses."""

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
    """What gRPC carries."""

    def SerializeToString(self) -> bytes: ...  # noqa: N802


class Line:
    """A line to a port, which carries everything until it is cut; then nobody hears anything, nor that it is cut."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._sound = threading.Event()
        self._sound.set()
        self._closed = False
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """Carry nothing from now on, and let nobody know."""
        self._sound.clear()

    def mend(self) -> None:
        """Carry what has been waiting, and everything from now on."""
        self._sound.set()

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
                here, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._carry, args=(here,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, here: socket.socket) -> None:
        with here, suppress(OSError), socket.create_connection((HOST, self._to)) as there, DefaultSelector() as ready:
            ready.register(here, EVENT_READ, there)
            ready.register(there, EVENT_READ, here)
            while not self._closed:
                for key, _ in ready.select(0.1):
                    said = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    self._sound.wait()
                    if not said:
                        return
                    key.data.sendall(said)


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """Have a line to a port of this machine."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def refusing(port: int, refused: Mapping[str, Message]) -> Iterator[int]:
    """Have a server that passes calls on to the one at a port, but answers some, by their names, itself."""
    channel = grpc.insecure_channel(f"{HOST}:{port}")

    class Passing(grpc.GenericRpcHandler):  # type: ignore[misc]
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

    server = grpc.server(ThreadPoolExecutor(8), handlers=[Passing()])
    passing = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield passing
    finally:
        server.stop(0).wait()
        channel.close()
