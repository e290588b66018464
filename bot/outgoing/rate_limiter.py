"""Keeps the bot within Telegram's limits for one chat, for a group and for all chats together.

A chat that has to wait delays no other chat. Only if Telegram refuses two chats within a second do all chats wait.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.outgoing.retry_delays import retry_after_seconds

Result = TypeVar("Result")

COURTESIES = frozenset({"sendChatAction"})  # neither delayed nor repeated: soon another one comes, or the answer
IDLE_SECONDS = 61.0  # after which a chat's earlier calls make no difference
TOGETHER_SECONDS = 1.0  # two chats refused within this time mean that the bot as a whole is too fast

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A number of calls in a number of seconds."""

    calls: int
    seconds: float


# https://core.telegram.org/bots/faq: "avoid sending more than one message per second" in a chat, "not be able to send
# more than 20 messages per minute" to a group, "no more than ~30 messages per second". A little is added to
# the seconds: calls may arrive at Telegram closer to each other than they left.
A_CHAT = Allowance(1, 1.05)
A_GROUP = Allowance(20, 61.0)
ALL = Allowance(30, 1.05)


@dataclass(slots=True)
class Pace:
    """The times of the latest calls, and the time until which Telegram allows no call."""

    allowances: tuple[Allowance, ...]
    paused: float = 0.0
    call_times: deque[float] = field(default_factory=deque)

    def ready(self) -> float:
        """Return the time from which the next call may be made."""
        used_up = [allowance for allowance in self.allowances if len(self.call_times) >= allowance.calls]
        return max([self.paused, *(self.call_times[-allowance.calls] + allowance.seconds for allowance in used_up)])

    def make(self, now: float) -> None:
        """Record a call."""
        self.call_times.append(now)
        while len(self.call_times) > max(allowance.calls for allowance in self.allowances):
            self.call_times.popleft()

    def arrived(self, now: float) -> None:
        """Record that the last call has returned: Telegram may have counted it as late as now."""
        self.call_times[-1] = now


class RateLimiter(BaseRateLimiter[int]):
    """Delays a call until it may be made, and repeats it if Telegram refuses it for its limits."""

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
        """Do nothing: there is nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # noqa: ARG002 - python-telegram-bot's interface
    ) -> Result:
        """Make a call as soon as it may be made; raises what the call raises, except RetryAfter."""
        if endpoint in COURTESIES:
            return await callback(*args, **kwargs)
        chat = data.get("chat_id")
        if not isinstance(chat, int):  # it sends no message, so it counts towards no limit, but may be refused
            return await repeat_if_refused(lambda: callback(*args, **kwargs))
        while True:
            pace = await self._turn(chat)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._pause(chat, retry_after_seconds(error))
            finally:
                pace.arrived(self._clock())

    async def _turn(self, chat: int) -> Pace:
        # The chat's pace is looked up after every wait: a chat without calls may have been dropped meanwhile.
        while (ready := max(self._pace(chat).ready(), self._all.ready())) > (now := self._clock()):
            await asyncio.sleep(ready - now)
        pace = self._pace(chat)
        pace.make(now)
        self._all.make(now)
        return pace

    def _pace(self, chat: int) -> Pace:
        if chat not in self._chats:
            now = self._clock()
            for idle in [id_ for id_, pace in self._chats.items() if _is_idle(pace, now)]:
                del self._chats[idle]
            # Groups and channels have negative ids.
            allowances = (self._a_chat, self._a_group) if chat < 0 else (self._a_chat,)
            self._chats[chat] = Pace(allowances)
        return self._chats[chat]

    def _pause(self, chat: int, seconds: float) -> None:
        now = self._clock()
        pace = self._pace(chat)
        pace.paused = max(pace.paused, now + seconds)
        if self._refused and self._refused[0] != chat and now - self._refused[1] <= TOGETHER_SECONDS:
            self._all.paused = max(self._all.paused, now + seconds)
        self._refused = chat, now
        log.info("Telegram asks the bot to wait %.0f s.", seconds)


async def repeat_if_refused(call: Callable[[], Awaitable[Result]]) -> Result:
    """Make a call that sends no message; if Telegram refuses it for its limits, repeat it when Telegram allows it."""
    while True:
        try:
            return await call()
        except RetryAfter as error:
            seconds = retry_after_seconds(error)
        log.info("Telegram asks the bot to wait %.0f s.", seconds)
        await asyncio.sleep(seconds)


def _is_idle(pace: Pace, now: float) -> bool:
    return pace.paused <= now and (not pace.call_times or pace.call_times[-1] + IDLE_SECONDS < now)
