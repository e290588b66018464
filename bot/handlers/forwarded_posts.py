"""Offers articles like a post that a user forwards or a passage that they share, which are no questions."""

import re
from collections.abc import Mapping

from telegram import Message
from telegram.ext import BaseHandler, MessageHandler, filters

from bot.context import BotContext, UpdateContext, on_message
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult
from bot.handlers.limit_questions import too_many_questions
from bot.views import callback_data
from bot.views.answer import View
from bot.views.article_list import similar_view
from bot.views.callback_data import LIKE, MAX_HITS, ORIGIN_LIST, CallbackData
from bot.views.keyboards import button
from retrieval.answer.similar_articles import similar_articles

WORD = re.compile(r"[^\W\d_]{2}")


class Post(filters.MessageFilter):
    """A text that was written elsewhere: a forwarded post, or a passage that the bot itself offered inline."""

    def filter(self, message: Message) -> bool:
        """Tell whether a message is such a text, in a private chat."""
        in_private = message.chat.type == message.chat.PRIVATE
        shared = message.via_bot is not None and message.via_bot.id == message.get_bot().id
        return (
            in_private and bool(WORD.search(_text_of(message) or "")) and (shared or message.forward_origin is not None)
        )


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handler of such messages."""
    return [MessageHandler(filters.UpdateType.MESSAGE & Post(), on_message(bot, _offer))]


async def _offer(context: UpdateContext, message: Message) -> None:
    language = context.language
    text = language.say("That's a post, not a question. Shall I look for articles like it?")
    like = button(language.say("Find articles like this one"), CallbackData(LIKE, origin=ORIGIN_LIST))
    await context.bot.sender.reply(message, View(text, ((like,),)))


async def _find(context: UpdateContext, callback: Callback) -> CallbackResult:
    bot, language, post = context.bot, context.language, callback.message.reply_to_message
    text = _text_of(post) if post else None
    if not text:
        return CallbackResult(
            notice=language.say("I can't see that post any more. Please send it again."), matters=True
        )
    if wait := bot.question_limit.take(context.user_id):
        return CallbackResult(notice=too_many_questions(language, wait), matters=True)
    passages = await bot.search.work(lambda answers: similar_articles(text, answers.archive, answers.encoder, MAX_HITS))
    return CallbackResult(similar_view(language, [(passage.article, passage) for passage in passages]))


def _text_of(message: Message) -> str | None:
    return message.text or message.caption


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.LIKE: _find}
