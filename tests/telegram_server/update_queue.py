"""The queue of updates: each waits until the bot has confirmed it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.telegram_server.errors import conflict

Update = dict[str, Any]

ONLY_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
SECOND_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
MAX_UPDATES = 100  # in an answer


class Updates:
    """The queue. All methods run under the server's lock."""

    def __init__(self, lock: "threading.RLock", next_id: Callable[[], int]) -> None:
        self.arrived = threading.Condition(lock)
        self.wanted: list[str] = []
        self.by_webhook = False
        self._next_id = next_id
        self._queue: deque[Update] = deque()
        self._again: deque[Update] = deque()
        self._repeats = 0
        self._poll = 0
        self._ended_by = SECOND_POLL

    def __len__(self) -> int:
        return len(self._queue) + len(self._again)

    def push(self, update: Update) -> None:
        """Queue an update, unless the bot has excluded its kind."""
        kinds = set(update)
        with self.arrived:
            if kinds & set(self.wanted) if self.wanted else not kinds & ONLY_ON_REQUEST:
                self._queue.append({"update_id": self._next_id(), **update})
                self.arrived.notify_all()

    def repeat_next(self, count: int = 1) -> None:
        """Deliver the next updates a second time, although they are confirmed."""
        with self.arrived:
            self._repeats += count

    def drop(self) -> None:
        """Drop all updates that wait."""
        self._queue.clear()
        self._again.clear()

    def poll(self, params: dict[str, Any]) -> list[Update]:
        """Return the updates that wait from an offset on, or wait for the next; ends another poll under way.

        Raises RefusedError.
        """
        with self.arrived:
            if self.by_webhook:
                raise conflict(WEBHOOK_SET)
            self.end_poll(SECOND_POLL)
            poll = self._poll
            self.wanted = params.get("allowed_updates", self.wanted)
            self._confirm_before(params.get("offset", 0))
            deadline = time.monotonic() + params.get("timeout", 0)
            while not len(self) and poll == self._poll and (left := deadline - time.monotonic()) > 0:
                self.arrived.wait(left)
            if poll != self._poll:
                raise conflict(self._ended_by)
            updates = [*self._again, *self._queue][: params.get("limit", MAX_UPDATES)]
            self._again = deque(list(self._again)[len(updates) :])
            return updates

    def end_poll(self, words: str) -> None:
        """End the poll that is under way, if there is one, with this description."""
        with self.arrived:
            self._poll += 1
            self._ended_by = words
            self.arrived.notify_all()

    def first(self) -> Update | None:
        """Return the next update and leave it in the queue."""
        waiting = self._again or self._queue
        return waiting[0] if waiting else None

    def confirm(self, update: Update) -> None:
        """Remove an update that the bot has accepted, if it is still the next."""
        if self._again and self._again[0] is update:
            self._again.popleft()
        elif self._queue and self._queue[0] is update:
            self._confirmed(self._queue.popleft())

    def _confirm_before(self, offset: int) -> None:
        if offset < 0:  # only the last -offset updates are wanted
            offset = self._queue[offset]["update_id"] if len(self._queue) >= -offset else 0
        while self._queue and self._queue[0]["update_id"] < offset:
            self._confirmed(self._queue.popleft())

    def _confirmed(self, update: Update) -> None:
        if self._repeats:
            self._repeats -= 1
            self._again.append(update)
