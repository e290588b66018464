"""/timeline and its buttons: every sentence on somebody or something, in order of date, page by page."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler

from bot.context import BotContext, UpdateContext
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.edited_messages import NEW_OR_EDITED, answer_in_place, on_new_or_edited
from bot.handlers.limit_questions import has_to_wait, too_many_questions
from bot.handlers.question_text import question_in, question_of
from bot.outgoing.sending import label_of, topic_of
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import ORIGIN_LIST, ORIGIN_NO, encode
from bot.views.question_lines import searched_in
from bot.views.timeline import subject_in, timeline_view
from retrieval.answer.filter_terms import TERM
from retrieval.answer.names_in_question import subjects_of
from retrieval.answer.query import as_question, on_one_line, parse_query
from retrieval.errors import QuestionError
from retrieval.timeline.build_timeline import timeline_of
from retrieval.types import Query


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handler of the command."""
    return [CommandHandler("timeline", on_new_or_edited(bot, _timeline), NEW_OR_EDITED)]


async def _timeline(context: UpdateContext, message: Message) -> None:
    bot, language = context.bot, context.language
    name = question_in(message)
    if not name:
        text = language.say("Please write a name after it, for example: <i>/timeline Xu Zhiyong</i>")
        await answer_in_place(bot, message, View(text))
        return
    if await has_to_wait(context, message):
        return
    async with bot.typing(message):
        view = await _view(context, name, 0)
    await answer_in_place(bot, message, view)


async def _view(context: UpdateContext, name: str, page: int) -> View:
    """Return a page of the timeline of a name, which filters may follow: "Xu Zhiyong since:2014"."""
    try:
        query = subject_query(name)
        # It may take as long as a search, and waits for a thread as one.
        timeline = await context.bot.search.work(lambda on: timeline_of(query.text, on.archive, query.filters))
    except QuestionError as error:
        return View(escape(context.language.of_error(error), quote=False))
    filters = as_question(replace(query, text="", newest=False)).strip()
    return timeline_view(context.language, timeline, page, filters)


def subject_query(subject: str) -> Query:
    """Return a name and the filters that may follow it as a query; raises QuestionError."""
    line = on_one_line(subject)
    return parse_query(line) if TERM.search(line) else Query(line)


async def _turn(context: UpdateContext, callback: Callback) -> CallbackResult:
    """Turn the page of a timeline, or begin one: of the name on the button, or of the first one in the question."""
    message = callback.message
    if callback.data.origin == ORIGIN_NO:
        suggested = label_of(message, encode(callback.data))
        wanted = f"{suggested} {searched_in(message) or ''}".strip()
        return CallbackResult(await _view(context, wanted, 0)) if suggested else question_gone(context)
    if callback.data.origin == ORIGIN_LIST:
        name = subject_in(message)
        return CallbackResult(await _view(context, name, callback.data.page)) if name else question_gone(context)
    question = question_of(message)
    names = subjects_of(question) if question else []
    if not question or not names:
        return question_gone(context)
    if wait := context.bot.question_limit.take(context.user_id):
        return CallbackResult(notice=too_many_questions(context.language, wait), matters=True)
    view = await _view(context, f"{names[0]} {_filters_of(question)}", 0)
    await context.bot.sender.send(message.get_bot(), message.chat_id, view, topic_of(message))
    return CallbackResult()


def _filters_of(question: str) -> str:
    """Return the filters of a question that has been asked, as a user can type them."""
    return as_question(replace(parse_query(question), text="", newest=False)).strip()


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.TIMELINE: _turn}
