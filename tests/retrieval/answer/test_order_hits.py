"""Order of the passages that answer: questions about how things stand are led by the newest one that is as good."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Card, Span
from retrieval.answer.current_state_questions import asks_for_present_state
from retrieval.answer.order_hits import AS_GOOD, later_than, led_by_newest, newest_first, order_of
from retrieval.types import Hit, Passage, Query


def hit(number: int, score: float, published: date | None) -> Hit:
    """Return a hit in an article of its own."""
    card = Card(f"id{number}", f"Headline {number}", published=published)
    return Hit(Passage(f"id{number}-0", card, "It is so.", 0, 9, (Span(0, 9),)), score, number, Span(0, 9))


def hits_of(*scores_and_years: tuple[float, int | None]) -> list[Hit]:
    """Return hits with scores and the years of their articles."""
    return [
        hit(number, score, date(year, 1, 1) if year else None)
        for number, (score, year) in enumerate(scores_and_years, start=1)
    ]


RANKED = st.lists(st.tuples(st.floats(0, 2), st.none() | st.integers(1990, 2030)), max_size=8).map(
    lambda pairs: hits_of(*sorted(pairs, key=lambda pair: -pair[0]))
)


@pytest.mark.parametrize(
    "question",
    [
        "Was Okafor released?",
        "Is the dam open?",
        "How many people died?",
        "How many people died when the Lady Corran sank?",
        "who is mayor of Brannock?",
        "Who's her lawyer now?",
        "Does she still live there?",
        "lady corran death toll",
        "奥卡福获释了吗？",
        "现在谁是市长？",
        "沉船死了多少人？",
    ],
)
def test_questions_about_how_things_stand(question: str) -> None:
    assert asks_for_present_state(question)
    assert order_of(Query(question)) is led_by_newest


@pytest.mark.parametrize(
    "question",
    [
        "Why was Okafor denied bail?",
        "Who defended Okafor at her first hearing?",
        "What was the dam supposed to cost at first?",
        "How many died before the correction?",
        "When was she arrested?",
        "What did Kerry say?",
        "她为什么被捕？",
        "克里当时说了什么？",
    ],
)
def test_questions_about_the_past_and_about_what_was_said_are_none(question: str) -> None:
    assert not asks_for_present_state(question)
    assert order_of(Query(question)) is list
    assert order_of(Query(question, newest=True)) is newest_first


def test_the_newest_that_is_as_good_leads_and_the_others_stay() -> None:
    hits = hits_of((1.5, 2017), (1.4, 2019), (1.45, 2018), (1.5 - AS_GOOD - 0.01, 2021), (1.0, None))
    assert [hit.rank for hit in led_by_newest(hits)] == [2, 1, 3, 4, 5]


@given(RANKED)
def test_nothing_is_lost_and_what_leads_is_as_good_and_not_older(hits: list[Hit]) -> None:
    ordered = led_by_newest(hits)
    assert sorted(hit.rank for hit in ordered) == [hit.rank for hit in hits]
    if hits:
        best, leading = hits[0], ordered[0]
        assert leading.score >= best.score - AS_GOOD
        assert best.passage.article.published is None or leading.passage.article.published is not None
        assert ordered[1:] == [hit for hit in hits if hit is not leading]


@given(RANKED)
def test_later_is_the_best_of_those_after(hits: list[Hit]) -> None:
    for each in hits:
        later, own = later_than(each, hits), each.passage.article.published
        after = [other for other in hits if own and (other.passage.article.published or date.min) > own]
        assert later == (after[0] if after else None)
