"""Tells users who ask too many questions in a minute how long they have to wait."""

import math

from telegram import Message

from bot.context import UpdateContext
from bot.i18n.translation import Language
from bot.views.answer import View


def too_many_questions(language: Language, wait: float) -> str:
    """Say that a user asks too often, and for how many seconds they have to wait."""
    return language.say("That was a lot of questions. Please ask again in {seconds} s.", seconds=math.ceil(wait))


async def has_to_wait(context: UpdateContext, message: Message) -> bool:
    """Count a question of a message; tell whether its user asks too often, and say so to them once a minute."""
    limit = context.bot.question_limit
    wait = limit.take(context.user_id)
    if wait and limit.may_tell(context.user_id):
        await context.bot.sender.reply(message, View(too_many_questions(context.language, wait)))
    return bool(wait)
