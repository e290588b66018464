"""Divide ranked passages: those that answer are hits; if there are none, the first ones are only the closest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from retrieval.types import ClosestPassage, Hit


def hits_or_closest(
    ranked: Sequence[Hit], strictness: float, count: int, *, newest: bool = False
) -> tuple[tuple[Hit, ...], tuple[ClosestPassage, ...]]:
    """Return at most `count` hits whose confidence is at least `strictness`; if there are none, the closest passages.

    `newest` orders the hits by date, newest first. Ranks are given anew.
    """
    answering = [hit for hit in ranked if hit.confidence >= strictness]
    if answering:
        ordered = _newest_first(answering) if newest else answering
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered[:count], start=1)), ()
    closest = (
        ClosestPassage(hit.passage, hit.score, rank, hit.also, hit.confidence)
        for rank, hit in enumerate(ranked[:count], start=1)
    )
    return (), tuple(closest)


def _newest_first(hits: Iterable[Hit]) -> list[Hit]:
    """Order hits by the dates of their articles, newest first, those without a date last."""
    return sorted(hits, key=lambda hit: hit.passage.article.published or date.min, reverse=True)
