"""Order the passages that answer: best first, newest first, or best first but led by the newest that is as good.

Facts change, and articles stay: a question about how things stand is to be answered by the last article that says so.
"""

from collections.abc import Callable, Sequence
from datetime import date

from retrieval.answer.current_state_questions import asks_for_present_state
from retrieval.types import Hit, Query

# A passage answers about as well as another, or nearly so, if its score is within this of it (docs/ranking.md).
AS_GOOD, NEARLY_AS_GOOD = 0.2, 0.3

Order = Callable[[Sequence[Hit]], list[Hit]]


def order_of(query: Query) -> Order:
    """Return the order in which the hits of a query are shown."""
    if query.newest:
        return newest_first
    return led_by_newest if asks_for_present_state(query.text) else list


def newest_first(hits: Sequence[Hit]) -> list[Hit]:
    """Order hits by the dates of their articles, newest first, those without a date last."""
    return sorted(hits, key=published, reverse=True)


def latest_first(hits: Sequence[Hit]) -> list[Hit]:
    """Order hits for "latest on …": newest first, but those that answer about as well as the best before the others.

    A name in passing is in many articles.
    """
    as_good = [hit for hit in hits if hit.score >= hits[0].score - AS_GOOD]
    return [*newest_first(as_good), *newest_first([hit for hit in hits if hit not in as_good])]


def led_by_newest(hits: Sequence[Hit]) -> list[Hit]:
    """Put the newest of the hits that answer about as well as the first before it."""
    as_good = [hit for hit in hits if hit.score >= hits[0].score - AS_GOOD]
    if not as_good:
        return []
    leading = max(as_good, key=published)
    return [leading, *(hit for hit in hits if hit is not leading)]


def later_than(hit: Hit, hits: Sequence[Hit]) -> Hit | None:
    """Return the best of the hits whose article is later than that of a hit; None if there is none."""
    if hit.passage.article.published is None:
        return None
    return next((other for other in hits if published(other) > published(hit)), None)


def later_answer(first: Hit, found: Sequence[Hit], strictness: float) -> Hit | None:
    """Return the best of the hits found that answers nearly as well as the first one, in a later article; or None."""
    nearly = [hit for hit in found if hit.confidence >= strictness and hit.score >= first.score - NEARLY_AS_GOOD]
    return later_than(first, nearly)


def published(hit: Hit) -> date:
    """Return the date of a hit's article; the earliest date there is if it has none."""
    return hit.passage.article.published or date.min
