"""Adding what was sent: shown as it was understood, and taken in only once an owner says so."""

import re
from collections.abc import Mapping
from html import escape

from telegram import Message

from bot.context import BotContext
from bot.errors import NotAnArticle
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult
from bot.handlers.documents import Draft, draft
from bot.i18n.language import Language
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import ORIGIN_ANSWER, ORIGIN_LIST, CallbackData
from bot.views.header import header
from bot.views.keyboards import button
from bot.views.telegram_html import shortened
from retrieval.archive.contract import Archive

FIRST_LINES = 500  # units
FIRST_ARTICLES = 5
# A Chinese or Japanese character counts as a word, as it does to most who count them.
WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['’\-][^\W\u3040-\u30ff\u3400-\u9fff]+)*"
)


async def proposal(bot: BotContext, message: Message, language: Language) -> View:
    """Show what would be added of a message, or say why nothing can be."""
    try:
        found = await draft(bot, message, language)
    except NotAnArticle as error:
        return View(escape(str(error), quote=False))
    return await _shown(bot, found, language)


async def _shown(bot: BotContext, found: Draft, language: Language) -> View:
    one = len(found.readings) == 1
    lines = [*(await _one(bot, found, language) if one else await _many(bot, found, language))]
    if found.skipped:
        first = found.skipped[0]
        lines.append(
            "⚠ "
            + language.say_n(
                "{count} of what is in it is no article: {reason}",
                "{count} of what is in it are no articles, such as: {reason}",
                len(found.skipped),
                reason=escape(first.reason, quote=False),
            )
        )
    add = button(
        language.say("Add to the archive") if one else language.say("Add them all"),
        CallbackData(callback_data.ADD, (found.seal,), origin=ORIGIN_LIST),
    )
    leave = button(language.say("Leave it"), CallbackData(callback_data.LEAVE, origin=ORIGIN_LIST))
    return View("\n".join(lines), ((add,), (leave,)))


async def _one(bot: BotContext, found: Draft, language: Language) -> list[str]:
    """Show an article as it was understood."""
    article = found.article
    before = await bot.search.look(lambda archive: archive.article(article.id))
    words = sum(1 for _ in WORD.finditer(article.text))
    lines = [
        language.say("I understood this:") + "\n",
        header(language, article.card, origin=ORIGIN_ANSWER),
        language.say_n("{count} word", "{count} words", words),
        f"\n<blockquote>{escape(shortened(article.text, FIRST_LINES), quote=False)}</blockquote>",
        *(f"⚠ {escape(warning, quote=False)}" for warning in found.readings[0].warnings),
    ]
    if before and before.digest == article.digest:
        lines.append("\n" + language.say("It is in the archive already."))
    elif before:
        lines.append("\n" + language.say("It would take the place of the article that has the same link."))
    return lines


async def _many(bot: BotContext, found: Draft, language: Language) -> list[str]:
    """Show how many articles there are, and the first of them."""
    articles = [reading.article for reading in found.readings]

    def there(archive: Archive) -> int:
        return sum(1 for one in articles if (stored := archive.article(one.id)) and stored.digest == one.digest)

    lines = [language.say_n("I found {count} article:", "I found {count} articles:", len(articles)) + "\n"]
    lines += [header(language, one.card, origin=ORIGIN_ANSWER) for one in articles[:FIRST_ARTICLES]]
    if (more := len(articles) - FIRST_ARTICLES) > 0:
        lines.append("\n" + language.say_n("and {count} more", "and {count} more", more))
    if already := await bot.search.look(there):
        lines.append(
            "\n" + language.say_n("{count} is in the archive already.", "{count} are in the archive already.", already)
        )
    return lines


async def _add(bot: BotContext, callback: Callback) -> CallbackResult:
    language, held = callback.language, callback.message.reply_to_message
    if held is None:
        return CallbackResult(
            View(language.say("What you sent is no longer here, and I kept nothing of it. Please send it again."))
        )
    found = await draft(bot, held, language)
    if found.seal != callback.data.hit:
        # Whoever sent it may have changed it since: what is added is what an owner has seen.
        return CallbackResult(
            await _shown(bot, found, language),
            language.say("It has been changed since. This is how it reads now."),
            matters=True,
        )
    await bot.search.change(found.keep)
    if (count := len(found.readings)) > 1:
        said = language.say_n("Added {count} article.", "Added {count} articles. I answer from them now.", count)
        return CallbackResult(View(said), said)
    said = language.say("Added. I answer from it now.")
    return CallbackResult(View(f"{said}\n\n{header(language, found.article.card, origin=ORIGIN_ANSWER)}"), said)


async def _leave(_: BotContext, callback: Callback) -> CallbackResult:
    return CallbackResult(View(callback.language.say("Left as it is.")))


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.ADD: _add, callback_data.LEAVE: _leave}
