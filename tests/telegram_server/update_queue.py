"""The queue of updates: what waits for the bot, until the bot has said that it came."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.telegram_server.errors import conflict

Update = dict[str, Any]

ONLY_IF_ASKED_FOR = {"chat_member", "message_reaction", "message_reaction_count"}
SECOND_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
MOST_AT_ONCE = 100


class Updates:
    """The queue. All of it happens under the server's lock."""

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
        """Queue an update, unless the bot has said that it does not want its kind."""
        kinds = set(update)
        with self.arrived:
            if kinds & set(self.wanted) if self.wanted else not kinds & ONLY_IF_ASKED_FOR:
                self._queue.append({"update_id": self._next_id(), **update})
                self.arrived.notify_all()

    def repeat_next(self, count: int = 1) -> None:
        """Deliver the next updates once more, although they have been confirmed."""
        with self.arrived:
            self._repeats += count

    def drop(self) -> None:
        """Forget all that waits."""
        self._queue.clear()
        self._again.clear()

    def poll(self, params: dict[str, Any]) -> list[Update]:
        """Give what waits from an offset on, or wait for news; ends a poll that is under way.

        Raises RefusedError.
        """
        with self.arrived:
            if self.by_webhook:
                raise conflict(WEBHOOK_SET)
            self.end_poll(SECOND_POLL)
            poll = self._poll
            self.wanted = params.get("allowed_updates", self.wanted)
            self._confirm(params.get("offset", 0))
            until = time.monotonic() + params.get("timeout", 0)
            while not len(self) and poll == self._poll and (left := until - time.monotonic()) > 0:
                self.arrived.wait(left)
            if poll != self._poll:
                raise conflict(self._ended_by)
            given = [*self._again, *self._queue][: params.get("limit", MOST_AT_ONCE)]
            self._again = deque(list(self._again)[len(given) :])
            return given

    def end_poll(self, words: str) -> None:
        """End the poll that is under way, if there is one, and say why."""
        with self.arrived:
            self._poll += 1
            self._ended_by = words
            self.arrived.notify_all()

    def first(self) -> Update | None:
        """Look at what is next."""
        waiting = self._again or self._queue
        return waiting[0] if waiting else None

    def taken(self, update: Update) -> None:
        """Note that the bot has got what was next."""
        if self._again and self._again[0] is update:
            self._again.popleft()
        elif self._queue and self._queue[0] is update:
            self._gone(self._queue.popleft())

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # only the last so many are still wanted
            offset = self._queue[offset]["update_id"] if len(self._queue) >= -offset else 0
        while self._queue and self._queue[0]["update_id"] < offset:
            self._gone(self._queue.popleft())

    def _gone(self, update: Update) -> None:
        if self._repeats:
            self._repeats -= 1
            self._again.append(update)
