"""Choose where the passages of an article begin: at subheadings and paragraphs, and at about equal distances.

Of all ways to split, the one with the lowest cost is taken, by dynamic programming, as Knuth and Plass break paragraphs
into lines (1981, https://doi.org/10.1002/spe.4380111102). A passage costs the square of its distance from the usual
length, in usual lengths, and what its boundaries cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# The usual length of a passage, as a share of the longest. docs/ranking.md says how these numbers were chosen.
USUAL_SHARE = 0.6
# The cost of beginning a passage inside a paragraph, and of a subheading inside a passage: so a section shorter than a
# third of the usual length joins its neighbour. A subheading as the last unit of a passage is the last resort.
INSIDE_PARAGRAPH, INNER_HEADING, LAST_HEADING = 0.3, 0.3, 100.0


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or a subheading that is not divided: its length in tokens, and whether it begins a paragraph."""

    tokens: int
    begins_paragraph: bool
    heading: bool = False


def passage_starts(units: Sequence[Unit], longest: int) -> list[int]:
    """Return the index of the first unit of each passage.

    No passage has more than `longest` tokens, unless a single unit has. The cost is the lowest of all such splits.
    """
    costs, starts = [0.0], [0]  # of the best split of the first n units: its cost, and where its last passage starts
    for end in range(1, len(units) + 1):
        cost, start = min(_last_passages(units, end, longest, costs))
        costs.append(cost)
        starts.append(start)
    chosen, end = [], len(units)
    while end:
        end = starts[end]
        chosen.append(end)
    return chosen[::-1]


def _last_passages(units: Sequence[Unit], end: int, longest: int, costs: Sequence[float]) -> list[tuple[float, int]]:
    """Return each passage that may end before the unit `end`: the cost of the split with it, and its first unit."""
    usual = USUAL_SHARE * longest
    tokens, inner = 0, LAST_HEADING if units[end - 1].heading else 0.0
    passages: list[tuple[float, int]] = []
    for start in range(end - 1, -1, -1):
        unit = units[start]
        tokens += unit.tokens
        if tokens > longest and passages:
            break
        boundary = 0.0 if unit.begins_paragraph else INSIDE_PARAGRAPH
        passages.append((costs[start] + ((tokens - usual) / usual) ** 2 + inner + boundary, start))
        # Two subheadings in a row are one: the passage begins with the first.
        if unit.heading and not (start and units[start - 1].heading):
            inner += INNER_HEADING
    return passages
