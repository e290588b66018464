"""Inline queries: `@bot question` in any chat offers passages to share, with their source."""

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import BaseHandler, InlineQueryHandler

from bot.context import BotContext, TelegramContext, UpdateContext
from bot.handlers.shown_hits import hits_of
from bot.i18n.translation import Language
from bot.i18n.unread_question import unread_question
from bot.outgoing.sending import NO_PREVIEW
from bot.outgoing.telegram_errors import query_gone
from bot.views.answer import shared_view, stale
from bot.views.callback_data import MAX_HITS, SHOW, CallbackData, shared_ref
from bot.views.header import title_of
from bot.views.telegram_html import shortened
from retrieval.answer.answering_sentences import answering_text
from retrieval.errors import ArchiveUnreachable, QuestionError
from retrieval.types import Hit

MAX_TITLE, MAX_DESCRIPTION = 100, 200  # units
MAX_BUTTON = 64  # characters


def handler(bot: BotContext) -> BaseHandler:  # type: ignore[type-arg]
    """Return the handler of inline queries."""

    async def answer_query(update: Update, _: TelegramContext) -> None:
        query = update.inline_query
        if query is None:
            return
        results, reason = await _search(UpdateContext.of(bot, update), query.query)
        button = InlineQueryResultsButton(reason[:MAX_BUTTON], start_parameter="inline") if reason else None
        await offer(bot, query, results, button)

    return InlineQueryHandler(answer_query)


async def offer(
    bot: BotContext,
    query: InlineQuery,
    results: list[InlineQueryResultArticle],
    button: InlineQueryResultsButton | None = None,
) -> None:
    """Show results to the user who types, if they still do; raises TelegramError if Telegram refuses them."""
    try:
        # Telegram must not cache them for other users.
        await bot.sender.call(
            query.get_bot(), lambda: query.answer(results, cache_time=0, is_personal=True, button=button)
        )
    except BadRequest as error:
        if not query_gone(error):
            raise


async def _search(context: UpdateContext, question: str) -> tuple[list[InlineQueryResultArticle], str | None]:
    """Return passages to share, or none and the reason in a few words."""
    bot, language = context.bot, context.language
    if not question.strip():
        return [], language.say("Write a question, and choose a passage")
    if ref := shared_ref(question):
        hits = await hits_of(bot, CallbackData(SHOW, (ref,)))
        return [_result(hit, language) for hit in hits], None if hits else stale(language)
    if bot.question_limit.take(context.user_id):
        return [], language.say("Too many questions: please wait a minute")
    try:
        answer = await bot.search(question, MAX_HITS)
    except QuestionError as error:
        return [], language.of_error(error)
    except ArchiveUnreachable:
        return [], language.say("I can't reach the archive right now")
    if answer.unread_language:
        return [], unread_question(language, answer.unread_language)
    if not answer.hits:
        return [], language.say("Nothing in this archive answers that")
    return [_result(hit, language, answer.question) for hit in answer.hits], None


def _result(hit: Hit, language: Language, asked: str | None = None) -> InlineQueryResultArticle:
    card = hit.passage.article
    content = InputTextMessageContent(
        shared_view(language, hit, asked).text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
    )
    return InlineQueryResultArticle(
        str(hit.rank),
        shortened(title_of(language, card), MAX_TITLE),
        content,
        description=shortened(answering_text(hit), MAX_DESCRIPTION),
    )
