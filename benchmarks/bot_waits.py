"""The time that the bot adds to a search: python -m benchmarks.bot_waits [FOLDER] [--stub MS] [--bursts N]

2,000 questions from 200 chats, in bursts in which every chat asks at once, without limits and faults. It measures the
time from when an update can be fetched until Telegram has accepted its answer, against the same questions at the same
times to the search alone, on as many threads; and the bot's memory. FOLDER is a question set in BEIR layout, in place
of the shipped archive. With --stub, a sleep of so many milliseconds replaces archive and model.
"""

import statistics
from collections.abc import Sequence

from benchmarks.support.bot_under_load import load_from_arguments, run, timed_alone


def report_waits(name: str, waits: Sequence[float]) -> tuple[float, float]:
    """Print a row; return p50 and p95."""
    cuts = statistics.quantiles(waits, n=20)
    print(f"{name:<18}{cuts[9]:>9.2f}{cuts[18]:>9.2f}{max(waits):>9.2f}", flush=True)
    return cuts[9], cuts[18]


def main() -> None:
    """Measure and print."""
    with load_from_arguments(__doc__) as load:
        print(f"{'wait in s':<18}{'p50':>9}{'p95':>9}{'most':>9}")
        search = report_waits("search alone", timed_alone(load.questions, load.stub))
        outcome, memory, took = run(load, strict=False)
        bot = report_waits("bot", outcome.waits)
        print(f"{'ratio':<18}{bot[0] / search[0]:>9.2f}{bot[1] / search[1]:>9.2f}")
        print(f"processor time of the bot: {1000 * took / len(load.questions):.1f} ms a question")
        quarter = len(memory) // 4
        first, last = statistics.mean(memory[:quarter]), statistics.mean(memory[-quarter:])
        print(f"memory: {first:.0f} MB in the first quarter, {last:.0f} MB in the last")
        assert set(outcome.answers) == {1}
        assert (outcome.type_errors, outcome.violations) == (0, [])


if __name__ == "__main__":
    main()
