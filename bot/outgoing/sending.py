"""Sending messages: as a reply, in the same topic, and again for as long as the network fails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TypeVar

from telegram import Bot as Telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError

from bot.outgoing.retry_delays import DEFAULT_BACKOFF
from bot.outgoing.telegram_errors import message_gone, not_modified
from bot.views.answer import View
from bot.views.callback_data import Button, Keyboard
from corpus.backoff import Backoff

TYPING_DELAY = 0.4  # seconds; a quick answer needs no announcement
MAX_TYPING = 8  # users
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# The HTTP library's errors after which the call has certainly not arrived.
NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})

MAX_FAILURES = 3  # of one call, while Telegram carries out others

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Sender:
    """Calls Telegram, and repeats a call while the network fails."""

    def __init__(self, backoff: Backoff = DEFAULT_BACKOFF) -> None:
        self._backoff = backoff

    async def send(
        self,
        telegram: Telegram,
        chat: int,
        view: View,
        topic: int | None = None,
        reply_to: int | None = None,
        *,
        repeat: bool = True,
    ) -> Message:
        """Send a message, also to the group that a chat has become.

        Raises TelegramError if Telegram refuses it. Without `repeat`, raises NetworkError if it may have arrived.
        """
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to is not None else None

        def send_to(to: int) -> Awaitable[Message]:
            return self.call(
                telegram,
                lambda: telegram.send_message(
                    to,
                    view.text,
                    parse_mode=ParseMode.HTML,
                    reply_parameters=reply,
                    message_thread_id=topic,
                    link_preview_options=NO_PREVIEW,
                    reply_markup=markup(view, inline=bool(telegram.supports_inline_queries)),
                ),
                repeat=repeat,
            )

        try:
            return await send_to(chat)
        except ChatMigrated as moved:
            return await send_to(moved.new_chat_id)

    async def reply(self, message: Message, view: View) -> Message:
        """Reply to a message, in its topic; raises TelegramError if Telegram refuses the reply."""
        return await self.send(message.get_bot(), message.chat_id, view, topic_of(message), message.message_id)

    async def edit(self, telegram: Telegram, chat: int, message: int, view: View) -> bool:
        """Replace what a message shows; return False if the message can no longer be edited.

        Raises TelegramError if Telegram refuses the view.
        """
        try:
            await self.call(
                telegram,
                lambda: telegram.edit_message_text(
                    view.text,
                    chat,
                    message,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=NO_PREVIEW,
                    reply_markup=markup(view, inline=bool(telegram.supports_inline_queries)),
                ),
            )
        except BadRequest as error:
            if not_modified(error):
                return True
            if message_gone(error):
                return False
            raise
        return True

    async def delete(self, telegram: Telegram, chat: int, message: int) -> None:
        """Delete a message of the bot, if Telegram still lets it."""
        with suppress(BadRequest):
            await self.call(telegram, lambda: telegram.delete_message(chat, message))

    async def call(self, telegram: Telegram, call: Callable[[], Awaitable[Result]], *, repeat: bool = True) -> Result:
        """Make a call, and repeat it while the network fails; raises TelegramError if Telegram refuses it.

        A call that Telegram answers three times with another HTTP error, such as 413 or 500, counts as refused, unless
        Telegram is out of order altogether: repeated for ever, it would hold up its chat.

        If only Telegram's response is lost, a repeated message is sent twice. Without `repeat`, NetworkError is raised
        instead once the call may have arrived.
        """
        failures = 0
        for wait in self._backoff.waits():
            try:
                return await call()
            except BadRequest:  # the library makes it a NetworkError, but repeating the call would not help
                raise
            except NetworkError as error:
                if not repeat and type(error.__cause__).__name__ not in NOT_SENT:
                    raise
                if _is_http_error(error) and await _is_working(telegram):
                    failures += 1
                    if failures == MAX_FAILURES:
                        raise
                log.info("Telegram could not be reached (%s). Trying again in %.0f s.", type(error).__name__, wait)
            await asyncio.sleep(wait)
        raise AssertionError


def _is_http_error(error: NetworkError) -> bool:
    """Tell whether a server responded with an error, other than that Telegram is out of reach."""
    # The library chains the HTTP library's error if there was no response, and its own if the response is no JSON.
    responded = error.__cause__ is None or isinstance(error.__cause__, TelegramError)
    return responded and not error.message.startswith(HTTPStatus.BAD_GATEWAY.phrase)


async def _is_working(telegram: Telegram) -> bool:
    """Tell whether Telegram carries out a call that cannot be at fault itself."""
    try:
        await telegram.get_me()
    except TelegramError:
        return False
    return True


def markup(view: View, *, inline: bool) -> InlineKeyboardMarkup | None:
    """Return buttons in the library's form; those with inline queries only if the bot takes such queries (`inline`)."""
    rows = [[_markup(button) for button in row if inline or button.inline is None] for row in view.keyboard]
    return InlineKeyboardMarkup([row for row in rows if row]) if any(rows) else None


def _markup(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        button.text, callback_data=button.data, url=button.url, switch_inline_query=button.inline
    )


def keyboard_of(message: Message) -> Keyboard:
    """Return the buttons under a message: the reverse of `markup`."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return tuple(
        tuple(
            Button(
                button.text,
                button.callback_data if isinstance(button.callback_data, str) else None,
                button.url,
                button.switch_inline_query,
            )
            for button in row
        )
        for row in rows
    )


def label_of(message: Message, data: str) -> str | None:
    """Return the label of the button under a message that has these data; None if there is none."""
    return next((button.text for row in keyboard_of(message) for button in row if button.data == data), None)


class Typing:
    """Shows "typing" in a chat while the bot works on a long answer, to a limited number of users at a time.

    With many users waiting, the answers must not be delayed by it.
    """

    def __init__(self, repeat_seconds: float, max_users: int = MAX_TYPING) -> None:
        self._repeat_seconds = repeat_seconds
        self._free = max_users

    @asynccontextmanager
    async def __call__(self, message: Message) -> AsyncIterator[None]:
        """Show it in the message's chat while the block runs."""
        showing = asyncio.create_task(self._show(message))
        try:
            yield
        finally:
            showing.cancel()
            with suppress(asyncio.CancelledError):
                await showing

    async def _show(self, message: Message) -> None:
        await asyncio.sleep(TYPING_DELAY)
        if not self._free:
            return
        self._free -= 1
        try:
            while True:
                # Only a courtesy: if it fails, the answer still comes.
                with suppress(TelegramError):
                    await message.get_bot().send_chat_action(
                        message.chat_id, ChatAction.TYPING, message_thread_id=topic_of(message)
                    )
                await asyncio.sleep(self._repeat_seconds)
        finally:
            self._free += 1


def topic_of(message: Message) -> int | None:
    """Return a message's topic; outside topics its thread id may be that of a thread of replies."""
    return message.message_thread_id if message.is_topic_message else None
