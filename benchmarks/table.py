"""What a benchmark found: ours beside the peer's, from the same run, and whether the goal is reached."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HEAD = ("what", "ours", "theirs", "ours / theirs", "goal", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """Runs of ours and of a peer's, in one unit; `goal` is the most that the ratio of their medians is to be.

    Where more is better, as of passages a second, `more` is True and the goal is the least.
    """

    what: str
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    goal: float
    more: bool = False

    @property
    def ratio(self) -> float:
        """The median of ours by the median of theirs."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def met(self) -> bool:
        """Tell whether the goal is reached."""
        return self.ratio >= self.goal if self.more else self.ratio <= self.goal


def markdown(figures: Sequence[Figure]) -> str:
    """Return a table: medians, and the smallest and largest of the runs in brackets."""
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(one: Figure) -> tuple[str, ...]:
    goal = f"≥ {one.goal:.3g}" if one.more else f"≤ {one.goal:.3g}"
    return (one.what, _runs(one.ours, one.unit), _runs(one.theirs, one.unit), f"{one.ratio:.3g}", goal, _told(one))


def _told(one: Figure) -> str:
    return "met" if one.met else f"missed by {abs(one.ratio / one.goal - 1):.0%}"


def _runs(values: Sequence[float], unit: str) -> str:
    return f"{statistics.median(values):.3g} {unit} ({min(values):.3g} to {max(values):.3g})"


def write(figures: Sequence[Figure], to: Path) -> None:
    """Write the table as FILE.md and FILE.json."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.with_suffix(".md").write_text(markdown(figures), encoding="utf-8")
    content = [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in figures]
    to.with_suffix(".json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
