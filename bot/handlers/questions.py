"""Answers questions, and recognizes the messages that are questions."""

import math
import re
from collections.abc import Sequence
from html import escape

from telegram import Message, MessageEntity, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, UpdateContext
from bot.i18n.translation import Language
from bot.views.answer import View, answer_view, first_callback_data, no_view, origin_of
from bot.views.callback_data import MAX_HITS
from bot.views.question_lines import (
    UNDERSTOOD,
    WITHOUT,
    Asked,
    describe_understood,
    line_in,
    searched_in,
    without,
)
from bot.whole_article import is_whole_article
from retrieval.answer.query import as_question
from retrieval.errors import QuestionError
from retrieval.types import Answer, Passage

PRIVATE = filters.ChatType.PRIVATE


class Addressed(filters.MessageFilter):
    """A message addressed to the bot: in private, or by naming it or replying to it."""

    def filter(self, message: Message) -> bool:
        """Tell whether a message is addressed to the bot."""
        return is_addressed(message)


def is_addressed(message: Message) -> bool:
    """Tell whether a message is addressed to the bot."""
    return (
        message.chat.type == message.chat.PRIVATE
        or names_bot(message)
        or replies_to_bot(message)
        or (message.text or "").partition(" ")[0] == "/ask"
    )


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of questions, new and edited ones."""

    async def answer_message(update: Update, _: TelegramContext) -> None:
        message = update.message or update.edited_message
        if message is None:
            return
        context = UpdateContext.of(bot, update)
        question = question_in(message)
        if not question:
            text = context.language.say("Please write your question after it, for example: <i>/ask who met Kerry?</i>")
            await bot.sender.reply(message, View(text))
            return
        earlier = bot.answer_messages.answer_to(message) if update.edited_message else None
        async with bot.typing(message):
            view = await answer_question(context, message, question)
        if earlier is None or not await bot.sender.edit(message.get_bot(), message.chat_id, earlier, view):
            bot.answer_messages.remember(message, await bot.sender.reply(message, view))

    new_or_edited = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE
    return [
        CommandHandler("ask", answer_message, new_or_edited),
        MessageHandler(new_or_edited & Addressed() & filters.TEXT & ~filters.COMMAND, answer_message),
    ]


async def answer_question(context: UpdateContext, message: Message, question: str) -> View:
    """Return the answer to a question, or why it cannot be asked."""
    bot, language = context.bot, context.language
    if wait := bot.question_limit.take(context.user_id):
        return View(too_many_questions(language, wait))
    try:
        answer = await bot.search(question, MAX_HITS, before=bot.sessions.last(message))
    except QuestionError as error:
        return View(escape(language.of_error(error), quote=False))
    bot.sessions.remember(message, answer)
    return await view_of(context, answer)


async def view_of(context: UpdateContext, answer: Answer, *, spell_out: bool = False) -> View:
    """Return the view of an answer; `spell_out` adds the question, for answers that reply to no message with it."""
    searched = answer.searched
    written = as_question(searched) if searched else answer.question if spell_out else None
    notice = without(context.language, answer.without) if answer.without else None
    if answer.hits:
        data = first_callback_data(answer.hits, origin=origin_of(answer))
        understood = describe_understood(context.language, answer.understood) if answer.understood else None
        asked = Asked(answer.question, written, understood, notice)
        first = answer.hits[0]
        whole = await context.bot.search.look(lambda archive: is_whole_article(archive, first.passage))
        return answer_view(context.language, data, first, asked, answer.hits, whole=whole)
    closest = [near.passage for near in answer.closest]
    return await no_answer_view(context, closest, Asked(None, written, None, notice), answer.unread_language)


async def no_answer_view(
    context: UpdateContext, closest: Sequence[Passage], asked: Asked, unread_language: str | None = None
) -> View:
    """Return the view for "no answer": what is in the archive, and the closest passages."""
    status = await context.bot.search.look(lambda archive: archive.status())
    return no_view(
        context.language,
        closest,
        articles=status.articles,
        first=status.first_date,
        last=status.last_date,
        asked=asked,
        unread_language=unread_language,
    )


def too_many_questions(language: Language, wait: float) -> str:
    """Say that a user asks too often, and for how many seconds they have to wait."""
    return language.say("Too many questions in a minute. Please ask again in {seconds} s.", seconds=math.ceil(wait))


def question_in(message: Message) -> str:
    """Return the question in a message, without the command and the bot's name."""
    text = message.text or ""
    if text.startswith("/"):
        _, *rest = text.split(maxsplit=1)
        text = rest[0] if rest else ""
    name = re.escape(f"@{message.get_bot().username}")
    return re.sub(rf"(?i){name}\b[,:，：]?", "", text).strip()


def question_of(message: Message) -> str | None:
    """Return the question that a message of the bot answers, read from Telegram's copy; None if that was deleted."""
    question = message.reply_to_message
    return searched_in(message) or (question_in(question) if question else None) or None


def asked_in(message: Message) -> Asked:
    """Return the question that a message of the bot answers, and what the message says of it."""
    return Asked(question_of(message), searched_in(message), line_in(message, UNDERSTOOD), line_in(message, WITHOUT))


def names_bot(message: Message) -> bool:
    """Tell whether a message mentions the bot."""
    name = f"@{message.get_bot().username}".lower()
    entities = message.parse_entities([MessageEntity.MENTION, MessageEntity.BOT_COMMAND])
    return any(text.lower().endswith(name) for text in entities.values())


def replies_to_bot(message: Message) -> bool:
    """Tell whether a message replies to a message of the bot."""
    # Every message in a topic counts as a reply to the message that created the topic.
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created:
        return False
    return replied.from_user.id == message.get_bot().id


def from_bot(message: Message) -> bool:
    """Tell whether another bot wrote a message: two bots that answer each other never stop."""
    # An anonymous admin is a bot to Telegram, but writes in the name of a chat.
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None
