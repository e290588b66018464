"""Questions: what is one, and what is replied."""

import math
import re
from collections.abc import Sequence
from html import escape

from telegram import Message, MessageEntity, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, language_of
from bot.i18n.language import Language
from bot.outgoing.sending import change, reply
from bot.store.sessions import reader_of
from bot.views.answer import View, answer_view, first_callback_data, no_view
from bot.views.callback_data import MAX_HITS
from bot.views.telegram_html import units
from retrieval.answer.query import as_question
from retrieval.errors import QuestionError
from retrieval.types import Answer, Hit

PRIVATE = filters.ChatType.PRIVATE


class Addressed(filters.MessageFilter):
    """A message that is meant for the bot: private, naming it, or replying to it."""

    def filter(self, message: Message) -> bool:
        """Tell whether the bot is spoken to."""
        return is_addressed(message)


def is_addressed(message: Message) -> bool:
    """Tell whether the bot is spoken to, in whatever way."""
    return (
        message.chat.type == message.chat.PRIVATE
        or names_bot(message)
        or replies_to_bot(message)
        or (message.text or "").partition(" ")[0] == "/ask"
    )


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what answers questions, as they are sent and as they are edited."""

    async def asked(update: Update, _: TelegramContext) -> None:
        message, language = update.message or update.edited_message, language_of(update)
        if message is None:
            return
        question = question_in(message)
        if not question:
            say = language.say("Please write your question after it, for example: <i>/ask who met Kerry?</i>")
            await reply(message, View(say))
            return
        earlier = bot.answer_messages.answer_to(message) if update.edited_message else None
        async with bot.typing(message):
            view = await respond(bot, message, question, language)
        if earlier is None or not await change(message.get_bot(), message.chat_id, earlier, view):
            bot.answer_messages.remember(message, await reply(message, view))

    new_or_edited = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE
    return [
        CommandHandler("ask", asked, new_or_edited),
        MessageHandler(new_or_edited & Addressed() & filters.TEXT & ~filters.COMMAND, asked),
    ]


async def respond(bot: BotContext, message: Message, question: str, language: Language) -> View:
    """Return what to show for a question, or why it cannot be asked."""
    if wait := bot.question_limit.take(reader_of(message)):
        return View(too_many(language, wait))
    try:
        answer = await bot.search(question, MAX_HITS, before=bot.sessions.last(message))
    except QuestionError as error:
        return View(escape(language.of_error(error), quote=False))
    bot.sessions.remember(message, answer)
    return await view_of(bot, answer, language)


async def view_of(bot: BotContext, answer: Answer, language: Language, *, spell_out: bool = False) -> View:
    """Return an answer as a reader sees it; `spell_out` says what was asked where no message of theirs does."""
    searched = answer.searched
    written = as_question(searched) if searched else answer.question if spell_out else None
    if answer.answered:
        data = first_callback_data(answer.hits, newest=bool(searched and searched.newest))
        return answer_view(language, data, answer.hits[0], written)
    return await no_to(bot, answer.hits, language, written)


async def no_to(bot: BotContext, closest: Sequence[Hit], language: Language, searched: str | None) -> View:
    """Return an honest no, with what is in the archive and what came closest."""
    status = await bot.search.look(lambda archive: archive.status())
    return no_view(
        language, closest, articles=status.articles, first=status.first_date, last=status.last_date, searched=searched
    )


def too_many(language: Language, wait: float) -> str:
    """Say that a reader asks too often, and for how many seconds they have to wait."""
    return language.say("Too many questions in a minute. Please ask again in {seconds} s.", seconds=math.ceil(wait))


def question_in(message: Message) -> str:
    """Return what a message asks, without the command and the bot's name."""
    text = message.text or ""
    if text.startswith("/"):
        _, *rest = text.split(maxsplit=1)
        text = rest[0] if rest else ""
    name = re.escape(f"@{message.get_bot().username}")
    return re.sub(rf"(?i){name}\b[,:，：]?", "", text).strip()


def question_of(message: Message) -> str | None:
    """Return the question that a message of ours answers, from what Telegram keeps of it; None where that is gone."""
    asked = message.reply_to_message
    return searched_in(message) or (question_in(asked) if asked else None) or None


def searched_in(message: Message) -> str | None:
    """Return what a message of ours says was searched for: in its first line, where that is not what was written."""
    first, _, _ = (message.text or "").partition("\n")
    for entity, text in message.parse_entities([MessageEntity.CODE]).items():
        if entity.offset <= units(first):
            return text
    return None


def names_bot(message: Message) -> bool:
    """Tell whether a message mentions the bot."""
    name = f"@{message.get_bot().username}".lower()
    entities = message.parse_entities([MessageEntity.MENTION, MessageEntity.BOT_COMMAND])
    return any(text.lower().endswith(name) for text in entities.values())


def replies_to_bot(message: Message) -> bool:
    """Tell whether a message replies to one of the bot's own."""
    to = message.reply_to_message
    if to is None or to.from_user is None or to.forum_topic_created:  # every message in a topic replies to that
        return False
    return to.from_user.id == message.get_bot().id


def from_bot(message: Message) -> bool:
    """Tell whether another bot wrote a message: two that answer each other never stop."""
    # An anonymous admin is a bot too, but speaks for a chat.
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None
