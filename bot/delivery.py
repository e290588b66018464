"""Messages out: in order, as a reply, in the same topic, sent again when Telegram asks for patience."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.buttons import Keyboard

TRIES = 5
FIRST_WAIT = 1.0  # seconds; doubled each time
TYPING_AGAIN = 4.5  # seconds; Telegram shows it for five

log = logging.getLogger(__name__)


async def reply(message: Message, texts: Iterable[str]) -> None:
    """Send HTML texts in order, the first one as a reply to `message`.

    Raises TelegramError when Telegram refuses, or cannot be reached for longer than is worth waiting.
    """
    answering: ReplyParameters | None = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    for text in texts:
        send = partial(
            message.get_bot().send_message,
            message.chat_id,
            text,
            parse_mode=ParseMode.HTML,
            reply_parameters=answering,
            message_thread_id=_topic(message),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        await _patiently(send)
        answering = None


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Return a view's buttons as Telegram takes them."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.text, url=one.url, callback_data=one.data) for one in row] for row in keyboard]
    )


@asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Show the reader that the bot is at work, for as long as the block runs."""
    showing = asyncio.create_task(_show_typing(message))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _show_typing(message: Message) -> None:
    while True:
        # It is a courtesy: whatever goes wrong with it, the answer still comes.
        with suppress(TelegramError):
            await message.get_bot().send_chat_action(
                message.chat_id, ChatAction.TYPING, message_thread_id=_topic(message)
            )
        await asyncio.sleep(TYPING_AGAIN)


def _topic(message: Message) -> int | None:
    # Outside of topics the id may be that of a thread of replies, which Telegram does not take here.
    return message.message_thread_id if message.is_topic_message else None


async def _patiently(send: Callable[[], Awaitable[Message]]) -> None:
    """Send, and try again when told to wait or when the network fails.

    A reply that got lost on its way back to us means the same message twice, which is better than none.
    """
    for tries in range(1, TRIES + 1):
        try:
            await send()
        except BadRequest:  # a kind of NetworkError to the library, but it stays as wrong as it is
            raise
        except (RetryAfter, NetworkError) as error:
            if tries == TRIES:
                raise
            wait = told(error) if isinstance(error, RetryAfter) else FIRST_WAIT * 2 ** (tries - 1)
            log.info("A message could not be sent (%s); once more in %.0f s.", type(error).__name__, wait)
            await asyncio.sleep(wait)
        else:
            return


def told(error: RetryAfter) -> float:
    """Say how long Telegram wants us to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
