from benchmarks.support.results_table import Figure, as_json, markdown

FAST = Figure("asking", "s", (3.0, 1.0, 2.0), (10.0, 40.0, 20.0), 0.25)
ALONE = Figure("memory", "MB", (90.0, 100.0, 240.0), (), 200)
SLOW = Figure("embedding", "/s", (20.0, 30.0), (10.0, 10.0), 3, more=True)


def test_the_ratio_is_of_the_medians_and_the_goal_a_bound_on_the_side_that_is_meant() -> None:
    assert (FAST.ratio, FAST.met) == (0.1, True)
    assert (SLOW.ratio, SLOW.met) == (2.5, False)
    assert (ALONE.ratio, ALONE.met) == (None, True)


def test_a_row_has_medians_the_spread_and_by_how_much_a_goal_is_missed() -> None:
    _, _, fast, slow, alone = markdown([FAST, SLOW, ALONE]).splitlines()
    assert fast == "| asking | 2 s (1 to 3) | 20 s (10 to 40) | 0.1 | ≤ 0.25 | met |"
    assert slow == "| embedding | 25 /s (20 to 30) | 10 /s (10 to 10) | 2.5 | ≥ 3 | missed by 17% |"
    assert alone == "| memory | 100 MB (90 to 240) |  |  | ≤ 200 MB | met |"


def test_programs_are_told_the_runs_and_whether_the_goals_are_reached() -> None:
    told = as_json([FAST, SLOW, ALONE])
    assert [one["met"] for one in told] == [True, False, True]
    assert [one["ratio"] for one in told] == [0.1, 2.5, None]
    assert told[0]["ours"] == (3.0, 1.0, 2.0)
