import json
from pathlib import Path

from benchmarks.table import Figure, markdown, write

FAST = Figure("asking", "s", (3.0, 1.0, 2.0), (10.0, 40.0, 20.0), 0.25)
SLOW = Figure("embedding", "/s", (20.0, 30.0), (10.0, 10.0), 3, more=True)


def test_the_ratio_is_of_the_medians_and_the_goal_a_bound_on_the_side_that_is_meant() -> None:
    assert (FAST.ratio, FAST.met) == (0.1, True)
    assert (SLOW.ratio, SLOW.met) == (2.5, False)


def test_a_row_has_medians_the_spread_and_by_how_much_a_goal_is_missed() -> None:
    _, _, fast, slow = markdown([FAST, SLOW]).splitlines()
    assert fast == "| asking | 2 s (1 to 3) | 20 s (10 to 40) | 0.1 | ≤ 0.25 | met |"
    assert slow == "| embedding | 25 /s (20 to 30) | 10 /s (10 to 10) | 2.5 | ≥ 3 | missed by 17% |"


def test_the_table_is_written_for_people_and_for_programs(tmp_path: Path) -> None:
    write([FAST, SLOW], tmp_path / "new" / "figures")
    assert (tmp_path / "new" / "figures.md").read_text() == markdown([FAST, SLOW])
    told = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert [one["met"] for one in told] == [True, False]
    assert told[0]["ours"] == [3.0, 1.0, 2.0]
