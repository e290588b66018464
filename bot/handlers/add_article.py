"""Adds what an admin sends: first shows the articles as they were read, then adds them if the admin confirms."""

import re
from collections.abc import Mapping
from html import escape

from telegram import Message

from bot.context import UpdateContext
from bot.errors import NotAnArticle
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult
from bot.submitted_articles import Submission, read_submission
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import ORIGIN_ANSWER, ORIGIN_LIST, CallbackData
from bot.views.header import header
from bot.views.keyboards import button
from bot.views.telegram_html import shortened
from retrieval.archive.contract import Archive

FIRST_LINES = 500  # units
FIRST_ARTICLES = 5
# A Chinese or Japanese character counts as a word, as is usual for these languages.
WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['’\-][^\W\u3040-\u30ff\u3400-\u9fff]+)*"
)


async def proposal(context: UpdateContext, message: Message) -> View:
    """Show what would be added from a message, or say why nothing can be."""
    try:
        submission = await read_submission(context, message)
    except NotAnArticle as error:
        return View(escape(str(error), quote=False))
    return await _proposal_view(context, submission)


async def _proposal_view(context: UpdateContext, submission: Submission) -> View:
    language, single = context.language, len(submission.readings) == 1
    lines = [*(await _article_lines(context, submission) if single else await _list_lines(context, submission))]
    if submission.skipped:
        lines.append(
            "⚠ "
            + language.say_n(
                "{count} of what is in it is no article: {reason}",
                "{count} of what is in it are no articles, such as: {reason}",
                len(submission.skipped),
                reason=escape(submission.skipped[0].reason, quote=False),
            )
        )
    add = button(
        language.say("Add to the archive") if single else language.say("Add them all"),
        CallbackData(callback_data.ADD, (submission.digest_ref,), origin=ORIGIN_LIST),
    )
    leave = button(language.say("Leave it"), CallbackData(callback_data.LEAVE, origin=ORIGIN_LIST))
    return View("\n".join(lines), ((add,), (leave,)))


async def _article_lines(context: UpdateContext, submission: Submission) -> list[str]:
    """Show an article as it was read."""
    language, article = context.language, submission.article
    stored = await context.bot.search.look(lambda archive: archive.article(article.id))
    words = sum(1 for _ in WORD.finditer(article.text))
    lines = [
        language.say("Here is what I read:") + "\n",
        header(language, article.card, origin=ORIGIN_ANSWER),
        language.say_n("{count} word", "{count} words", words),
        f"\n<blockquote>{escape(shortened(article.text, FIRST_LINES), quote=False)}</blockquote>",
        *(f"⚠ {escape(warning, quote=False)}" for warning in submission.readings[0].warnings),
    ]
    if stored and stored.digest == article.digest:
        lines.append("\n" + language.say("It is in the archive already."))
    elif stored:
        lines.append("\n" + language.say("It will replace the article that has the same link."))
    return lines


async def _list_lines(context: UpdateContext, submission: Submission) -> list[str]:
    """Show the number of articles, and the first of them."""
    language, articles = context.language, [reading.article for reading in submission.readings]

    def count_stored(archive: Archive) -> int:
        stored = (archive.article(article.id) for article in articles)
        return sum(
            1 for article, other in zip(articles, stored, strict=True) if other and other.digest == article.digest
        )

    lines = [language.say_n("I found {count} article:", "I found {count} articles:", len(articles)) + "\n"]
    lines += [header(language, article.card, origin=ORIGIN_ANSWER) for article in articles[:FIRST_ARTICLES]]
    if (more := len(articles) - FIRST_ARTICLES) > 0:
        lines.append("\n" + language.say_n("and {count} more", "and {count} more", more))
    if already := await context.bot.search.look(count_stored):
        lines.append(
            "\n" + language.say_n("{count} is in the archive already.", "{count} are in the archive already.", already)
        )
    return lines


async def _add(context: UpdateContext, callback: Callback) -> CallbackResult:
    language, source = context.language, callback.message.reply_to_message
    if source is None:
        text = language.say("I can't see what you sent any more. Please send it again.")
        return CallbackResult(View(text))
    submission = await read_submission(context, source)
    if submission.digest_ref != callback.data.hit:
        # The sender may have edited it: only what an admin has seen is added.
        return CallbackResult(
            await _proposal_view(context, submission),
            language.say("It has changed since. This is how it reads now."),
            matters=True,
        )
    await context.bot.search.change(submission.add)
    if (count := len(submission.readings)) > 1:
        text = language.say_n("Added {count} article.", "Added {count} articles. I can quote them now.", count)
        return CallbackResult(View(text), text)
    text = language.say("Added. I can quote it now.")
    return CallbackResult(View(f"{text}\n\n{header(language, submission.article.card, origin=ORIGIN_ANSWER)}"), text)


async def _leave(context: UpdateContext, _: Callback) -> CallbackResult:
    return CallbackResult(View(context.language.say("Nothing was changed.")))


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.ADD: _add, callback_data.LEAVE: _leave}
