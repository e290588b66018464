"""Stores incoming updates, then processes them: in order within a chat, different chats at the same time."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from bot.errors import StateUnusable
from bot.outgoing.retry_delays import DEFAULT_BACKOFF
from bot.store.database import BotDatabase
from bot.store.pending_updates import Arrival, Attempt, PendingUpdates
from bot.updates.interrupted_updates import Turns
from bot.updates.update_schema import WANTED
from corpus.backoff import Backoff

MESSAGES = ("message", "edited_message")
MAX_ID = 2**63 - 1  # SQLite's largest integer
MAX_ATTEMPTS = 3  # at which the process died, before an update is given up

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class UpdateQueue:
    """Stored updates that are to be processed. Each chat has its own queue, so that no chat waits for another."""

    def __init__(
        self,
        database: BotDatabase,
        process: Callable[[dict[str, Any]], Awaitable[None]],
        backoff: Backoff = DEFAULT_BACKOFF,
        give_up: Callable[[dict[str, Any]], Awaitable[None]] | None = None,
        turns: Turns | None = None,
    ) -> None:
        """`give_up` tells the user of an update that it is not processed, because the process dies each time."""
        self._database = database
        self._updates = PendingUpdates(database)
        self._process = process
        self._give_up = give_up
        self._turns = turns or Turns()
        self._backoff = backoff
        self._chat_queues: dict[int, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: set[int] = set()  # updates whose attempt is recorded, and that are processed next

    def resume(self) -> int:
        """Enqueue the updates that were pending when the last process ended; return how many there are."""
        pending, interrupted = self._updates.pending(), self._updates.interrupted()
        first = set({chat: id_ for id_, chat in reversed(pending)}.values())
        self._turns.plan({id_: attempts for id_, attempts in interrupted.items() if id_ in first})
        for id_, chat in pending:
            self._enqueue(id_, chat)
        return len(pending)

    def receive(self, updates: Iterable[object]) -> None:
        """Store updates and enqueue them; skip what is not an update. Raises StateUnusable."""
        arrivals = [arrival for update in updates if (arrival := read_arrival(update))]
        # The first of each chat that has none in progress is begun now: recording that takes no second transaction.
        first = {arrival.chat: arrival.id for arrival in reversed(arrivals)}
        begun = {id_ for chat, id_ in first.items() if chat not in self._chat_queues}
        for arrival in self._updates.arrive(arrivals, begun):
            self._enqueue(arrival.id, arrival.chat)
            if arrival.id in begun:
                self._begun.add(arrival.id)

    async def idle(self) -> None:
        """Wait until no update is pending."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, seconds: float) -> None:
        """Give updates in progress some seconds; unfinished updates stay stored for the next start."""
        for queue in self._chat_queues.values():
            while len(queue) > 1:
                queue.pop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        if unfinished := [task for task in self._tasks if not task.done()]:
            log.warning(
                "%d questions are still unanswered after %.0f s; the next start goes on.", len(unfinished), seconds
            )
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _enqueue(self, id_: int, chat: int) -> None:
        if chat in self._chat_queues:
            self._chat_queues[chat].append(id_)
            return
        self._chat_queues[chat] = deque([id_])
        task = asyncio.create_task(self._process_chat(chat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _process_chat(self, chat: int) -> None:
        queue = self._chat_queues[chat]
        try:
            while queue:
                async with self._turns.turn(queue[0]):
                    await self._process_one(queue[0], queue)
                queue.popleft()
        finally:
            del self._chat_queues[chat]
        if not self._chat_queues:
            await self._use_database(self._database.wipe)

    async def _process_one(self, id_: int, queue: Sequence[int]) -> None:
        """Process the first update of a chat's queue, and erase it."""
        read = self._updates.begun if id_ in self._begun else self._updates.begin
        self._begun.discard(id_)
        attempt = await self._use_database(partial(read, id_))
        if attempt is None:  # erased meanwhile
            return
        try:
            await self._process_or_give_up(attempt)
        except asyncio.CancelledError:
            with suppress(StateUnusable):  # the bot stops, and cannot wait until bot.db can be written
                self._updates.withdraw(id_)
            raise
        except Exception as error:  # noqa: BLE001 - a faulty update must not hold up the others
            log.error("An update could not be processed (%s).", type(error).__name__)  # noqa: TRY400
        next_ = queue[1] if len(queue) > 1 else None
        await self._use_database(partial(self._updates.mark_processed, id_, next_))
        if next_ is not None:
            self._begun.add(next_)

    async def _process_or_give_up(self, attempt: Attempt) -> None:
        if attempt.number <= MAX_ATTEMPTS:
            await self._process(json.loads(attempt.body))
            return
        log.error("An update (%s) was given up: the process died %d times at it.", attempt.kind, attempt.number - 1)
        # Once only: the process must not die of the apology for ever either.
        if self._give_up and attempt.number == MAX_ATTEMPTS + 1:
            await self._give_up(json.loads(attempt.body))

    async def _use_database(self, operation: Callable[[], Result]) -> Result:
        """Use bot.db, and try again while it is unusable: a full disk may have space again later."""
        for wait in self._backoff.waits():
            try:
                return operation()
            except StateUnusable as error:
                log.error("%s Trying again in %.0f s.", error, wait)  # noqa: TRY400
            await asyncio.sleep(wait)
        raise AssertionError


def read_arrival(update: object) -> Arrival | None:
    """Read the fields of an update that order its processing; None if the bot does not ask for such updates."""
    number = _get(update, "update_id")
    if not isinstance(update, Mapping) or not _is_id(number):
        return None
    kind = next((name for name in update if name in WANTED), None)
    if kind is None:  # an older version may have asked for more kinds
        return None
    content = update.get(kind)
    message = content if kind in MESSAGES else _get(content, "message")
    # Anonymous admins share one user id, so the chat in whose name somebody writes counts as the sender.
    sender = _get(_get(content, "sender_chat"), "id") or _get(_get(content, "from"), "id")
    chat = _get(_get(message, "chat"), "id") or _get(_get(content, "chat"), "id")
    user = sender if _is_id(sender) else None
    return Arrival(
        number,
        chat if _is_id(chat) else user or 0,
        user,
        kind,
        _without_surrogates(json.dumps(update, ensure_ascii=False)),
    )


def _without_surrogates(text: str) -> str:
    """Replace each lone surrogate, which cannot be encoded, by one character: entities keep their offsets."""
    return text.encode(errors="replace").decode()


def _get(fields: object, name: str) -> Any:
    return fields.get(name) if isinstance(fields, Mapping) else None


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID
