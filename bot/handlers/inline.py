"""Inline: `@bot question` in any chat offers passages to share, with their source."""

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

from bot.context import BotContext, TelegramContext, language_of
from bot.i18n.language import Language
from bot.outgoing.sending import NO_PREVIEW, patiently, query_gone
from bot.views.answer import shared_view
from bot.views.callback_data import MAX_HITS
from bot.views.header import title_of
from bot.views.telegram_html import shortened
from retrieval.errors import ArchiveUnreachable, QuestionError
from retrieval.types import Hit

MAX_TITLE, MAX_DESCRIPTION = 100, 200  # units
MAX_BUTTON = 64  # characters


def handler(bot: BotContext) -> BaseHandler:  # type: ignore[type-arg]
    """Return what answers inline questions."""

    async def asked(update: Update, _: TelegramContext) -> None:
        query, language = update.inline_query, language_of(update)
        if query is None:
            return
        results, words = await _found(bot, query.from_user.id, query.query, language)
        button = InlineQueryResultsButton(words[:MAX_BUTTON], start_parameter="inline") if words else None
        await offer(query, results, button)

    return InlineQueryHandler(asked)


async def offer(
    query: InlineQuery, results: list[InlineQueryResultArticle], button: InlineQueryResultsButton | None = None
) -> None:
    """Show results to whoever types, if they still do; raises TelegramError where Telegram refuses them."""
    try:
        # Not kept by Telegram for others who ask the same.
        await patiently(lambda: query.answer(results, cache_time=0, is_personal=True, button=button))
    except BadRequest as error:
        if not query_gone(error):
            raise


async def _found(
    bot: BotContext, reader: int, question: str, language: Language
) -> tuple[list[InlineQueryResultArticle], str | None]:
    """Return passages to share, or in a few words why there are none."""
    if not question.strip():
        return [], language.say("Write a question, and choose a passage")
    if bot.question_limit.take(reader):
        return [], language.say("Too many questions: wait a minute")
    try:
        answer = await bot.search(question, MAX_HITS)
    except QuestionError as error:
        return [], language.of_error(error)
    except ArchiveUnreachable:
        return [], language.say("The archive cannot be reached just now")
    if not answer.answered:
        return [], language.say("Nothing in this archive answers that")
    return [_result(hit, language) for hit in answer.hits], None


def _result(hit: Hit, language: Language) -> InlineQueryResultArticle:
    card = hit.passage.article
    content = InputTextMessageContent(
        shared_view(language, hit).text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
    )
    said = hit.passage.text[hit.highlight.start : hit.highlight.end]
    return InlineQueryResultArticle(
        str(hit.rank),
        shortened(title_of(language, card), MAX_TITLE),
        content,
        description=shortened(" ".join(said.split()), MAX_DESCRIPTION),
    )
