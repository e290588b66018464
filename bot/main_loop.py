"""Runs one bot: receives updates by polling or webhook, processes them, and runs the jobs until it is stopped."""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from telegram import Bot as Telegram
from telegram import BotCommandScopeChat, Update
from telegram.error import TelegramError

from bot.context import BotApplication, BotContext
from bot.handlers.given_up import apologise
from bot.handlers.info_commands import menu
from bot.i18n.translation import ENGLISH, LANGUAGES
from bot.jobs.daily_digests import DailyDigests
from bot.jobs.source_sync import SourceSync
from bot.jobs.watch_notifier import WatchNotifier
from bot.updates import update_schema
from bot.updates.polling import Poller, reach
from bot.updates.queue import UpdateQueue
from bot.updates.single_process import ensure_single

log = logging.getLogger(__name__)


async def serve(
    application: BotApplication, bot: BotContext, stopped: asyncio.Event, checked: asyncio.Task[None] | None = None
) -> None:
    """Answer until `stopped` is set, then finish the questions in progress.

    `checked` is the check that no other process answers, if it has begun already.
    Raises TokenRefused, SecondInstance or WebhookRefused; nothing runs after that.
    """
    work = asyncio.create_task(_work(application, bot, checked))
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


async def _work(application: BotApplication, bot: BotContext, checked: asyncio.Task[None] | None) -> NoReturn:
    times = bot.config.times
    queue = UpdateQueue(
        bot.database, partial(process_update, application), times.backoff, partial(apologise, application.bot, bot)
    )
    try:
        await reach(application.initialize, times.backoff)
        # Before anything is sent: another process may already answer.
        await _ensure_single(application.bot, bot, checked)
        jobs = [
            asyncio.create_task(job)
            for job in (
                _set_menus(application.bot, bot),
                WatchNotifier(application.bot, bot).run(),
                DailyDigests(application.bot, bot).run(),
                SourceSync(bot).run(),
            )
        ]
        try:
            if pending := queue.resume():
                log.info("%d updates were pending.", pending)
            await (_listen if bot.config.webhook_url else _poll)(application.bot, bot, queue)
        finally:
            log.info("Stopping after the questions in progress.")
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await queue.close(times.shutdown)
    finally:
        await application.shutdown()
        await application.bot.shutdown()  # the application does not do it if it was never initialized
    raise AssertionError


async def _ensure_single(telegram: Telegram, bot: BotContext, checked: asyncio.Task[None] | None) -> None:
    """Wait until it is certain that no other process answers for this bot; raises SecondInstance."""
    config = bot.config
    if checked:
        with suppress(TelegramError):
            await checked
            return
    await reach(
        lambda: ensure_single(telegram, config.webhook_url, config.times, take_over=config.take_over),
        config.times.backoff,
    )


async def _poll(telegram: Telegram, bot: BotContext, queue: UpdateQueue) -> None:
    log.info("Listening for questions.")
    poller = Poller(telegram, bot.config.times)
    try:
        await poller.fetch(queue)
    finally:
        await poller.close()


async def _listen(telegram: Telegram, bot: BotContext, queue: UpdateQueue) -> None:
    from bot.updates.webhook import Webhook  # needs the extra `webhook`

    config = bot.config
    webhook = Webhook(telegram, queue, config.webhook_url, config.webhook_listen, config.times)
    try:
        await webhook.open()
        log.info("Listening for questions at %s.", config.webhook_listen)
        await webhook.watch()
    finally:
        await webhook.close()


async def process_update(application: BotApplication, update: dict[str, Any]) -> None:
    """Check an update and hand it to the handlers, which report their own errors; raises for an invalid update."""
    update_schema.check(update)
    await application.process_update(Update.de_json(update, application.bot))


async def _set_menus(telegram: Telegram, bot: BotContext) -> None:
    """Set the menu of commands in every language; admins get a longer one."""
    for code, language in LANGUAGES.items():
        if code != language.iso:  # Telegram's menus know languages, not how they are written
            continue
        language_code = None if language is ENGLISH else code
        await _set_menu(telegram, menu(language), language_code=language_code)
        for admin in bot.access.admins:
            scope = BotCommandScopeChat(admin)
            await _set_menu(telegram, menu(language, admin=True), scope=scope, language_code=language_code)


async def _set_menu(telegram: Telegram, menu: list[tuple[str, str]], **scope: Any) -> None:
    try:
        await telegram.set_my_commands(menu, **scope)
    except TelegramError as error:
        # Telegram does not know the chat of an admin who never wrote to the bot.
        log.warning("The menu of commands could not be set (%s).", type(error).__name__)
