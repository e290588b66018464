"""Removes an article, which an admin names by words or by an answer that shows it, after a confirmation."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from pathlib import Path

from bot.context import BotContext, UpdateContext
from bot.errors import StaleButton
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult
from bot.i18n.translation import Language
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, ORIGIN_ANSWER, ORIGIN_LIST, CallbackData, Ref
from bot.views.header import header, title_of
from bot.views.keyboards import button
from corpus.article import Card
from retrieval.answer.query import check_question
from retrieval.archive.contract import Archive
from retrieval.errors import ArticleMissing
from retrieval.types import Passage

MAX_PASSAGES = 200  # that share words with the wanted headline


async def choices(context: UpdateContext, words: str) -> View:
    """Offer the articles with these words in the headline, else those that answer them; raises QuestionError."""
    bot, language = context.bot, context.language
    words = check_question(words, bot.config.question_characters)
    by_words = await bot.search.look(lambda archive: archive.search_words(words, MAX_PASSAGES))
    found = [hit.passage for hit in by_words]
    passages = _first_of_each_article([passage for passage in found if _in_headline(words, passage.article)])
    if not passages:
        answer = await bot.search(words, 4 * MAX_HITS)
        passages = _first_of_each_article([hit.passage for hit in answer.hits])
    if not passages:
        return View(language.say("I found no article with these words in its headline."))
    refs = tuple(Ref.first(passage) for passage in passages)
    rows = [
        (
            button(
                _label(passage.article, language),
                CallbackData(callback_data.REMOVE, refs, number, origin=ORIGIN_LIST),
            ),
        )
        for number, passage in enumerate(passages)
    ]
    rows.append((_keep_button(language),))
    return View(language.say("Which article shall I remove?"), tuple(rows))


async def confirmation(context: UpdateContext, ref: Ref) -> View:
    """Ask whether an article is to be removed; raises StaleButton if it is gone."""
    language, card = context.language, (await _passage(context.bot, ref)).article
    lines = [
        header(language, card, origin=ORIGIN_ANSWER),
        language.say("Remove this article? I'll stop quoting it at once."),
    ]
    remove = button(language.say("Remove"), CallbackData(callback_data.TAKE_OUT, (ref,), origin=ORIGIN_LIST))
    return View("\n\n".join(lines), ((remove, _keep_button(language)),))


def _in_headline(words: str, card: Card) -> bool:
    return all(word in card.title.casefold() for word in words.casefold().split())


def _first_of_each_article(passages: Sequence[Passage]) -> list[Passage]:
    by_article: dict[str, Passage] = {}
    for passage in passages:
        by_article.setdefault(passage.article.id, passage)
    return list(by_article.values())[:MAX_HITS]


def _label(card: Card, language: Language) -> str:
    title = title_of(language, card)
    return f"{language.day(card.published)} · {title}" if card.published else title


def _keep_button(language: Language) -> callback_data.Button:
    return button(language.say("Keep"), CallbackData(callback_data.LEAVE, origin=ORIGIN_LIST))


async def _passage(bot: BotContext, ref: Ref) -> Passage:
    stored = await bot.search.look(lambda archive: archive.find_passage(ref.article, ref.passage))
    if stored is None:
        raise StaleButton("The article is gone.")
    return stored.passage


async def _ask(context: UpdateContext, callback: Callback) -> CallbackResult:
    return CallbackResult(await confirmation(context, callback.data.hit))


async def _remove(context: UpdateContext, callback: Callback) -> CallbackResult:
    from retrieval.indexing.single_articles import take_out

    bot, language = context.bot, context.language
    card = (await _passage(bot, callback.data.hit)).article
    try:
        origins = await bot.search.change(lambda answers: take_out(answers.archive, [card.id]))
    except ArticleMissing:
        raise StaleButton("The article is gone.") from None
    text = language.say("Removed. I won't quote it any more.")
    lines = [text, header(language, card, origin=ORIGIN_ANSWER)]
    file = origins[card.id]
    if await bot.search.look(partial(_file_remains, file, bot.config.added)) and file:
        remark = language.say("Its file is still there, so the next indexing will add it again: {file}", file=file.name)
        lines.append(escape(remark, quote=False))
    return CallbackResult(View("\n\n".join(lines)), text)


def _file_remains(file: Path | None, added: Path, archive: Archive) -> bool:
    """Delete an article's file if the bot wrote it and it holds no other article; tell whether it still exists."""
    if file is None:
        return False
    is_ours = file.parent == added.resolve()
    if is_ours and not any(
        occurrence.origin == str(file)
        for article in archive.known_articles().values()
        for occurrence in article.occurrences
    ):
        with suppress(OSError):
            file.unlink()
    return file.exists()


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.REMOVE: _ask, callback_data.TAKE_OUT: _remove}
