"""Checks that no other process answers for the bot, before anything is sent."""

from urllib.parse import urlsplit

from telegram import Bot as Telegram

from bot.errors import SecondInstance
from bot.updates.polling import Poller
from bot.wait_times import Times


async def ensure_single(telegram: Telegram, own_url: str, times: Times, *, take_over: bool) -> None:
    """Check that no other process answers for this bot, whose webhook has the address `own_url` ("" for none).

    Takes no update. Raises SecondInstance, or TelegramError if Telegram was not reached.
    """
    if await _owns_webhook(telegram, own_url, take_over=take_over):
        return
    poller = Poller(telegram, times)
    try:
        await poller.ensure_single()
    finally:
        await poller.close()


async def _owns_webhook(telegram: Telegram, own: str, *, take_over: bool) -> bool:
    """Tell whether a webhook is set that this process (with its `own` address, "" for none) may replace.

    If it has no address, a webhook to be taken over is removed. Raises SecondInstance if another process has set one.
    """
    url = (await telegram.get_webhook_info()).url
    if url and url != own and not take_over:
        # The path is not shown: it may hold the token.
        raise SecondInstance(
            f"Another process answers for this bot: Telegram brings its updates to {urlsplit(url).hostname}. One is "
            "enough: stop that one, and its webhook goes with it. If nobody is there any longer, start this one "
            "once with --take-over."
        )
    if url and not own:
        await telegram.delete_webhook(drop_pending_updates=False)
    return bool(url and own)
