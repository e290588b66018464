"""Links are asked for on a thread of their own, so that whoever waits for a server may stop waiting."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from corpus.web.client import Client, Page, Unchanged

LOOK_UP = 0.1  # seconds between two looks at whether an answer is still wanted


class Stopped(Exception):
    """No more is wanted: what was taken in stays, the rest comes with the next visit."""


class BackgroundClient:
    """A client, asked one thing after the other; the thread that asks closes it, be it after nobody waits any more."""

    def __init__(self, client: "AbstractContextManager[Client]", stopped: Callable[[], bool]) -> None:
        self._client = client
        self._stopped = stopped
        self._questions: SimpleQueue[tuple[str, str | None, str | None] | None] = SimpleQueue()
        self._answers: SimpleQueue[Page | Unchanged | Exception] = SimpleQueue()
        self._unanswered = False
        # A daemon: a server that says nothing does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="asking", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._questions.put(None)
        if not self._unanswered:
            self._thread.join()

    def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> "Page | Unchanged":
        """Do as Client.get does; raises Stopped once that is so."""
        self._unanswered = True
        self._questions.put((url, etag, modified))
        while True:
            if self._stopped():
                raise Stopped
            try:
                answer = self._answers.get(timeout=LOOK_UP)
            except Empty:
                continue
            self._unanswered = False
            if isinstance(answer, Exception):
                raise answer
            return answer

    def _run(self) -> None:
        with self._client as client:
            while question := self._questions.get():
                url, etag, modified = question
                try:
                    self._answers.put(client.get(url, etag=etag, modified=modified))
                except Exception as error:  # noqa: BLE001 - raised again for whoever waits
                    self._answers.put(error)
