"""Finds what a watch has to report: the articles added since it was last checked."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from bot.context import BotContext
from bot.jobs.articles_with_words import articles_with_words
from bot.jobs.keywords_or_question import watched_words
from bot.store.watches import Watch
from retrieval.answer.query import add_filters, parse_query
from retrieval.errors import QuestionError
from retrieval.types import Filters, Hit


class NewArticles(NamedTuple):
    """The best hit of each article, by the article's id; if not `complete`, there may be more articles."""

    hits: Mapping[str, Hit]
    complete: bool = True


async def new_articles(bot: BotContext, watch: Watch, count: int) -> NewArticles:
    """Search at most `count` passages among the articles added since the generation that the watch has reached.

    Users wait for their answers; nobody waits for this one, so it runs in the background.
    """
    filters = Filters(added_after=watch.since)
    try:
        hits = await hits_with_words(bot, watch.question, count, filters, background=True) if watch.words else None
        if hits is None:
            answer = await bot.search(watch.question, count, filters=filters, newest=True, background=True)
            hits = list(answer.hits)
    except QuestionError:  # such as a filter by a source without articles
        return NewArticles({})
    best = dict[str, Hit]()
    for hit in hits:
        best.setdefault(hit.passage.article.id, hit)
    return NewArticles(best, complete=len(hits) < count)


async def hits_with_words(
    bot: BotContext, question: str, count: int, filters: Filters, *, background: bool = False
) -> list[Hit] | None:
    """Return the articles with the words of a question that is only words, newest first; None if it is another one."""
    query = add_filters(parse_query(question), filters, newest=False)
    words = watched_words(query.text)
    if words is None:
        return None
    find = partial(articles_with_words, words, filters=query.filters, count=count)
    return await bot.search.look(lambda archive: find(archive=archive), background=background)
