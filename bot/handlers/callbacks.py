"""Handles taps on buttons. All that a handler needs is in the button's data and in the message with the button."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.context import BotContext, TelegramContext, UpdateContext
from bot.errors import StaleButton
from bot.handlers.build_views import no_answer_view, shown_view, view_of
from bot.handlers.limit_questions import too_many_questions
from bot.handlers.question_text import asked_in, question_in, question_of
from bot.handlers.shown_hits import article_of, hits_of, shown_hit, shown_of
from bot.outgoing.sending import keyboard_of
from bot.outgoing.telegram_errors import query_gone
from bot.views import callback_data
from bot.views.answer import View, first_callback_data, stale, too_old
from bot.views.article import context_view, full_text_view
from bot.views.callback_data import MAX_HITS, ORIGIN_LITERAL, CallbackData, decode
from bot.views.keyboards import back_to_filters
from corpus.text.language import language_of_script
from retrieval.answer.foreign_language import language_without_filters
from retrieval.answer.order_hits import newest_first
from retrieval.answer.query import as_question, check_question, parse_query
from retrieval.encode.languages_read import unread_language
from retrieval.errors import QuestionError
from retrieval.types import Query

MAX_NOTICE = 200  # characters
MAX_CHARACTERS = 10_000  # of a question that has been accepted before


@dataclass(frozen=True, slots=True)
class Callback:
    """A tap: the data of the button, and the message that the button belongs to."""

    data: CallbackData
    message: Message


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """What a tap leads to: a view that replaces the message's, a notice, or both.

    A notice that `matters` stays until the user closes it. `same_hits`: the view shows the hits of the message. `undo`:
    a button of the view is removed after a few seconds.
    """

    view: View | None = None
    notice: str | None = None
    matters: bool = False
    same_hits: bool = False
    undo: bool = False


CallbackHandler = Callable[[UpdateContext, Callback], Awaitable[CallbackResult]]


def handler(bot: BotContext, handlers: Mapping[str, CallbackHandler]) -> BaseHandler:  # type: ignore[type-arg]
    """Return the handler of taps. The button's verb selects the function: one of ANSWER_CALLBACKS or of `handlers`."""
    by_verb = {**ANSWER_CALLBACKS, **handlers}

    async def tapped(update: Update, _: TelegramContext) -> None:
        query = update.callback_query
        if query is None:
            return
        context = UpdateContext.of(bot, update)
        try:
            result = await _handle(context, by_verb, query)
        except StaleButton:
            result = CallbackResult(notice=stale(context.language), matters=True)
        except QuestionError as error:
            result = CallbackResult(notice=context.language.of_error(error), matters=True)
        await notify(bot, query, result)
        if result.view and isinstance(query.message, Message):
            view = _with_end_of_watch(result.view, query.message) if result.same_hits else result.view
            await bot.sender.edit(query.message.get_bot(), query.message.chat_id, query.message.message_id, view)
            if result.undo:
                bot.undo_buttons.remove_later(query.message, view)

    return CallbackQueryHandler(tapped)


def _with_end_of_watch(view: View, message: Message) -> View:
    """Keep the message's button that ends a watch: only this button holds the watch's id."""
    ends = [
        (button,)
        for row in keyboard_of(message)
        for button in row
        if button.data and button.data.startswith(callback_data.END)
    ]
    return View(view.text, (*view.keyboard, *ends))


async def notify(bot: BotContext, query: CallbackQuery, result: CallbackResult) -> None:
    """Answer a callback query with the result's notice, if Telegram still waits for it."""
    try:
        text = result.notice[:MAX_NOTICE] if result.notice else None
        await bot.sender.call(query.get_bot(), lambda: query.answer(text, show_alert=result.matters))
    except BadRequest as error:
        # After a while Telegram no longer waits. The view is shown all the same.
        if not query_gone(error):
            raise


async def _handle(
    context: UpdateContext, by_verb: Mapping[str, CallbackHandler], query: CallbackQuery
) -> CallbackResult:
    if not isinstance(query.message, Message) or not query.message.is_accessible:  # Telegram gives only its id
        return CallbackResult(notice=too_old(context.language), matters=True)
    data = decode(query.data or "")
    if data.verb not in by_verb:
        raise StaleButton("There is no such button in this version.")
    if data.verb != callback_data.HERE:
        context.bot.undo_buttons.message_changes(query.message)
    return await by_verb[data.verb](context, Callback(data, query.message))


async def _show(context: UpdateContext, callback: Callback) -> CallbackResult:
    hits = await hits_of(context.bot, callback.data)
    view = await shown_view(context, callback.data, hits, asked_in(callback.message))
    if callback.data.origin != callback_data.ORIGIN_NO:
        context.bot.sessions.show(callback.message, shown_of(hits, callback.data))
    return CallbackResult(view, same_hits=True)


async def _do_nothing(_: UpdateContext, __: Callback) -> CallbackResult:
    return CallbackResult()


async def _show_context(context: UpdateContext, callback: Callback) -> CallbackResult:
    hit = await shown_hit(context.bot, callback.data)
    article, passages = await article_of(context.bot, hit)
    view = context_view(context.language, callback.data, article, passages, hit, asked_in(callback.message))
    return CallbackResult(view, same_hits=True)


async def _show_full_text(context: UpdateContext, callback: Callback) -> CallbackResult:
    hit = await shown_hit(context.bot, callback.data)
    article, passages = await article_of(context.bot, hit)
    view = full_text_view(context.language, callback.data, article, passages, hit, asked_in(callback.message))
    return CallbackResult(view, same_hits=True)


async def _change_order(context: UpdateContext, callback: Callback) -> CallbackResult:
    newest = callback.data.origin != callback_data.ORIGIN_NEWEST
    if newest and question_of(callback.message) is None:
        return await _order_by_date(context, callback)
    return await _ask_again(context, callback, newest=newest)


async def _order_by_date(context: UpdateContext, callback: Callback) -> CallbackResult:
    """Order the hits of a message by date, newest first, when there is no question to ask again."""
    by_date = newest_first(await hits_of(context.bot, callback.data))
    if not by_date:
        raise StaleButton("The passages are gone.")
    hits = [replace(hit, rank=rank) for rank, hit in enumerate(by_date, start=1)]
    newest = first_callback_data(hits, origin=callback_data.ORIGIN_NEWEST)
    return CallbackResult(await shown_view(context, newest, hits, asked_in(callback.message)))


async def _search_everything(context: UpdateContext, callback: Callback) -> CallbackResult:
    return await _ask_again(context, callback, literal=True)


async def _ask_again(
    context: UpdateContext, callback: Callback, *, newest: bool = False, literal: bool = False
) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(context)
    if wait := context.bot.question_limit.take(context.user_id):
        return CallbackResult(notice=too_many_questions(context.language, wait), matters=True)
    query = _read(question)
    answer = await context.bot.search(as_question(query), MAX_HITS, newest=newest, literal=literal)
    # The meaning of a follow-up question must survive a change of order, and back.
    spell_out = not _is_as_asked(query, callback.message)
    view = await view_of(context, answer, spell_out=spell_out, origin=ORIGIN_LITERAL if literal else None)
    if literal and not answer.hits:
        view = View(view.text, (*view.keyboard, back_to_filters(context.language)))
    return CallbackResult(view)


async def _back_to_no(context: UpdateContext, callback: Callback) -> CallbackResult:
    closest = [hit.passage for hit in await hits_of(context.bot, callback.data)]
    question = question_of(callback.message)
    model = await context.bot.search.work(lambda answers: answers.encoder.name)
    asked = (language_without_filters(question) or language_of_script(question)) if question else None
    unread = unread_language(model, asked)
    return CallbackResult(await no_answer_view(context, closest, asked_in(callback.message), unread))


ANSWER_CALLBACKS: Mapping[str, CallbackHandler] = {
    callback_data.SHOW: _show,
    callback_data.HERE: _do_nothing,
    callback_data.CONTEXT: _show_context,
    callback_data.FULL: _show_full_text,
    callback_data.ORDER: _change_order,
    callback_data.LITERAL: _search_everything,
    callback_data.FILTERED: _ask_again,
    callback_data.NO: _back_to_no,
}


def question_gone(context: UpdateContext) -> CallbackResult:
    """Say that the message with the question, which a button needs, was deleted."""
    text = context.language.say("I can't see that question any more. Please ask again.")
    return CallbackResult(notice=text, matters=True)


def _is_as_asked(query: Query, message: Message) -> bool:
    """Tell whether a query is, but for the order, the question that a message of the bot replies to."""
    question = message.reply_to_message
    try:
        return question is not None and _read(question_in(question)) == query
    except QuestionError:
        return False


def _read(question: str) -> Query:
    """Return a question's query without its order; raises QuestionError."""
    return replace(parse_query(check_question(question, MAX_CHARACTERS)), newest=False)
