"""Reads the hits that a message of the bot shows from its buttons, and their passages from the archive."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from telegram import Message

from bot.context import BotContext
from bot.errors import StaleButton
from bot.outgoing.sending import keyboard_of
from bot.single_passage_articles import is_whole_article
from bot.views import callback_data
from bot.views.callback_data import ORIGIN_LIST, ORIGIN_SOURCE, CallbackData, Ref, decode, hit_of
from corpus.article import Article
from retrieval.archive.contract import Archive
from retrieval.types import Hit, Passage

# Verbs of buttons that are about the passage which their message shows.
SHOWN_PASSAGE_VERBS = frozenset(
    {
        callback_data.HERE,
        callback_data.CONTEXT,
        callback_data.FULL,
        callback_data.GOOD,
        callback_data.BAD,
        callback_data.UNDO,
    }
)
LEADING_BACK = frozenset({callback_data.SHOW, callback_data.LATEST})


def shown_in(message: Message) -> Ref | None:
    """Return the passage that a message of the bot shows, from its buttons; None if it shows none or several."""
    all_data = list[CallbackData]()
    for encoded in (key.data for row in keyboard_of(message) for key in row if key.data):
        with suppress(StaleButton):
            all_data.append(decode(encoded))
    about = {data.hit for data in all_data if data.hits and data.verb in SHOWN_PASSAGE_VERBS and not _in_list(data)}
    # The context of a passage, or an article of a list, may have only the button that leads back.
    about = about or {data.hit for data in all_data if data.hits and data.verb in LEADING_BACK}
    return about.pop() if len(about) == 1 else None


def _in_list(data: CallbackData) -> bool:
    """Tell whether a button of a list opens one of its articles: the list itself shows none."""
    return data.verb == callback_data.FULL and data.origin in {ORIGIN_LIST, ORIGIN_SOURCE} and data.page == 0


async def shown_hit(bot: BotContext, data: CallbackData) -> Hit:
    """Return the hit that a button's message shows; raises StaleButton if its passage is gone."""
    hits = await hits_of(bot, replace(data, hits=(data.hit,), shown=0))
    if not hits:
        raise StaleButton("The passage is gone.")
    return replace(hits[0], rank=data.shown + 1)


def shown_of(hits: Sequence[Hit], data: CallbackData) -> Hit:
    """Return the hit of these that a button's message shows; raises StaleButton if its passage is gone."""
    shown = next((hit for hit in hits if hit.rank == data.shown + 1), None)
    if shown is None:
        raise StaleButton("The passage is gone.")
    return shown


async def is_whole(bot: BotContext, passage: Passage) -> bool:
    """Tell whether a passage is the only one of its article."""
    # Most passages begin later in their article: for these no thread of the searches is waited for.
    return passage.start == 0 and await bot.search.look(lambda archive: is_whole_article(archive, passage))


async def article_of(bot: BotContext, hit: Hit) -> tuple[Article, list[Passage]]:
    """Return a hit's article and all its passages; raises StaleButton if the article is gone."""
    id_ = hit.passage.article.id
    article, passages = await bot.search.look(lambda archive: (archive.article(id_), archive.passages_of(id_)))
    if article is None:
        raise StaleButton("The article is gone.")
    return article, passages


async def hits_of(bot: BotContext, data: CallbackData) -> list[Hit]:
    """Return the hits of a button whose passages are still in the archive."""

    def look(archive: Archive) -> list[Hit]:
        passages = [(ref, archive.find_passage(ref.article, ref.passage)) for ref in data.hits]
        return [
            hit_of(ref, stored.passage, rank, stored.also)
            for rank, (ref, stored) in enumerate(passages, start=1)
            if stored
        ]

    return await bot.search.look(look)
