from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.passage_boundaries import (
    INNER_HEADING,
    INSIDE_PARAGRAPH,
    LAST_HEADING,
    USUAL_SHARE,
    Unit,
    passage_starts,
)

LONGEST = 10
units = st.builds(Unit, st.integers(1, 12), st.booleans(), st.booleans())


def cost(units: Sequence[Unit], starts: Sequence[int]) -> float:
    """Return the cost of a split, by the words of passage_boundaries.py."""
    usual = USUAL_SHARE * LONGEST
    total = 0.0
    for start, end in pairwise([*starts, len(units)]):
        passage = units[start:end]
        total += ((sum(unit.tokens for unit in passage) - usual) / usual) ** 2
        total += 0 if passage[0].begins_paragraph else INSIDE_PARAGRAPH
        total += LAST_HEADING if passage[-1].heading else 0
        total += INNER_HEADING * sum(unit.heading and not before.heading for before, unit in pairwise(passage))
    return total


def splits(units: Sequence[Unit]) -> Iterator[list[int]]:
    """Yield every split whose passages are short enough or of one unit."""
    for chosen in range(2 ** (len(units) - 1)):
        starts = [0, *(number for number in range(1, len(units)) if chosen >> (number - 1) & 1)]
        passages = [units[start:end] for start, end in pairwise([*starts, len(units)])]
        if all(len(passage) == 1 or sum(unit.tokens for unit in passage) <= LONGEST for passage in passages):
            yield starts


@given(st.lists(units, min_size=1, max_size=9))
def test_no_split_costs_less(units: list[Unit]) -> None:
    starts = passage_starts(units, LONGEST)
    assert starts in list(splits(units))
    assert cost(units, starts) <= min(cost(units, other) for other in splits(units)) + 1e-9


def test_nothing_has_no_passages() -> None:
    assert passage_starts([], LONGEST) == []


def test_a_short_section_joins_its_neighbour() -> None:
    heading, line = Unit(1, begins_paragraph=True, heading=True), Unit(1, begins_paragraph=True)
    paragraph = Unit(5, begins_paragraph=True)
    assert passage_starts([heading, paragraph, heading, line], LONGEST) == [0]
    assert passage_starts([heading, paragraph, heading, paragraph], LONGEST) == [0, 2]
