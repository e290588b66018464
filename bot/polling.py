"""Updates in: fetched by long polling until the bot is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn, TypeVar

from telegram import Bot as Telegram
from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot import words
from bot.delivery import told
from bot.errors import SecondInstance, TokenRefused
from bot.handlers import Bot

WANTED = [Update.MESSAGE]
POLL_SECONDS = 30
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between two tries to reach Telegram
LINGER = 20.0  # seconds that questions under way are given when the bot is told to stop

Result = TypeVar("Result")
log = logging.getLogger(__name__)


async def serve(application: Bot, stopped: asyncio.Event) -> None:
    """Answer whoever asks until `stopped` is set, then finish the questions under way.

    Raises TokenRefused or SecondInstance, after which nothing runs any more.
    """
    work = asyncio.create_task(_work(application))
    stop = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            log.info("Stopped.")


async def _work(application: Bot) -> NoReturn:
    updates = Updates(application)
    try:
        await _reach(application.initialize)
        await application.start()
        await _reach(partial(application.bot.delete_webhook, drop_pending_updates=False))
        await _announce(application.bot)
        log.info("Listening for questions.")
        await updates.fetch()
    finally:
        if application.running:
            log.info("Stopping, once the questions under way are answered.")
            await _finish(application)
            await updates.confirm()
        await application.shutdown()
        await application.bot.shutdown()  # which the application leaves out if it never got started


class Updates:
    """What readers send, in order. Telegram keeps each update until a later one is asked for."""

    def __init__(self, application: Bot) -> None:
        self._application = application
        self._next: int | None = None
        self._alone = False

    async def fetch(self) -> NoReturn:
        """Hand updates to the application as they come, for ever.

        Raises TokenRefused, or SecondInstance if this process is the one that came second.
        """
        while True:
            updates = await _reach(self._poll)
            for update in updates:
                self._application.update_queue.put_nowait(update)
                self._next = update.update_id + 1

    async def confirm(self) -> None:
        """Tell Telegram which updates have been dealt with, so that they do not come again."""
        if self._next is None:
            return
        try:
            await self._application.bot.get_updates(offset=self._next, timeout=0, limit=1)
        except TelegramError as error:
            log.warning("The last questions may be answered again (%s).", type(error).__name__)

    async def _poll(self) -> tuple[Update, ...]:
        try:
            updates: tuple[Update, ...] = await self._application.bot.get_updates(
                offset=self._next, timeout=POLL_SECONDS, allowed_updates=WANTED
            )
        except Conflict as conflict:
            # Telegram breaks off whoever asked first. Asking again breaks off the newcomer, who then knows.
            if not self._alone:
                raise SecondInstance(
                    "Another process is already answering for this bot: stop that one, or use another token."
                ) from conflict
            raise
        self._alone = True
        return updates


async def _reach(call: Callable[[], Awaitable[Result]]) -> Result:
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
        wait = min(wait * 2, LONGEST_WAIT)


async def _announce(bot: Telegram) -> None:
    try:
        await bot.set_my_commands(words.COMMANDS)
    except TelegramError as error:
        log.warning("The menu of commands could not be set (%s).", type(error).__name__)


async def _finish(application: Bot) -> None:
    try:
        async with asyncio.timeout(LINGER):
            await application.update_queue.join()
            await application.stop()
    except TimeoutError:
        log.warning("Some questions were still unanswered after %.0f s; they are given up.", LINGER)
