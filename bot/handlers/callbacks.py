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
from bot.views.answer import View, answer_view, keeping, kept, stale, too_old
from bot.views.article import context_view, full_text_view
from bot.views.callback_data import MOST_HITS, Tap, decode, hit_of
from corpus.article import Article
from retrieval.answer.query import as_written, read
from retrieval.archive.contract import Archive
from retrieval.errors import QuestionError
from retrieval.types import Hit, Passage, Query

LONGEST_NOTICE = 200  # characters
MOST_CHARACTERS = 10_000  # of a question that was taken already


@dataclass(frozen=True, slots=True)
class Tapped:
    """A tap as it came: who taps sees `language`, and `message` is the one that the button hangs under."""

    tap: Tap
    message: Message
    update: int
    reader: int
    language: Language


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a tap brings about: a view in place of the one that was tapped, a notice, or both.

    A notice of something that matters stays until the reader closes it. A view that `goes_on` is of the same hits.
    """

    view: View | None = None
    notice: str | None = None
    matters: bool = False
    goes_on: bool = False


React = Callable[[BotContext, Tapped], Awaitable[Reaction]]


def handler(bot: BotContext, reactions: Mapping[str, React]) -> BaseHandler:  # type: ignore[type-arg]
    """Return what answers taps: by these reactions, and by those to what is shown."""
    every = {**SHOWN, **reactions}

    async def tapped(update: Update, _: TelegramContext) -> None:
        query, language = update.callback_query, language_of(update)
        if query is None:
            return
        try:
            reaction = await _react(bot, every, query, update.update_id, language)
        except StaleButton:
            reaction = Reaction(notice=stale(language), matters=True)
        except QuestionError as error:
            reaction = Reaction(notice=language.of_error(error), matters=True)
        await notify(query, reaction)
        if reaction.view and isinstance(query.message, Message):
            view = _with_end(reaction.view, query.message) if reaction.goes_on else reaction.view
            await change(query.message.get_bot(), query.message.chat_id, query.message.message_id, view)

    return CallbackQueryHandler(tapped)


def _with_end(view: View, message: Message) -> View:
    """Keep the button that ends a watch under what the watch told: nothing else has the watch's number."""
    ends = [
        (one,) for row in keyboard_of(message) for one in row if one.data and one.data.startswith(callback_data.END)
    ]
    return View(view.text, (*view.keyboard, *ends))


async def notify(query: CallbackQuery, reaction: Reaction) -> None:
    """Tell Telegram that a tap has been seen, in time or not."""
    try:
        text = reaction.notice[:LONGEST_NOTICE] if reaction.notice else None
        await patiently(lambda: query.answer(text, show_alert=reaction.matters))
    except BadRequest as error:
        # After a while away, Telegram no longer waits for it; what was asked for is done all the same.
        if not query_gone(error):
            raise


async def _react(
    bot: BotContext, reactions: Mapping[str, React], query: CallbackQuery, update: int, language: Language
) -> Reaction:
    if not isinstance(query.message, Message) or not query.message.is_accessible:  # Telegram gives its number alone
        return Reaction(notice=too_old(language), matters=True)
    tap = decode(query.data or "")
    if tap.verb not in reactions:
        raise StaleButton("There is no such button in this version.")
    return await reactions[tap.verb](bot, Tapped(tap, query.message, update, query.from_user.id, language))


async def _show(bot: BotContext, tapped: Tapped) -> Reaction:
    hit = await _hit(bot, tapped.tap)
    return Reaction(answer_view(tapped.language, tapped.tap, hit, _searched(tapped)), goes_on=True)


async def _here(_: BotContext, __: Tapped) -> Reaction:
    return Reaction()


async def _context(bot: BotContext, tapped: Tapped) -> Reaction:
    hit = await _hit(bot, tapped.tap)
    article, passages = await _whole(bot, hit)
    view = context_view(tapped.language, tapped.tap, article, passages, hit, _searched(tapped))
    return Reaction(view, goes_on=True)


async def _full(bot: BotContext, tapped: Tapped) -> Reaction:
    article, passages = await _whole(bot, await _hit(bot, tapped.tap))
    view = full_text_view(tapped.language, tapped.tap, article, passages, _searched(tapped))
    return Reaction(view, goes_on=True)


async def _order(bot: BotContext, tapped: Tapped) -> Reaction:
    question = question_of(tapped.message)
    if question is None:
        return question_gone(tapped)
    if wait := bot.turns.take(tapped.reader):
        return Reaction(notice=too_many(tapped.language, wait), matters=True)
    query = replace(read(question, MOST_CHARACTERS), newest=False)
    answer = await bot.search(as_written(query), MOST_HITS, newest=tapped.tap.under != callback_data.UNDER_NEWEST)
    # What a follow-up meant must not be lost on the way to one order and back.
    return Reaction(await view_of(bot, answer, tapped.language, spell_out=not _as_asked(query, tapped.message)))


async def _judge(bot: BotContext, tapped: Tapped) -> Reaction:
    """Ask before anything is kept, and say what would be."""
    if question_of(tapped.message) is None:
        return question_gone(tapped)
    shown = await _show(bot, tapped)
    return Reaction(shown.view, keeping(tapped.language, tapped.tap), matters=True, goes_on=True)


async def _keep(bot: BotContext, tapped: Tapped) -> Reaction:
    question = question_of(tapped.message)
    if question is None:
        return question_gone(tapped)
    shown = await _hit(bot, tapped.tap)
    others = [hit.passage.id for hit in await _hits(bot, tapped.tap) if hit.passage.id != shown.passage.id]
    good = tapped.tap.verb == callback_data.KEEP_GOOD
    whose = tapped.reader, tapped.message.chat_id, tapped.message.message_id
    bot.feedback.keep(tapped.update, whose, question, [shown.passage.id, *others], good=good)
    view = answer_view(tapped.language, tapped.tap, shown, _searched(tapped))
    return Reaction(view, kept(tapped.language), goes_on=True)


async def _no(bot: BotContext, tapped: Tapped) -> Reaction:
    hits = await _hits(bot, tapped.tap)
    return Reaction(await no_to(bot, hits, tapped.language, _searched(tapped)))


SHOWN: Mapping[str, React] = {
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


def question_gone(tapped: Tapped) -> Reaction:
    """Say that the message which a button needs is no longer there."""
    return Reaction(
        notice=tapped.language.say("Your question is no longer here, and I keep none. Please ask again."), matters=True
    )


def _as_asked(query: Query, message: Message) -> bool:
    """Tell whether a query is what the question says that a message of ours replies to, in whatever order."""
    asked = message.reply_to_message
    try:
        return asked is not None and replace(read(question_in(asked), MOST_CHARACTERS), newest=False) == query
    except QuestionError:
        return False


async def _hit(bot: BotContext, tap: Tap) -> Hit:
    """Return the hit that a tap shows; raises StaleButton where it is gone."""
    shown = replace(tap, hits=(tap.hit,), shown=0)
    hits = await _hits(bot, shown)
    if not hits:
        raise StaleButton("The passage is gone.")
    return replace(hits[0], rank=tap.shown + 1)


async def _whole(bot: BotContext, hit: Hit) -> tuple[Article, list[Passage]]:
    """Return a hit's article, and all its passages; raises StaleButton where it is gone."""
    id_ = hit.passage.article.id
    article, passages = await bot.search.look(lambda archive: (archive.article(id_), archive.passages_of(id_)))
    if article is None:
        raise StaleButton("The article is gone.")
    return article, passages


async def _hits(bot: BotContext, tap: Tap) -> list[Hit]:
    """Return the hits of a tap that are still there."""

    def look(archive: Archive) -> list[Hit]:
        found = [(ref, archive.find_passage(ref.article, ref.passage)) for ref in tap.hits]
        return [hit_of(ref, one.passage, rank, one.also) for rank, (ref, one) in enumerate(found, start=1) if one]

    return await bot.search.look(look)


def _searched(tapped: Tapped) -> str | None:
    """Return what the message says was searched for, where it says so."""
    return searched_in(tapped.message)
