"""How fast the bot may send: ahead of Telegram's limits for a chat, a group and all chats, and exactly when it is told.

One chat that has to wait never makes another one wait, unless Telegram refuses two within a second: then it means all.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

Result = TypeVar("Result")

# What reaches no chat as a message, or is gone in a moment, counts for nothing.
UNCOUNTED = frozenset({"sendChatAction", "setMyCommands"})
LATELY = 61.0  # seconds after which a chat's past makes no difference
TOGETHER = 1.0  # seconds within which two refused chats mean that the bot as a whole is too fast

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many calls in so many seconds; they may arrive a little closer to each other than they were made."""

    calls: int
    seconds: float


# https://core.telegram.org/bots/faq: "avoid sending more than one message per second" in a chat, "not be able to send
# more than 20 messages per minute" to a group, "no more than ~30 messages per second". The seconds are a little more.
A_CHAT = Allowance(1, 1.05)
A_GROUP = Allowance(20, 61.0)
ALL = Allowance(30, 1.05)


@dataclass(slots=True)
class Pace:
    """When calls were made under some allowances, and until when none may be."""

    allowances: tuple[Allowance, ...]
    paused: float = 0.0
    made: deque[float] = field(default_factory=deque)

    def ready(self) -> float:
        """Return from when on the next call may be made."""
        made = [one for one in self.allowances if len(self.made) >= one.calls]
        return max([self.paused, *(self.made[-one.calls] + one.seconds for one in made)])

    def make(self, now: float) -> None:
        """Note a call."""
        self.made.append(now)
        while len(self.made) > max(allowance.calls for allowance in self.allowances):
            self.made.popleft()

    def arrived(self, now: float) -> None:
        """Note that the last call is over: it may have been on its way until now."""
        self.made[-1] = now


class RateLimiter(BaseRateLimiter[int]):
    """Holds a call back until it may be made, and makes it again when Telegram asked for patience."""

    def __init__(
        self,
        a_chat: Allowance = A_CHAT,
        a_group: Allowance = A_GROUP,
        all_: Allowance = ALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._a_chat, self._a_group = a_chat, a_group
        self._clock = clock
        self._all = Pace((all_,))
        self._chats: dict[int, Pace] = {}
        self._refused: tuple[int, float] | None = None

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to let go."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # noqa: ARG002 - python-telegram-bot's interface
    ) -> Result:
        """Make a call when it may be made; raises what it raises, RetryAfter excepted."""
        chat = data.get("chat_id")
        if not isinstance(chat, int) or endpoint in UNCOUNTED:
            return await callback(*args, **kwargs)
        while True:
            pace = await self._turn(chat)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._pause(chat, told(error))
            finally:
                pace.arrived(self._clock())

    async def _turn(self, chat: int) -> Pace:
        # The chat's pace is looked up again after every wait: what has made no call yet may be forgotten meanwhile.
        while (ready := max(self._pace(chat).ready(), self._all.ready())) > (now := self._clock()):
            await asyncio.sleep(ready - now)
        pace = self._pace(chat)
        pace.make(now)
        self._all.make(now)
        return pace

    def _pace(self, chat: int) -> Pace:
        if chat not in self._chats:
            now = self._clock()
            for idle in [id_ for id_, pace in self._chats.items() if _over(pace, now)]:
                del self._chats[idle]
            # Groups and channels have negative ids.
            allowances = (self._a_chat, self._a_group) if chat < 0 else (self._a_chat,)
            self._chats[chat] = Pace(allowances)
        return self._chats[chat]

    def _pause(self, chat: int, seconds: float) -> None:
        now = self._clock()
        pace = self._pace(chat)
        pace.paused = max(pace.paused, now + seconds)
        if self._refused and self._refused[0] != chat and now - self._refused[1] <= TOGETHER:
            self._all.paused = max(self._all.paused, now + seconds)
        self._refused = chat, now
        log.info("Telegram asks for %.0f s of patience.", seconds)


def _over(pace: Pace, now: float) -> bool:
    return pace.paused <= now and (not pace.made or pace.made[-1] + LATELY < now)


def told(error: RetryAfter) -> float:
    """Say how long Telegram wants us to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
