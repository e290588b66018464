"""Removes the buttons that take a verdict back, a few seconds after each was shown."""

import asyncio
import logging

from telegram import Message
from telegram.error import TelegramError

from bot.outgoing.sending import Sender
from bot.views.answer import View
from bot.views.keyboards import without_undo

log = logging.getLogger(__name__)


class UndoButtons:
    """The messages that show such a button now, in memory only: after a restart a button stays until the next tap."""

    def __init__(self, sender: Sender, seconds: float) -> None:
        self._sender = sender
        self._seconds = seconds
        self._tasks: dict[tuple[int, int], asyncio.Task[None]] = {}

    def remove_later(self, message: Message, view: View) -> None:
        """Remove the button from a message that shows this view, unless the message is changed before."""
        key = message.chat_id, message.message_id
        task = self._tasks[key] = asyncio.create_task(self._remove(message, view))
        task.add_done_callback(lambda done: self._tasks.pop(key) if self._tasks.get(key) is done else None)

    def message_changes(self, message: Message) -> None:
        """Leave a message as it is: it is being changed by a tap."""
        if task := self._tasks.pop((message.chat_id, message.message_id), None):
            task.cancel()

    async def _remove(self, message: Message, view: View) -> None:
        await asyncio.sleep(self._seconds)
        plain = View(view.text, without_undo(view.keyboard))
        try:
            await self._sender.edit(message.get_bot(), message.chat_id, message.message_id, plain)
        except TelegramError as error:
            log.info("A button could not be removed (%s).", type(error).__name__)
