"""One bot's life: updates in by one way or the other, dealt with, until it is told to stop."""

import asyncio
import logging
from functools import partial
from typing import Any, NoReturn

from telegram import Bot as Telegram
from telegram import BotCommandScopeChat, Update
from telegram.error import TelegramError

from bot.context import BotApplication, BotContext
from bot.handlers import commands
from bot.i18n.language import ENGLISH, LANGUAGES
from bot.jobs.source_sync import SourceSync
from bot.jobs.watch_notifier import WatchNotifier
from bot.updates import schema
from bot.updates.polling import Poller, reach
from bot.updates.queue import UpdateQueue
from bot.updates.webhook import Webhook, make_sure

LINGER = 20.0  # seconds that questions under way are given when the bot is told to stop

log = logging.getLogger(__name__)


async def serve(application: BotApplication, bot: BotContext, stopped: asyncio.Event) -> None:
    """Answer whoever asks until `stopped` is set, then finish the questions under way.

    Raises TokenRefused, SecondInstance or WebhookRefused, after which nothing runs any more.
    """
    work = asyncio.create_task(_work(application, bot))
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


async def _work(application: BotApplication, bot: BotContext) -> NoReturn:
    inbox = UpdateQueue(bot.database, partial(_deal, application))
    watcher = WatchNotifier(application.bot, bot)
    try:
        await reach(application.initialize)
        # Before anything is sent or told: it may be another process's to do.
        await _make_sure(application.bot, bot, inbox)
        announced = asyncio.create_task(_announce(application.bot, bot))
        watching = asyncio.create_task(watcher.run())
        syncing = asyncio.create_task(SourceSync(bot).run())
        try:
            if waiting := inbox.resume():
                log.info("%d updates were waiting.", waiting)
            await (_listen if bot.config.webhook_url else _poll)(application.bot, bot, inbox)
        finally:
            log.info("Stopping, once the questions under way are answered.")
            for task in (announced, watching, syncing):
                task.cancel()
            await asyncio.gather(announced, watching, syncing, return_exceptions=True)
            await inbox.close(LINGER)
    finally:
        await application.shutdown()
        await application.bot.shutdown()  # which the application leaves out if it never got started
    raise AssertionError


async def _make_sure(telegram: Telegram, bot: BotContext, inbox: UpdateQueue) -> None:
    """See that no other process answers for this bot; raises SecondInstance."""
    own = bot.config.webhook_url
    if await make_sure(telegram, own, take_over=bot.config.take_over):
        return
    poller = Poller(telegram, inbox)
    try:
        await reach(poller.make_sure)
    finally:
        await poller.close()


async def _poll(telegram: Telegram, _: BotContext, inbox: UpdateQueue) -> None:
    log.info("Listening for questions.")
    poller = Poller(telegram, inbox)
    try:
        await poller.fetch()
    finally:
        await poller.close()


async def _listen(telegram: Telegram, bot: BotContext, inbox: UpdateQueue) -> None:
    webhook = Webhook(telegram, inbox, bot.config.webhook_url, bot.config.webhook_listen)
    try:
        await webhook.open()
        log.info("Listening for questions at %s.", bot.config.webhook_listen)
        await webhook.watch()
    finally:
        await webhook.close()


async def _deal(application: BotApplication, update: dict[str, Any]) -> None:
    """Hand an update to the handlers, which deal with whatever goes wrong in them; raises what reading it raises."""
    schema.check(update)
    read = Update.de_json(update, application.bot)
    await application.process_update(read)


async def _announce(telegram: Telegram, bot: BotContext) -> None:
    """Set the menu of commands in every language, and the owners' own."""
    for code, language in LANGUAGES.items():
        in_ = None if language is ENGLISH else code
        await _set_menu(telegram, commands.menu(language), language_code=in_)
        for owner in bot.access.owners:
            scope = BotCommandScopeChat(owner)
            await _set_menu(telegram, commands.menu(language, owner=True), scope=scope, language_code=in_)


async def _set_menu(telegram: Telegram, menu: list[tuple[str, str]], **where: Any) -> None:
    try:
        await telegram.set_my_commands(menu, **where)
    except TelegramError as error:
        # An owner who never wrote to the bot is nobody to Telegram.
        log.warning("The menu of commands could not be set (%s).", type(error).__name__)
