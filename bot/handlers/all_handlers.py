"""All handlers, in the order in which an update is offered to them; the first of them decides who may ask."""

from collections import deque

from telegram import Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, CommandHandler, MessageHandler, TypeHandler, filters

from bot.context import BotApplication, BotContext, TelegramContext, UpdateContext, language_of, on_message
from bot.handlers import (
    admin,
    callbacks,
    digest,
    feedback,
    forwarded_posts,
    group_greeting,
    info_commands,
    inline,
    questions,
    timeline,
    watches,
)
from bot.handlers.addressed import Addressed, from_bot, is_addressed
from bot.handlers.callbacks import CallbackResult, notify
from bot.handlers.error_handler import error_handler
from bot.views.answer import View

PRIVATE = filters.ChatType.PRIVATE
FIRST_GROUP = -1  # its handlers run before all others
GREETING_GROUP = 1  # its handlers run beside the others: a change of the chat concerns watches too
FOR_ALL = frozenset({"privacy", "forget"})  # commands that are answered to those who may not ask, too


def add_handlers(application: BotApplication, bot: BotContext) -> None:
    """Register all handlers, in the order in which an update is offered to them."""
    application.add_handler(_gate(bot), FIRST_GROUP)
    application.add_handlers(
        [
            *admin.handlers(bot),
            *info_commands.handlers(bot),
            *watches.handlers(bot),
            *digest.handlers(bot),
            *timeline.handlers(bot),
            *forwarded_posts.handlers(bot),
            *questions.handlers(bot),
            inline.handler(bot),
            callbacks.handler(
                bot,
                {
                    **feedback.CALLBACKS,
                    **watches.CALLBACKS,
                    **timeline.CALLBACKS,
                    **info_commands.CALLBACKS,
                    **forwarded_posts.CALLBACKS,
                    **admin.CALLBACKS,
                },
            ),
            *_other_messages(bot),
        ]
    )
    application.add_handlers(group_greeting.handlers(bot), GREETING_GROUP)
    application.add_error_handler(error_handler(bot))


def _gate(bot: BotContext) -> BaseHandler:  # type: ignore[type-arg]
    """Return the handler that stops updates of other bots and of users who may not ask."""
    for_all = [
        handler
        for handler in info_commands.handlers(bot)
        if isinstance(handler, CommandHandler) and handler.commands & FOR_ALL
    ]

    async def gate(update: Update, _: TelegramContext) -> None:
        message, query = update.message or update.edited_message, update.callback_query
        if message and from_bot(message):
            raise ApplicationHandlerStop
        user, chat = update.effective_user, update.effective_chat
        if update.my_chat_member or any(handler.check_update(update) for handler in for_all):  # nobody asks anything
            return
        if bot.access.may_ask(user.id if user else None, chat.id if chat else None):
            return
        language = language_of(update)
        text = language.say("This archive is private. Its owner can let you in.")
        if user:
            text += " " + language.say("Your Telegram id is {id}.", id=user.id)
        if message and is_addressed(message):
            await bot.sender.reply(message, View(text))
        elif query:
            await notify(bot, query, CallbackResult(notice=text, matters=True))
        elif inline_query := update.inline_query:
            await inline.offer(bot, inline_query, [])
        raise ApplicationHandlerStop

    return TypeHandler(Update, gate)


def _other_messages(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of messages that hold no question."""
    albums: deque[str | None] = deque(maxlen=100)

    async def unknown_command(context: UpdateContext, message: Message) -> None:
        text = context.language.say("I don't know that command. Just write your question, or see /help.")
        await bot.sender.reply(message, View(text))

    async def not_text(context: UpdateContext, message: Message) -> None:
        album = message.media_group_id  # an album comes as several messages, and gets one reply
        if album is None or album not in albums:
            albums.append(album)
            text = context.language.say("I can only read text. Please ask me in words.")
            await bot.sender.reply(message, View(text))

    new = filters.UpdateType.MESSAGE
    return [
        MessageHandler(new & PRIVATE & filters.COMMAND, on_message(bot, unknown_command)),
        MessageHandler(new & Addressed() & ~filters.TEXT & ~filters.StatusUpdate.ALL, on_message(bot, not_text)),
    ]
