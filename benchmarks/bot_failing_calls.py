"""What the bot does if calls fail: python -m benchmarks.bot_failing_calls [FOLDER] [--stub MS] [--bursts N]

2,000 questions from 200 chats, in bursts in which every chat asks at once. Telegram enforces its limits, and 5 % of the
messages fail. If a message fails before it is accepted, there must be exactly one answer; if after, one or two; and
none in another chat. FOLDER is a question set in BEIR layout, in place of the shipped archive. With --stub, a sleep of
so many milliseconds replaces archive and model.
"""

from benchmarks.support.bot_under_load import FAILING, load_from_arguments, run


def main() -> None:
    """Count the answers and print them."""
    with load_from_arguments(__doc__) as load:
        outcome, *_ = run(load, strict=True)
        print(f"limits, {FAILING:.0%} of messages failing; all answered after {outcome.seconds:.0f} s")
        print(f"{'faults met':<28}{'questions':>10}{'answers: 0':>12}{'1':>7}{'2':>7}{'more':>7}")
        rows: dict[str, list[int]] = {"none": [], "before acceptance only": [], "after acceptance": []}
        for count, before, after in zip(outcome.answers, outcome.before, outcome.after, strict=True):
            rows["after acceptance" if after else "before acceptance only" if before else "none"].append(count)
            assert 1 <= count <= 1 + after
        for name, counts in rows.items():
            cells = [counts.count(0), counts.count(1), counts.count(2), sum(count > 2 for count in counts)]
            print(f"{name:<28}{len(counts):>10}{cells[0]:>12}{cells[1]:>7}{cells[2]:>7}{cells[3]:>7}")
        print(f"in another chat: {outcome.type_errors}; calls refused with 429: {outcome.floods or 0}")
        assert (outcome.type_errors, outcome.violations) == (0, [])


if __name__ == "__main__":
    main()
