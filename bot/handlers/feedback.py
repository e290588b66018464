"""Saves verdicts on answers at one tap, and takes them back for a few seconds."""

from collections.abc import Mapping
from dataclasses import replace

from telegram import Message

from bot.context import UpdateContext
from bot.handlers.build_views import shown_view
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.question_text import asked_in, question_of
from bot.handlers.shown_hits import hits_of, shown_of
from bot.views import callback_data
from bot.views.answer import feedback_saved
from bot.views.callback_data import SHOW


async def _save(context: UpdateContext, callback: Callback) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(context)
    data, bot = callback.data, context.bot
    hits = await hits_of(bot, data)
    hit = shown_of(hits, data)
    ids = [other.passage.id for other in hits]
    bot.feedback.save(
        context.update_id,
        _source(context, callback.message),
        question,
        [hit.passage.id, *(id_ for id_ in ids if id_ != hit.passage.id)],
        good=data.verb == callback_data.GOOD,
    )
    view = await shown_view(context, data, hits, asked_in(callback.message))
    return CallbackResult(view, feedback_saved(context.language, data.verb), same_hits=True, undo=True)


async def _undo(context: UpdateContext, callback: Callback) -> CallbackResult:
    hits = await hits_of(context.bot, callback.data)
    hit = shown_of(hits, callback.data)
    erased = context.bot.feedback.erase(_source(context, callback.message), hit.passage.id)
    view = await shown_view(context, replace(callback.data, verb=SHOW), hits, asked_in(callback.message))
    if not erased:
        text = context.language.say("I can't tell any more which one was yours, so it stays.")
        return CallbackResult(view, text, matters=True, same_hits=True)
    return CallbackResult(view, context.language.say("Undone. Nothing of it is kept."), same_hits=True)


def _source(context: UpdateContext, message: Message) -> tuple[int, int, int]:
    return context.user_id, message.chat_id, message.message_id


CALLBACKS: Mapping[str, CallbackHandler] = {
    callback_data.GOOD: _save,
    callback_data.BAD: _save,
    callback_data.UNDO: _undo,
}
