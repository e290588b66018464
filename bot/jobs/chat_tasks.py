"""What watches and digests share when they write to chats: a task for each chat, and the end of what is refused."""

import asyncio
from collections.abc import Coroutine
from functools import partial

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.context import BotContext
from bot.outgoing.telegram_errors import chat_gone, topic_gone


class ChatTasks:
    """Runs one task a chat at a time: a chat that has to wait must not delay the others."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def __contains__(self, chat: int) -> bool:
        """Tell whether a chat's task is running."""
        return chat in self._tasks

    def start(self, chat: int, work: Coroutine[None, None, None]) -> None:
        """Start a chat's task; none of this chat may be running."""
        task = self._tasks[chat] = asyncio.create_task(work)
        task.add_done_callback(partial(self._done, chat))

    def _done(self, chat: int, _: "asyncio.Task[None]") -> None:
        del self._tasks[chat]

    def cancel(self) -> None:
        """Cancel all tasks."""
        for task in self._tasks.values():
            task.cancel()


def end_where_refused(bot: BotContext, chat: int, topic: int | None, error: TelegramError) -> None:
    """End watches and digests in a chat or a topic that Telegram says the bot cannot write to."""
    if isinstance(error, Forbidden) or (isinstance(error, BadRequest) and chat_gone(error)):
        bot.watches.end_all(chat)
    elif isinstance(error, BadRequest) and topic_gone(error):
        bot.watches.end_in_topic(chat, topic)
