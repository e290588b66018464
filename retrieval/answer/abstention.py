"""Divide ranked passages: those that answer are hits; if there are none, the first ones are only the closest."""

from collections.abc import Sequence
from dataclasses import replace

from retrieval.answer.order_hits import Order
from retrieval.types import ClosestPassage, Hit


def hits_or_closest(
    ranked: Sequence[Hit], strictness: float, count: int, order: Order = list
) -> tuple[tuple[Hit, ...], tuple[ClosestPassage, ...]]:
    """Return at most `count` hits whose confidence is at least `strictness`; if there are none, the closest passages.

    Ranks are given anew, in the order.
    """
    answering = [hit for hit in ranked if hit.confidence >= strictness]
    if answering:
        ordered = order(answering)
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered[:count], start=1)), ()
    closest = (
        ClosestPassage(hit.passage, hit.score, rank, hit.also, hit.confidence)
        for rank, hit in enumerate(ranked[:count], start=1)
    )
    return (), tuple(closest)
