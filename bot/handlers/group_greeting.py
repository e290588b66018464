"""Says how to ask, once, in a group that the bot was added to."""

import asyncio
from collections import deque

from telegram import Chat, ChatMember, Message, Update
from telegram.ext import BaseHandler, ChatMemberHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, UpdateContext, language_of, on_message
from bot.i18n.translation import Language
from bot.views.answer import View

GROUPS = frozenset({Chat.GROUP, Chat.SUPERGROUP})
OUTSIDE = frozenset({ChatMember.LEFT, ChatMember.BANNED})
INSIDE = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR})


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers that greet a group, and that note which groups have a new id."""
    migrated: deque[int] = deque(maxlen=100)  # ids of supergroups that were groups

    async def note(_: UpdateContext, message: Message) -> None:
        if message.migrate_to_chat_id:
            migrated.append(message.migrate_to_chat_id)

    async def greet(update: Update, _: TelegramContext) -> None:
        change = update.my_chat_member
        if change is None or change.chat.type not in GROUPS:
            return
        before, now = change.old_chat_member.status, change.new_chat_member.status
        if before not in OUTSIDE or now not in INSIDE or not bot.access.may_ask(change.from_user.id, change.chat.id):
            return
        # To Telegram the bot joins a group that becomes a supergroup. The group says so at the same time.
        await asyncio.sleep(bot.config.times.greeting)
        if change.chat.id in migrated:
            return
        telegram = change.get_bot()
        mentions = telegram.can_read_all_group_messages or now == ChatMember.ADMINISTRATOR
        view = greeting(language_of(update), telegram.username, mentions=mentions)
        await bot.sender.send(telegram, change.chat.id, view)

    return [
        ChatMemberHandler(greet, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, on_message(bot, note)),
    ]


def greeting(language: Language, name: str, *, mentions: bool) -> View:
    """Say how to ask the bot, whose username is `name`, in a group; by `mentions` only if Telegram delivers them."""
    if mentions:
        text = language.say(
            "Hello! I answer questions from an archive of news articles, word for word. Write /ask "
            "and your question, mention @{name} in it, or reply to one of my messages. /help@{name} "
            "has more.",
            name=name,
        )
    else:
        text = language.say(
            "Hello! I answer questions from an archive of news articles, word for word. Write /ask "
            "and your question, or reply to one of my messages. /help@{name} has more.",
            name=name,
        )
    return View(text)
