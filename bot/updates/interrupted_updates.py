"""Updates during whose processing the process died: one of them may be the cause, and the others must not pay for it.

They are processed one after the other, those with the fewest attempts first. So an update that kills the process is
soon the only one with several attempts. An update with two attempts waits until the process has run for a while: a
process that dies for another reason, such as too little memory, often dies again soon.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ALONE_SECONDS = 10.0  # after which the next one begins: the first only waits, such as for Telegram's limits
CALM_SECONDS = 3.0


@dataclass(slots=True)
class _Turn:
    """When an update may be processed: after the one `before` it, and at a time of the event loop's clock."""

    before: asyncio.Event | None
    not_before: float
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """Makes interrupted updates wait for their turn. All other updates never wait."""

    def __init__(self, alone_seconds: float = ALONE_SECONDS, calm_seconds: float = CALM_SECONDS) -> None:
        self._alone_seconds = alone_seconds
        self._calm_seconds = calm_seconds
        self._planned: dict[int, _Turn] = {}

    def plan(self, attempts: Mapping[int, int]) -> None:
        """Plan the turns of updates that are the first of their chats: number → attempts so far."""
        calm = asyncio.get_running_loop().time() + self._calm_seconds
        before: asyncio.Event | None = None
        for id_ in sorted(attempts, key=attempts.__getitem__):  # equals stay in the order of arrival
            self._planned[id_] = turn = _Turn(before, calm if attempts[id_] > 1 else 0.0)
            before = turn.over

    @asynccontextmanager
    async def turn(self, id_: int) -> AsyncIterator[None]:
        """Wait for an update's turn, if it has one; the turn is over when the block ends or after a while."""
        turn = self._planned.pop(id_, None)
        if turn is None:
            yield
            return
        loop = asyncio.get_running_loop()
        try:
            if turn.before:
                await turn.before.wait()
            await asyncio.sleep(turn.not_before - loop.time())
            loop.call_later(self._alone_seconds, turn.over.set)
            yield
        finally:
            turn.over.set()
