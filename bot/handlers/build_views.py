"""Makes the views of answers, with what they need of the archive."""

from collections.abc import Sequence

from bot.context import UpdateContext
from bot.handlers.shown_hits import article_of, hits_of, is_whole, shown_of
from bot.sessions import Answered
from bot.small_talk import SmallTalk
from bot.views.answer import View, answer_view, first_callback_data, no_view, origin_of, stale
from bot.views.article import full_text_view
from bot.views.article_list import latest_view
from bot.views.callback_data import FULL, ORIGIN_LIST, ORIGIN_SOURCE, SHOW, CallbackData
from bot.views.question_lines import Asked, describe_understood, without
from bot.views.small_talk import VIEWS, count_view, source_view
from corpus.article import Card
from retrieval.answer.query import as_question
from retrieval.archive.contract import Archive
from retrieval.types import Answer, Filters, Hit, Passage

MAX_LATEST = 5


async def view_of(
    context: UpdateContext, answer: Answer, *, spell_out: bool = False, origin: str | None = None
) -> View:
    """Return the view of an answer, with the origin that fits it or a given one.

    `spell_out` adds the question, for answers that reply to no message with it.
    """
    searched = answer.searched
    written = as_question(searched) if searched else answer.question if spell_out else None
    notice = without(context.language, answer.without) if answer.without else None
    if answer.hits:
        data = first_callback_data(answer.hits, origin=origin or origin_of(answer))
        understood = describe_understood(context.language, answer.understood) if answer.understood else None
        asked = Asked(answer.question, written, understood, notice)
        return await shown_view(context, data, answer.hits, asked)
    closest = [near.passage for near in answer.closest]
    return await no_answer_view(context, closest, Asked(None, written, None, notice), answer.unread_language)


async def shown_view(context: UpdateContext, data: CallbackData, hits: Sequence[Hit], asked: Asked) -> View:
    """Return the view of the hit that callback data name, one of `hits`; raises StaleButton if its passage is gone."""
    hit = shown_of(hits, data)
    whole = await is_whole(context.bot, hit.passage)
    return answer_view(context.language, data, hit, asked, hits, whole=whole)


async def no_answer_view(
    context: UpdateContext, closest: Sequence[Passage], asked: Asked, unread_language: str | None = None
) -> View:
    """Return the view for "no answer": what is in the archive, and the closest passages."""
    status = await context.bot.search.look(lambda archive: archive.status())
    return no_view(
        context.language,
        closest,
        articles=status.articles,
        first=status.first_date,
        last=status.last_date,
        asked=asked,
        unread_language=unread_language,
    )


async def more_view(context: UpdateContext, before: Answered) -> View:
    """Return the article that answered a question before, opened at the sentence that answers."""
    hits = await hits_of(context.bot, CallbackData(SHOW, before.refs))
    if not hits:
        return View(stale(context.language))
    article, passages = await article_of(context.bot, hits[0])
    asked = as_question(before.turn.query)
    data = CallbackData(FULL, before.refs)
    return full_text_view(context.language, data, article, passages, hits[0], Asked(asked, asked))


async def small_talk_view(context: UpdateContext, kind: SmallTalk, before: Answered | None) -> View:
    """Return what the bot says to small talk: a line, the newest articles, or the one that answered before."""
    if kind == SmallTalk.SOURCE:
        hits = await hits_of(context.bot, CallbackData(SHOW, before.refs)) if before and before.refs else []
        return source_view(context.language, hits[0].passage.article if hits else None)
    if kind == SmallTalk.NEWS:
        return await newest_view(context)
    if kind == SmallTalk.COUNT:
        return count_view(context.language, await context.bot.search.look(lambda archive: archive.status()))
    return VIEWS[kind](context.language)


async def newest_view(context: UpdateContext, source: str | None = None) -> View:
    """Return the list of the newest articles, of a source or of all; raises UnknownName for a source that is none."""

    def look(archive: Archive) -> list[tuple[Card, Passage | None]]:
        cards = archive.newest_cards(MAX_LATEST, Filters(source=source))
        return [(card, next(iter(archive.passages_of(card.id)), None)) for card in cards]

    found = await context.bot.search.look(look)
    return latest_view(context.language, found, origin=ORIGIN_SOURCE if source else ORIGIN_LIST)
