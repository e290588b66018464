"""Buttons tapped: what each asks for is in it, and in the message that it hangs under."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.context import BotContext, TelegramContext, language_of
from bot.errors import StaleButton
from bot.handlers.questions import no_to, question_in, question_of, searched_in, too_many, view_of
from bot.i18n.language import Language
from bot.outgoing.sending import change, keyboard_of, patiently, query_gone
from bot.views import callback_data
from bot.views.answer import View, answer_view, feedback_notice, feedback_saved, stale, too_old
from bot.views.article import context_view, full_text_view
from bot.views.callback_data import MAX_HITS, CallbackData, decode, hit_of
from corpus.article import Article
from retrieval.answer.query import as_question, check_question, parse_query
from retrieval.archive.contract import Archive
from retrieval.errors import QuestionError
from retrieval.types import Hit, Passage, Query

MAX_NOTICE = 200  # characters
MAX_CHARACTERS = 10_000  # of a question that was taken already


@dataclass(frozen=True, slots=True)
class Callback:
    """A tap as it came: who taps sees `language`, and `message` is the one that the button hangs under."""

    data: CallbackData
    message: Message
    update: int
    reader: int
    language: Language


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """What a tap brings about: a view in place of the one that was tapped, a notice, or both.

    A notice of something that matters stays until the reader closes it. A view that `goes_on` is of the same hits.
    """

    view: View | None = None
    notice: str | None = None
    matters: bool = False
    goes_on: bool = False


CallbackHandler = Callable[[BotContext, Callback], Awaitable[CallbackResult]]


def handler(bot: BotContext, callbacks: Mapping[str, CallbackHandler]) -> BaseHandler:  # type: ignore[type-arg]
    """Return what answers taps: by these reactions, and by those to what is shown."""
    every = {**SHOWN, **callbacks}

    async def callback(update: Update, _: TelegramContext) -> None:
        query, language = update.callback_query, language_of(update)
        if query is None:
            return
        try:
            result = await _handle(bot, every, query, update.update_id, language)
        except StaleButton:
            result = CallbackResult(notice=stale(language), matters=True)
        except QuestionError as error:
            result = CallbackResult(notice=language.of_error(error), matters=True)
        await notify(query, result)
        if result.view and isinstance(query.message, Message):
            view = _with_end(result.view, query.message) if result.goes_on else result.view
            await change(query.message.get_bot(), query.message.chat_id, query.message.message_id, view)

    return CallbackQueryHandler(callback)


def _with_end(view: View, message: Message) -> View:
    """Keep the button that ends a watch under what the watch told: nothing else has the watch's number."""
    ends = [
        (one,) for row in keyboard_of(message) for one in row if one.data and one.data.startswith(callback_data.END)
    ]
    return View(view.text, (*view.keyboard, *ends))


async def notify(query: CallbackQuery, result: CallbackResult) -> None:
    """Tell Telegram that a tap has been seen, in time or not."""
    try:
        text = result.notice[:MAX_NOTICE] if result.notice else None
        await patiently(lambda: query.answer(text, show_alert=result.matters))
    except BadRequest as error:
        # After a while away, Telegram no longer waits for it; what was asked for is done all the same.
        if not query_gone(error):
            raise


async def _handle(
    bot: BotContext, callbacks: Mapping[str, CallbackHandler], query: CallbackQuery, update: int, language: Language
) -> CallbackResult:
    if not isinstance(query.message, Message) or not query.message.is_accessible:  # Telegram gives its number alone
        return CallbackResult(notice=too_old(language), matters=True)
    data = decode(query.data or "")
    if data.verb not in callbacks:
        raise StaleButton("There is no such button in this version.")
    return await callbacks[data.verb](bot, Callback(data, query.message, update, query.from_user.id, language))


async def _show(bot: BotContext, callback: Callback) -> CallbackResult:
    hit = await _hit(bot, callback.data)
    return CallbackResult(answer_view(callback.language, callback.data, hit, _searched(callback)), goes_on=True)


async def _here(_: BotContext, __: Callback) -> CallbackResult:
    return CallbackResult()


async def _context(bot: BotContext, callback: Callback) -> CallbackResult:
    hit = await _hit(bot, callback.data)
    article, passages = await _whole(bot, hit)
    view = context_view(callback.language, callback.data, article, passages, hit, _searched(callback))
    return CallbackResult(view, goes_on=True)


async def _full(bot: BotContext, callback: Callback) -> CallbackResult:
    article, passages = await _whole(bot, await _hit(bot, callback.data))
    view = full_text_view(callback.language, callback.data, article, passages, _searched(callback))
    return CallbackResult(view, goes_on=True)


async def _order(bot: BotContext, callback: Callback) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(callback)
    if wait := bot.question_limit.take(callback.reader):
        return CallbackResult(notice=too_many(callback.language, wait), matters=True)
    query = replace(parse_query(check_question(question, MAX_CHARACTERS)), newest=False)
    answer = await bot.search(as_question(query), MAX_HITS, newest=callback.data.origin != callback_data.ORIGIN_NEWEST)
    # What a follow-up meant must not be lost on the way to one order and back.
    return CallbackResult(
        await view_of(bot, answer, callback.language, spell_out=not _as_asked(query, callback.message))
    )


async def _judge(bot: BotContext, callback: Callback) -> CallbackResult:
    """Ask before anything is kept, and say what would be."""
    if question_of(callback.message) is None:
        return question_gone(callback)
    shown = await _show(bot, callback)
    return CallbackResult(shown.view, feedback_notice(callback.language, callback.data), matters=True, goes_on=True)


async def _keep(bot: BotContext, callback: Callback) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(callback)
    shown = await _hit(bot, callback.data)
    others = [hit.passage.id for hit in await _hits(bot, callback.data) if hit.passage.id != shown.passage.id]
    good = callback.data.verb == callback_data.KEEP_GOOD
    whose = callback.reader, callback.message.chat_id, callback.message.message_id
    bot.feedback.keep(callback.update, whose, question, [shown.passage.id, *others], good=good)
    view = answer_view(callback.language, callback.data, shown, _searched(callback))
    return CallbackResult(view, feedback_saved(callback.language), goes_on=True)


async def _no(bot: BotContext, callback: Callback) -> CallbackResult:
    hits = await _hits(bot, callback.data)
    return CallbackResult(await no_to(bot, hits, callback.language, _searched(callback)))


SHOWN: Mapping[str, CallbackHandler] = {
    callback_data.SHOW: _show,
    callback_data.HERE: _here,
    callback_data.CONTEXT: _context,
    callback_data.FULL: _full,
    callback_data.ORDER: _order,
    callback_data.GOOD: _judge,
    callback_data.BAD: _judge,
    callback_data.KEEP_GOOD: _keep,
    callback_data.KEEP_BAD: _keep,
    callback_data.NO: _no,
}


def question_gone(callback: Callback) -> CallbackResult:
    """Say that the message which a button needs is no longer there."""
    return CallbackResult(
        notice=callback.language.say("Your question is no longer here, and I keep none. Please ask again."),
        matters=True,
    )


def _as_asked(query: Query, message: Message) -> bool:
    """Tell whether a query is what the question says that a message of ours replies to, in whatever order."""
    asked = message.reply_to_message
    try:
        return (
            asked is not None
            and replace(parse_query(check_question(question_in(asked), MAX_CHARACTERS)), newest=False) == query
        )
    except QuestionError:
        return False


async def _hit(bot: BotContext, data: CallbackData) -> Hit:
    """Return the hit that a tap shows; raises StaleButton where it is gone."""
    shown = replace(data, hits=(data.hit,), shown=0)
    hits = await _hits(bot, shown)
    if not hits:
        raise StaleButton("The passage is gone.")
    return replace(hits[0], rank=data.shown + 1)


async def _whole(bot: BotContext, hit: Hit) -> tuple[Article, list[Passage]]:
    """Return a hit's article, and all its passages; raises StaleButton where it is gone."""
    id_ = hit.passage.article.id
    article, passages = await bot.search.look(lambda archive: (archive.article(id_), archive.passages_of(id_)))
    if article is None:
        raise StaleButton("The article is gone.")
    return article, passages


async def _hits(bot: BotContext, data: CallbackData) -> list[Hit]:
    """Return the hits of a tap that are still there."""

    def look(archive: Archive) -> list[Hit]:
        found = [(ref, archive.find_passage(ref.article, ref.passage)) for ref in data.hits]
        return [hit_of(ref, one.passage, rank, one.also) for rank, (ref, one) in enumerate(found, start=1) if one]

    return await bot.search.look(look)


def _searched(callback: Callback) -> str | None:
    """Return what the message says was searched for, where it says so."""
    return searched_in(callback.message)
