"""Updates fetched by long polling, whole and as they come: what cannot be read is for whoever deals with them."""

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
from bot.outgoing.rate_limiter import told
from bot.outgoing.sending import webhook_set
from bot.updates.queue import UpdateQueue
from bot.updates.schema import WANTED

POLL_SECONDS = 30
# Seconds in which a newcomer asks and takes nothing: whoever fetches already breaks that off, unless it is as slow.
MOMENT = 2.0
SETTLING = 60.0  # seconds until nobody is a newcomer any more
SILENCE = 60.0  # seconds without an answer from Telegram after which another process may have come
BETWEEN = 0.1  # seconds between two askings of a newcomer
FIRST_WAIT, MAX_WAIT = 1.0, 30.0  # seconds between two tries to reach Telegram

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Poller:
    """Fetches what readers send, in order. Telegram keeps each update until a later one is asked for."""

    def __init__(self, telegram: Telegram, inbox: UpdateQueue) -> None:
        self._telegram = telegram
        self._inbox = inbox
        # The library's own way to fetch makes objects of them at once, and one that it cannot read ends it.
        self._request = HTTPXRequest(
            connection_pool_size=1, connect_timeout=10, read_timeout=POLL_SECONDS + 10, write_timeout=10
        )
        self._next: int | None = None
        self._since = self._heard = time.monotonic()

    async def fetch(self) -> NoReturn:
        """Take updates as they come, for ever.

        Raises TokenRefused, or SecondInstance if this process is the one that came second.
        """
        while True:
            try:
                updates = await reach(self._poll)
            except SecondInstance:
                # What arrived has been told already, and to ask once more would break off the one that goes on.
                self._next = None
                raise
            await self._write_down(updates)
            numbers = [
                one["update_id"] for one in updates if isinstance(one, dict) and _is_number(one.get("update_id"))
            ]
            if numbers:
                self._next = max(numbers) + 1

    async def make_sure(self) -> None:
        """Ask for a moment and take nothing, to see that nobody else fetches; raises SecondInstance."""
        until = time.monotonic() + MOMENT
        while (left := until - time.monotonic()) > 0:
            try:
                await self._get_updates(timeout=math.ceil(left), limit=1)
            except Conflict as conflict:
                _raise_second(conflict)
            await asyncio.sleep(BETWEEN)  # what waits already comes at once, each time
        self._since = self._heard = time.monotonic()

    async def _write_down(self, updates: list[Any]) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                return self._inbox.receive(updates)
            except StateUnusable as error:
                # Telegram keeps them until they are written down: a disk may be full for a while.
                log.error("%s Trying again in %.0f s.", error, wait)  # noqa: TRY400
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_WAIT)

    async def close(self) -> None:
        """Tell Telegram which updates have arrived, so that they do not come again."""
        if self._next is not None:
            try:
                await self._get_updates(timeout=0, limit=1)
            except TelegramError as error:
                log.info("Telegram will deliver the last updates again (%s).", type(error).__name__)
        await self._request.shutdown()

    async def _poll(self) -> list[Any]:
        if self._silent():
            await self.make_sure()
        try:
            return await self._fetched()
        except Conflict as conflict:
            if self._silent() or webhook_set(conflict):
                _raise_second(conflict)
        # Telegram breaks off whoever asked first. Asking again at once breaks off the newcomer, who then knows.
        try:
            return await self._fetched()
        except Conflict as conflict:
            if time.monotonic() - self._since < SETTLING:
                _raise_second(conflict)
            self._heard = time.monotonic()
            raise

    def _silent(self) -> bool:
        """Tell whether this process was away for so long that another one may have come."""
        return time.monotonic() - self._heard > SILENCE

    async def _fetched(self) -> list[Any]:
        updates = await self._get_updates(timeout=POLL_SECONDS, limit=100)
        self._heard = time.monotonic()
        return updates

    async def _get_updates(self, timeout: int, limit: int) -> list[Any]:
        asked = {"timeout": timeout, "limit": limit, "allowed_updates": json.dumps(WANTED)}
        if self._next is not None:
            asked["offset"] = self._next
        result = await self._request.post(f"{self._telegram.base_url}/getUpdates?{urlencode(asked)}")
        if not isinstance(result, list):
            raise NetworkError("What came is no list of updates.")
        return result


async def reach(call: Callable[[], Awaitable[Result]]) -> Result:
    """Make a call to Telegram, again and again until it gets through.

    Raises TokenRefused.
    """
    wait = FIRST_WAIT
    while True:
        try:
            return await call()
        except InvalidToken:
            # Its words hold the token, so it is not to be chained.
            raise TokenRefused(
                "Telegram does not know this bot token. Copy it again from @BotFather: /mybots, API Token."
            ) from None
        except TelegramError as error:
            pause = told(error) if isinstance(error, RetryAfter) else wait
            log.warning("No answer from Telegram (%s); trying again in %.0f s.", type(error).__name__, pause)
        await asyncio.sleep(pause)
        wait = min(wait * 2, MAX_WAIT)


def _raise_second(conflict: Conflict) -> NoReturn:
    if webhook_set(conflict):
        raise SecondInstance(
            "Another process answers for this bot: it has set a webhook, so Telegram brings it all updates. "
            "One is enough: stop that one, then start this one again."
        ) from conflict
    raise SecondInstance(
        "Another process answers for this bot already, here or on another machine, and goes on. "
        "One is enough: stop that one first, or use another token."
    ) from conflict


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
