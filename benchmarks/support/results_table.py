"""What a benchmark found: ours and the peer's, from the same run, and whether the goal is reached."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

HEAD = ("what", "ours", "theirs", "ours / theirs", "goal", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """Runs of ours and of a peer's, in one unit; `goal` is the largest ratio of their medians that is good enough.

    `more` is True if larger values are better, such as passages a second: then `goal` is the smallest such ratio.
    Without a peer, the goal is for ours alone, in its unit.
    """

    what: str
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    goal: float
    more: bool = False

    @property
    def ratio(self) -> float | None:
        """The median of ours by the median of theirs, if there is a peer."""
        return statistics.median(self.ours) / statistics.median(self.theirs) if self.theirs else None

    @property
    def judged(self) -> float:
        """The value that is compared with the goal."""
        return statistics.median(self.ours) if self.ratio is None else self.ratio

    @property
    def met(self) -> bool:
        """Tell whether the goal is reached."""
        return self.judged >= self.goal if self.more else self.judged <= self.goal


def markdown(figures: Sequence[Figure]) -> str:
    """Return a table: medians, and the smallest and largest of the runs in brackets."""
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def rounded(value: float) -> str:
    """Return a number with three digits that count, or all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _row(figure: Figure) -> tuple[str, ...]:
    goal = f"{'≥' if figure.more else '≤'} {rounded(figure.goal)}{'' if figure.theirs else f' {figure.unit}'.rstrip()}"
    theirs, ratio = (_runs(figure.theirs, figure.unit), f"{figure.ratio:.3g}") if figure.theirs else ("", "")
    return (figure.what, _runs(figure.ours, figure.unit), theirs, ratio, goal, _verdict(figure))


def _verdict(figure: Figure) -> str:
    return "met" if figure.met else f"missed by {abs(figure.judged / figure.goal - 1):.0%}"


def _runs(values: Sequence[float], unit: str) -> str:
    middle = f"{rounded(statistics.median(values))} {unit}".rstrip()
    return f"{middle} ({rounded(min(values))} to {rounded(max(values))})" if len(values) > 1 else middle


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Return the runs, ratios and goals, for programs."""
    return [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures]
