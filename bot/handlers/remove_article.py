"""Removing an article: found by words or by an answer that shows it, and removed once an owner has said so twice."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from pathlib import Path

from telegram import Message

from bot.context import BotContext
from bot.errors import StaleButton
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult
from bot.i18n.language import Language
from bot.outgoing.sending import keyboard_of
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, ORIGIN_ANSWER, ORIGIN_LIST, CallbackData, Ref, decode
from bot.views.header import header, title_of
from bot.views.keyboards import button
from corpus.article import Card
from retrieval.answer.query import check_question
from retrieval.archive.contract import Archive
from retrieval.errors import ArticleMissing
from retrieval.indexing.intake import take_out
from retrieval.types import Passage

LOOKED_AT = 200  # passages that share words with what is looked for
# Buttons under an answer that are about the passage which is shown.
ABOUT_SHOWN = frozenset(
    {
        callback_data.HERE,
        callback_data.CONTEXT,
        callback_data.FULL,
        callback_data.GOOD,
        callback_data.BAD,
        callback_data.KEEP_GOOD,
        callback_data.KEEP_BAD,
    }
)


async def choices(bot: BotContext, words: str, language: Language) -> View:
    """Offer the articles whose headlines have these words, else those whose passages fit them; raises QuestionError."""
    words = check_question(words, bot.config.question_characters)
    found = await bot.search.look(lambda archive: _by_headline(archive, words))
    if not found:
        answer = await bot.search(words, 4 * MAX_HITS)
        found = _of_each_article([hit.passage for hit in answer.hits])
    if not found:
        return View(language.say("I found no article like that."))
    refs = tuple(Ref.first(passage) for passage in found)
    rows = [
        (
            button(
                _label(passage.article, language), CallbackData(callback_data.REMOVE, refs, number, origin=ORIGIN_LIST)
            ),
        )
        for number, passage in enumerate(found)
    ]
    rows.append((_keep(language),))
    return View(language.say("Which article is to be removed?"), tuple(rows))


async def confirmation(bot: BotContext, ref: Ref, language: Language) -> View:
    """Ask whether an article is to be removed; raises StaleButton where it is gone."""
    card = (await _passage(bot, ref)).article
    lines = [
        header(language, card, origin=ORIGIN_ANSWER),
        language.say("Remove this article? It is gone from the archive at once."),
    ]
    remove = button(language.say("Remove"), CallbackData(callback_data.TAKE_OUT, (ref,), origin=ORIGIN_LIST))
    return View("\n\n".join(lines), ((remove, _keep(language)),))


def shown_in(message: Message) -> Ref | None:
    """Return the passage that a message of the bot's shows, from its buttons; None where it shows none, or several."""
    taps = list[CallbackData]()
    for data in (one.data for row in keyboard_of(message) for one in row if one.data):
        with suppress(StaleButton):
            taps.append(decode(data))
    about = {data.hit for data in taps if data.hits and data.verb in ABOUT_SHOWN}
    # Under the surroundings of a passage there may be no more than the way back to it.
    about = about or {data.hit for data in taps if data.hits and data.verb == callback_data.SHOW}
    return about.pop() if len(about) == 1 else None


def _by_headline(archive: Archive, words: str) -> list[Passage]:
    wanted = words.casefold().split()
    passages = [found.passage for found in archive.search_words(words, LOOKED_AT)]
    return _of_each_article([one for one in passages if all(word in one.article.title.casefold() for word in wanted)])


def _of_each_article(passages: Sequence[Passage]) -> list[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.article.id, passage)
    return list(first.values())[:MAX_HITS]


def _label(card: Card, language: Language) -> str:
    title = title_of(language, card)
    return f"{card.published:%d/%m/%Y} {title}" if card.published else title


def _keep(language: Language) -> callback_data.Button:
    return button(language.say("Keep"), CallbackData(callback_data.LEAVE, origin=ORIGIN_LIST))


async def _passage(bot: BotContext, ref: Ref) -> Passage:
    found = await bot.search.look(lambda archive: archive.find_passage(ref.article, ref.passage))
    if found is None:
        raise StaleButton("The article is gone.")
    return found.passage


async def _ask(bot: BotContext, callback: Callback) -> CallbackResult:
    return CallbackResult(await confirmation(bot, callback.data.hit, callback.language))


async def _take_out(bot: BotContext, callback: Callback) -> CallbackResult:
    language = callback.language
    card = (await _passage(bot, callback.data.hit)).article
    try:
        origins = await bot.search.change(lambda answers: take_out(answers.archive, [card.id]))
    except ArticleMissing:
        raise StaleButton("The article is gone.") from None
    said = language.say("Removed. It answers nothing any more.")
    lines = [said, header(language, card, origin=ORIGIN_ANSWER)]
    origin = origins[card.id]
    still_there = partial(_still_there, origin, bot.config.added)
    if await bot.search.look(still_there) and origin:
        say = language.say("Its file is still there, and the next index takes it in again: {file}", file=origin.name)
        lines.append(escape(say, quote=False))
    return CallbackResult(View("\n\n".join(lines)), said)


def _still_there(file: Path | None, added: Path, archive: Archive) -> bool:
    """Delete an article's file if the bot wrote it and no other article is in it; tell whether there is still one."""
    if file is None:
        return False
    ours = file.parent == added.resolve()
    if ours and not any(
        told.origin == str(file) for one in archive.known_articles().values() for told in one.occurrences
    ):
        with suppress(OSError):
            file.unlink()
    return file.exists()


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.REMOVE: _ask, callback_data.TAKE_OUT: _take_out}
