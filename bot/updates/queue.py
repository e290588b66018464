"""Updates in, whichever way they come: written down, then dealt with, those of one chat in order."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from bot.errors import StateUnusable
from bot.store.database import Arrival, BotDatabase
from bot.updates.schema import WANTED

# Where an update says which chat it is about, and who sent it: in a message, or right in it.
MESSAGES = ("message", "edited_message")
LARGEST = 2**63 - 1  # SQLite's
FIRST_WAIT, MAX_WAIT = 1.0, 30.0  # seconds between two tries to use bot.db

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class UpdateQueue:
    """What has arrived. Each chat has a lane of its own, so that nobody waits for what happens in another chat."""

    def __init__(self, database: BotDatabase, deal: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._database = database
        self._deal = deal
        self._lanes: dict[int, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def resume(self) -> int:
        """Begin with what was waiting when the last process ended; returns how much that is."""
        waiting = self._database.waiting()
        for id_, lane in waiting:
            self._line_up(id_, lane)
        return len(waiting)

    def receive(self, updates: Iterable[object]) -> None:
        """Write updates down, then deal with them; what is no update is left out. Raises StateUnusable."""
        arrivals = [arrival for update in updates if (arrival := arrived(update))]
        for one in self._database.arrive(arrivals):
            self._line_up(one.id, one.lane)

    async def idle(self) -> None:
        """Wait until nothing waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, seconds: float) -> None:
        """Give what is under way some time; what is not finished then stays written down."""
        for queue in self._lanes.values():
            while len(queue) > 1:
                queue.pop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        if left := [task for task in self._tasks if not task.done()]:
            log.warning("%d questions are still unanswered after %.0f s; the next start goes on.", len(left), seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _line_up(self, id_: int, lane: int) -> None:
        if lane in self._lanes:
            self._lanes[lane].append(id_)
            return
        self._lanes[lane] = deque([id_])
        task = asyncio.create_task(self._work(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: int) -> None:
        queue = self._lanes[lane]
        try:
            while queue:
                body = await _patiently(partial(self._database.body, queue[0]))
                if body is not None:
                    try:
                        await self._deal(json.loads(body))
                    except Exception as error:  # noqa: BLE001 - one that cannot be dealt with must not hold up the others
                        log.error("An update could not be dealt with (%s).", type(error).__name__)  # noqa: TRY400
                    await _patiently(partial(self._database.dealt_with, queue[0]))
                queue.popleft()
        finally:
            del self._lanes[lane]
        if not self._lanes:
            await _patiently(self._database.wipe)


async def _patiently(work: Callable[[], Result]) -> Result:
    """Work on bot.db, and again for as long as it cannot be used: a disk may be full for a while."""
    wait = FIRST_WAIT
    while True:
        try:
            return work()
        except StateUnusable as error:
            log.error("%s Trying again in %.0f s.", error, wait)  # noqa: TRY400
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_WAIT)


def arrived(update: object) -> Arrival | None:
    """Read from an update what has to be known before it is dealt with; None where it is none that the bot asks for."""
    number = _get(update, "update_id")
    if not isinstance(update, Mapping) or not _is_id(number):
        return None
    kind = next((name for name in update if name in WANTED), None)
    if kind is None:  # such as was under way when an earlier version asked for more
        return None
    content = update.get(kind)
    message = content if kind in MESSAGES else _get(content, "message")
    # Who writes in the name of a chat is that chat: all anonymous admins there are share one id besides.
    sender = _get(_get(content, "sender_chat"), "id") or _get(_get(content, "from"), "id")
    chat = _get(_get(message, "chat"), "id") or _get(_get(content, "chat"), "id")
    reader = sender if _is_id(sender) else None
    lane = chat if _is_id(chat) else reader or 0
    return Arrival(number, lane, reader, kind, _whole(json.dumps(update, ensure_ascii=False)))


def _whole(text: str) -> str:
    """Replace halves of characters, which no file and no call takes, each by one unit: entities stay in place."""
    return text.encode(errors="replace").decode()


def _get(fields: object, name: str) -> Any:
    return fields.get(name) if isinstance(fields, Mapping) else None


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST
