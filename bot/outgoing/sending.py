"""Messages out: as a reply, in the same topic, sent again for as long as the network fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from telegram import Bot as Telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError

from bot.views.answer import View
from bot.views.callback_data import Button, Keyboard

FIRST_WAIT, MAX_WAIT = 1.0, 30.0  # seconds between two tries; doubled each time
TYPING_AFTER = 0.4  # seconds; a quick answer needs no announcing
TYPING_AGAIN = 4.5  # seconds; Telegram shows it for five
MAX_TYPING = 8  # readers
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# The HTTP library's errors after which a call has surely not arrived.
NEVER_LEFT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})

Result = TypeVar("Result")
log = logging.getLogger(__name__)


async def send(
    telegram: Telegram,
    chat: int,
    view: View,
    topic: int | None = None,
    reply_to: int | None = None,
    *,
    twice: bool = True,
) -> Message:
    """Send a message; raises TelegramError where Telegram refuses it.

    Where it must not come `twice`, it is not sent again once it may have arrived: NetworkError then.
    """
    answering = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to is not None else None

    def once(to: int) -> Awaitable[Message]:
        return patiently(
            lambda: telegram.send_message(
                to,
                view.text,
                parse_mode=ParseMode.HTML,
                reply_parameters=answering,
                message_thread_id=topic,
                link_preview_options=NO_PREVIEW,
                reply_markup=markup(view),
            ),
            twice=twice,
        )

    try:
        return await once(chat)
    except ChatMigrated as moved:  # the group has become another one since
        return await once(moved.new_chat_id)


async def reply(message: Message, view: View) -> Message:
    """Send a message as a reply, in the same topic; raises TelegramError where Telegram refuses it."""
    return await send(message.get_bot(), message.chat_id, view, topic_of(message), message.message_id)


async def change(telegram: Telegram, chat: int, message: int, view: View) -> bool:
    """Put a view in place of what a message shows; say whether the message was there to be changed.

    Raises TelegramError where Telegram refuses the view.
    """
    try:
        await patiently(
            lambda: telegram.edit_message_text(
                view.text,
                chat,
                message,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=markup(view),
            )
        )
    except BadRequest as error:
        if not_modified(error):
            return True
        if message_gone(error):
            return False
        raise
    return True


def markup(view: View) -> InlineKeyboardMarkup | None:
    """Write a view's buttons as Telegram takes them."""
    if not view.keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.text, callback_data=one.data, url=one.url) for one in row] for row in view.keyboard]
    )


def keyboard_of(message: Message) -> Keyboard:
    """Return the buttons under a message: `markup`, the other way round."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return tuple(
        tuple(
            Button(one.text, one.callback_data if isinstance(one.callback_data, str) else None, one.url) for one in row
        )
        for row in rows
    )


class Typing:
    """Shows readers that the bot is at work, where that takes longer than a moment; so many readers at a time.

    Where many wait, what they wait for must not come the later for it.
    """

    def __init__(self, most: int = MAX_TYPING) -> None:
        self._free = most

    @asynccontextmanager
    async def __call__(self, message: Message) -> AsyncIterator[None]:
        """Show it to whoever wrote, while the block runs."""
        showing = asyncio.create_task(self._show(message))
        try:
            yield
        finally:
            showing.cancel()
            with suppress(asyncio.CancelledError):
                await showing

    async def _show(self, message: Message) -> None:
        await asyncio.sleep(TYPING_AFTER)
        if not self._free:
            return
        self._free -= 1
        try:
            while True:
                # It is a courtesy: whatever goes wrong with it, the answer still comes.
                with suppress(TelegramError):
                    await message.get_bot().send_chat_action(
                        message.chat_id, ChatAction.TYPING, message_thread_id=topic_of(message)
                    )
                await asyncio.sleep(TYPING_AGAIN)
        finally:
            self._free += 1


def topic_of(message: Message) -> int | None:
    """Return the topic that a message is in: elsewhere the id may be that of a thread of replies."""
    return message.message_thread_id if message.is_topic_message else None


async def patiently(call: Callable[[], Awaitable[Result]], *, twice: bool = True) -> Result:
    """Make a call, and again for as long as the network fails; raises TelegramError where Telegram refuses it.

    A reply that got lost on its way back to us means the same message twice, which is better than none; where it is
    not, NetworkError says that it may have arrived.
    """
    wait = FIRST_WAIT
    while True:
        try:
            return await call()
        except BadRequest:  # a kind of NetworkError to the library, but it stays as wrong as it is
            raise
        except NetworkError as error:
            if not twice and type(error.__cause__).__name__ not in NEVER_LEFT:
                raise
            log.info("Telegram could not be reached (%s); once more in %.0f s.", type(error).__name__, wait)
        await asyncio.sleep(wait)
        wait = min(2 * wait, MAX_WAIT)


# Telegram has one error code for many reasons; only the description tells them apart.


def not_modified(error: TelegramError) -> bool:
    """Tell whether an edit failed because the message already has this content."""
    return _description_has(error, "not modified")


def message_gone(error: TelegramError) -> bool:
    """Tell whether an edit failed because the message was deleted or can no longer be edited."""
    return _description_has(error, "message to edit not found", "can't be edited")


def query_gone(error: TelegramError) -> bool:
    """Tell whether a callback or inline query has expired."""
    return _description_has(error, "query is too old", "query id is invalid")


def chat_gone(error: TelegramError) -> bool:
    """Tell whether the chat does not exist."""
    return _description_has(error, "chat not found")


def topic_gone(error: TelegramError) -> bool:
    """Tell whether the topic of a chat was deleted."""
    return _description_has(error, "thread not found")


def too_big(error: TelegramError) -> bool:
    """Tell whether a file is larger than Telegram lets bots download."""
    return _description_has(error, "too big")


def webhook_set(error: TelegramError) -> bool:
    """Tell whether updates cannot be fetched because a webhook is set."""
    return _description_has(error, "webhook is active", "setwebhook")


def _description_has(error: TelegramError, *phrases: str) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)
