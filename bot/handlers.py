"""What the bot does with a message, each in a few lines, and with an error."""

import logging
import re
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from html import escape
from typing import Any

from telegram import Message, MessageEntity, Update
from telegram.error import Forbidden, TelegramError
from telegram.ext import Application, CallbackContext, CommandHandler, MessageHandler, filters

from bot import words
from bot.conversations import Conversations
from bot.delivery import reply, typing
from bot.render import messages
from bot.search import Search
from corpus.errors import ClippingsError
from retrieval.errors import QuestionError

Bot = Application[Any, Any, Any, Any, Any, Any]
Context = CallbackContext[Any, Any, Any, Any]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

PRIVATE = filters.ChatType.PRIVATE

log = logging.getLogger(__name__)


class Addressed(filters.MessageFilter):
    """A message that is meant for the bot: private, naming it, or replying to it."""

    def filter(self, message: Message) -> bool:
        """Tell whether the bot is spoken to."""
        return message.chat.type == message.chat.PRIVATE or _names_bot(message) or _replies_to_bot(message)


def add_handlers(application: Bot, search: Search, conversations: Conversations) -> None:
    """Teach the application everything the bot does; `search` answers the questions."""
    albums: deque[str | None] = deque(maxlen=100)

    async def ask(message: Message) -> None:
        _, *question = (message.text or "").split(maxsplit=1)
        if question:
            await answer(message, question[0], search, conversations)
        else:
            await reply(message, [words.ASK_WHAT])

    async def other(message: Message) -> None:
        album = message.media_group_id  # an album is many messages, and wants one reply
        if album is None or album not in albums:
            albums.append(album)
            await reply(message, [words.ONLY_TEXT])

    async def question(message: Message) -> None:
        await answer(message, _without_name(message), search, conversations)

    async def start(message: Message) -> None:
        conversations.forget(message)
        await reply(message, [words.START])

    addressed = Addressed()
    application.add_handlers(
        [
            CommandHandler("start", _on_message(start), addressed),
            CommandHandler("help", _saying(words.HELP), addressed),
            CommandHandler("ask", _on_message(ask)),
            MessageHandler(addressed & filters.TEXT & ~filters.COMMAND, _on_message(question)),
            MessageHandler(PRIVATE & filters.COMMAND, _saying(words.UNKNOWN_COMMAND)),
            MessageHandler(PRIVATE & ~filters.TEXT & ~filters.StatusUpdate.ALL, _on_message(other)),
        ]
    )
    application.add_error_handler(apologise)


async def answer(message: Message, question: str, search: Search, conversations: Conversations) -> None:
    """Reply with what the archive says to a question, or why it cannot be asked."""
    async with typing(message):
        try:
            found = await search(question, conversations.last(message))
            conversations.remember(message, found)
            texts = messages(found)
        except QuestionError as error:
            texts = [escape(str(error), quote=False)]
    await reply(message, texts)


async def apologise(update: object, context: Context) -> None:
    """Give the reader a sentence and the log the traceback, without anything that the reader wrote."""
    error = context.error
    if error is None or isinstance(error, Forbidden):  # a reader may block the bot
        return
    log.error("A message could not be answered.\n%s", _trace(error))
    if isinstance(update, Update) and update.message:
        try:
            await reply(update.message, [words.APOLOGY])
        except TelegramError as again:
            log.warning("Nor could the apology be sent (%s).", type(again).__name__)


def _on_message(respond: Callable[[Message], Awaitable[None]]) -> Handler:
    async def handle(update: Update, _context: Context) -> None:
        # Edits and channel posts come as something else; to answer those is to answer twice, or unasked.
        if update.message and not _from_bot(update.message):
            await respond(update.message)

    return handle


def _saying(text: str) -> Handler:
    async def say(message: Message) -> None:
        await reply(message, [text])

    return _on_message(say)


def _from_bot(message: Message) -> bool:
    # Two bots that answer each other never stop. An anonymous admin is a bot too, but speaks for a chat.
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None


def _names_bot(message: Message) -> bool:
    name = f"@{message.get_bot().username}".lower()
    entities = message.parse_entities([MessageEntity.MENTION, MessageEntity.BOT_COMMAND])
    return any(text.lower().endswith(name) for text in entities.values())


def _replies_to_bot(message: Message) -> bool:
    to = message.reply_to_message
    if to is None or to.from_user is None or to.forum_topic_created:  # every message in a topic replies to that
        return False
    return to.from_user.id == message.get_bot().id


def _without_name(message: Message) -> str:
    name = re.escape(f"@{message.get_bot().username}")
    return re.sub(rf"(?i){name}\b[,:]?", "", message.text or "").strip()


def _trace(error: BaseException) -> str:
    """Write the traceback with an exception's own words only where they cannot hold what a reader wrote."""
    lines: list[str] = []
    while True:
        ours = isinstance(error, ClippingsError | OSError) and not isinstance(error, QuestionError)
        said = f": {error}" if ours else ""
        lines[:0] = [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}{said}\n"]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return "".join(lines).rstrip()
        error = cause
