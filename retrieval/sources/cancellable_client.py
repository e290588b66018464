"""A client that fetches on its own thread, so that the caller can stop waiting for a slow server."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from corpus.web.client import Client, Page, Unchanged

CHECK_SECONDS = 0.1  # between two calls of `stopped`


class Stopped(Exception):
    """The visit is to end. What was indexed stays, and the next visit goes on from there."""


class BackgroundClient:
    """Fetches one link after another with a client.

    The worker thread closes the client, also when the caller has stopped waiting.
    """

    def __init__(self, client: "AbstractContextManager[Client]", stopped: Callable[[], bool]) -> None:
        self._client = client
        self._stopped = stopped
        self._requests: SimpleQueue[tuple[str, str | None, str | None] | None] = SimpleQueue()
        self._responses: SimpleQueue[Page | Unchanged | Exception] = SimpleQueue()
        self._pending = False
        # A daemon thread: the process can end although a server does not respond.
        self._thread = threading.Thread(target=self._run, name="background-client", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._requests.put(None)
        if not self._pending:
            self._thread.join()

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> "Page | Unchanged":
        """Do what Client.get does; raises Stopped once the visit is to end."""
        self._pending = True
        self._requests.put((url, etag, modified))
        while True:
            if self._stopped():
                raise Stopped
            try:
                response = self._responses.get(timeout=CHECK_SECONDS)
            except Empty:
                continue
            self._pending = False
            if isinstance(response, Exception):
                raise response
            return response

    def _run(self) -> None:
        with self._client as client:
            while request := self._requests.get():
                url, etag, modified = request
                try:
                    self._responses.put(client.get(url, etag=etag, modified=modified))
                except Exception as error:  # noqa: BLE001 - raised again in `get`
                    self._responses.put(error)
