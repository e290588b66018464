"""Fetches updates by long polling, as JSON. Their fields are checked only when they are processed."""

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode

from telegram import Bot as Telegram
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.errors import SecondInstance, StateUnusable, TokenRefused
from bot.outgoing.retry_delays import retry_after_seconds
from bot.updates.queue import UpdateQueue
from bot.updates.update_schema import WANTED
from bot.wait_times import Times
from corpus.backoff import Backoff

POLL_SECONDS = 30
SETTLING_SECONDS = 60.0  # after its start; a process that detects another one in this time is the newer of the two

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Poller:
    """Fetches updates in order. Telegram keeps each update until a later one is requested."""

    def __init__(self, telegram: Telegram, times: Times) -> None:
        self._telegram = telegram
        self._times = times
        # python-telegram-bot's own polling parses each update at once, and an update that it cannot parse stops it.
        self._request = HTTPXRequest(
            connection_pool_size=1, connect_timeout=10, read_timeout=POLL_SECONDS + 10, write_timeout=10
        )
        self._next: int | None = None
        self._started_at = self._last_answer_at = time.monotonic()

    async def fetch(self, queue: UpdateQueue) -> NoReturn:
        """Fetch updates into a queue for ever.

        Raises TokenRefused, or SecondInstance if this process is the newer of two.
        """
        while True:
            try:
                updates = await reach(self._poll, self._times.backoff)
            except SecondInstance:
                # Everything fetched is acknowledged already, and another request would interrupt the other process.
                self._next = None
                raise
            await self._store(updates, queue)
            if numbers := _numbers(updates):
                self._next = max(numbers) + 1
            elif not updates:
                # All are acknowledged. After a week without updates Telegram may continue with a lower number, which
                # this one would acknowledge unseen.
                self._next = None

    async def ensure_single(self) -> None:
        """Poll for a moment without taking updates, to detect another process; raises SecondInstance.

        A process that polls already interrupts these requests, or, in a busy chat, takes the updates that they show.
        """
        first: set[int] = set()
        until = time.monotonic() + self._times.first_poll
        while (remaining := until - time.monotonic()) > 0:
            try:
                first.update(_numbers(await self._get_updates(timeout=math.ceil(remaining), limit=1)))
            except Conflict as conflict:
                _raise_second_instance(conflict)
            if len(first) > 1:
                _raise_second_instance(None)
            # Pending updates come back at once, each time.
            await asyncio.sleep(min(self._times.poll_pause, max(until - time.monotonic(), 0)))
        self._started_at = self._last_answer_at = time.monotonic()

    async def _store(self, updates: list[Any], queue: UpdateQueue) -> None:
        for wait in self._times.backoff.waits():
            try:
                queue.receive(updates)
            except StateUnusable as error:
                # Telegram keeps the updates until they are stored; a full disk may have space again later.
                log.error("%s Trying again in %.0f s.", error, wait)  # noqa: TRY400
            else:
                return
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Acknowledge the last updates, so that Telegram does not deliver them again."""
        if self._next is not None:
            try:
                await self._get_updates(timeout=0, limit=1)
            except TelegramError as error:
                log.info("Telegram will deliver the last updates again (%s).", type(error).__name__)
        await self._request.shutdown()

    async def _poll(self) -> list[Any]:
        if self._was_silent():
            await self.ensure_single()
        try:
            return await self._fetch_once()
        except Conflict as conflict:
            if self._was_silent() or _webhook_set(conflict):
                _raise_second_instance(conflict)
        # Telegram interrupts the process that asked first. Asking again at once interrupts the newer one, which ends.
        try:
            return await self._fetch_once()
        except Conflict as conflict:
            if time.monotonic() - self._started_at < SETTLING_SECONDS:
                _raise_second_instance(conflict)
            self._last_answer_at = time.monotonic()
            raise

    def _was_silent(self) -> bool:
        """Tell whether Telegram was not reached for so long that another process may have started."""
        return time.monotonic() - self._last_answer_at > self._times.silence

    async def _fetch_once(self) -> list[Any]:
        updates = await self._get_updates(timeout=POLL_SECONDS, limit=100)
        self._last_answer_at = time.monotonic()
        return updates

    async def _get_updates(self, timeout: int, limit: int) -> list[Any]:
        parameters = {"timeout": timeout, "limit": limit, "allowed_updates": json.dumps(WANTED)}
        if self._next is not None:
            parameters["offset"] = self._next
        result = await self._request.post(f"{self._telegram.base_url}/getUpdates?{urlencode(parameters)}")
        if not isinstance(result, list):
            raise NetworkError("Telegram's response is not a list of updates.")
        return result


async def reach(call: Callable[[], Awaitable[Result]], backoff: Backoff) -> Result:
    """Call Telegram until a call succeeds; raises TokenRefused, and what is no TelegramError."""
    for wait in backoff.waits():
        try:
            return await call()
        except InvalidToken:
            # Its message holds the token, so it must not be chained.
            raise TokenRefused(
                "Telegram does not know this bot token. Copy it again from @BotFather: /mybots, API Token."
            ) from None
        except TelegramError as error:
            pause = retry_after_seconds(error) if isinstance(error, RetryAfter) else wait
            log.warning("No answer from Telegram (%s); trying again in %.0f s.", type(error).__name__, pause)
        await asyncio.sleep(pause)
    raise AssertionError


def _raise_second_instance(conflict: Conflict | None) -> NoReturn:
    if conflict and _webhook_set(conflict):
        raise SecondInstance(
            "Another process answers for this bot: it has set a webhook, so Telegram brings it all updates. "
            "One is enough: stop that one, then start this one again."
        ) from conflict
    raise SecondInstance(
        "Another process answers for this bot already, here or on another machine, and goes on. "
        "One is enough: stop that one first, or use another token."
    ) from conflict


def _webhook_set(conflict: Conflict) -> bool:
    return "webhook" in conflict.message.lower()


def _numbers(updates: list[Any]) -> list[int]:
    numbers = [update.get("update_id") for update in updates if isinstance(update, dict)]
    return [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
